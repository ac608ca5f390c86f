"""Measurements of speed, memory and accuracy; each prints a small table."""
