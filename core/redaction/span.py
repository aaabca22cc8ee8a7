"""Where in a text is something that must not be shown?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.redaction.placeholders import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable

SECRET = "secret"  # noqa: S105 - the name of a kind


@dataclass(frozen=True)
class Span:
    """Where a value is, in characters (half open), and of which kind."""

    start: int
    end: int
    kind: str


def merged(text: str, found: Iterable[Span]) -> list[Span]:
    """Sorted, without overlaps, and without what is the name of a value already.

    Overlapping spans become one, of the kind that starts first (a secret, where two do).
    """
    found = list(found)
    if len(found) <= 1 and "«" not in text:
        return found
    ordered = sorted(found, key=lambda span: (span.start, span.kind != SECRET, -span.end))
    known = [match.span() for match in PLACEHOLDER.finditer(text)] if "«" in text else []
    whole: list[Span] = []
    for span in ordered:
        if any(start <= span.start and span.end <= end for start, end in known):
            continue
        if whole and span.start < whole[-1].end:
            last = whole[-1]
            whole[-1] = Span(last.start, max(last.end, span.end), last.kind)
        else:
            whole.append(span)
    return whole
