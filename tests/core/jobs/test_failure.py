from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from core.clock import SetClock
from core.errors import (
    Conflict,
    FaultMavenError,
    NotFound,
    OutOfLimits,
    StoreUnavailable,
    Tampered,
    UnparsableDelivery,
)
from core.jobs.failure import after_failure, problem_of
from core.jobs.model import LAST_RETRY, MAX_ATTEMPTS, Audience, Job

NOW = SetClock().now()
JOB = Job(
    id="job_1",
    tenant_id="t",
    kind="a",
    lane="l",
    payload={},
    audience=Audience.ANY,
    run_at=NOW,
    created_at=NOW,
    attempts=1,
)


@pytest.mark.parametrize("kind", [NotFound, UnparsableDelivery, OutOfLimits, Tampered])
def test_what_a_retry_cannot_help_is_dead_at_once(kind: type[FaultMavenError]) -> None:
    failure = after_failure(JOB, kind("no such thing"), now=NOW, fraction=0)
    assert (failure.retry_at, failure.problem) == (None, "no such thing")


@pytest.mark.parametrize("kind", [StoreUnavailable, Conflict])
@pytest.mark.parametrize("attempts", [MAX_ATTEMPTS, 10_000])
def test_what_is_away_is_tried_for_ever(kind: type[FaultMavenError], attempts: int) -> None:
    failure = after_failure(replace(JOB, attempts=attempts), kind("away"), now=NOW, fraction=0.5)
    assert failure.retry_at
    assert timedelta(seconds=60) < failure.retry_at - NOW <= LAST_RETRY


def test_anything_else_has_a_number_of_tries() -> None:
    delays = []
    for attempts in range(1, MAX_ATTEMPTS):
        failure = after_failure(
            replace(JOB, attempts=attempts), KeyError("x"), now=NOW, fraction=0.5
        )
        assert failure.retry_at
        delays.append(failure.retry_at - NOW)
    assert delays == sorted(set(delays))
    last = replace(JOB, attempts=MAX_ATTEMPTS)
    assert after_failure(last, KeyError("x"), now=NOW, fraction=0.5).retry_at is None


def test_only_our_own_words_are_repeated() -> None:
    assert problem_of(NotFound("no case 7")) == "no case 7"
    assert problem_of(ValueError("password=hunter2")) == "ValueError"
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads("hunter2")
    place = problem_of(caught.value)
    assert place.startswith("JSONDecodeError at decoder.py:")
    assert "hunter2" not in place
