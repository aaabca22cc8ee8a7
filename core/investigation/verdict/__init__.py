"""What may be said of the causes, and how surely? Begin with `hypotheses.py`."""
