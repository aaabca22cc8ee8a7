"""Ranks services by what was measured of each near the onset, weighed by the calls."""
