from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import (
    ChatUnavailable,
    Conflict,
    FaultMavenError,
    NotFound,
    OutOfLimits,
    StoreUnavailable,
    Tampered,
    UnparsableDelivery,
)
from core.jobs.model import (
    FIRST_RETRY,
    LAST_RETRY,
    LONGEST_WISH,
    MAX_ATTEMPTS,
    Audience,
    Job,
    after_failure,
    problem_of,
)
from tests.fakes.clock import SetClock

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
    assert timedelta(0) < failure.retry_at - NOW <= FIRST_RETRY
    assert not failure.counts


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
def test_what_stays_away_is_asked_less_and_less(fraction: float) -> None:
    job, now, pauses = JOB, NOW, list[timedelta]()
    while now < NOW + timedelta(hours=1):
        failure = after_failure(job, StoreUnavailable("away"), now=now, fraction=fraction)
        assert failure.retry_at
        pauses.append(failure.retry_at - now)
        job, now = replace(job, problem=failure.problem), failure.retry_at
    growing = pauses[: pauses.index(max(pauses))]
    assert growing == sorted(growing)
    assert FIRST_RETRY / 2 <= pauses[0] <= FIRST_RETRY
    assert LAST_RETRY / 2 <= pauses[-1] <= LAST_RETRY
    assert 12 < len(pauses) < 45


def test_a_job_that_waited_for_its_turn_is_not_punished_for_it() -> None:
    old = replace(JOB, created_at=NOW - timedelta(days=1))
    failure = after_failure(old, StoreUnavailable("away"), now=NOW, fraction=1)
    assert failure.retry_at == NOW + FIRST_RETRY


@pytest.mark.parametrize(
    ("asked_s", "fraction", "pause"),
    [
        (0.7, 0, timedelta(seconds=0.7)),
        (30, 0, timedelta(seconds=30)),
        (30, 1, timedelta(seconds=33)),
        (0, 1, timedelta(0)),
        (-5, 1, timedelta(0)),
        (1e300, 0, LONGEST_WISH),
        (float("nan"), 0, timedelta(0)),
    ],
)
def test_who_says_when_to_come_again_is_taken_at_their_word(
    asked_s: float, fraction: float, pause: timedelta
) -> None:
    busy = ChatUnavailable("busy", retry_after_s=asked_s)
    failure = after_failure(JOB, busy, now=NOW, fraction=fraction)
    assert failure.retry_at == NOW + pause
    assert not failure.counts


def test_anything_else_has_a_number_of_tries() -> None:
    delays = []
    for attempts in range(1, MAX_ATTEMPTS):
        failure = after_failure(
            replace(JOB, attempts=attempts), KeyError("x"), now=NOW, fraction=0.5
        )
        assert failure.retry_at
        assert failure.counts
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
