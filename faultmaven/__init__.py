"""The entry point: settings, wiring, command line and process entry points."""

__version__ = "0.1.0"
