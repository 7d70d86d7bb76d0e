"""Flights from New York: which of tomorrow's arrive late."""
