"""How are many lines redacted at once? Rules look only where a screen says that they could match.

Screens run in polars' regular expressions, whose time is linear in the text whatever it is; what
they let through is looked at as `find_spans` does it, so that the outcome is the same. They run
together first, a few as one expression, and each by itself only on what such a bundle lets
through: most lines are looked at by few expressions.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from core.redaction.finding import found_by
from core.redaction.span import merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from core.redaction.rule import Rule
    from core.redaction.span import Span


def find_spans_of(lines: pl.Series, rules: tuple[Rule, ...]) -> dict[int, list[Span]]:
    """Of each line in which something must not be shown: its spans, as `find_spans` says them."""
    looking: dict[int, list[Rule]] = defaultdict(list)
    for at, some in _suspects(lines, _plan(rules)):
        looking[at] += some
    found: dict[int, list[Span]] = {}
    for (at, some), line in zip(looking.items(), lines.gather(list(looking)), strict=True):
        if spans := merged(line, found_by(some, line)):
            found[at] = spans
    return found


def _suspects(lines: pl.Series, plan: _Plan) -> Iterator[tuple[int, Sequence[Rule]]]:
    """Numbers of lines with rules that could match there; a line comes more than once."""
    import polars as pl  # noqa: PLC0415 - many commands start faster without it

    everything = pl.DataFrame({"line": lines}).with_row_index("at")
    telling = everything.filter(
        pl.col("line").str.contains_any(plan.words, ascii_case_insensitive=True)
    )
    for bundle in plan.bundles:
        hits = _matching(telling if bundle.has_words else everything, bundle.screen)
        for screen, rules in bundle.members:
            # To compile an expression takes as long as to look at a few lines.
            some = hits if len(hits) <= _FEW else _matching(hits, screen)
            yield from _by_line(some, rules)


_FEW = 12  # lines


def _matching(lines: pl.DataFrame, screen: str) -> pl.DataFrame:
    return lines.filter(lines["line"].str.contains(screen))


def _by_line(lines: pl.DataFrame, rules: tuple[Rule, ...]) -> Iterator[tuple[int, Sequence[Rule]]]:
    """With the rules whose hints are there, where many rules share a screen."""
    if len(rules) <= _MANY:
        yield from ((at, rules) for at in lines["at"])
        return
    by_hint = _by_hint(rules)
    said = lines["line"].str.extract_many(
        list(by_hint), ascii_case_insensitive=True, overlapping=True
    )
    for at, hints in zip(lines["at"], said, strict=True):
        known = {hint.lower() for hint in hints}
        yield at, list(dict.fromkeys(rule for hint in known for rule in by_hint[hint]))


_MANY = 6  # rules


@lru_cache(maxsize=8)
def _by_hint(rules: tuple[Rule, ...]) -> dict[str, list[Rule]]:
    known: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        for hint in rule.hints:
            known[hint].append(rule)
    return known


@dataclass(frozen=True)
class _Bundle:
    """Screens with their rules; `screen` matches where one of them does.

    has_words: one of the plan's words is in every line that its rules match.
    """

    members: tuple[tuple[str, tuple[Rule, ...]], ...]
    has_words: bool

    @property
    def screen(self) -> str:
        return "|".join(f"(?:{screen})" for screen, _ in self.members)


class _Plan:
    """Rules by their screens. `words`: one of them is in every line that most rules match."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        telling = [rule for rule in rules if _is_telling(rule.hints)]
        others = [rule for rule in rules if not _is_telling(rule.hints)]
        self.words = _shortest({hint for rule in telling for hint in rule.hints})
        self.bundles = (
            *_bundles(telling, has_words=True),
            *_bundles(others, has_words=False),
        )


def _bundles(rules: Sequence[Rule], *, has_words: bool) -> Iterator[_Bundle]:
    grouped: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        grouped[rule.screen].append(rule)
    members = [(screen, tuple(some)) for screen, some in grouped.items()]
    for at in range(0, len(members), _TOGETHER):
        yield _Bundle(tuple(members[at : at + _TOGETHER]), has_words)


# Screens in one expression. Of more, the states that the engine meets are too many to be kept, and
# it becomes ten times slower.
_TOGETHER = 7


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
