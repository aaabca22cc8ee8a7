"""Measurements over time: how they are written, what moved, and when."""
