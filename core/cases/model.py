"""What is a case? The read model that events fold into; see `events.py` for how it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.alerts.model import Severity
from core.text.redacted import Clean


class CaseState(StrEnum):
    """The five phases of a case's life."""

    CONSULTING = "consulting"  # opened; nothing is believed yet
    DIAGNOSING = "diagnosing"  # evidence is being gathered and hypotheses compete
    ANALYZING = "analyzing"  # a cause is confirmed; solution and follow-ups are worked out
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        return self not in (CaseState.RESOLVED, CaseState.CLOSED)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One incident under investigation.

    `number` is per tenant and what people say aloud. `version` counts its events, so that the
    newest card wins. `quiet_since` is set while no alert of it fires. `group_key` joins later
    deliveries of the same alert group to it; empty for a case that a person opened.
    """

    id: str
    tenant_id: str
    number: int
    title: Clean
    state: CaseState
    severity: Severity
    service: str | None
    group_key: str
    opened_at: datetime
    version: int
    owner: str | None = None
    firing: int = 0
    alerts: int = 0
    quiet_since: datetime | None = None
    spoken_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    solution: Clean | None = None
    files: int = 0
    turns: int = 0
    head: str = ""  # hash of the newest event

    @property
    def tag(self) -> Clean:
        return Clean.tag("#", self.number)
