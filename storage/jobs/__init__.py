"""Runners that claim jobs from the table, and what wakes them."""
