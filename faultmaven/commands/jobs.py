"""`faultmaven jobs`: look at the queue, and decide about what failed for good."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from core.errors import NotFound, WrongUsage
from core.jobs.model import JobState
from faultmaven.operator_client import answer_of, operator_client
from faultmaven.output import print_json, print_line, print_table
from faultmaven.settings import load_settings

JOBS_PATH = "/api/v1/operator/jobs"


def run(*, action: str, job_id: str | None, state: str, as_json: bool) -> int:
    """List, retry or drop. Raises WrongUsage for a state that is none, NotFound for such a job."""
    if state not in set(JobState):
        message = f"{state} is no state of a job"
        raise WrongUsage(message, next_step=f"One of: {', '.join(JobState)}.")
    answer = asyncio.run(_call(action, job_id, state))
    if as_json:
        print_json(answer)
    elif not answer:
        print_line(f"No {state} jobs.")
    else:
        print_table(
            ["job", "state", "kind", "attempts", "problem"],
            [
                [job["id"], job["state"], job["kind"], str(job["attempts"]), job["problem"] or ""]
                for job in answer
            ],
        )
    return 0


async def _call(action: str, job_id: str | None, state: str) -> Any:
    async with operator_client(load_settings()) as client:
        if action == "list":
            return answer_of(await client.get(JOBS_PATH, params={"state": state}))
        try:
            return answer_of(
                await client.post(f"{JOBS_PATH}/{quote(job_id or '', safe='')}/{action}")
            )
        except NotFound as error:
            raise NotFound(
                str(error), next_step="See those there are: faultmaven jobs list"
            ) from error
