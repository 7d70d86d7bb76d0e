"""Time-based splits."""
