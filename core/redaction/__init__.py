"""The only maker of Clean text."""
