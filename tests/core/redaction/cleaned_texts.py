"""A text as it is shown: by itself, as a line among many, and as lines that come in blocks."""

from __future__ import annotations

import polars as pl

from core.redaction.engine import Redactor
from core.redaction.multiline import hide_over_lines

REDACTOR = Redactor(b"the key of a case")
_ORDINARY = [f"line {number} is ordinary" for number in range(40)]


def cleaned(text: str) -> str:
    """By itself."""
    return REDACTOR.clean(text).text


def cleaned_among_many(line: str) -> str:
    """As the first of many lines, which are screened otherwise."""
    shown: str = REDACTOR.hide(pl.Series([line, *_ORDINARY]))[0]
    return shown


def cleaned_in_blocks(text: str) -> str:
    """As lines before many others, with what secrets over several lines leave."""
    lines, _ = hide_over_lines(pl.Series([*text.split("\n"), *_ORDINARY]))
    return "\n".join(REDACTOR.hide(lines).to_list())
