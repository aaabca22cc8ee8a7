"""Finds and scores the causes that log evidence supports; begin with `scores.py`."""
