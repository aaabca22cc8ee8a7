"""What the tables hold of people's messages, read beside the running processes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from core.cases.events import EventKind
from core.conversation.messages.message import OutboundState
from core.jobs.kinds import CHAT_FETCH, CHAT_HEAR
from core.jobs.model import JobState
from storage.database import ColumnSeal, open_store
from storage.database.tables import jobs, outbound, utterances
from tests.fakes.context import CONTEXT

if TYPE_CHECKING:
    from core.cases.model import Question
    from storage.database import SqlStore

# Of these events the texts are a person's own words.
_WORDS = {EventKind.NOTED, EventKind.ASKED, EventKind.CORRECTED}


@dataclass(frozen=True)
class Taken:
    """One thing that was heard. `key` is the platform's name of it; `state` is of its job."""

    key: str
    state: JobState
    text: str


@dataclass(frozen=True)
class Records:
    """The tables behind a URL. seal: of the installation that writes them, where words are read."""

    url: str
    seal: ColumnSeal | None = None

    async def is_at_home(self, case: int = 1) -> bool:
        """Whether every place that the case is to have is made, and its address known."""
        async with open_store(self.url, seal=self.seal) as store, store.reading(CONTEXT) as unit:
            stored = await unit.cases.by_number(case)
            homes = await unit.conversation.bindings(stored.id)
        return all(binding.opens is None for binding in homes)

    async def taken(self) -> list[Taken]:
        """All that was heard, in the order in which it is taken up."""
        async with open_store(self.url, seal=self.seal) as store, store.database.reading() as work:
            # Jobs first: what is committed between the two has no job here, and is left out.
            heard = select(jobs.c.payload, jobs.c.state).where(jobs.c.kind == CHAT_HEAR.name)
            planned = (await work.execute(heard.order_by(jobs.c.seq))).all()
            rows = await work.execute(select(utterances.c.id, utterances.c.key, utterances.c.text))
            said_by_id = {row.id: (row.key, row.text) for row in rows}
        taken = [(*said_by_id[str(row.payload["utterance_id"])], row.state) for row in planned]
        return [Taken(key, state, text) for key, text, state in taken]

    async def open_jobs(self, *kinds: str) -> int:
        """Jobs of these kinds that are yet to end; of those that people's words cause if none."""
        wanted = jobs.c.kind.in_(kinds or (CHAT_HEAR.name, CHAT_FETCH.name))
        alive = jobs.c.state.in_((JobState.PENDING, JobState.RUNNING))
        async with open_store(self.url, seal=self.seal) as store:
            return await _count(store, select(func.count()).where(wanted, alive))

    async def running(self) -> Counter[str]:
        """How many jobs of each kind somebody is at."""
        async with open_store(self.url, seal=self.seal) as store, store.database.reading() as work:
            rows = await work.execute(select(jobs.c.kind).where(jobs.c.state == JobState.RUNNING))
            return Counter(rows.scalars())

    async def heard_after_s(self) -> dict[str, float]:
        """Seconds between the saying and its commit, by key; both by clocks of this machine."""
        columns = (utterances.c.key, utterances.c.said_at, utterances.c.heard_at)
        async with open_store(self.url, seal=self.seal) as store, store.database.reading() as work:
            rows = (await work.execute(select(*columns))).all()
        return {row.key: (row.heard_at - row.said_at).total_seconds() for row in rows}

    async def dead_jobs(self) -> Counter[str]:
        """What was given up, and why."""
        async with open_store(self.url, seal=self.seal) as store, store.database.reading() as work:
            dead = select(jobs.c.kind, jobs.c.problem).where(jobs.c.state == JobState.DEAD)
            rows = (await work.execute(dead)).all()
        return Counter(f"{row.kind}: {row.problem}" for row in rows)

    async def unsent(self) -> int:
        """Cards that are still on their way."""
        waiting = (OutboundState.PENDING, OutboundState.SENDING)
        async with open_store(self.url, seal=self.seal) as store:
            query = select(func.count()).where(outbound.c.state.in_(waiting))
            return await _count(store, query)

    async def words(self, case: int = 1) -> list[str]:
        """What a case keeps of what people said to each other and asked, oldest first."""
        async with open_store(self.url, seal=self.seal) as store, store.reading(CONTEXT) as unit:
            stored = await unit.cases.by_number(case)
            texts = await unit.cases.texts(stored.id)
            events = await unit.cases.events(stored.id)
        return [texts[event.data["text"]].text for event in events if event.kind in _WORDS]

    async def events(self, case: int = 1) -> Counter[EventKind]:
        """How often each kind of thing happened to a case."""
        async with open_store(self.url, seal=self.seal) as store, store.reading(CONTEXT) as unit:
            stored = await unit.cases.by_number(case)
            return Counter(event.kind for event in await unit.cases.events(stored.id))

    async def questions(self, case: int = 1) -> list[Question]:
        async with open_store(self.url, seal=self.seal) as store, store.reading(CONTEXT) as unit:
            stored = await unit.cases.by_number(case)
            return await unit.questions.of_case(stored.id)


async def _count(store: SqlStore, query: object) -> int:
    async with store.database.reading() as work:
        return int((await work.execute(query)).scalar_one())  # type: ignore[arg-type]
