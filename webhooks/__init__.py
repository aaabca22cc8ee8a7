"""Endpoints for machines that call us: each verifies, journals, answers; jobs do the work."""
