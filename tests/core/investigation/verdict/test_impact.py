"""Until when somebody suffers, as their logs tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.evidence.model import DataType
from core.investigation.reasoner import decide
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation

if TYPE_CHECKING:
    from core.evidence.model import EvidenceFile, Finding

pytestmark = pytest.mark.unit

LOCKS = "ERROR: canceling statement due to lock timeout"


def hurts(*logs: tuple[EvidenceFile, tuple[Finding, ...]]) -> str:
    read = [(replace(file, data_type=DataType.LOG), findings) for file, findings in logs]
    suffered = decide(a_situation(*read, alert="orders")).impact
    assert suffered is not None
    return suffered.why.text


def next_file(lines: LogLines) -> tuple[EvidenceFile, tuple[Finding, ...]]:
    """Of the same log after it was rotated: what is in it failed from its first line on."""
    file, findings = a_log("orders", lines)
    return replace(file, id="file_next", first=findings[0].first), findings


def test_what_stopped_long_before_the_logs_end_is_over() -> None:
    assert hurts(a_log("orders", LogLines(text=LOCKS, lasting=60))).endswith("last at 09:11:00 UTC")


def test_what_goes_on_until_they_end_goes_on() -> None:
    assert hurts(a_log("orders", LogLines(text=LOCKS))).endswith("still going on")


def test_what_goes_on_in_the_next_file_of_a_rotated_log_goes_on() -> None:
    before = a_log("orders", LogLines(text=LOCKS, lasting=60))
    after = next_file(LogLines(text=LOCKS, at=661, lasting=239))
    assert hurts(before, after).endswith("still going on")
