"""Who speaks with us, and what they may do."""
