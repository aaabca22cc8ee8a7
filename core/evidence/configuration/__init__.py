"""Files of configuration: their settings with paths and lines, differences, and hazards."""
