"""One line of time through all files: their onset, and how far their clocks are apart."""
