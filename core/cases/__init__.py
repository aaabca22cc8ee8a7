"""A case is an event log with projections."""
