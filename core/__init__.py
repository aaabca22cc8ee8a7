"""The product. Does no I/O but reading a file it is handed, and imports no sibling package."""
