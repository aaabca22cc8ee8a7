"""Which independent kinds of evidence speak for a hypothesis?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.hypotheses import EvidenceKind, Outcome
from core.investigation.ranking.faults import CPU, MEMORY

if TYPE_CHECKING:
    from core.cases.hypotheses import Hypothesis

# Kinds that point at a service by what it does. A change points at whatever was changed.
BY_ITSELF = frozenset({EvidenceKind.LOG, EvidenceKind.METRIC, EvidenceKind.TRACE})
_SPEAKS = 0.3  # nats that all lines of a kind must add up to
WITNESSES = (
    EvidenceKind.LOG,
    EvidenceKind.METRIC,
    EvidenceKind.TRACE,
    EvidenceKind.CHANGE,
    EvidenceKind.CHECK,
)


def kinds_for(one: Hypothesis) -> tuple[EvidenceKind, ...]:
    """The independent kinds of evidence that speak for it, by lines or by predictions that held.

    Any restart moves CPU and memory: there a change is no witness of its own.
    """
    found = []
    for kind in WITNESSES:
        if kind is EvidenceKind.CHANGE and one.cause.fault in (CPU, MEMORY):
            continue
        weight = sum(line.weight for line in one.supporting if line.kind is kind and line.resolves)
        if weight >= _SPEAKS or kind in _kinds_that_held(one):
            found.append(kind)
    return tuple(found)


def _kinds_that_held(one: Hypothesis) -> set[EvidenceKind]:
    held = (prediction for prediction in one.predictions if prediction.outcome is Outcome.HELD)
    lines = (line for prediction in held for line in prediction.citations)
    return {line.kind for line in lines if line.resolves and line.weight > 0}
