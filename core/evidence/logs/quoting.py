"""What does a string of JSON say without its escapes?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_MEANT = {
    r"\"": '"',
    r"\\": "\\",
    r"\/": "/",
    r"\n": "\n",
    r"\r": "",
    r"\t": "\t",
    r"\u003c": "<",
    r"\u003e": ">",
    r"\u0026": "&",
    r"\u001b": "\x1b",
}
_ESCAPE = re.compile("|".join(map(re.escape, _MEANT)))


def unescaped(text: str) -> str:
    """Of one string, without the line feed that ends it."""
    return _ESCAPE.sub(lambda match: _MEANT[match[0]], text).rstrip("\n")


def unescaped_all(texts: pl.Series) -> pl.Series:
    """Of many."""
    rows = texts.str.contains("\\", literal=True).fill_null(value=False).arg_true()
    if not len(rows):
        return texts
    found = texts.gather(rows).str.replace_many(list(_MEANT), list(_MEANT.values()))
    found = found.str.strip_chars_end("\n")
    return found if len(rows) == len(texts) else texts.scatter(rows, found)
