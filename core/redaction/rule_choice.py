"""The built-in rules, an installation's own rules, and the selection that is applied.

They run in polars' regular expressions, whose time is linear in the text: no pattern, however
careless, and no line, however hostile, makes a worker hang.

Patterns keep to bounded repeats: no line, however long or hostile, makes them slow. Private
addresses, host names and request ids are no secrets here. Public addresses are hidden; web sites
are where they are a person's, or where an installation asks for it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.redaction import (
    announcements,
    assignments,
    encoded_settings,
    identities,
    likelihood,
    marked_values,
    numbered_lists,
    personal,
    tokens,
)
from core.redaction.hint_index import index_of
from core.redaction.public_values import without_public
from core.redaction.rules import SECRET, RedactionRule, TextSpan, merged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import polars as pl

# Characters to mark matches with: the private use area, less those that occur in the text.
_PRIVATE_USE = range(0xE000, 0xF8FF)
_VALUE_GROUP = "(?P<v>"
RULES: tuple[RedactionRule, ...] = (
    *tokens.RULES,
    *assignments.RULES,
    *marked_values.RULES,
    *announcements.RULES,
    *numbered_lists.RULES,
    *encoded_settings.RULES,
    *personal.RULES,
    *identities.IDENTITY_RULES,
    *identities.NETWORK_RULES,
    *likelihood.RULES,
)
OPTIONAL = frozenset(rule.kind for rule in identities.STRICT)
# The kinds that an installation may turn off: all but secrets.
PERSONAL = frozenset(rule.kind for rule in RULES) - {SECRET}
_ASCII_LOWER = {number: number + 32 for number in range(ord("A"), ord("Z") + 1)}
_MANY = 30  # rules, from which on looking up the text's parts takes less time
_LONG_VALUE = 250  # characters: below the bound of every pattern, above the length of most values


_VALUE_TAIL = re.compile(r"[A-Za-z0-9+/=_.~%-]*")


@dataclass(frozen=True)
class CustomRule:
    """A rule of an installation. `name` becomes the placeholder's kind.

    pattern: a regular expression in Rust's syntax; its group `v`, or the whole match where it has
    none, is hidden. Without a pattern, the rule turns the built-in rules of the kind `name` on
    where they are off by default, or off where `is_off` is set.
    """

    name: str
    pattern: str = ""
    is_off: bool = False


class OwnRules:
    """The custom rules of one installation, ready to run."""

    def __init__(self, rules: Sequence[CustomRule]) -> None:
        self._rules = tuple(rules)

    def spans(self, text: str) -> list[TextSpan]:
        """The spans that the rules match in one text."""
        if not self._rules:
            return []
        import polars as pl  # noqa: PLC0415 - see core.redaction.engine

        return self.spans_of(pl.Series([text])).get(0, [])

    def spans_of(self, lines: pl.Series) -> dict[int, list[TextSpan]]:
        """The spans that the rules match, by line number from 0."""
        spans_by_line: dict[int, list[TextSpan]] = defaultdict(list)
        for rule in self._rules:
            matching = lines.str.contains(rule.pattern).arg_true()
            if matching.is_empty():
                continue
            for number, line, marked, (start, end) in _mark_matches(rule, lines, matching):
                spans_by_line[number].extend(_marked_spans(rule, line, marked, start, end))
        return spans_by_line


def optional_rules(kinds: Collection[str]) -> tuple[RedactionRule, ...]:
    """The built-in rules for these kinds among those that are off by default."""
    return tuple(rule for rule in identities.STRICT if rule.kind in kinds)


def chosen_rules(own: Sequence[CustomRule]) -> tuple[RedactionRule, ...]:
    """The built-in rules with the kinds that an installation turned on or off."""
    unwanted = {rule.name for rule in own if rule.is_off} & PERSONAL
    wanted = {rule.name for rule in own if not rule.pattern} - unwanted
    if not unwanted and not wanted:
        return RULES
    remaining = (rule for rule in RULES if rule.kind not in unwanted)
    return (*remaining, *optional_rules(wanted))


def find_spans(text: str, rules: Sequence[RedactionRule] = RULES) -> list[TextSpan]:
    """The spans to redact, sorted and without overlaps; existing placeholders stay as they are."""
    return merged(text, found_by(rules, text))


def found_by(rules: Sequence[RedactionRule], text: str) -> list[TextSpan]:
    """The spans that the rules match, in no order and possibly overlapping."""
    spans: list[TextSpan] = []
    if not text:
        return spans
    lowered = _lower_in_place(text)
    for rule in _possible(rules, lowered):
        if not rule.hints:
            _match_anywhere(rule, text, spans)
            continue
        if rule.reads and not rule.words.search(lowered):
            continue
        # Plain loops and one shared list: this runs for every text and every rule, and
        # generators take several times as long.
        for hint in rule.hints:
            start = lowered.find(hint) if not rule.reads else 0
            if start < 0:
                continue
            if not rule.anchored:
                _match_anywhere(rule, text, spans)
                break
            _match_at_hints(rule, text, lowered, hint, start, spans)
    return without_public(text, spans)


def _possible(rules: Sequence[RedactionRule], lowered: str) -> Sequence[RedactionRule]:
    """Those that the text may match, in their order."""
    if len(rules) < _MANY:
        return rules
    every = tuple(rules)
    return [every[place] for place in index_of(every).possible(lowered)]


def _mark_matches(
    rule: CustomRule, lines: pl.Series, matching: pl.Series
) -> Iterator[tuple[int, str, str, tuple[str, str]]]:
    """Yields the matching lines by number, each with marks around every match, and the marks."""
    lines_matched = lines.gather(matching)
    marks = _unused_marks(lines_matched)
    marked_lines = lines_matched.str.replace_all(rule.pattern, f"{marks[0]}${{0}}{marks[1]}")
    for number, line, marked_line in zip(matching, lines_matched, marked_lines, strict=True):
        yield number, line, marked_line, marks


def _unused_marks(lines: pl.Series) -> tuple[str, str]:
    present = set().union(*(set(line) for line in lines if not line.isascii()))
    free = (chr(number) for number in _PRIVATE_USE if chr(number) not in present)
    return next(free), next(free)


def _marked_spans(
    rule: CustomRule, line: str, marked: str, start: str, end: str
) -> Iterator[TextSpan]:
    at = 0
    for number, part in enumerate(marked.split(start)):
        match, _, after = part.rpartition(end) if number else ("", "", part)
        if match:
            yield from _value_spans(rule, match, at)
        at += len(match) + len(after)
    assert at == len(line)  # noqa: S101 - no line holds a mark


def _value_spans(rule: CustomRule, match: str, at: int) -> Iterator[TextSpan]:
    """Spans of the group's value wherever it occurs in the match, or the whole match."""
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    value = None
    if _VALUE_GROUP in rule.pattern:
        values = pl.select(pl.lit(match).str.extract_groups(rule.pattern).struct.field("v"))
        value = values.item()
    if not value:
        yield TextSpan(at, at + len(match), rule.name)
        return
    start = match.find(value)
    while start >= 0:
        yield TextSpan(at + start, at + start + len(value), rule.name)
        start = match.find(value, start + len(value))


