"""Delays: how many minutes late a flight arrives."""
