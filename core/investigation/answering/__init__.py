"""What is said to a person who asks? Begin with `router.py`."""
