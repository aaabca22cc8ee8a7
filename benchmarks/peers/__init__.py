"""One script per peer, run in the peers' own virtual environment; each prints one JSON document."""
