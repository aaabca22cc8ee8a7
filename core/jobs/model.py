"""A job: what it is about, in which order, by whom, and what becomes of it when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from traceback import extract_tb

from core.errors import (
    FaultMavenError,
    OurFault,
    OutOfLimits,
    Refused,
    Tampered,
    Unavailable,
    Unreadable,
)
from core.places import Place

Scalar = str | int | float | bool | None  # what a row of JSON may hold


class JobState(StrEnum):
    """How far a job has come."""

    PENDING = "pending"  # waits for its lane, its time and a runner
    RUNNING = "running"  # leased; after `lease_until` anyone may take it over
    DONE = "done"
    DEAD = "dead"  # failed for good: a person decides (`faultmaven jobs`)


class Audience(StrEnum):
    """Which process may claim a job."""

    ANY = "any"
    WORKER = "worker"
    MEDIUM = "medium"  # reads what takes a while, in a worker: small files do not wait for it
    LARGE = "large"  # reads what takes long, in a worker: nothing else waits for it
    BOT = "bot"  # speaks: waits for platforms
    EAR = "ear"  # listens, in the bot process: short work that people wait for


LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
FIRST_RETRY = timedelta(seconds=1)
LAST_RETRY = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One piece of work. `lane` runs one job at a time, in order of `seq`; lanes run in parallel.

    `once` names what is wanted: at most one *pending* job has it, and adding it again is no
    change. `lease` is the fencing token of the runner that holds it now.
    """

    id: str
    tenant_id: str
    kind: str
    lane: str
    payload: Mapping[str, Scalar]
    audience: Audience
    run_at: datetime
    created_at: datetime
    seq: int = 0
    once: str | None = None
    priority: int = 100  # lower goes first
    state: JobState = JobState.PENDING
    attempts: int = 0
    lease: str | None = None
    lease_until: datetime | None = None
    problem: str | None = None
    finished_at: datetime | None = None


def may_be_done_with(first: Job, other: Job, *, at: datetime) -> bool:
    """Whether the holder of `first` may do this job of its lane, too. Failed jobs go alone."""
    return other.kind == first.kind and other.run_at <= at and not other.attempts


def retry_delay(attempts: int, fraction: float) -> timedelta:
    """How long to wait after `attempts` failures: doubling from 1 s to 5 min, half of it by chance.

    fraction: 0 to 1, from the Random port; jobs that failed together do not return together.
    """
    doublings = min(attempts - 1, 30)  # what is tried for ever must not overflow
    full: timedelta = min(FIRST_RETRY * 2.0**doublings, LAST_RETRY)
    return full / 2 + full / 2 * fraction


HOPELESS = (Refused, Unreadable, OurFault, OutOfLimits, Tampered)
LONGEST_WISH = timedelta(days=1)  # longer than that nobody is left alone, whatever they ask for
LATE_BY = 0.1  # of the time somebody asked for: those who were told the same do not come at once


@dataclass(frozen=True)
class Failure:
    """`retry_at` is None where the job is dead. `problem` may be shown to anyone.

    counts: whether this was one of the job's MAX_ATTEMPTS; not where the world was to blame.
    """

    retry_at: datetime | None
    problem: str
    counts: bool = True


def after_failure(job: Job, error: BaseException, *, now: datetime, fraction: float) -> Failure:
    """Dead at once where a retry cannot help, tried for ever where the world is to blame.

    Anything else is our bug or a passing trouble: it is tried MAX_ATTEMPTS times in all, and what
    the world was to blame for is not one of them, so that no outage buries a job.
    fraction: 0 to 1, from the Random port.
    """
    problem = problem_of(error)
    if isinstance(error, Unavailable):
        pause = pause_after(job, error, now=now, fraction=fraction)
        return Failure(now + pause, problem, counts=False)
    if isinstance(error, HOPELESS) or job.attempts >= MAX_ATTEMPTS:
        return Failure(None, problem)
    return Failure(now + retry_delay(job.attempts, fraction), problem)


