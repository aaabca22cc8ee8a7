"""Bytes that rest encrypted, and the keys that open them."""
