"""Documents of an installation, such as runbooks: stored, cut into chunks, and found."""
