"""Documents about a whole case: its timeline, its history and its report."""
