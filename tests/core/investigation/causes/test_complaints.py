from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.evidence.model import Level
from core.investigation.causes.measurements import ServiceMeasurements, complaints
from core.investigation.causes.metric_features import MetricFeature
from core.investigation.causes.suspects import suspects
from core.investigation.causes.troubles import ServiceHealth
from tests.core.investigation.sample_situations import T0, LogLines, a_log, a_situation

ONSET = T0 + timedelta(minutes=10)
ODD = "ledger entry 17 has no counterpart"


def strength(*lines: LogLines) -> float:
    measures = complaints(a_situation(a_log("till", *lines)), ONSET)
    return measures["till"][MetricFeature.LOGGED].strength if "till" in measures else 0.0


def test_new_errors_of_no_known_kind_count_the_more_of_them_the_more() -> None:
    few, many = LogLines(text=ODD, count=3), LogLines(text=ODD, count=300)
    assert 0 < strength(few) < strength(many)


def test_errors_that_were_there_all_along_do_not() -> None:
    before = LogLines(text=ODD, at=0, lasting=900, count=300)
    assert strength(before) < strength(LogLines(text=ODD, count=100)) / 2


def test_what_a_signature_knows_is_weighed_by_it() -> None:
    assert strength(LogLines(text="could not write: No space left on device")) == 0


def test_warnings_are_no_errors() -> None:
    assert strength(LogLines(text=ODD, level=Level.WARNING)) == 0


def test_the_line_is_shown_as_it_stands() -> None:
    measures = complaints(a_situation(a_log("till", LogLines(text=ODD))), ONSET)
    assert measures["till"][MetricFeature.LOGGED].shown.text.text == ODD


BAD_GATEWAY = '10.0.0.9 - - "GET /cart HTTP/1.1" 502 157'


@pytest.mark.parametrize(
    ("calls", "suspected"),
    [
        pytest.param([], False, id="nobody tells whom it calls"),
        pytest.param([("edge", "shop")], False, id="whom it calls fails, too"),
        pytest.param([("edge", "cart")], True, id="whom it calls is well"),
    ],
)
def test_a_proxy_passes_on_what_others_answer(
    calls: list[tuple[str, str]], *, suspected: bool
) -> None:
    failing = (LogLines(text=BAD_GATEWAY), LogLines(text="it broke"))
    logs = [a_log("edge", failing[0]), a_log("shop", failing[1]), a_log("cart")]
    known = a_situation(*logs, calls=calls, alert="edge")
    services = {each.candidate.cause.service for each in suspects(ServiceMeasurements(known))}
    assert ("edge" in services) is suspected
    assert "shop" in services


def test_noise_is_no_new_complaint() -> None:
    noise = LogLines(text=ODD, at=30, lasting=820, count=12)
    assert strength(noise) == 0


AGAIN = "job 17 back to queue: carrier answered 503"


@pytest.mark.parametrize(
    ("text", "lines", "counts"),
    [
        pytest.param(AGAIN, 1_000, False, id="a few that are tried again"),
        pytest.param(AGAIN, 60, True, id="many that are"),
        pytest.param("job 17 given up: carrier answered 503", 1_000, True, id="a few that are not"),
    ],
)
def test_what_is_done_again_by_itself_harms_nobody(text: str, lines: int, *, counts: bool) -> None:
    file, findings = a_log("till", LogLines(text=text, count=8))
    situation = a_situation((replace(file, lines=lines), findings))
    assert bool(complaints(situation, ONSET)) is counts
    assert bool(ServiceHealth(situation).troubles) is counts


def test_what_was_over_a_minute_before_the_alert_while_its_writer_went_on_does_not() -> None:
    assert strength(LogLines(text=ODD, at=400, lasting=60, count=300)) == 0
    assert strength(LogLines(text=ODD, at=500, lasting=90, count=300)) > 0


def test_of_a_writer_that_has_fallen_silent_its_last_errors_do() -> None:
    log = a_log("till", LogLines(text=ODD, at=400, lasting=60, count=300), minutes=8)
    assert "till" in complaints(a_situation(log), ONSET)


@pytest.mark.parametrize(
    "text",
    ["canceling statement due to user request", "unexpected EOF on client connection with an open"],
)
def test_that_a_client_left_is_no_complaint_of_the_server(text: str) -> None:
    assert strength(LogLines(text=text)) == 0
