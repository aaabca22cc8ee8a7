"""Bytes become numbered lines of text."""
