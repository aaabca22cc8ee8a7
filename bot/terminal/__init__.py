"""The whole product in a terminal, without any account or token."""
