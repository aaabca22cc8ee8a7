"""What is known of the runbooks, all together: facts for a page, a card and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.cases.feedback import FeedbackTally
from core.knowledge.model import Document
from core.text.redacted import RedactedText


@dataclass(frozen=True, kw_only=True)
class UncoveredAlert:
    """An alert that no runbook fits. cases: how many had it; last: the number of the newest."""

    name: str
    service: str | None
    cases: int
    last: int


@dataclass(frozen=True, kw_only=True)
class RunbookUse:
    """A runbook: in how many cases it was suggested and looked at, and what people say of it."""

    document: Document
    suggested: int
    opened: int
    tally: FeedbackTally


@dataclass(frozen=True, kw_only=True)
class UnhelpfulStep:
    """A step that did not help as often as it did, or more. number: from 1."""

    document: Document
    number: int
    text: RedactedText
    tally: FeedbackTally


@dataclass(frozen=True, kw_only=True)
class UnseenName:
    """A service, alert or metric that cases knew, and none has since. last: that case's number."""

    name: str
    last: int
    last_at: datetime


@dataclass(frozen=True, kw_only=True)
class StaleRunbook:
    """A runbook that is older than what it is about.

    cases: numbers of those of its services since it was updated, newest first; empty where it is
    not that old. unseen: names in it.
    """

    document: Document
    services: tuple[str, ...]
    cases: tuple[int, ...]
    unseen: tuple[UnseenName, ...]


@dataclass(frozen=True, kw_only=True)
class KnowledgeHealth:
    """What may be done about the runbooks. since: when the oldest of the cases was opened."""

    at: datetime
    runbooks: int
    cases: int
    since: datetime | None
    uncovered: tuple[UncoveredAlert, ...]
    unused: tuple[RunbookUse, ...]
    unhelpful: tuple[RunbookUse, ...]
    steps: tuple[UnhelpfulStep, ...]
    stale: tuple[StaleRunbook, ...]
