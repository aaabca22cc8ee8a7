"""What the world knows of a run, and how what people said is recognised in the tables."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.cases.events import CaseView, Event
from core.clean import Clean
from core.clock import SetClock
from core.conversation.model import Heard, Manner, Utterance
from core.ports import Clock
from storage.memory import MemoryStore
from storage.memory.tables import Tables
from tests.simulation.alerts import Group
from tests.simulation.pager import Story
from tests.simulation.platform import Flock
from tests.simulation.trace import Trace


@dataclass
class Ledger:
    """What the world knows of a run: the tables, the platforms, what was accepted, the truth."""

    store: MemoryStore
    flocks: dict[str, Flock]
    trace: Trace
    clock: Clock = field(default_factory=SetClock)
    groups: list[Group] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def tables(self) -> Tables:
        return self.store.committed

    def unfinished(self) -> list[str]:
        """What still has to happen before the run is over."""
        jobs = [f"{job.kind} {job.state} {job.problem or ''}" for job in self.tables.waiting]
        unheard = [
            f"unheard: {line.heard.key}"
            for flock in self.flocks.values()
            for line in flock.lines
            if line.heard.ref and line.taken is None
        ]
        return jobs + unheard


def is_foreign(ledger: Ledger, heard: Heard) -> bool:
    """May it be waved away: heard before, or said where nobody listens to everything?"""
    if any(one.heard.key == heard.key for one in ledger.tables.utterances):
        return True
    if heard.manner is not Manner.MESSAGE:
        return False
    here = _cases_bound(ledger.tables, heard)
    deaf = any(
        on and channel == heard.place.whole_channel
        for (_, channel), on in ledger.tables.mention_only.items()
    )
    return not here or (deaf and not heard.attachments)


def _cases_bound(tables: Tables, heard: Heard) -> bool:
    """Is it clear which case is at home at the place, or in the channel around it?"""
    for place in (heard.place, heard.place.whole_channel):
        bound = [one.case_id for one in tables.bindings if one.place == place and not one.opens]
        live = [one for one in bound if tables.views.require(one, "case").case.state.is_open]
        if len(live) == 1 or (bound and not live):
            return True
    return False


def meant_by(utterance: Utterance, journal: dict[str, Utterance]) -> Heard:
    """What a button of a picker repeats."""
    text = utterance.heard.text
    if utterance.heard.manner is Manner.BUTTON and text.startswith("again "):
        return journal[text.split()[1]].heard
    return utterance.heard


def word_of(heard: Heard) -> str:
    words = (word.strip("?,.:") for word in heard.text.split())
    return next((word for word in words if word.startswith("zebra")), "")


def text_of(ledger: Ledger, event: Event) -> str:
    for name in ("text", "title", "why", "solution"):
        text = ledger.tables.texts.get((event.case_id, str(event.data.get(name))))
        if text is not None:
            return text.text
    return ""


def events_of(ledger: Ledger, view: CaseView) -> list[Event]:
    found = [event for event in ledger.tables.events if event.case_id == view.case.id]
    return sorted(found, key=lambda event: event.seq)


def texts_of(ledger: Ledger, case_id: str) -> dict[str, Clean]:
    return {
        digest: text for (owner, digest), text in ledger.tables.texts.items() if owner == case_id
    }
