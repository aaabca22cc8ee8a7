"""Which jobs are there? Every kind of work, with its lane and who may do it, on one page."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING

from core.ids import new_id
from core.jobs.model import Audience, Job
from core.places import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.clock import Clock, Random
    from core.conversation.messages.incoming import Attachment, Utterance
    from core.conversation.messages.outgoing import Outbound
    from core.evidence.model import Scalar

DELIVERY_PROCESS = "delivery.process"  # webhook body -> occurrences, cases
CASE_INVESTIGATE = "case.investigate"  # one turn
CASE_SETTLE = "case.settle"  # resolve a case that has stayed quiet
EVIDENCE_PROCESS = "evidence.process"  # file -> findings
EVIDENCE_LET_GO = "evidence.let_go"  # of an original, and of what is derived of it
EVIDENCE_UPKEEP = "evidence.upkeep"  # originals past their retention, and what nobody holds
CHAT_SEND = "chat.send"  # outbound row -> message
CHAT_HEAR = "chat.hear"  # what a person said -> what they asked for
CHAT_READ_ON = "chat.read_on"  # a place has been made -> what was said there meanwhile
CHAT_FETCH = "chat.fetch"  # a file that a person dropped -> evidence
CHAT_PROGRESS = "chat.progress"  # still at it? Then say so
PAGER_READ = "pager.read"  # alert bodies of a PagerDuty incident -> what its case knows
PAGER_RECONCILE = "pager.reconcile"  # ask PagerDuty which incidents are open
ALERTS_RECONCILE = "alerts.reconcile"  # ask every Alertmanager what still fires
HOUSEKEEPING = "housekeeping"  # forget what is older than its retention


def process_delivery(
    delivery_id: str, *, tenant_id: str, source: str, group: str, clock: Clock, chance: Random
) -> Job:
    """A poison delivery stalls its own group only."""
    return _job(
        DELIVERY_PROCESS,
        tenant_id,
        f"intake:{tenant_id}:{source}:{group}",
        {"delivery_id": delivery_id},
        clock=clock,
        chance=chance,
    )


def investigate_case(case_id: str, *, tenant_id: str, clock: Clock, chance: Random) -> Job:
    """At most one pending a case; the running one does not count, so that no wake-up is lost."""
    return _job(
        CASE_INVESTIGATE,
        tenant_id,
        f"turn:{case_id}",
        {"case_id": case_id},
        clock=clock,
        chance=chance,
        once=f"{CASE_INVESTIGATE}:{case_id}",
    )


def settle_case(
    case_id: str,
    *,
    tenant_id: str,
    quiet_since: datetime,
    due: datetime,
    clock: Clock,
    chance: Random,
) -> Job:
    """Looks again at `due`; a case that fired or spoke meanwhile is left alone."""
    return _job(
        CASE_SETTLE,
        tenant_id,
        f"settle:{case_id}",
        {"case_id": case_id, "quiet_since": quiet_since.isoformat()},
        clock=clock,
        chance=chance,
        run_at=due,
    )


def process_evidence(file_id: str, *, tenant_id: str, clock: Clock, chance: Random) -> Job:
    """Workers only: it costs CPU and memory."""
    return _job(
        EVIDENCE_PROCESS,
        tenant_id,
        f"file:{file_id}",
        {"file_id": file_id},
        clock=clock,
        chance=chance,
        audience=Audience.WORKER,
    )


def let_go_of_evidence(file_id: str, *, tenant_id: str, clock: Clock, chance: Random) -> Job:
    """After the reading of this file, which may be under way."""
    return _job(
        EVIDENCE_LET_GO,
        tenant_id,
        f"file:{file_id}",
        {"file_id": file_id},
        clock=clock,
        chance=chance,
    )


def keep_evidence(*, tenant_id: str, run_at: datetime, clock: Clock, chance: Random) -> Job:
    """Plans its own successor; `once` keeps it alone. Not with the house's: it may take long."""
    return _recurring(EVIDENCE_UPKEEP, tenant_id, run_at, priority=200, clock=clock, chance=chance)


def send_outbound(outbound: Outbound, *, clock: Clock, chance: Random) -> Job:
    """The bot process only: tokens and rate budgets live there."""
    return _job(
        CHAT_SEND,
        outbound.tenant_id,
        outbound.place.lane,
        {"outbound_id": outbound.id},
        clock=clock,
        chance=chance,
        audience=Audience.BOT,
        priority=50,
    )


def hear_utterance(utterance: Utterance, *, clock: Clock, chance: Random) -> Job:
    """What is said in a channel is taken up in the order it was heard.

    In the bot process only: who said it is asked of the platform.
    """
    place = utterance.heard.place
    return _job(
        CHAT_HEAR,
        utterance.tenant_id,
        f"hear:{place.platform}:{place.workspace}:{place.channel}",
        {"utterance_id": utterance.id},
        clock=clock,
        chance=chance,
        audience=Audience.EAR,
        priority=40,
    )


