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
from core.redaction.rule import Rule
from core.redaction.span import merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from core.redaction.span import Span


def find_spans_of(lines: pl.Series, rules: tuple[Rule, ...]) -> dict[int, list[Span]]:
    """Of each line in which something must not be shown: its spans, as `find_spans` says them."""
    looking: dict[int, list[Rule]] = defaultdict(list)
    for at, some in _suspects(lines, _plan(rules)):
        looking[at] += some
    found: dict[int, list[Span]] = {}
    for (at, some), line in zip(
        looking.items(), lines.gather(list(looking)).to_list(), strict=True
    ):
        if spans := merged(line, found_by(some, line)):
            found[at] = spans
    return found


def _suspects(lines: pl.Series, plan: _Plan) -> Iterator[tuple[int, Sequence[Rule]]]:
    """Numbers of lines with rules that could match there; a line comes more than once."""
    everything = _Numbered.all(lines)
    telling = everything.where(lines.str.contains_any(plan.words, ascii_case_insensitive=True))
    for among, bundles in ((telling, plan.telling), (everything, plan.others)):
        hits = among.screened([bundle.screen for bundle in bundles])
        for bundle, some in zip(bundles, hits, strict=True):
            if some.at.is_empty():
                continue
            ours = some.screened([screen for screen, _ in bundle.members])
            for (_, rules), few in zip(bundle.members, ours, strict=True):
                yield from _by_line(few, rules)


class _Numbered:
    """Some lines, and where they stand among all."""

    def __init__(self, at: pl.Series, lines: pl.Series) -> None:
        self.at, self.lines = at, lines

    @classmethod
    def all(cls, lines: pl.Series) -> _Numbered:
        import polars as pl  # noqa: PLC0415 - see core.redaction.engine

        return cls(pl.int_range(len(lines), eager=True), lines)

    def where(self, mask: pl.Series) -> _Numbered:
        return _Numbered(self.at.filter(mask), self.lines.filter(mask))

    def screened(self, screens: Sequence[str]) -> list[_Numbered]:
        """For each screen, the lines that it lets through; of a few lines all."""
        import polars as pl  # noqa: PLC0415 - see core.redaction.engine

        if len(self.lines) <= _FEW:
            return [self] * len(screens)
        line = pl.col("line")
        looks = [line.str.contains(screen).alias(screen) for screen in screens]
        masks = self.lines.to_frame("line").select(looks)
        # Most of them let nothing through, and each look at a few lines costs as much as them all
        return [self.where(mask) if mask.any() else self.none() for mask in masks]

    def none(self) -> _Numbered:
        return _Numbered(self.at.clear(), self.lines.clear())


_FEW = 12  # lines: to compile an expression takes longer than to look at them


def _by_line(some: _Numbered, rules: tuple[Rule, ...]) -> Iterator[tuple[int, Sequence[Rule]]]:
    """With the rules whose hints are there, where many rules share a screen."""
    if len(rules) <= _MANY:
        yield from ((at, rules) for at in some.at.to_list())
        return
    by_hint: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        for hint in rule.hints:
            by_hint[hint].append(rule)
    said = some.lines.str.extract_many(list(by_hint), ascii_case_insensitive=True, overlapping=True)
    for at, hints in zip(some.at.to_list(), said.to_list(), strict=True):
        yield at, [rule for hint in {hint.lower() for hint in hints} for rule in by_hint[hint]]


_MANY = 6  # rules


@dataclass(frozen=True)
class _Bundle:
    """Screens with their rules; `screen` matches where one of them does."""

    members: tuple[tuple[str, tuple[Rule, ...]], ...]

    @property
    def screen(self) -> str:
        return "|".join(f"(?:{screen})" for screen, _ in self.members)


class _Plan:
    """Rules by their screens. `words`: one is in every line that a rule of `telling` matches."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        telling = [rule for rule in rules if _is_telling(rule.hints)]
        self.words = _shortest({hint for rule in telling for hint in rule.hints})
        others = [rule for rule in rules if not _is_telling(rule.hints)]
        self.telling = tuple(_bundles(telling, _WORDS_TOGETHER))
        self.others = tuple(_bundles(others, _OTHERS_TOGETHER))


def _bundles(rules: Sequence[Rule], together: int) -> Iterator[_Bundle]:
    grouped: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        grouped[rule.screen].append(rule)
    members = [(screen, tuple(some)) for screen, some in grouped.items()]
    for at in range(0, len(members), together):
        yield _Bundle(tuple(members[at : at + together]))


# Screens in one expression. Of more, the states that the engine meets are too many to be kept, and
# it becomes ten times slower; where words are looked for, it meets few.
_WORDS_TOGETHER, _OTHERS_TOGETHER = 12, 7


def _is_telling(hints: tuple[str, ...]) -> bool:
    """Words, which are in few lines; a colon or a dot is in all of them. In ASCII's cases only."""
    return bool(hints) and all(len(hint) >= _WORD and hint.isascii() for hint in hints)


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
