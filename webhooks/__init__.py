"""Doors for machines that call us: each verifies, journals and answers, and leaves the work to jobs."""
