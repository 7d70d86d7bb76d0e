"""Maths that several stages share, over plain arrays and Arrow columns."""
