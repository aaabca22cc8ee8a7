"""What rests, and how is it reached? The store, its units of work, and a repository per aggregate.

`Store` hands out units of work: what is written in one is committed together when its block ends
and rolled back when it raises. No other port but `Clock` and `Random` is called inside one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from core.access.model import Identity
    from core.alerts.model import Delivery, DeliveryState, Occurrence, Source
    from core.cases.events import CaseView, Event, EventKind
    from core.cases.model import Case
    from core.cases.questions import Question
    from core.conversation.messages.channels import Binding
    from core.conversation.messages.incoming import Utterance
    from core.conversation.messages.outgoing import Message, Outbound, OutboundState
    from core.evidence.model import EvidenceFile, Extraction, Finding
    from core.investigation.steps import TurnStep
    from core.jobs.model import Job, JobState
    from core.places import Place
    from core.text.redacted import Clean


class Store(Protocol):
    """Where everything rests. After each commit it wakes runners for the jobs the unit added."""

    def transaction(self) -> AbstractAsyncContextManager[Unit]:
        """A unit of work that may write. Raises StoreUnavailable when it cannot commit.

        Raises Conflict where another unit wrote first what only one may write; it is undone then,
        also where the block caught the error.
        """

    def reading(self, *, urgent: bool = False) -> AbstractAsyncContextManager[Unit]:
        """A consistent view for readers; it waits for no writer and writes nothing.

        urgent: somebody outside waits for an answer; what is in no hurry begins after it.
        """

    async def check(self) -> None:
        """Raises StoreUnavailable unless a write could be committed now."""

    async def journal(self, deliveries: Sequence[tuple[Delivery, Job | None]]) -> None:
        """Commit deliveries and the jobs they cause in one transaction: the intake's hot path."""

    async def hear(self, said: Sequence[tuple[Utterance, Job]]) -> list[bool]:
        """Commit what was said, each with the job that takes it up, before other writers.

        False for what was heard already, by its key: nothing is stored of it.
        """


class Unit(Protocol):
    """One unit of work, with a repository per aggregate."""

    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def occurrences(self) -> Occurrences: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def steps(self) -> Steps: ...
    @property
    def files(self) -> EvidenceFiles: ...
    @property
    def conversation(self) -> Conversation: ...
    @property
    def hearing(self) -> Hearing: ...
    @property
    def people(self) -> People: ...
    @property
    def jobs(self) -> JobTable: ...


class Deliveries(Protocol):
    """The journal of what machines sent."""

    async def add(self, delivery: Delivery) -> None: ...
    async def get(self, delivery_id: str) -> Delivery:
        """Raises NotFound."""

    async def mark(
        self, delivery_id: str, state: DeliveryState, *, at: datetime, problem: str | None = None
    ) -> None: ...
    async def since(self, moment: datetime) -> list[str]:
        """Ids of deliveries received at or after `moment`, oldest first."""

    async def of_group(
        self, tenant_id: str, source: Source, group: str, *, since: datetime
    ) -> list[Delivery]:
        """Those of one group that were received at or after `since`, oldest first."""

    async def count(self, state: DeliveryState, *, since: datetime | None = None) -> int:
        """Of all, or of those received at or after `since`."""

    async def purge(self, *, before: datetime) -> int:
        """Forget finished deliveries received before, with their keys; says how many."""

    async def claim_keys(
        self, tenant_id: str, source: Source, keys: Collection[str], *, delivery_id: str
    ) -> bool:
        """True where this delivery is, or was before, the first to carry each of the keys.

        False where another one carried any of them; nothing is claimed then.
        """


