"""Holds the settings module that the scheduler finds on its path."""