def pause_after(job: Job, error: Unavailable, *, now: datetime, fraction: float) -> timedelta:
    """As long as was asked for, or a little longer; else as long again as the job waits already.

    What does not count has no number to double a pause by, but its age doubles all the same:
    from 1 s to 5 min, half of it by chance, and 1 s where this is its first trouble.
    """
    if error.retry_after_s is not None:
        asked_s = min(max(0.0, error.retry_after_s), LONGEST_WISH.total_seconds())
        return timedelta(seconds=asked_s * (1 + LATE_BY * fraction))
    waited = now - job.created_at if job.problem else FIRST_RETRY
    full = min(max(waited, FIRST_RETRY), LAST_RETRY)
    return full / 2 + full / 2 * fraction


def problem_of(error: BaseException) -> str:
    """Our own error's message; of any other only type and place, as its text may hold secrets."""
    if isinstance(error, FaultMavenError):
        return str(error)
    frames = extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"


@dataclass(frozen=True, kw_only=True)
class NoPayload:
    """A job that says everything by its kind."""


@dataclass(frozen=True, kw_only=True)
class DeliveryPayload:
    """A journaled delivery."""

    delivery_id: str


@dataclass(frozen=True, kw_only=True)
class CasePayload:
    """A case."""

    case_id: str


@dataclass(frozen=True, kw_only=True)
class FailedJobPayload:
    """A job that failed."""

    job_id: str


@dataclass(frozen=True, kw_only=True)
class QuietPayload:
    """A case, and since when nothing of it fires."""

    case_id: str
    quiet_since: datetime


@dataclass(frozen=True, kw_only=True)
class FilePayload:
    """A file of a case."""

    file_id: str


@dataclass(frozen=True, kw_only=True)
class FilesPayload:
    """A file of a case, and small ones that came with it and are read after it.

    more: their ids with spaces between: the values of a payload are plain.
    """

    file_id: str
    more: str = ""

    @property
    def more_ids(self) -> list[str]:
        return self.more.split()


@dataclass(frozen=True, kw_only=True)
class ContentPayload:
    """Content that was put once more than cases took it; see `Files.disclaim`."""

    case_id: str
    blob: str
    size: int
    slot: str


@dataclass(frozen=True, kw_only=True)
class DocumentPayload:
    """A version of a document, and the scope that it is in."""

    document_id: str
    scope: str
    number: int


@dataclass(frozen=True, kw_only=True)
class OutboundPayload:
    """A card on its way to a place."""

    outbound_id: str


@dataclass(frozen=True, kw_only=True)
class MessagePayload:
    """What a person said."""

    utterance_id: str


@dataclass(frozen=True, kw_only=True)
class PlacePayload:
    """A place in chat; its fields are those of `Place`."""

    platform: str
    workspace: str
    channel: str
    thread: str

    @property
    def place(self) -> Place:
        return Place(
            platform=self.platform,
            workspace=self.workspace,
            channel=self.channel,
            thread=self.thread,
        )


@dataclass(frozen=True, kw_only=True)
class HistoryPayload(PlacePayload):
    """A place, and the message in it after which people are listened to."""

    after: str


@dataclass(frozen=True, kw_only=True)
class ProgressPayload(PlacePayload):
    """What is under way (the key of its card), since when, and where that is said."""

    key: str
    began: datetime


@dataclass(frozen=True, kw_only=True)
class HandOutPayload(PlacePayload):
    """A file whose original goes to a place."""

    file_id: str


@dataclass(frozen=True, kw_only=True)
class ReadersPayload(PlacePayload):
    """A case that was closed to where it is at home, as nobody could say who reads there."""

    case_id: str


@dataclass(frozen=True, kw_only=True)
class AttachmentPayload:
    """A dropped file; by: the platform's id of whoever dropped it."""

    utterance_id: str
    attachment_id: str
    case_id: str
    by: str


@dataclass(frozen=True, kw_only=True)
class IncidentPayload:
    """An incident of PagerDuty, and its case."""

    incident_id: str
    case_id: str
