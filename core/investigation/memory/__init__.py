"""What of a conversation is kept at hand? Pure functions, no I/O; begin with `tiers.py`."""
