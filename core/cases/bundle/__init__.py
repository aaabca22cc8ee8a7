"""Bundles: a case in one file that anyone can verify without a model, a network or a database."""
