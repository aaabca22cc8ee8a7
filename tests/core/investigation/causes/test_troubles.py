"""Services in trouble, since when, and those that are watched and well."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.model import EvidenceKind
from core.evidence.model import Level
from core.investigation.causes.measurements import is_steady
from core.investigation.causes.troubles import ServiceHealth
from tests.core.investigation.causes.sample_system import USUAL, System, read_text
from tests.core.investigation.causes.sample_system import situation as measured
from tests.core.investigation.sample_situations import (
    INCIDENTS,
    T0,
    LogLines,
    a_log,
    a_situation,
    incident,
)

CALLS = [("a", "b"), ("b", "c"), ("c", "a"), ("x", "y")]


def watch(*lines: LogLines) -> ServiceHealth:
    return ServiceHealth(a_situation(a_log("a", *lines), a_log("b"), calls=CALLS))


def test_new_errors_are_trouble_since_they_began() -> None:
    (trouble,) = watch(LogLines(text="it broke", at=600, count=9)).troubles
    assert (trouble.service, trouble.kind) == ("a", EvidenceKind.LOG)
    assert trouble.since == T0 + timedelta(seconds=600)
    assert trouble.is_strong


def test_an_error_long_before_the_others_is_of_something_else() -> None:
    """One fails while something restarts; three minutes later all of them do."""
    begun = T0 + timedelta(minutes=10, seconds=17)
    lines = [f"{T0 + timedelta(seconds=5 * at):%FT%TZ} INFO served" for at in range(180)]
    moments = [T0 + timedelta(minutes=7), *(begun + timedelta(seconds=at) for at in range(60))]
    lines += [f"{moment:%FT%TZ} ERROR checkout refused by ledger" for moment in moments]
    file, findings = read_text("a.log", "\n".join(sorted(lines)) + "\n")
    log = replace(file, service="a"), findings
    (trouble,) = ServiceHealth(a_situation(log, calls=CALLS)).troubles
    assert trouble.since == begun
    assert moments[0] in {finding.first for finding in findings}


def test_errors_that_were_always_there_a_few_and_warnings_are_none() -> None:
    always = LogLines(text="it broke", at=1, lasting=890, count=99)
    few = LogLines(text="it broke", at=600, count=2)
    warning = LogLines(text="it broke", at=600, count=99, level=Level.WARNING)
    assert watch(always, few, warning).troubles == ()


def test_one_last_word_is_enough() -> None:
    assert watch(LogLines(text="it died", at=600, count=1, level=Level.FATAL)).troubles


def test_postgresql_ends_a_session_with_a_fatal_error_and_goes_on() -> None:
    refused = LogLines(
        text='FATAL:  role "root" does not exist', at=300, count=1, level=Level.FATAL
    )
    assert watch(refused).troubles == ()
    assert watch(replace(refused, count=9)).troubles


@pytest.mark.parametrize(
    ("lines", "is_noise"),
    [
        pytest.param(
            LogLines(text="rates are stale", at=30, lasting=820, count=14), True, id="noise"
        ),
        pytest.param(
            LogLines(text="rates are stale", at=590, lasting=300, count=14), False, id="new"
        ),
        pytest.param(
            LogLines(text="rates are stale", at=30, lasting=60, count=14), False, id="over"
        ),
        pytest.param(LogLines(text="it fails", at=30, lasting=820, count=900), False, id="mostly"),
        pytest.param(
            LogLines(text="duplicate key", at=30, lasting=820, count=600), True, id="as often"
        ),
    ],
)
def test_what_comes_now_and_then_from_beginning_to_end_is_noise(
    lines: LogLines, *, is_noise: bool
) -> None:
    file, (finding,) = a_log("a", lines)
    assert is_steady(finding, file, T0 + timedelta(seconds=660)) is is_noise
    assert not is_steady(finding, file, T0 + timedelta(seconds=40))  # the alert came with it


def test_who_suffers_does_so_until_the_last_complaint() -> None:
    health = ServiceHealth(
        a_situation(a_log("a", LogLines(text="it broke", at=600, lasting=120)), alert="a")
    )
    assert health.ended == T0 + timedelta(seconds=720)


def test_who_depends_on_whom_also_around_a_circle() -> None:
    seen = watch()
    assert seen.graph.callers("b") == {"a"}
    assert seen.graph.dependants("b") == {"a", "c"}
    assert seen.graph.dependencies("b") == {"a", "c"}
    assert seen.graph.dependants("y") == {"x"}
    assert seen.graph.callees("y") == frozenset()


def test_who_is_watched_and_by_what() -> None:
    seen = watch(LogLines(text="it broke"))
    assert seen.watched == {"a": {EvidenceKind.LOG}}
    assert [line.text.text for line in seen.quiet({"a", "b"})] == ["it broke"]


def test_measured_trouble_of_recorded_incidents_is_cited_where_it_stands() -> None:
    for folder in INCIDENTS:
        whole = incident(folder)
        alerted = whole.occurrences[0].service or ""
        kinds = {trouble.kind for trouble in ServiceHealth(whole).of_service[alerted]}
        assert EvidenceKind.METRIC in kinds
        assert "metrics.json" in {trouble.locus.file for trouble in ServiceHealth(whole).troubles}


@pytest.mark.parametrize(("usual", "is_slight"), [(2.0, True), (40.0, False)])
def test_a_few_milliseconds_more_are_slight(usual: float, *, is_slight: bool) -> None:
    slower = System(
        usual=USUAL | {"latency_p95_ms": usual}, changed={("stock", "latency_p95_ms"): 6.0}
    )
    of_stock = ServiceHealth(measured(slower, "metrics")).of_service["stock"]
    late = [trouble for trouble in of_stock if "latency" in trouble.text.text]
    assert late
    assert all(trouble.is_slight is is_slight for trouble in late)