def _match_anywhere(rule: RedactionRule, text: str, spans: list[TextSpan]) -> None:
    if rule.reads:
        spans += [TextSpan(start, end, rule.kind) for start, end in rule.reads(text)]
        return
    matches = rule.pattern.finditer(text)
    spans += [_span(rule, match) for match in matches if rule.accepts(match)]


def _match_at_hints(
    rule: RedactionRule, text: str, lowered: str, hint: str, at: int, spans: list[TextSpan]
) -> None:
    """Adds matches that begin where the hint occurs, from `at` on; none begins inside another."""
    while at >= 0:
        match = rule.pattern.match(text, at)
        if match and rule.accepts(match):
            span = _span(rule, match)
            spans.append(span)
            at = span.end - 1
        at = lowered.find(hint, at + 1)


def _span(rule: RedactionRule, match: re.Match[str]) -> TextSpan:
    start, end = match.span(_value_group(rule, match))
    if end - start >= _LONG_VALUE:  # patterns are bounded, so the match may end within the value
        end = _VALUE_TAIL.match(match.string, end).end()  # type: ignore[union-attr] # it may be empty
    return TextSpan(start, end, rule.kind)


def _value_group(rule: RedactionRule, match: re.Match[str]) -> str:
    for group in rule.groups:
        if match[group] is not None:
            return group
    raise AssertionError(rule.pattern)  # every pattern has a value group


def _lower_in_place(text: str) -> str:
    """The text in lower case with every character in its place: some lower cases are longer."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.translate(_ASCII_LOWER)
