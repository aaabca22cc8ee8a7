"""Secrets that never were: random values in forms that vendors document, and where they turn up.

It was written before the rules that it is held against, from the documentation of each format,
and shares no line with them. The same seed plants the same values.
"""

from __future__ import annotations

from tests.fakes.planted.contexts import CONTEXTS, LINES
from tests.fakes.planted.decoys import DECOYS, decoys
from tests.fakes.planted.planted_lines import Planted, personal, planted, tokens
from tests.fakes.planted.tokens import TOKENS

__all__ = [
    "CONTEXTS",
    "DECOYS",
    "LINES",
    "TOKENS",
    "Planted",
    "decoys",
    "personal",
    "planted",
    "tokens",
]
