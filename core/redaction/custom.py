"""Rules of an installation: what is secret there and looks like nothing we could know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CustomRule:
    """`name` becomes the placeholder's kind; `pattern` is a regular expression.

    What its group `v` matches is hidden, or the whole match where it has none.
    """

    name: str
    pattern: str
