"""Runs: what to read, what to reuse, what to compute, and what to decide afterwards."""
