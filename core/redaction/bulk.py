"""How are many lines redacted at once? Rules look only where a screen says that they could match.

Screens run in polars' regular expressions, whose time is linear in the text whatever it is; what
they let through is looked at as `find_spans` does it, so that the outcome is the same.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from core.redaction.finding import found_by
from core.redaction.span import merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.redaction.rule import Rule
    from core.redaction.span import Span


def find_spans_of(lines: pl.Series, rules: tuple[Rule, ...]) -> dict[int, list[Span]]:
    """Of each line in which something must not be shown: its spans, as `find_spans` says them."""
    found: dict[int, list[Span]] = defaultdict(list)
    plan = _plan(rules)
    everything = pl.DataFrame({"line": lines}).with_row_index("at")
    telling = everything.filter(
        pl.col("line").str.contains_any(plan.words, ascii_case_insensitive=True)
    )
    for screen, screened, has_words in plan.groups:
        among = telling if has_words else everything
        hits = among.filter(pl.col("line").str.contains(screen))
        for at, line in hits.iter_rows():
            found[at].extend(found_by(screened, line))
    return {at: merged(lines[at], spans) for at, spans in found.items() if spans}


class _Plan:
    """Rules by their screens. `words`: one of them is in every line that most rules match."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        grouped: dict[tuple[str, bool], list[Rule]] = defaultdict(list)
        for rule in rules:
            grouped[rule.screen, _is_telling(rule.hints)].append(rule)
        self.groups = [
            (screen, tuple(some), has_words) for (screen, has_words), some in grouped.items()
        ]
        telling = [rule.hints for rule in rules if _is_telling(rule.hints)]
        self.words = _shortest({hint for hints in telling for hint in hints})


def _is_telling(hints: tuple[str, ...]) -> bool:
    """Words, which are in few lines; a colon or a dot is in all of them."""
    return bool(hints) and all(len(hint) >= _WORD for hint in hints)


_WORD = 3


def _shortest(words: set[str]) -> list[str]:
    """Without those that hold another: where they are, it is."""
    return sorted(word for word in words if not any(one in word for one in words if one != word))


@lru_cache(maxsize=8)
def _plan(rules: tuple[Rule, ...]) -> _Plan:
    return _Plan(rules)


def in_blocks(lines: Iterator[str], size: int) -> Iterator[list[str]]:
    """Lines in lists of about `size` characters, and of one line at least."""
    block: list[str] = []
    length = 0
    for line in lines:
        block.append(line)
        length += len(line)
        if length >= size:
            yield block
            block, length = [], 0
    if block:
        yield block
