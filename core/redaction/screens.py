"""Screens: which rules could match in which of many lines, asked of all lines at once.

They run in polars' regular expressions, whose time is linear in the text whatever it is; what they
let through is looked at as `find_spans` does it, so that the outcome is the same. They run together
first, a few as one expression, and each by itself only on what such a bundle lets through: most
lines are looked at by few expressions.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from core.redaction.readings import SCREEN, other_readings
from core.redaction.rule_choice import RULES, found_by
from core.redaction.rules import (
    INVISIBLE,
    SIGNS_OF_INVISIBLE,
    WIDE,
    RedactionRule,
    TextSpan,
    merged,
    spread,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

_FEW_LINES = 12  # lines: compiling an expression takes longer than trying every rule on them
_MANY_RULES = 6
_SHORTEST_WORD = 3
# Screens in one expression. With more, the engine meets more states than it caches and becomes ten
# times slower; lines selected by words meet few states.
_SCREENS_WITH_WORDS, _SCREENS_WITHOUT_WORDS = 13, 10


def find_spans_of(
    lines: pl.Series, rules: tuple[RedactionRule, ...] = RULES
) -> dict[int, list[TextSpan]]:
    """The spans to redact, by line number, for the lines that have any."""
    visible = _visible_lines(lines)
    spans_of_line = _found_as_written(visible, rules)
    for number, spans in _found_otherwise(visible, rules):
        spans_of_line[number] += spans
    numbers = list(spans_of_line)
    spans_by_line: dict[int, list[TextSpan]] = {}
    for (number, spans_found), raw, line in zip(
        spans_of_line.items(),
        lines.gather(numbers).to_list(),
        visible.gather(numbers).to_list(),
        strict=True,
    ):
        if spans := merged(line, spans_found):
            spans_by_line[number] = spans if raw == line else spread(raw, spans)
    return spans_by_line


def _found_as_written(
    lines: pl.Series, rules: tuple[RedactionRule, ...]
) -> defaultdict[int, list[TextSpan]]:
    """By line number; possibly overlapping."""
    rules_by_line: dict[int, list[RedactionRule]] = defaultdict(list)
    for number, matching in _candidate_lines(lines, _plan_of(rules)):
        rules_by_line[number] += matching
    numbers = list(rules_by_line)
    spans_of_line = defaultdict[int, list[TextSpan]](list)
    for (number, matching), line in zip(
        rules_by_line.items(), lines.gather(numbers).to_list(), strict=True
    ):
        if spans := found_by(matching, line):
            spans_of_line[number] = spans
    return spans_of_line


def _found_otherwise(
    lines: pl.Series, rules: tuple[RedactionRule, ...]
) -> Iterator[tuple[int, list[TextSpan]]]:
    """The same in each other way to read a line, where that stands in the line."""
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    numbers = lines.str.contains(SCREEN).arg_true().to_list()
    read = [
        (number, reading)
        for number, line in zip(numbers, lines.gather(numbers).to_list(), strict=True)
        for reading in other_readings(line)
    ]
    if not read:
        return
    texts = pl.Series([reading.text for _, reading in read], dtype=pl.String)
    for place, spans in _found_as_written(texts, rules).items():
        number, reading = read[place]
        yield number, list(reading.spread(spans))


def _visible_lines(lines: pl.Series) -> pl.Series:
    """As `visible_text`; most logs hold nothing of the kind, and stay as they are."""
    if lines.str.contains_any(list(SIGNS_OF_INVISIBLE)).any():
        lines = lines.str.replace_all(INVISIBLE.pattern, "")
    if lines.str.contains_any(list(WIDE)).any():
        lines = lines.str.replace_many(WIDE)
    return lines


def _candidate_lines(
    lines: pl.Series, plan: _ScreenPlan
) -> Iterator[tuple[int, Sequence[RedactionRule]]]:
    """Yields line numbers with rules that could match there; a line may come more than once."""
    all_lines = _NumberedLines.all(lines)
    lines_with_words = all_lines.where(
        lines.str.contains_any(plan.words, ascii_case_insensitive=True)
    )
    for numbered, bundles in ((lines_with_words, plan.with_words), (all_lines, plan.without_words)):
        hits = numbered.screened([bundle.screen for bundle in bundles])
        for bundle, bundle_lines in zip(bundles, hits, strict=True):
            if bundle_lines.at.is_empty():
                continue
            screened = bundle_lines.screened([screen for screen, _ in bundle.members])
            for (_, rules), rule_lines in zip(bundle.members, screened, strict=True):
                if all(rule.values for rule in rules):
                    values = "|".join(rule.values for rule in rules)
                    rule_lines = rule_lines.screened([values])[0]  # noqa: PLW2901 - they are fewer
                yield from _match_hints(rule_lines, rules)


class _NumberedLines:
    """A selection of lines, with their numbers among all lines."""

    def __init__(self, at: pl.Series, lines: pl.Series) -> None:
        self.at, self.lines = at, lines

    @classmethod
    def all(cls, lines: pl.Series) -> _NumberedLines:
        import polars as pl  # noqa: PLC0415 - see core.redaction.engine

        return cls(pl.int_range(len(lines), eager=True), lines)

    def where(self, mask: pl.Series) -> _NumberedLines:
        return _NumberedLines(self.at.filter(mask), self.lines.filter(mask))

    def screened(self, screens: Sequence[str]) -> list[_NumberedLines]:
        """For each screen, the lines that it matches; all lines where they are few."""
        import polars as pl  # noqa: PLC0415 - see core.redaction.engine

        if len(self.lines) <= _FEW_LINES:
            return [self] * len(screens)
        line = pl.col("line")
        columns = [line.str.contains(screen).alias(screen) for screen in screens]
        masks = self.lines.to_frame("line").select(columns)
        # Most screens match nothing, and filtering costs as much for a few lines as for all.
        return [self.where(mask) if mask.any() else self.empty() for mask in masks]

    def empty(self) -> _NumberedLines:
        return _NumberedLines(self.at.clear(), self.lines.clear())


def _match_hints(
    lines: _NumberedLines, rules: tuple[RedactionRule, ...]
) -> Iterator[tuple[int, Sequence[RedactionRule]]]:
    """Yields line numbers with the rules whose hints occur there, where many share a screen."""
    if len(rules) <= _MANY_RULES:
        yield from ((number, rules) for number in lines.at.to_list())
        return
    by_hint: dict[str, list[RedactionRule]] = defaultdict(list)
    for rule in rules:
        for hint in rule.hints:
            by_hint[hint].append(rule)
    hints_by_line = lines.lines.str.extract_many(
        list(by_hint), ascii_case_insensitive=True, overlapping=True
    )
    for number, hints in zip(lines.at.to_list(), hints_by_line.to_list(), strict=True):
        yield number, [rule for hint in {hint.lower() for hint in hints} for rule in by_hint[hint]]


@dataclass(frozen=True)
class _ScreenBundle:
    """Several screens with their rules; `screen` matches where one of them does."""

    members: tuple[tuple[str, tuple[RedactionRule, ...]], ...]

    @property
    def screen(self) -> str:
        return "|".join(f"(?:{screen})" for screen, _ in self.members)


class _ScreenPlan:
    """Rules grouped by their screens.

    words: one of them is in every line that a rule of `with_words` matches.
    """

    def __init__(self, rules: Sequence[RedactionRule]) -> None:
        with_words = [rule for rule in rules if _has_word_hints(rule.hints)]
        self.words = _minimal_words({hint for rule in with_words for hint in rule.hints})
        without_words = [rule for rule in rules if not _has_word_hints(rule.hints)]
        self.with_words = tuple(_make_bundles(with_words, _SCREENS_WITH_WORDS))
        self.without_words = tuple(_make_bundles(without_words, _SCREENS_WITHOUT_WORDS))


def _make_bundles(rules: Sequence[RedactionRule], size: int) -> Iterator[_ScreenBundle]:
    grouped: dict[str, list[RedactionRule]] = defaultdict(list)
    for rule in rules:
        grouped[rule.screen].append(rule)
    members = [(screen, tuple(screen_rules)) for screen, screen_rules in grouped.items()]
    # What needs a second screen has a first that matches many lines, which no other shares.
    broad = [member for member in members if all(rule.values for rule in member[1])]
    narrow = [member for member in members if member not in broad]
    for part in (narrow, broad):
        for start in range(0, len(part), size):
            yield _ScreenBundle(tuple(part[start : start + size]))


def _has_word_hints(hints: tuple[str, ...]) -> bool:
    """Whether every hint is an ASCII word: few lines hold a word, most a colon or a dot."""
    return bool(hints) and all(len(hint) >= _SHORTEST_WORD and hint.isascii() for hint in hints)


def _minimal_words(words: set[str]) -> list[str]:
    """The words without those that contain another, which is in the same lines."""
    return sorted(
        word for word in words if not any(other in word for other in words if other != word)
    )


@lru_cache(maxsize=8)
def _plan_of(rules: tuple[RedactionRule, ...]) -> _ScreenPlan:
    return _ScreenPlan(rules)
