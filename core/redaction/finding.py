"""What do the rules find in one text?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.redaction.patterns import RULES
from core.redaction.span import Span, merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.redaction.rule import Rule

_ASCII_LOWER = {number: number + 32 for number in range(ord("A"), ord("Z") + 1)}


def find_spans(text: str, rules: Sequence[Rule] = RULES) -> list[Span]:
    """Where text must not be shown, sorted and without overlaps; placeholders stay as they are."""
    return merged(text, found_by(rules, text))


def found_by(rules: Sequence[Rule], text: str) -> list[Span]:
    """What each rule finds, in no order and with overlaps."""
    found: list[Span] = []
    lowered = ""
    for rule in rules:
        if not rule.hints:
            _search(rule, text, found)
            continue
        lowered = lowered or _lowered(text)
        # Plain loops, and one list for all: this runs for every text and every rule, and
        # generators take several times as long.
        for hint in rule.hints:
            at = lowered.find(hint)
            if at < 0:
                continue
            if not rule.anchored:
                _search(rule, text, found)
                break
            _try_at(rule, text, lowered, hint, at, found)
    return found


def _search(rule: Rule, text: str, found: list[Span]) -> None:
    matches = rule.pattern.finditer(text)
    found += [_span(rule, match) for match in matches if rule.accepts(match)]


def _try_at(rule: Rule, text: str, lowered: str, hint: str, at: int, found: list[Span]) -> None:
    """Matches that begin where the hint stands; none begins within what was found."""
    while at >= 0:
        match = rule.pattern.match(text, at)
        if match and rule.accepts(match):
            span = _span(rule, match)
            found.append(span)
            at = span.end - 1
        at = lowered.find(hint, at + 1)


def _span(rule: Rule, match: re.Match[str]) -> Span:
    start, end = match.span(_group(rule, match))
    if end - start >= _LONG:  # patterns are bounded, values are not
        end = _TAIL.match(match.string, end).end()  # type: ignore[union-attr] # it may be empty
    return Span(start, end, rule.kind)


def _group(rule: Rule, match: re.Match[str]) -> str:
    for group in rule.groups:
        if match[group] is not None:
            return group
    raise AssertionError(rule.pattern)  # every pattern has a value


_LONG = 250  # characters: less than any pattern stops at, more than most values have
_TAIL = re.compile(r"[A-Za-z0-9+/=_.~%-]*")


def _lowered(text: str) -> str:
    """In lower case, each character where it was: some have a longer lower case."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.translate(_ASCII_LOWER)
