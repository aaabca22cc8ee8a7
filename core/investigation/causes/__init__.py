"""Which causes does the evidence speak for? Begin with `weighing.py`."""
