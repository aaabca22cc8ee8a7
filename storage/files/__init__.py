"""Originals, stored once by tenant and content."""

from storage.files.local import LocalFiles

__all__ = ["LocalFiles"]
