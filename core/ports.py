"""Everything the product needs of the world, on one page.

`Store` hands out units of work: what is written in one is committed together when its block ends
and rolled back when it raises. No other port but `Clock` and `Random` is called inside one.
Every port ships a stand-in (see `storage.memory`, `core.clock`) and has one contract test in
`tests/contracts` that every implementation passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime, timedelta

    from core.access.model import Profile
    from core.conversation.cards.card import Card
    from core.conversation.messages.incoming import Attachment, Heard
    from core.conversation.messages.outgoing import Opened, Opening
    from core.evidence.model import Extraction
    from core.evidence.original import Original, Shelf
    from core.investigation.decision import Decision, Situation
    from core.jobs.model import Audience, Job
    from core.places import Destination, Place


class Jobs(Protocol):
    """Claiming jobs, for runners. Each call is its own transaction."""

    async def claim(
        self, audiences: Sequence[Audience], *, owner: str, at: datetime, lease: timedelta
    ) -> Job | None:
        """The next job that may run, leased: expired leases first, then by priority and seq.

        `attempts` counts claims, this one too. A lease that expires after MAX_ATTEMPTS claims
        leaves the job dead.
        """

    async def claim_one(
        self, job_id: str, *, owner: str, at: datetime, lease: timedelta
    ) -> Job | None:
        """That very job, if it may run now."""

    async def extend(self, job: Job, *, until: datetime) -> None:
        """Raises LeaseLost."""

    async def finish(self, job: Job, *, at: datetime) -> None:
        """Done; no change where the handler's own unit said so already. Raises LeaseLost."""

    async def fail(
        self,
        job: Job,
        *,
        at: datetime,
        retry_at: datetime | None,
        problem: str,
        counts: bool = True,
    ) -> None:
        """Back to pending at `retry_at`, or dead where that is None. Raises LeaseLost.

        counts: False takes the claim back from `attempts`: the world was to blame, not the job.
        Done where another pending job has its `once`, and no change where its unit ended it.
        """

    async def end_leases(self, *, at: datetime) -> int:
        """Every lease ends now; says how many. For whoever knows that all holders are gone."""


class WakeUp(Protocol):
    """Tells runners that there may be work. Losing one costs time, never work."""

    async def wake(self, jobs: Sequence[Job]) -> None:
        """After the commit that added `jobs`. Neither raises nor keeps the caller waiting."""


class Runner(Protocol):
    """Extraction of one file, away from the loop that answers people."""

    async def expect(self, *, case_key: bytes) -> None:
        """Files of this case are on their way: get ready, where that takes time."""

    async def extract(
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        case_key: bytes,
        shelf: Shelf,
    ) -> Extraction:
        """Raises OutOfLimits, or UnreadableEvidence where the extractor broke."""


class Files(Protocol):
    """Originals, stored once by tenant and content, and what is derived of each file.

    Each is encrypted under a key of its own, which every case that holds it can open. Where the
    last case lets go, the key is destroyed. All raise StoreUnavailable where the disk is full.
    """

    async def put(
        self, tenant_id: str, chunks: AsyncIterator[bytes], *, limit: int
    ) -> tuple[str, int]:
        """(SHA-256, size) of what was stored. No case holds it yet. Raises TooLarge."""

    async def hold(self, tenant_id: str, blob: str, *, case_id: str) -> None:
        """From now on this case can read it. Again changes nothing. Raises NotFound."""

    async def disclaim(self, tenant_id: str, blob: str) -> None:
        """One of the times that it was put came to nothing: no case will take it for that."""

    async def release(self, tenant_id: str, blob: str, *, case_id: str) -> None:
        """This case cannot read it any more. Where it could not, nothing changes."""

    async def original(self, tenant_id: str, blob: str, *, case_id: str) -> Original:
        """Raises NotFound where this case does not hold it."""

    async def shelf(self, tenant_id: str, blob: str, *, case_id: str, file_id: str) -> Shelf:
        """Where what is derived of it goes, and is found. Raises NotFound."""

    async def clear(self, tenant_id: str, *, file_id: str) -> None:
        """Nothing that was derived of the file is left."""

    async def sweep(self, *, before: datetime) -> int:
        """Forget what was put before and no case holds; says how many."""


class Chat(Protocol):
    """A platform that shows cards.

    Every call may raise ChatUnavailable (it is tried again, after `retry_after_s` where that is
    known) and ChatRefused (it never will be).
    """

    @property
    def platform(self) -> str: ...
    async def post(self, place: Place, card: Card, *, marker: str) -> str:
        """The platform's name of the message; `marker` is in it."""

    async def edit(self, place: Place, ref: str, card: Card) -> None:
        """Raises NotFound where the message is gone."""

    async def find(self, place: Place, *, marker: str) -> str | None:
        """The message that carries `marker`, for looking before posting again after a crash."""

    async def open(
        self, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        """Make the place of a case, with its card in it.

        again: an earlier call with this `marker` was cut off: what it made is found and used.
        """

    async def whisper(self, place: Place, card: Card, *, handle: str) -> None:
        """Show a card to the one person alone whom `handle` stands for.

        Raises NotFound where the platform does not know the handle any more.
        """


class Ear(Protocol):
    """A platform, as far as what people say there is concerned. Raises like `Chat`."""

    async def profile(self, person: str) -> Profile:
        """Who is this? person: the platform's id. Raises NotFound."""

    def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The content of a file that was dropped. Raises NotFound where it is gone."""

    def history(self, place: Place, *, after: str) -> AsyncIterator[Heard]:
        """What people said at a place after the message `after` (a ref), oldest first.

        For a place that has just been made: what was said there before we knew of it.
        """


class Reasoner(Protocol):
    """What is concluded from what is known."""

    async def decide(self, situation: Situation) -> Decision:
        """May take long, and is cancelled when the situation changes meanwhile."""


class Pager(Protocol):
    """PagerDuty, as far as we read it. Raises SourceUnavailable."""

    async def open_incidents(self) -> frozenset[str]:
        """Ids of all incidents that are triggered or acknowledged."""

    async def bodies(self, incident_id: str) -> list[str]:
        """The alert bodies of one incident, as JSON texts, oldest first."""


class AlertView(Protocol):
    """One Alertmanager as its API shows it now."""

    @property
    def url(self) -> str: ...
    async def active(self) -> frozenset[str]:
        """Fingerprints of all alerts it holds, silenced ones too. Raises SourceUnavailable."""

    async def up_since(self) -> datetime:
        """Raises SourceUnavailable."""
