"""What people are asked to bring, and what they are never asked for again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.evidence.model import DataType
from core.investigation.reasoner import decide
from tests.core.investigation.causes.sample_system import System
from tests.core.investigation.causes.sample_system import situation as measured
from tests.core.investigation.sample_situations import LogLines, a_log

if TYPE_CHECKING:
    from core.investigation.decision import Situation

pytestmark = pytest.mark.unit

FAILING = System(changed={("kiosk", "error_ratio"): 9.0})


def missing(situation: Situation) -> str:
    return "; ".join(item.text for item in decide(situation).missing)


def test_the_log_that_was_brought_is_not_asked_for() -> None:
    situation = measured(FAILING)
    assert "its log since" in missing(situation)
    file, findings = a_log("kiosk", LogLines(text="the till is open"))
    file = replace(file, data_type=DataType.LOG)
    read = {**situation.findings, file.id: findings}
    brought = missing(replace(situation, files=(*situation.files, file), findings=read))
    assert "its log since" not in brought
    assert "the log of kiosk" not in brought
    assert "a trace of one request that failed" in brought
