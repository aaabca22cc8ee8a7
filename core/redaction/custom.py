"""Rules of an installation: what is secret there and looks like nothing we could know.

They run in polars' regular expressions, whose time is linear in the text: no pattern, however
careless, and no line, however hostile, makes a worker hang.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.redaction.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

# Two characters around each match. Of a private use area: where a text has them, others are taken.
_PRIVATE_USE = range(0xE000, 0xF8FF)
_GROUP = "(?P<v>"


@dataclass(frozen=True)
class CustomRule:
    """`name` becomes the placeholder's kind; `pattern` is a regular expression of Rust.

    What its group `v` matches is hidden, or the whole match where it has none. A rule without a
    pattern turns ours of the kind `name` on that are off, or off, where `is_off` says so.
    """

    name: str
    pattern: str = ""
    is_off: bool = False


class OwnRules:
    """The rules of one installation, ready to run."""

    def __init__(self, rules: Sequence[CustomRule]) -> None:
        self._rules = tuple(rules)

    def spans(self, text: str) -> list[Span]:
        """In one text."""
        if not self._rules:
            return []
        import polars as pl  # noqa: PLC0415 - see core.redaction.engine

        return self.spans_of(pl.Series([text])).get(0, [])

    def spans_of(self, lines: pl.Series) -> dict[int, list[Span]]:
        """By the number of the line, from 0."""
        found: dict[int, list[Span]] = defaultdict(list)
        for rule in self._rules:
            hits = lines.str.contains(rule.pattern).arg_true()
            if hits.is_empty():
                continue
            for at, line, marked, (start, end) in _marked(rule, lines, hits):
                found[at].extend(_spans(rule, line, marked, start, end))
        return found


def _marked(
    rule: CustomRule, lines: pl.Series, hits: pl.Series
) -> Iterator[tuple[int, str, str, tuple[str, str]]]:
    """Lines with each match between two characters that are nowhere in them."""
    matching = lines.gather(hits)
    marks = _absent(matching)
    marked = matching.str.replace_all(rule.pattern, f"{marks[0]}${{0}}{marks[1]}")
    for at, line, shown in zip(hits, matching, marked, strict=True):
        yield at, line, shown, marks


def _absent(lines: pl.Series) -> tuple[str, str]:
    present = set().union(*(set(line) for line in lines if not line.isascii()))
    free = (chr(number) for number in _PRIVATE_USE if chr(number) not in present)
    return next(free), next(free)


def _spans(rule: CustomRule, line: str, marked: str, start: str, end: str) -> Iterator[Span]:
    at = 0
    for number, part in enumerate(marked.split(start)):
        match, _, after = part.rpartition(end) if number else ("", "", part)
        if match:
            yield from _values(rule, match, at)
        at += len(match) + len(after)
    assert at == len(line)  # noqa: S101 - the marks are in no line


def _values(rule: CustomRule, match: str, at: int) -> Iterator[Span]:
    """The group's value, wherever it stands in the match; all of it where that says nothing."""
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    value = None
    if _GROUP in rule.pattern:
        found = pl.select(pl.lit(match).str.extract_groups(rule.pattern).struct.field("v"))
        value = found.item()
    if not value:
        yield Span(at, at + len(match), rule.name)
        return
    start = match.find(value)
    while start >= 0:
        yield Span(at + start, at + start + len(value), rule.name)
        start = match.find(value, start + len(value))