class Occurrences(Protocol):
    """Alerts as they fire and end."""

    async def begin(self, occurrence: Occurrence) -> bool:
        """True when it was stored; False when an occurrence of its fingerprint is open already."""

    async def open_of(self, tenant_id: str, fingerprint: str) -> Occurrence | None: ...
    async def latest_of(self, tenant_id: str, fingerprint: str) -> Occurrence | None:
        """The one that began last, open or ended."""

    async def update(self, occurrence: Occurrence) -> None: ...
    async def open_among(
        self, tenant_id: str, fingerprints: Collection[str]
    ) -> dict[str, Occurrence]:
        """Those of the fingerprints that have an open occurrence, with it."""

    async def latest_among(
        self, tenant_id: str, fingerprints: Collection[str]
    ) -> dict[str, Occurrence]:
        """Those that ever had one, with the one that began last."""

    async def begin_all(self, begun: Sequence[Occurrence]) -> None:
        """Raises Conflict when one of their fingerprints has an open occurrence already."""

    async def update_all(self, changed: Sequence[Occurrence]) -> None: ...
    async def of_case(self, case_id: str) -> list[Occurrence]:
        """All of a case, oldest first."""

    async def all_open(self) -> list[Occurrence]: ...


class Cases(Protocol):
    """Cases: the event log, the read models, and the texts that events refer to."""

    async def next_number(self, tenant_id: str) -> int: ...
    async def append(self, events: Sequence[Event], view: CaseView) -> None:
        """Store events with the view they fold into. A second writer of the same seq fails."""

    async def view(self, case_id: str, *, lock: bool = False) -> CaseView:
        """Raises NotFound. `lock` holds the case until the unit ends."""

    async def by_number(self, tenant_id: str, number: int) -> Case:
        """Raises NotFound."""

    async def open_for_group(self, tenant_id: str, group_key: str) -> Case | None: ...
    async def latest_for_group(self, tenant_id: str, group_key: str) -> Case | None:
        """The one opened last, whatever its state."""

    async def listing(self, tenant_id: str, *, only_open: bool = False) -> list[Case]:
        """Newest first."""

    async def events(self, case_id: str) -> list[Event]: ...
    async def newest(self, case_id: str, kinds: Collection[EventKind], *, most: int) -> list[Event]:
        """The newest events of these kinds, in their order."""

    async def put_texts(self, case_id: str, texts: Sequence[Clean]) -> None: ...
    async def texts(self, case_id: str, *, of: Collection[str] | None = None) -> dict[str, Clean]:
        """Digest to text, for folding. of: these digests only."""

    async def erase_texts(self, case_id: str, digests: Collection[str]) -> None:
        """They are gone for good; what refers to them says that there was a text."""


class Steps(Protocol):
    """What turns have done so far, while they are under way."""

    async def put(self, step: TurnStep) -> None:
        """In place of the one with its case, turn and number, where there is one."""

    async def of_turn(self, case_id: str, turn: str) -> list[TurnStep]:
        """In their order."""

    async def clear(self, case_id: str) -> None:
        """Those of every turn of the case."""


class EvidenceFiles(Protocol):
    """Files of cases, and what was found in them."""

    async def add(self, file: EvidenceFile) -> EvidenceFile | None:
        """The stored file with its number; None when the case has this name and content."""

    async def get(self, file_id: str) -> EvidenceFile:
        """Raises NotFound."""

    async def of_case(self, case_id: str) -> list[EvidenceFile]:
        """By number, without those that were deleted."""

    async def update(self, file: EvidenceFile) -> None:
        """Its new state; what was found in it stays. Raises NotFound.

        Where it was deleted, the same content may come under the same name again.
        """

    async def kept(
        self,
        tenant_id: str,
        *,
        after: str = "",
        resolved_before: datetime | None = None,
        limit: int = 100,
    ) -> list[EvidenceFile]:
        """Those whose original rests with us, by id from `after` on.

        resolved_before: of cases only that were resolved before, and are.
        """

    async def put_extraction(self, file: EvidenceFile, extraction: Extraction | None) -> None:
        """Store the file's new state and replace its findings; None where it could not be read."""

    async def findings(self, case_id: str) -> dict[str, tuple[Finding, ...]]:
        """File id to findings."""


