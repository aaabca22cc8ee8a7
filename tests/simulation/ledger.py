"""What the world knows of a run, and how what people said is recognised in the tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from core.clock import Clock
from core.context import DEFAULT_TENANT, Rules
from core.conversation.messages.message import IncomingMessage, JournaledMessage, MessageKind
from storage.memory import MemoryStore
from tests.simulation.platform import Flock
from tests.simulation.trace import RunTrace

if TYPE_CHECKING:
    from core.cases.events import CaseEvent
    from core.cases.projection import CaseView
    from core.text.redacted import RedactedText
    from storage.memory.tables import Tables


class AlertTruth(Protocol):
    """How it is with one alert or incident, whatever anybody was told."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def fires_at_last(self) -> bool: ...
    @property
    def begins(self) -> int:
        """How often it begins to fire."""


@dataclass
class Ledger:
    """What the world knows of a run: the tables, the platforms, what was accepted, the truth."""

    store: MemoryStore
    flocks: dict[str, Flock]
    trace: RunTrace
    rules: Rules
    clock: Clock
    truths: list[AlertTruth] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def tables(self) -> Tables:
        return self.store.committed.of(DEFAULT_TENANT)

    def unfinished(self) -> list[str]:
        """What still has to happen before the run is over."""
        jobs = [f"{job.kind} {job.state} {job.problem or ''}" for job in self.tables.waiting]
        known = {message.heard.key for message in self.tables.utterances}
        unheard = [
            f"unheard: {line.heard.key}"
            for flock in self.flocks.values()
            for line in flock.lines
            if line.heard.ref and line.taken is None and line.heard.key not in known
        ]
        return jobs + unheard


def is_foreign(ledger: Ledger, heard: IncomingMessage) -> bool:
    """Whether it may be ignored: heard before, or said where nobody listens to everything."""
    if any(message.heard.key == heard.key for message in ledger.tables.utterances):
        return True
    if heard.manner is not MessageKind.MESSAGE:
        return False
    here = _cases_bound(ledger.tables, heard)
    deaf = any(
        on and channel == heard.place.whole_channel
        for channel, on in ledger.tables.mention_only.items()
    )
    return not here or (deaf and not heard.attachments)


def _cases_bound(tables: Tables, heard: IncomingMessage) -> bool:
    """Whether it is clear which case is at home at the place, or in the channel around it."""
    for place in (heard.place, heard.place.whole_channel):
        bound = [
            binding.case_id
            for binding in tables.bindings
            if binding.place == place and not binding.opens
        ]
        live = [
            case_id for case_id in bound if tables.views.require(case_id, "case").case.state.is_open
        ]
        if len(live) == 1 or (bound and not live):
            return True
    return False


def meant_by(utterance: JournaledMessage, journal: dict[str, JournaledMessage]) -> IncomingMessage:
    """What a button of a picker repeats."""
    text = utterance.heard.text
    if utterance.heard.manner is MessageKind.BUTTON and text.startswith("again "):
        return journal[text.split()[1]].heard
    return utterance.heard


def words_in(text: str) -> list[str]:
    """Of those that people make up, one for each line; each once."""
    return list(dict.fromkeys(re.findall(r"zebra\d+", text)))


def word_of(heard: IncomingMessage) -> str:
    """The line's own; empty where it has none."""
    return next(iter(words_in(heard.text)), "")


def text_of(ledger: Ledger, event: CaseEvent) -> str:
    """What a person said in it; empty for what no person said."""
    for name in ("text", "title", "why", "solution"):
        text = ledger.tables.texts.get((event.case_id, str(event.data.get(name))))
        if text is not None:
            return text.text
    return ""


def events_of(ledger: Ledger, view: CaseView) -> list[CaseEvent]:
    """The log of a case."""
    events = [event for event in ledger.tables.events if event.case_id == view.case.id]
    return sorted(events, key=lambda event: event.seq)


def texts_of(ledger: Ledger, case_id: str) -> dict[str, RedactedText]:
    """Digest to text, of a case."""
    return {
        digest: text for (owner, digest), text in ledger.tables.texts.items() if owner == case_id
    }
