"""What kinds of jobs there are, and who may claim them."""

from __future__ import annotations

import pytest

from core.jobs.kinds import (
    EVIDENCE_UPKEEP,
    MEDIUM,
    SMALL,
    process_evidence,
    send_outbound,
)
from core.jobs.model import Audience
from core.places import Place
from faultmaven.worker_pool import AT_ONCE
from tests.fakes.context import CONTEXT

pytestmark = pytest.mark.unit


def test_large_files_wait_for_each_other_and_small_ones_for_none_of_them() -> None:
    sizes = {
        0: Audience.WORKER,
        SMALL: Audience.WORKER,
        SMALL + 1: Audience.MEDIUM,
        MEDIUM: Audience.MEDIUM,
        MEDIUM + 1: Audience.LARGE,
    }
    for size, audience in sizes.items():
        assert process_evidence("file_1", CONTEXT, size=size).audience is audience
    assert AT_ONCE[Audience.MEDIUM] == AT_ONCE[Audience.LARGE] == 1


def test_the_thousandth_file_of_a_case_waits_for_the_first_of_another() -> None:
    first, tenth, thousandth, last = (
        process_evidence("file_1", CONTEXT, size=1, number=number).priority
        for number in (1, 10, 1000, 15_000)
    )
    assert first == tenth < thousandth < last < EVIDENCE_UPKEEP.priority


def test_the_hundredth_file_of_a_person_waits_for_the_first_of_another() -> None:
    first, second, hundredth, last = (
        process_evidence("file_1", CONTEXT, size=1, number=1, sent=sent).priority
        for sent in (1, 2, 100, 15_000)
    )
    assert first == second < hundredth < last < EVIDENCE_UPKEEP.priority


def test_answers_in_one_thread_wait_for_none_in_another() -> None:
    lanes = {
        send_outbound(
            "out_1",
            Place(platform="slack", workspace="T1", channel="C1", thread=thread),
            CONTEXT,
            is_answer=True,
        ).lane
        for thread in ("1.5", "2.5", "")
    }
    assert len(lanes) == 3
