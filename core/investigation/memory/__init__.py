"""The messages of a case that a reasoner is given; begin with `recall.py`."""
