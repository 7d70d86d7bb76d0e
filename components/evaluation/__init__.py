"""Evaluation and the gate."""
