"""Every kind of job on one page: its payload, its lane, and who may claim it; and how each is made.

A lane runs one job at a time. `once` names what is wanted: at most one pending job has it. What a
job of each kind does is `faultmaven.job_table`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import TypeAdapter

from core.clock import micros
from core.jobs.model import (
    AttachmentPayload,
    Audience,
    CasePayload,
    ContentPayload,
    DeliveryPayload,
    DocumentPayload,
    FailedJobPayload,
    FilePayload,
    FilesPayload,
    HandOutPayload,
    HistoryPayload,
    IncidentPayload,
    Job,
    MessagePayload,
    NoPayload,
    OutboundPayload,
    ProgressPayload,
    QuietPayload,
    ReadersPayload,
)
from core.places import API

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from core.context import Context
    from core.places import Place

Payload = TypeVar("Payload")


@dataclass(frozen=True, kw_only=True)
class JobKind(Generic[Payload]):
    """One row of the table.

    lane, once: templates over the payload's fields and `tenant`. priority: lower goes first.
    """

    name: str
    payload: type[Payload]
    lane: str
    audience: Audience = Audience.ANY
    once: str | None = None
    priority: int = 100

    def job(self, payload: Payload, context: Context, *, run_at: datetime | None = None) -> Job:
        """A new one, due now where no time is given."""
        now, plain = context.now, self._plain(payload)
        names = {"tenant": context.tenant_id, "name": self.name, **plain}
        return Job(
            id=context.new_id("job"),
            tenant_id=context.tenant_id,
            kind=self.name,
            lane=self.lane.format_map(names),
            payload=plain,
            audience=self.audience,
            run_at=run_at or now,
            created_at=now,
            once=self.once.format_map(names) if self.once else None,
            priority=self.priority,
        )

    def read(self, job: Job) -> Payload:
        """What a job of this kind is about."""
        return self._adapter.validate_python(dict(job.payload))

    def _plain(self, payload: Payload) -> Mapping[str, Any]:
        plain: Mapping[str, Any] = self._adapter.dump_python(payload, mode="json")
        return plain

    @cached_property
    def _adapter(self) -> TypeAdapter[Payload]:
        return TypeAdapter(self.payload)


AFTER_DELIVERIES = 110  # a priority
ANSWER_FIRST = 45  # before what nobody asked for
MANY_FILES, LATEST = 32, 90  # a step of the priority for so many files of a case; at most so many
MANY_SENT = 4  # the same for so many that one person sent, and that are still to be read
# Bytes of files, as stored. Reading small ones takes hardly more than its libraries, whatever is in
# them; medium ones take seconds, and a minute where every line looks like a secret.
SMALL, MEDIUM = 2**18, 4 * 2**20

DELIVERY_PROCESS = JobKind(  # webhook body -> occurrences, cases
    name="delivery.process", payload=DeliveryPayload, lane="intake:{tenant}"
)
CASE_INVESTIGATE = JobKind(  # one turn
    name="case.investigate", payload=CasePayload, lane="turn:{case_id}", once="{name}:{case_id}"
)
CASE_AWAITS_FILES = JobKind(  # a turn on those that are read, where the others take long
    name="case.awaits_files",
    payload=CasePayload,
    lane="awaits:{case_id}",
    once="{name}:{case_id}",
)
CASE_STALLED = JobKind(  # a job for a case failed -> its card says so
    name="case.stalled", payload=FailedJobPayload, lane="stalled:{job_id}", priority=50
)
CASE_SETTLE = JobKind(  # resolve a case that has stayed quiet
    name="case.settle", payload=QuietPayload, lane="settle:{case_id}", once="{name}:{case_id}"
)
EVIDENCE_PROCESS = JobKind(  # file -> findings; workers only: it costs CPU and memory
    name="evidence.process", payload=FilesPayload, lane="file:{file_id}", audience=Audience.WORKER
)
EVIDENCE_LET_GO = JobKind(  # of an original, and of what is derived of it; after its reading
    name="evidence.let_go", payload=FilePayload, lane="file:{file_id}"
)
EVIDENCE_DISCLAIM = JobKind(  # of content that its case has already
    name="evidence.disclaim", payload=ContentPayload, lane="content:{blob}", priority=200
)
EVIDENCE_UPKEEP = JobKind(  # originals past their retention, and what nobody holds; may take long
    name="evidence.upkeep",
    payload=NoPayload,
    lane="{name}:{tenant}",
    once="{name}:{tenant}",
    priority=200,
)
KNOWLEDGE_READ = JobKind(  # a document -> chunks that are found; workers only: it costs CPU
    name="knowledge.read",
    payload=DocumentPayload,
    lane="document:{document_id}",
    audience=Audience.WORKER,
    priority=120,
)
KNOWLEDGE_EMBED = JobKind(  # documents without vectors get theirs; workers only: it costs CPU
    name="knowledge.embed",
    payload=NoPayload,
    lane="{name}:{tenant}",
    audience=Audience.WORKER,
    once="{name}:{tenant}",
    priority=210,
)
CHAT_SEND = JobKind(  # outbound row -> message; the bot only: tokens and rate budgets live there
    name="chat.send",
    payload=OutboundPayload,
    lane="send",
    audience=Audience.BOT,
    once="{name}:{outbound_id}",
    priority=50,
)
CHAT_HEAR = JobKind(  # what a person said -> what they asked for; who it was is asked the platform
    name="chat.hear", payload=MessagePayload, lane="hear", audience=Audience.EAR, priority=40
)
CHAT_READ_ON = JobKind(  # a place has been made -> what was said there meanwhile
    name="chat.read_on",
    payload=HistoryPayload,
    lane="read:{platform}:{workspace}:{channel}",
    audience=Audience.BOT,  # it may wait long for a platform: whoever is heard never waits for it
    priority=70,
)
CHAT_ASK_READERS = JobKind(  # who reads a case's place, where the platform could not say so then
    name="chat.ask_readers",
    payload=ReadersPayload,
    lane="readers:{platform}:{workspace}:{channel}",
    audience=Audience.BOT,
    once="{name}:{case_id}",
    priority=70,
)
CHAT_FETCH = JobKind(  # a file that a person dropped -> evidence; it holds up nothing but itself
    name="chat.fetch",
    payload=AttachmentPayload,
    lane="fetch:{utterance_id}:{attachment_id}",
    audience=Audience.BOT,
    priority=60,
)
CHAT_PROGRESS = JobKind(  # still at it? Then say so
    name="chat.progress",
    payload=ProgressPayload,
    lane="progress:{key}",
    audience=Audience.EAR,
    once="{name}:{key}",
    priority=50,
)
CHAT_HAND_OUT = JobKind(  # an original -> a file in the direct conversation with who asked for it
    name="chat.hand_out",
    payload=HandOutPayload,
    lane="hand_out:{file_id}:{channel}",
    audience=Audience.BOT,
    priority=60,
)
PAGER_READ = JobKind(  # alert bodies of a PagerDuty incident -> what its case knows
    name="pager.read",
    payload=IncidentPayload,
    lane="pager:{incident_id}",
    once="{name}:{incident_id}:{case_id}",
)
PAGER_RECONCILE = JobKind(  # ask PagerDuty which incidents are open; plans its own successor
    name="pager.reconcile", payload=NoPayload, lane="{name}:{tenant}", once="{name}:{tenant}"
)
ALERTS_RECONCILE = JobKind(  # ask every Alertmanager what still fires; plans its own successor
    name="alerts.reconcile", payload=NoPayload, lane="reconcile:{tenant}", once="{name}:{tenant}"
)
HOUSEKEEPING = JobKind(  # forget what is older than its retention; plans its own successor
    name="housekeeping",
    payload=NoPayload,
    lane="{name}:{tenant}",
    once="{name}:{tenant}",
    priority=200,
)

ALL: tuple[JobKind[Any], ...] = (
    DELIVERY_PROCESS,
    CASE_INVESTIGATE,
    CASE_AWAITS_FILES,
    CASE_STALLED,
    CASE_SETTLE,
    EVIDENCE_PROCESS,
    EVIDENCE_LET_GO,
    EVIDENCE_DISCLAIM,
    EVIDENCE_UPKEEP,
    KNOWLEDGE_READ,
    KNOWLEDGE_EMBED,
    CHAT_SEND,
    CHAT_HEAR,
    CHAT_READ_ON,
    CHAT_ASK_READERS,
    CHAT_FETCH,
    CHAT_PROGRESS,
    CHAT_HAND_OUT,
    PAGER_READ,
    PAGER_RECONCILE,
    ALERTS_RECONCILE,
    HOUSEKEEPING,
)

# What is done for a case, and missed there when it fails.
OF_A_CASE = frozenset(
    kind.name
    for kind in (
        CASE_INVESTIGATE,
        CASE_SETTLE,
        EVIDENCE_PROCESS,
        CHAT_SEND,
        CHAT_FETCH,
        PAGER_READ,
    )
)
_WAITED_FOR = (CASE_INVESTIGATE.name, EVIDENCE_PROCESS.name)


def delivery_job(delivery_id: str, *, source: str, group: str, context: Context) -> Job:
    """A poison delivery stalls its own group only."""
    job = DELIVERY_PROCESS.job(DeliveryPayload(delivery_id=delivery_id), context)
    return replace(job, lane=f"{job.lane}:{source}:{group}")


def investigation_job(case_id: str, context: Context) -> Job:
    """At most one pending a case; the running one does not count, so that no wake-up is lost."""
    return CASE_INVESTIGATE.job(CasePayload(case_id=case_id), context)


def follow_up_case(case_id: str, context: Context) -> Job:
    """A turn behind the deliveries that wait, unless one is planned that goes before it.

    In a storm a case changes with every batch: it is investigated when they are worked off.
    """
    return replace(investigation_job(case_id, context), priority=AFTER_DELIVERIES)


def await_files(case_id: str, *, due: datetime, context: Context) -> Job:
    """Looks at `due` whether files of the case are still to be read."""
    return CASE_AWAITS_FILES.job(CasePayload(case_id=case_id), context, run_at=due)


def stall_of(job: Job, *, retry_at: datetime | None, counts: bool, at: datetime) -> Job | None:
    """What is to tell the case of a job that failed; None where nobody need know.

    Its death is told, and of what people wait for already the first failure that is our fault.
    """
    is_first = counts and job.problem is None and job.kind in _WAITED_FOR
    if job.kind not in OF_A_CASE or not (retry_at is None or is_first):
        return None
    return Job(
        id=f"{job.id}.{micros(at)}",
        tenant_id=job.tenant_id,
        kind=CASE_STALLED.name,
        lane=CASE_STALLED.lane.format(job_id=job.id),
        payload={"job_id": job.id},
        audience=CASE_STALLED.audience,
        run_at=at,
        created_at=at,
        priority=CASE_STALLED.priority,
    )


def settling_job(case_id: str, *, quiet_since: datetime, due: datetime, context: Context) -> Job:
    """Looks again at `due`; a case that fired or spoke meanwhile is left alone.

    At most one is pending a case, however often it goes quiet: it plans the next look.
    """
    payload = QuietPayload(case_id=case_id, quiet_since=quiet_since)
    return CASE_SETTLE.job(payload, context, run_at=due)


def later_settling_job(
    case_id: str, *, quiet_since: datetime, due: datetime, context: Context
) -> Job:
    """The same, beside one that is pending and would look too early."""
    job = settling_job(case_id, quiet_since=quiet_since, due=due, context=context)
    return replace(job, once=None)


def process_evidence(
    file_id: str,
    context: Context,
    *,
    size: int,
    number: int = 1,
    sent: int = 0,
    more: Sequence[str] = (),
) -> Job:
    """Find what is in a file, and then in `more`. size: of all of them, in bytes.

    What is large waits for what is large: a small file is read while others' large ones are. The
    more files a case has, by the `number` of this one, and the more of its sender are unread, by
    `sent`, the longer it waits for those of others: an archive of thousands, or a hundred archives,
    keep nobody waiting who dropped one log.
    """
    job = EVIDENCE_PROCESS.job(FilesPayload(file_id=file_id, more=" ".join(more)), context)
    steps = max(number // MANY_FILES, sent // MANY_SENT)
    job = replace(job, priority=job.priority + min(steps, LATEST))
    if size <= SMALL:
        return job
    return replace(job, audience=Audience.MEDIUM if size <= MEDIUM else Audience.LARGE)


def let_go_of_evidence(file_id: str, context: Context) -> Job:
    """After the reading of this file, which may be under way."""
    return EVIDENCE_LET_GO.job(FilePayload(file_id=file_id), context)


def read_document_version(document_id: str, scope: str, number: int, context: Context) -> Job:
    """Versions of one document are read in their order."""
    payload = DocumentPayload(document_id=document_id, scope=scope, number=number)
    return KNOWLEDGE_READ.job(payload, context)


def embed_documents(context: Context) -> Job:
    """All that have no vectors yet; at most one is pending."""
    return KNOWLEDGE_EMBED.job(NoPayload(), context)


def give_back_content(case_id: str, *, blob: str, size: int, slot: str, context: Context) -> Job:
    """Of the times that it was put, nobody will claim this one: the case has the content."""
    payload = ContentPayload(case_id=case_id, blob=blob, size=size, slot=slot)
    return EVIDENCE_DISCLAIM.job(payload, context)


def send_outbound(
    outbound_id: str,
    place: Place,
    context: Context,
    *,
    is_answer: bool = False,
    opened_by_person: str = "",
) -> Job:
    """In the lane of its channel; what somebody asked for goes first.

    opened_by_person: the case that it shows, where a person opened that. Its card is the answer to
    them, and everything of it goes in one lane: nothing is shown in a place before that is made.
    """
    job = CHAT_SEND.job(OutboundPayload(outbound_id=outbound_id), context)
    if is_answer:
        return _at(place, replace(job, lane=place.answers_lane, priority=ANSWER_FIRST))
    if opened_by_person:
        lane = place.lane_of_case(opened_by_person)
        return _at(place, replace(job, lane=lane, priority=ANSWER_FIRST))
    return _at(place, replace(job, lane=place.lane))


def _at(place: Place, job: Job) -> Job:
    """What is said over the API needs no token of a platform: any process takes it up."""
    return replace(job, audience=Audience.ANY) if place.platform == API else job


def sending_of(outbound_id: str) -> str:
    """The `once` of the job that sends this card."""
    return f"{CHAT_SEND.name}:{outbound_id}"


def hear_message(message_id: str, place: Place, context: Context) -> Job:
    """What is said in a channel is taken up in the order it was heard."""
    job = CHAT_HEAR.job(MessagePayload(utterance_id=message_id), context)
    return _at(place, replace(job, lane=f"hear:{place.platform}:{place.workspace}:{place.channel}"))


def hear_after_reading(message_id: str, place: Place, *, file_id: str, context: Context) -> Job:
    """What was asked with a file is taken up when that has been read."""
    job = hear_message(message_id, place, context)
    return replace(job, lane=EVIDENCE_PROCESS.lane.format(file_id=file_id))


def hear_aside(message_id: str, place: Place, *, by: str, context: Context) -> Job:
    """What one person said waits by itself, where the platform cannot say who they are."""
    return replace(hear_message(message_id, place, context), lane=lane_of_one(place, by=by))


def lane_of_one(place: Place, *, by: str) -> str:
    """Of what one person says in one channel."""
    return f"hear:{place.platform}:{place.workspace}:{place.channel}:{by}"


def ask_readers(case_id: str, place: Place, context: Context) -> Job:
    """Until the platform says who reads there; at most one pending a case."""
    payload = ReadersPayload(**asdict(place), case_id=case_id)
    return CHAT_ASK_READERS.job(payload, context)


def reading_on_job(place: Place, *, after: str, context: Context) -> Job:
    """What was said in a case's place after its card stood there, and before we knew of it."""
    return CHAT_READ_ON.job(HistoryPayload(**asdict(place), after=after), context)


