"""How does a case change? By events only: each covers the hash of the one before.

Events carry ids, numbers and digests of redacted texts, which rest in erasable `texts` rows.
Reading them back in order (`fold`) gives the very tables that readers use.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from core.cases.model import Case, CaseState, Severity
from core.clean import ERASED, Clean
from core.clock import from_micros, micros
from core.errors import Tampered
from core.investigation.model import Hypothesis, HypothesisState

HYPOTHESES = TypeAdapter(tuple[Hypothesis, ...])


class EventKind(StrEnum):
    """Everything that can happen to a case."""

    OPENED = "case.opened"
    ALERT_FIRED = "alert.fired"  # an occurrence began
    ALERT_RESOLVED = "alert.resolved"  # an occurrence ended
    QUIETENED = "case.quietened"  # nothing fires any more
    SPOKEN = "person.spoke"  # a person takes part: it does not resolve by itself any more
    OWNED = "case.owned"
    FILE_RECEIVED = "file.received"
    FILE_PROCESSED = "file.processed"
    ASKED = "question.asked"
    ANSWERED = "question.answered"
    RANKED = "hypotheses.ranked"
    JUDGED = "hypothesis.judged"  # a person confirmed or rejected one
    RESOLVED = "case.resolved"
    REOPENED = "case.reopened"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One entry of the log. `actor` is `system` or who did it; `data` is plain JSON."""

    case_id: str
    seq: int
    kind: EventKind
    at: datetime
    actor: str
    data: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """What the events of one case fold into."""

    case: Case
    hypotheses: tuple[Hypothesis, ...] = ()


def seal(
    case_id: str,
    seq: int,
    kind: EventKind,
    *,
    at: datetime,
    actor: str,
    data: Mapping[str, Any],
    previous: str,
) -> Event:
    """The event with the hash that chains it to the one before (SHA-256 of canonical JSON)."""
    body = json.dumps(
        [previous, case_id, seq, kind, micros(at), actor, data],
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    digest = hashlib.sha256(body.encode()).hexdigest()
    return Event(
        case_id=case_id,
        seq=seq,
        kind=kind,
        at=at,
        actor=actor,
        data=data,
        previous=previous,
        hash=digest,
    )


def verify_chain(events: Iterable[Event]) -> str:
    """The head hash of an unbroken chain; raises Tampered at the first event that does not fit."""
    previous = ""
    for seq, event in enumerate(events, start=1):
        expected = seal(
            event.case_id,
            seq,
            event.kind,
            at=event.at,
            actor=event.actor,
            data=event.data,
            previous=previous,
        )
        if expected != event:
            message = f"event {seq} of {event.case_id} does not follow from the one before"
            raise Tampered(message)
        previous = event.hash
    return previous


def fold(events: Iterable[Event], texts: Mapping[str, Clean]) -> CaseView:
    """The read model that these events, in order, amount to. Raises ValueError on no events."""
    view: CaseView | None = None
    for event in events:
        view = apply(view, event, texts)
    if view is None:
        message = "a case has at least the event that opened it"
        raise ValueError(message)
    return view


def apply(view: CaseView | None, event: Event, texts: Mapping[str, Clean]) -> CaseView:
    """The view after one more event."""
    if view is None:
        return CaseView(case=_opened(event, texts))
    case = replace(view.case, version=event.seq, head=event.hash)
    data = event.data
    match event.kind:
        case EventKind.OPENED:
            message = "a case opens once"
            raise Tampered(message)
        case EventKind.ALERT_FIRED:
            case = replace(
                case,
                firing=case.firing + 1,
                alerts=case.alerts + 1,
                quiet_since=None,
                severity=worst(case.severity, Severity(data["severity"])),
                service=case.service or data["service"],
            )
        case EventKind.ALERT_RESOLVED:
            case = replace(case, firing=max(0, case.firing - 1))
        case EventKind.QUIETENED:
            case = replace(case, quiet_since=event.at)
        case EventKind.SPOKEN:
            case = replace(case, spoken_at=event.at)
        case EventKind.OWNED:
            case = replace(case, owner=data["owner"])
        case EventKind.FILE_RECEIVED:
            case = replace(case, files=case.files + 1)
        case EventKind.FILE_PROCESSED | EventKind.ASKED | EventKind.ANSWERED:
            pass
        case EventKind.RANKED:
            return _ranked(view, case, data, texts)
        case EventKind.JUDGED:
            return _judged(view, case, event, texts)
        case EventKind.RESOLVED:
            case = replace(
                case,
                state=CaseState.RESOLVED,
                resolved_at=event.at,
                resolved_by=event.actor,
                solution=texts.get(data["solution"], ERASED) if data["solution"] else None,
            )
        case EventKind.REOPENED:
            case = replace(
                case,
                state=CaseState.DIAGNOSING,
                resolved_at=None,
                resolved_by=None,
                quiet_since=None,
            )
    return replace(view, case=case)


def worst(one: Severity, other: Severity) -> Severity:
    """The graver of two severities; unknown is graver than nothing."""
    order = list(Severity)
    return min(one, other, key=order.index)


def _opened(event: Event, texts: Mapping[str, Clean]) -> Case:
    data = event.data
    return Case(
        id=event.case_id,
        tenant_id=data["tenant_id"],
        number=data["number"],
        title=texts.get(data["title"], ERASED),
        state=CaseState.CONSULTING,
        severity=Severity(data["severity"]),
        service=data["service"],
        group_key=data["group_key"],
        opened_at=from_micros(data["opened_at"]),
        version=event.seq,
        head=event.hash,
    )


def _ranked(
    view: CaseView, case: Case, data: Mapping[str, Any], texts: Mapping[str, Clean]
) -> CaseView:
    hypotheses = HYPOTHESES.validate_python(data["hypotheses"], context={"texts": texts})
    state = CaseState.DIAGNOSING if case.state is CaseState.CONSULTING else case.state
    return CaseView(
        case=replace(case, state=state, turns=case.turns + 1), hypotheses=hypotheses
    )


def _judged(view: CaseView, case: Case, event: Event, texts: Mapping[str, Clean]) -> CaseView:
    confirmed, why = event.data["confirmed"], event.data["why"]
    hypotheses = tuple(
        replace(
            one,
            state=HypothesisState.VALIDATED if confirmed else HypothesisState.REJECTED,
            verdict_by=event.actor,
            verdict_why=texts.get(why, ERASED) if why else None,
        )
        if one.number == event.data["number"]
        else one
        for one in view.hypotheses
    )
    believed = any(one.state is HypothesisState.VALIDATED for one in hypotheses)
    state = CaseState.ANALYZING if believed else CaseState.DIAGNOSING
    return CaseView(case=replace(case, state=state), hypotheses=hypotheses)
