"""Pictures of what was found: a window of metrics, a timeline."""