def fetch_attachment(
    message_id: str, attachment_id: str, case_id: str, *, by: str, context: Context
) -> Job:
    """Fetch one dropped file, by itself."""
    payload = AttachmentPayload(
        utterance_id=message_id, attachment_id=attachment_id, case_id=case_id, by=by
    )
    return CHAT_FETCH.job(payload, context)


def show_progress(
    key: str, place: Place, *, began: datetime, due: datetime, context: Context
) -> Job:
    """Looks at `due` whether it still lasts. `key` has at most one pending."""
    payload = ProgressPayload(**asdict(place), key=key, began=began)
    return _at(place, CHAT_PROGRESS.job(payload, context, run_at=due))


def hand_out_original(file_id: str, place: Place, context: Context) -> Job:
    """Send an original there."""
    return CHAT_HAND_OUT.job(HandOutPayload(**asdict(place), file_id=file_id), context)


def read_pager_bodies(incident_id: str, case_id: str, context: Context) -> Job:
    """An incident whose bodies cannot be had holds up nothing but itself."""
    return PAGER_READ.job(IncidentPayload(incident_id=incident_id, case_id=case_id), context)


def recurring(kind: JobKind[NoPayload], context: Context, *, run_at: datetime) -> Job:
    """One that plans its own successor; `once` keeps it alone."""
    return kind.job(NoPayload(), context, run_at=run_at)
