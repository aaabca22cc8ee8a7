"""What whoever looks after the installation asks for: cases, timelines, jobs and originals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.cases.ports import gather
from core.clock import wire_time
from core.conversation.reports.timeline import whole_timeline
from core.errors import NotAllowedNow, NotFound
from core.jobs.model import Job, JobState
from core.workflows.original_access import hand_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.model import EvidenceFile, Original
    from core.evidence.timeline import Timeline
    from core.redaction.engine import Redactor
    from core.workflows.services import Services, Unit


async def list_cases(*, most: int, services: Services) -> list[dict[str, Any]]:
    """The newest, each with the keys that `faultmaven cases --json` promises."""
    async with services.reading() as unit:
        return [
            {
                "id": case.id,
                "number": case.number,
                "title": case.title.text,
                "state": case.state,
                "severity": case.severity,
                "service": case.service,
                "opened_at": wire_time(case.opened_at),
                "alerts": case.alerts,
                "bindings": [
                    f"{binding.place.platform}:{binding.place.channel}"
                    for binding in await unit.conversation.bindings(case.id)
                ],
            }
            for case in await unit.cases.listing(most=most)
        ]


async def case_timeline(number: int, *, services: Services) -> tuple[Timeline, Redactor]:
    """Of the case with this number. Raises NotFound."""
    async with services.reading() as unit:
        case = await unit.cases.by_number(number)
        dossier = await gather(unit, case.id)
    redactor = services.redactor(case.id)
    return whole_timeline(dossier, redactor=redactor), redactor


MANY = 10_000


async def list_jobs(
    *, state: JobState = JobState.DEAD, limit: int = 100, services: Services
) -> list[Job]:
    """Jobs in one state; the dead ones are those that wait for a person."""
    async with services.reading() as unit:
        return await unit.jobs.listing(state, limit=limit)


async def count_jobs(*, services: Services) -> dict[JobState, int]:
    """How many jobs there are, for every state, also where there are none."""
    async with services.reading() as unit:
        counts = await unit.jobs.counts()
    return {state: counts.get(state, 0) for state in JobState}


async def retry_jobs(job_ids: Sequence[str], *, services: Services) -> list[Job]:
    """Dead jobs go back to pending, due now, with their attempts forgotten; no ids means all.

    All of them or, where one is not a dead job (NotFound), none.
    """
    async with services.unit() as unit:
        chosen = job_ids or [job.id for job in await unit.jobs.listing(JobState.DEAD, limit=MANY)]
        for job_id in chosen:
            await unit.jobs.revive(job_id, at=unit.now)
        return [await unit.jobs.get(job_id) for job_id in chosen]


async def drop_jobs(job_ids: Sequence[str], *, services: Services) -> list[Job]:
    """Dead jobs are given up: they free their lane and are never run. Raises NotFound."""
    async with services.unit() as unit:
        dropped = [await unit.jobs.get(job_id) for job_id in job_ids]
        for job_id in job_ids:
            await unit.jobs.drop(job_id, at=unit.now)
        return dropped


async def hand_out_numbered(
    case_number: int, number: int, *, by: str, services: Services
) -> tuple[EvidenceFile, Original]:
    """The 3 of `e3`, and its content, nothing of it redacted.

    Raises NotFound, NotAllowedNow where it is not kept any more, and StoreUnavailable.
    """
    async with services.reading() as unit:
        file = await _find(unit, case_number, number)
    actor = services.context.clean_name(by)
    return file, await hand_out(file, by=actor, services=services)


async def _find(unit: Unit, case_number: int, number: int) -> EvidenceFile:
    case = await unit.cases.by_number(case_number)
    files = {file.number: file for file in await unit.files.of_case(case.id)}
    if number not in files:
        message = f"#{case_number} has no evidence e{number}"
        raise NotFound(message, next_step=f"Type `evidence #{case_number}` for what there is.")
    if not files[number].is_kept:
        message = f"the original of e{number} in #{case_number} is not kept any more"
        raise NotAllowedNow(message, next_step="What was found in it is in the case's report.")
    return files[number]
