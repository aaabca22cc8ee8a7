"""What a program's own code raises is told from what whoever it calls makes it raise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.evidence.model import FindingKind
from core.investigation.causes.code_errors import is_code_error, tells_code_error
from core.investigation.causes.measurements import complaints
from core.investigation.causes.metric_features import MetricFeature
from core.investigation.reasoner import decide
from tests.core.investigation.causes.test_complaints import ONSET
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation

pytestmark = pytest.mark.unit

TRACE = (
    'Traceback (most recent call last):\n  File "/srv/packer.py", line 9, in weigh\n'
    "ValueError: could not convert string to float: '3,2'"
)


@pytest.mark.parametrize(
    "text",
    [
        TRACE,
        "java.lang.NullPointerException: order is null\n\tat shop.Cart.add(Cart.java:8)",
        "TypeError: Cannot read properties of undefined (reading 'id')\n    at cart.js:8:1",
        "panic: runtime error: index out of range [3] with length 3",
        "thread 'main' panicked at src/main.rs:8:5",
        "System.FormatException: Input string was not in a correct format.",
    ],
)
def test_of_its_own_code(text: str) -> None:
    assert tells_code_error(text)


@pytest.mark.parametrize(
    "text",
    [
        "Traceback (most recent call last):\nrequests.exceptions.ConnectionError: refused",
        "java.net.SocketTimeoutException: Read timed out",
        "sqlalchemy.exc.TimeoutError: QueuePool limit reached",
        "Error: connect ECONNREFUSED 10.0.0.7:5432",
        "the ValueError of yesterday is mended",
    ],
)
def test_of_whom_it_calls(text: str) -> None:
    assert not tells_code_error(text)


def with_trace(*others: LogLines) -> tuple[LogLines, ...]:
    return (LogLines(text=TRACE, count=42), *others)


def test_a_trace_alone_is_a_complaint_and_shows_why() -> None:
    file, findings = a_log("packer", *with_trace(LogLines(text="weighing failed", count=3)))
    trace = replace(findings[0], kind=FindingKind.STACK_TRACE, data={"raised": "ValueError"})
    assert is_code_error(trace)
    measure = complaints(a_situation((file, (trace, findings[1]))), ONSET)["packer"]
    assert measure[MetricFeature.LOGGED].shown.text.text == TRACE
    alone = complaints(a_situation((file, (trace,))), ONSET)["packer"]
    assert alone[MetricFeature.LOGGED].strength > measure[MetricFeature.LOGGED].strength


def test_a_service_that_fails_of_its_own_code_is_likelier_than_one_that_only_complains() -> None:
    def share(text: str, kind: FindingKind) -> float:
        file, findings = a_log("packer", LogLines(text=text, count=42))
        finding = replace(findings[0], kind=kind, data={"raised": "ValueError"})
        shop = a_log("shop", LogLines(text="packer answered 500", at=605))
        situation = a_situation((file, (finding,)), shop, calls=(("shop", "packer"),), alert="shop")
        best = decide(situation).hypotheses[0]
        assert best.cause.service == "packer"
        return best.confidence

    assert share(TRACE, FindingKind.STACK_TRACE) > share("it broke", FindingKind.TEMPLATE)
