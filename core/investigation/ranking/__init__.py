"""Which service is it? What was measured of each service near the onset, weighed by the calls."""
