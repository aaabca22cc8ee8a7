"""Doors for machines that call us: each verifies, journals and answers; the work is for jobs."""