def hear_aside(utterance: Utterance, *, clock: Clock, chance: Random) -> Job:
    """What one person said waits by itself, where the platform cannot say who they are."""
    job = hear_utterance(utterance, clock=clock, chance=chance)
    return replace(job, lane=lane_of_one(utterance))


def lane_of_one(utterance: Utterance) -> str:
    """Of what one person says in one channel."""
    place = utterance.heard.place
    return f"hear:{place.platform}:{place.workspace}:{place.channel}:{utterance.heard.by}"


def place_in(payload: Mapping[str, Scalar]) -> Place:
    """The place that a job is about."""
    return Place(**{part.name: str(payload[part.name]) for part in fields(Place)})


def read_on(place: Place, *, tenant_id: str, after: str, clock: Clock, chance: Random) -> Job:
    """What was said in a case's place after its card stood there, and before we knew of it."""
    return _job(
        CHAT_READ_ON,
        tenant_id,
        f"read:{place.platform}:{place.workspace}:{place.channel}:{place.thread}",
        {**asdict(place), "after": after},
        clock=clock,
        chance=chance,
        audience=Audience.EAR,
        priority=40,
    )


def fetch_attachment(
    utterance: Utterance,
    attachment: Attachment,
    case_id: str,
    *,
    by: str,
    clock: Clock,
    chance: Random,
) -> Job:
    """A large file holds up nothing but itself. The bot process only: the tokens live there."""
    return _job(
        CHAT_FETCH,
        utterance.tenant_id,
        f"fetch:{utterance.id}:{attachment.id}",
        {
            "utterance_id": utterance.id,
            "attachment_id": attachment.id,
            "case_id": case_id,
            "by": by,
        },
        clock=clock,
        chance=chance,
        audience=Audience.BOT,
        priority=60,
    )


def show_progress(
    what: str,
    *,
    tenant_id: str,
    payload: Mapping[str, Scalar],
    due: datetime,
    clock: Clock,
    chance: Random,
) -> Job:
    """Looks at `due` whether it still lasts. `what` it is about has at most one pending."""
    return _job(
        CHAT_PROGRESS,
        tenant_id,
        f"progress:{what}",
        payload,
        clock=clock,
        chance=chance,
        audience=Audience.EAR,
        once=f"{CHAT_PROGRESS}:{what}",
        run_at=due,
        priority=50,
    )


def read_pager_bodies(
    incident_id: str, case_id: str, *, tenant_id: str, clock: Clock, chance: Random
) -> Job:
    """An incident whose bodies cannot be had holds up nothing but itself."""
    return _job(
        PAGER_READ,
        tenant_id,
        f"pager:{incident_id}",
        {"incident_id": incident_id, "case_id": case_id},
        clock=clock,
        chance=chance,
        once=f"{PAGER_READ}:{incident_id}:{case_id}",
    )


def reconcile_pager(*, tenant_id: str, run_at: datetime, clock: Clock, chance: Random) -> Job:
    """Plans its own successor; `once` keeps it alone."""
    return _recurring(PAGER_RECONCILE, tenant_id, run_at, clock=clock, chance=chance)


def reconcile_alerts(*, tenant_id: str, run_at: datetime, clock: Clock, chance: Random) -> Job:
    """Plans its own successor; `once` keeps it alone."""
    return _recurring(
        ALERTS_RECONCILE, tenant_id, run_at, lane="reconcile", clock=clock, chance=chance
    )


def keep_house(*, tenant_id: str, run_at: datetime, clock: Clock, chance: Random) -> Job:
    """Plans its own successor; `once` keeps it alone."""
    return _recurring(HOUSEKEEPING, tenant_id, run_at, priority=200, clock=clock, chance=chance)


def _recurring(
    kind: str,
    tenant_id: str,
    run_at: datetime,
    *,
    clock: Clock,
    chance: Random,
    lane: str | None = None,
    priority: int = 100,
) -> Job:
    """One that plans its own successor; `once` keeps it alone."""
    return _job(
        kind,
        tenant_id,
        f"{lane or kind}:{tenant_id}",
        {},
        clock=clock,
        chance=chance,
        once=f"{kind}:{tenant_id}",
        run_at=run_at,
        priority=priority,
    )


def _job(  # noqa: PLR0913 - a job has that many sides
    kind: str,
    tenant_id: str,
    lane: str,
    payload: Mapping[str, Scalar],
    *,
    clock: Clock,
    chance: Random,
    audience: Audience = Audience.ANY,
    once: str | None = None,
    run_at: datetime | None = None,
    priority: int = 100,
) -> Job:
    now = clock.now()
    return Job(
        id=new_id("job", clock=clock, chance=chance),
        tenant_id=tenant_id,
        kind=kind,
        lane=lane,
        payload=payload,
        audience=audience,
        run_at=run_at or now,
        created_at=now,
        once=once,
        priority=priority,
    )
