"""Which findings of a file are worth telling? Each line once, and nothing that is ordinary."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from core.conversation.cards.quotes import KINDS
from core.evidence.model import Finding, FindingKind, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

ONE_CHANGE = timedelta(minutes=1)  # lines about one restart or deploy come this close together
METRICS = 5  # series of one file

_ORDER = {kind: place for place, kind in enumerate(KINDS)}
_UNTOLD = (FindingKind.TEMPLATE, FindingKind.CALL)
_ORDINARY = (Level.DEBUG, Level.INFO)


def highlights(findings: Iterable[Finding]) -> list[Finding]:
    """The most telling first; of changes close together one, of metrics the greatest shifts."""
    kept: list[Finding] = []
    for one in sorted(findings, key=_importance):
        if _is_worth(one, kept) and not any(_says_the_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _importance(one: Finding) -> tuple[int, float, float]:
    began = one.first.timestamp() if one.first else math.inf
    return _ORDER[one.kind], -_shift(one), began


def _is_worth(one: Finding, kept: list[Finding]) -> bool:
    if one.kind is FindingKind.METRIC:
        return sum(other.kind is FindingKind.METRIC for other in kept) < METRICS
    if one.kind is FindingKind.BURST:
        return one.level not in _ORDINARY
    return not one.is_digest and one.kind not in _UNTOLD


def _says_the_same(one: Finding, other: Finding) -> bool:
    if one.kind is other.kind is FindingKind.CHANGE and one.first and other.first:
        return one.text == other.text or abs(one.first - other.first) < ONE_CHANGE
    return one.text == other.text


def _shift(one: Finding) -> float:
    """How far a metric's level moved, as a ratio on a logarithmic scale; 0 for other findings."""
    before, after = one.data.get("before"), one.data.get("after")
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return 0.0
    low, high = sorted((abs(before), abs(after)))
    return math.inf if low == 0 < high else math.log(high / low) if low else 0.0
