"""From facts to cards, one module a card; pure functions."""
