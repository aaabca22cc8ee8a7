"""Hypotheses, their tests and the verdict; begin with `hypotheses.py`."""
