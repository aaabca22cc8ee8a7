"""Services that we call, each behind a port of `core`."""
