"""Servers of language models on loopback, shaped as their providers document them."""
