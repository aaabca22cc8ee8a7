"""A case in one file, which anybody can check without us: no model, no network, no database."""
