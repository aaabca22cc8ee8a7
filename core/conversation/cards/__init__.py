"""Cards drawn from facts, one module for each kind of card; pure functions."""
