"""How does text from outside become Clean? Found values give way to their placeholders."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

from core.clean import Clean, redacted
from core.redaction.patterns import RULES, Rule
from core.redaction.placeholders import PLACEHOLDER, placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.redaction.custom import CustomRule


@dataclass(frozen=True)
class Span:
    """Where a value is, in characters (half open), and of which kind."""

    start: int
    end: int
    kind: str


class Redactor:
    """Redaction for one case: the same value gets the same placeholder, whoever meets it."""

    def __init__(self, key: bytes, *, rules: Sequence[CustomRule] = ()) -> None:
        self._key = key
        self._rules = rules

    def derive(self, purpose: LiteralString) -> bytes:
        """A key of the same case for another purpose: 32 bytes."""
        return hmac.digest(self._key, purpose.encode(), hashlib.sha256)

    def clean(self, text: str) -> Clean:
        """The text with every secret, card number and e-mail address replaced."""
        spans = find_spans(text)
        if not spans:
            return redacted(text)
        parts, at = [], 0
        for span in spans:
            value = text[span.start : span.end]
            parts += [text[at : span.start], placeholder(span.kind, value, key=self._key)]
            at = span.end
        return redacted("".join([*parts, text[at:]]))


def find_spans(text: str) -> list[Span]:
    """Where text must not be shown, sorted and without overlaps; placeholders stay as they are."""
    found = [span for rule in _may_match(text.lower()) for span in _spans(rule, text)]
    if not found:
        return []
    known = [match.span() for match in PLACEHOLDER.finditer(text)]
    return _merged(span for span in found if not _inside(span, known))


def _may_match(lowered: str) -> list[Rule]:
    # Plain loops: this runs for every line, and a generator for each rule takes ten times as long.
    rules = []
    for rule in RULES:
        for hint in rule.hints:
            if hint in lowered:
                rules.append(rule)
                break
    return rules


def _spans(rule: Rule, text: str) -> Iterator[Span]:
    for match in rule.pattern.finditer(text):
        if rule.accepts(match):
            group = next(
                name for name in ("v", "q", "b") if match.groupdict().get(name) is not None
            )
            yield Span(match.start(group), match.end(group), rule.kind)


def _inside(span: Span, known: list[tuple[int, int]]) -> bool:
    return any(start <= span.start and span.end <= end for start, end in known)


def _merged(spans: Iterator[Span]) -> list[Span]:
    """Overlapping spans as one, of the kind that starts first (a secret, where two do)."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.kind != "secret", -span.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Span(last.start, max(last.end, span.end), last.kind)
        else:
            merged.append(span)
    return merged
