"""The archive of an installation: everything it knows, in one file, for another installation."""
