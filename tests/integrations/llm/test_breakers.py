"""A model that keeps failing is left alone, then tried once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from integrations.llm.breakers import FAILURES, OPEN_S, Breaker


@dataclass
class Seconds:
    at: float = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def broken(seconds: Seconds) -> Breaker:
    breaker = Breaker(now=seconds)
    for _ in range(FAILURES):
        assert breaker.enter()
        breaker.fail()
    return breaker


def test_it_opens_after_so_many_failures_in_a_row(seconds: Seconds) -> None:
    breaker = broken(seconds)
    assert not breaker.enter()
    assert breaker.waits_s == OPEN_S


def test_an_answer_in_between_begins_the_count_anew(seconds: Seconds) -> None:
    breaker = Breaker(now=seconds)
    for _ in range(FAILURES - 1):
        breaker.fail()
    breaker.succeed()
    breaker.fail()
    assert breaker.enter()


def test_after_the_pause_one_caller_may_try(seconds: Seconds) -> None:
    breaker = broken(seconds)
    seconds.at += OPEN_S
    assert breaker.enter()
    assert not breaker.enter()
    breaker.succeed()
    assert breaker.enter()
    assert breaker.enter()


def test_a_probe_that_fails_opens_it_again(seconds: Seconds) -> None:
    breaker = broken(seconds)
    seconds.at += OPEN_S
    assert breaker.enter()
    breaker.fail()
    assert breaker.waits_s == OPEN_S


def test_a_probe_that_was_given_up_leaves_room_for_another(seconds: Seconds) -> None:
    breaker = broken(seconds)
    seconds.at += OPEN_S
    assert breaker.enter()
    breaker.leave()
    assert breaker.enter()


def test_a_provider_that_names_a_time_is_left_alone_until_then(seconds: Seconds) -> None:
    breaker = Breaker(now=seconds)
    breaker.hold(7)
    assert not breaker.enter()
    seconds.at += 7
    assert breaker.enter()
