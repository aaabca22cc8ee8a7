"""What do the rules find in one text?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.redaction.patterns import RULES
from core.redaction.span import Span, merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.redaction.rule import Rule

_ASCII_LOWER = {number: number + 32 for number in range(ord("A"), ord("Z") + 1)}


def find_spans(text: str, rules: Sequence[Rule] = RULES) -> list[Span]:
    """Where text must not be shown, sorted and without overlaps; placeholders stay as they are."""
    return merged(text, found_by(rules, text))


def found_by(rules: Sequence[Rule], text: str) -> Iterator[Span]:
    """What each rule finds, in no order and with overlaps."""
    lowered = ""
    for rule in rules:
        if not rule.hints:
            yield from _searched(rule, text)
            continue
        lowered = lowered or _lowered(text)
        # Plain loops: this runs for every text, and a generator for each rule takes ten times as
        # long.
        for hint in rule.hints:
            at = lowered.find(hint)
            if at < 0:
                continue
            if not rule.anchored:
                yield from _searched(rule, text)
                break
            yield from _anchored(rule, text, lowered, hint, at)


def _searched(rule: Rule, text: str) -> Iterator[Span]:
    for match in rule.pattern.finditer(text):
        if rule.accepts(match):
            yield _span(rule, match)


def _anchored(rule: Rule, text: str, lowered: str, hint: str, at: int) -> Iterator[Span]:
    """Of matches that begin where the hint stands; none begins within what was found."""
    while at >= 0:
        match = rule.pattern.match(text, at)
        if match and rule.accepts(match):
            span = _span(rule, match)
            yield span
            at = span.end - 1
        at = lowered.find(hint, at + 1)


def _span(rule: Rule, match: re.Match[str]) -> Span:
    start, end = match.span(_group(match))
    if end - start >= _LONG:  # patterns are bounded, values are not
        end = _TAIL.match(match.string, end).end()  # type: ignore[union-attr] # it may be empty
    return Span(start, end, rule.kind)


def _group(match: re.Match[str]) -> str:
    named = match.re.groupindex
    for group in _VALUES:
        if group in named and match[group] is not None:
            return group
    raise AssertionError(match.re.pattern)  # every pattern has a value


_VALUES = ("v", "q", "b")
_LONG = 250  # characters: less than any pattern stops at, more than most values have
_TAIL = re.compile(r"[A-Za-z0-9+/=_.~%-]*")


def _lowered(text: str) -> str:
    """In lower case, each character where it was: some have a longer lower case."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.translate(_ASCII_LOWER)
