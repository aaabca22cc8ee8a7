"""A command, understood: what is wanted, of which case, and by whom."""

from __future__ import annotations
