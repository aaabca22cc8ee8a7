"""What should be looked at next, and what did it show? Begin with `choosing.py`."""
