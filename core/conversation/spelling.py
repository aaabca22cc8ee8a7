"""What did somebody mean to type? Words that are nearly one of those that are known."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set

_CLOSE_ENOUGH = 0.8
_SHORTEST = 4  # letters of a word that may be misspelt: `tine` is nearer to `line` than to nothing
_PLAIN = re.compile(rf"[a-z]{{{_SHORTEST},20}}")


def respelt(said: str, known: Set[str]) -> str:
    """The same with each word replaced by the known one that it nearly is. said: in lower case.

    Names with digits, dots and dashes are left alone.
    """
    return " ".join(_nearest(word, known) for word in said.split())


def _nearest(word: str, known: Set[str]) -> str:
    if word in known or not _PLAIN.fullmatch(word):
        return word
    long_enough = [one for one in known if len(one) >= _SHORTEST]
    return next(iter(get_close_matches(word, sorted(long_enough), n=1, cutoff=_CLOSE_ENOUGH)), word)
