"""Sets reports in type with typst, where the extra `pdf` is installed."""