class Conversation(Protocol):
    """Where cases are at home in chat, what waits to be shown, what is shown, what was asked."""

    async def bind(self, binding: Binding) -> None:
        """No change where the case is bound to the place, or to open there, already."""

    async def rebind(self, binding: Binding, place: Place) -> None:
        """The place that the binding opens has been made: that is where the case is at home.

        What it opened becomes its `made_from`. No change where that was said before.
        """

    async def bindings(self, case_id: str) -> list[Binding]:
        """In the order they were made."""

    async def homes(self, platform: str) -> list[Binding]:
        """Every made place of a platform where an open case is at home, oldest first."""

    async def case_at(self, place: Place) -> str | None:
        """The only open case bound there; with none open the one bound last; None where unclear.

        A binding whose place is yet to be made counts nowhere.
        """

    async def open_cases_in(self, place: Place) -> list[str]:
        """Ids of open cases at home in the place's channel, or in any thread of it; by number."""

    async def put_outbound(self, outbound: Outbound) -> None:
        """Also marks older pending versions of the same card at the same place as stale."""

    async def outbound(self, outbound_id: str) -> Outbound:
        """Raises NotFound."""

    async def mark_outbound(self, outbound_id: str, state: OutboundState) -> None:
        """Its handle, which lets anyone speak for us, is forgotten with a final state."""

    async def forget_sent(self, place: Place, *, case_number: int) -> None:
        """Of a case's cards there that are not to be sent any more, nothing is left but the key."""

    async def shown(self, place: Place, key: str) -> Message | None: ...
    async def show(self, message: Message) -> None:
        """Insert or replace the message with its place and card key, giving it the next seq."""

    async def messages(self, place: Place, *, after: int = 0) -> list[Message]:
        """What changed at a place since seq `after`, in order."""

    async def ask(self, question: Question) -> None: ...
    async def question(self, question_id: str) -> Question:
        """Raises NotFound."""

    async def open_questions(self, case_id: str) -> list[Question]:
        """Oldest first."""

    async def questions(self, case_id: str) -> list[Question]: ...
    async def answered(self, question_id: str, *, at: datetime) -> None: ...


class Hearing(Protocol):
    """What people said, journaled before it is acknowledged."""

    async def add(self, utterance: Utterance) -> bool:
        """False where its key (by tenant, platform and workspace) was heard already."""

    async def get(self, utterance_id: str) -> Utterance:
        """Raises NotFound."""

    async def newest(self, place: Place) -> Utterance | None:
        """Of those at exactly this place that have a `ref`, the one said last."""

    async def newest_on(self, tenant_id: str, platform: str) -> Utterance | None:
        """Of all on a platform, the one heard last: until then somebody was listening."""

    async def places(self, tenant_id: str, platform: str, *, since: datetime) -> list[Place]:
        """Everywhere on a platform where something was heard at or after `since`; in any order."""

    async def count(
        self, tenant_id: str, platform: str, person: str, *, since: datetime, until: datetime
    ) -> int:
        """What one person said to us, or pressed, that was heard after `since`, up to `until`.

        Not what they said to nobody in particular.
        """

    async def purge(self, *, before: datetime) -> int:
        """Forget what was heard before; says how many."""

    async def set_mention_only(self, tenant_id: str, channel: Place, *, on: bool) -> None:
        """In this channel and its threads, listen to what is said to us by name only."""

    async def mention_only(self, tenant_id: str, place: Place) -> bool:
        """For the place's whole channel; off where nobody switched it."""


class People(Protocol):
    """Who has spoken with us."""

    async def identity(
        self, tenant_id: str, platform: str, workspace: str, external_id: str
    ) -> Identity | None: ...
    async def meet(self, identity: Identity) -> Identity:
        """Insert it with its user, or renew profile and `seen_at`; `user_id` and `met_at` stay."""


class JobTable(Protocol):
    """The only queue. A job and the change that causes it commit together."""

    async def add(self, job: Job) -> bool:
        """False when a pending job with the same `once` is there already: it will do."""

    async def done(self, job: Job, *, at: datetime) -> None:
        """In the unit that holds its effects, so that they happen once. Raises LeaseLost."""

    async def listing(self, state: JobState, *, limit: int = 100) -> list[Job]: ...
    async def get(self, job_id: str) -> Job:
        """Raises NotFound."""

    async def revive(self, job_id: str, *, at: datetime) -> None:
        """A dead job goes back to pending with its attempts forgotten. Raises NotFound."""

    async def drop(self, job_id: str, *, at: datetime) -> None:
        """A dead job is given up. Raises NotFound."""

    async def counts(self) -> dict[JobState, int]: ...
    async def purge(self, *, before: datetime) -> int:
        """Forget done jobs that finished before; says how many."""
