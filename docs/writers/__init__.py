"""One module per generated page; each function yields the lines of its page."""
