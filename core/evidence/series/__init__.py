"""Measurements over time: reading series, detecting changes and anomalies, and their findings."""
