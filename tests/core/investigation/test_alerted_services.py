from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote_plus

import pytest

from core.investigation.alerted_services import alerted_service
from core.investigation.service_names import one_name_each
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation, an_alert

pytestmark = pytest.mark.unit

ONSET = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)
SERVICES = {"letters", "web-bff", "web", "rates", "booking"}


@pytest.mark.parametrize(
    ("name", "labels", "summary", "service"),
    [
        pytest.param("LettersFailing", {}, "", "letters", id="first word of its name"),
        pytest.param("WebBffHighErrorRate", {}, "", "web-bff", id="the longest"),
        pytest.param("high_rate_booking", {}, "", "booking", id="not the first word"),
        pytest.param("TooManyErrors", {"component": "rates"}, "", "rates", id="a label"),
        pytest.param("TooManyErrors", {"team": "rates"}, "", None, id="a team is no service"),
        pytest.param("TooManyErrors", {}, "web bff answers 502", "web-bff", id="its summary"),
        pytest.param("TooManyErrors", {}, "rates or letters fail", None, id="two of them"),
        pytest.param("Separates", {}, "", None, id="a part of a word"),
    ],
)
def test_an_alert_is_about_whom_it_names(
    name: str, labels: dict[str, str], summary: str, service: str | None
) -> None:
    alert = replace(an_alert("x", ONSET), name=name, labels=labels, summary=summary)
    assert alerted_service(alert, SERVICES) == service


def test_an_alert_without_a_label_has_its_service_in_the_situation() -> None:
    log = a_log("letters", LogLines(text="cannot store the letter", count=40))
    alert = replace(an_alert("x", ONSET), name="LettersFailing", service=None, labels={})
    named = one_name_each(replace(a_situation(log), occurrences=(alert,)))
    assert [each.service for each in named.occurrences] == ["letters"]


@pytest.mark.parametrize(
    ("expression", "service"),
    [
        pytest.param('sum(rate(requests_total{job="rates"}[1m])) > 8', "rates", id="its job"),
        pytest.param("rate(web_bff_answers_total[1m]) == 0", "web-bff", id="the metric's name"),
        pytest.param("rate(sorter_bags_total[1m]) == 0", "sorter-1", id="with a number"),
        pytest.param("rate(pump_strokes_total[1m]) == 0", None, id="two with numbers"),
        pytest.param("rate(http_requests_total[1m]) > 8", None, id="of no service"),
    ],
)
def test_an_alert_is_about_what_its_rule_counts(expression: str, service: str | None) -> None:
    notes = {"graph": f"http://prometheus:9090/graph?g0.expr={quote_plus(expression)}"}
    alert = replace(an_alert("x", ONSET), name="TooMany", labels={}, summary="", notes=notes)
    known = SERVICES | {"sorter-1", "pump-1", "pump-2"}
    assert alerted_service(alert, known) == service
