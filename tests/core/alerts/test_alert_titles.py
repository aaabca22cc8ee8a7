from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.alerts.model import (
    LONGEST_TITLE,
    Severity,
    clean_labels,
    severity_of,
    severity_of_all,
    summary_of,
    title_of,
)
from core.alerts.notification import read_notification
from core.redaction.engine import Redactor
from tests.core.alerts.desk import START, a_body, an_alert

if TYPE_CHECKING:
    from core.alerts.model import Alert

redact = Redactor(b"a key").clean


def alert_with(labels: dict[str, str]) -> Alert:
    alert = an_alert()
    alert["labels"] |= labels
    return read_notification(a_body(alert), received_at=START).alerts[0]


@pytest.mark.parametrize(
    ("labels", "severity"),
    [
        ({"severity": "critical"}, Severity.CRITICAL),
        ({"severity": "page"}, Severity.CRITICAL),
        ({"severity": " Error "}, Severity.HIGH),
        ({"severity": "high"}, Severity.HIGH),
        ({"severity": "warning"}, Severity.WARNING),
        ({"severity": "info"}, Severity.INFO),
        ({"priority": "P1"}, Severity.CRITICAL),
        ({"severity": "strange", "priority": "P2"}, Severity.HIGH),
        ({"severity": "strange"}, Severity.UNKNOWN),
        ({}, Severity.UNKNOWN),
    ],
)
def test_severities_are_mapped_onto_ours(labels: dict[str, str], severity: Severity) -> None:
    assert severity_of(alert_with(labels)) is severity


def test_the_gravest_of_a_group_counts() -> None:
    assert severity_of_all([]) is Severity.UNKNOWN
    alerts = [alert_with(labels) for labels in ({"severity": "info"}, {"severity": "page"}, {})]
    assert severity_of_all(alerts) is Severity.CRITICAL


@pytest.mark.parametrize(
    ("alerts", "title"),
    [
        ([an_alert(annotations={"summary": "5xx over 8 %"})], "checkout: 5xx over 8 %"),
        ([an_alert(annotations={"summary": "5xx on Checkout"})], "5xx on Checkout"),
        ([an_alert()], "checkout: HighErrorRate"),
        ([an_alert(service="")], "HighErrorRate"),
        ([an_alert(), an_alert(service="cart")], "HighErrorRate"),
        ([an_alert("A"), an_alert("B"), an_alert("A", pod="2")], "checkout: A, B"),
        (
            [an_alert(pod=pod, annotations={"summary": f"{pod} is slow"}) for pod in "ab"],
            "checkout: HighErrorRate",
        ),
        ([an_alert(annotations={"summary": "two\nlines"})], "checkout: two lines"),
        (
            [an_alert(annotations={"summary": "mail to eve@example.com fails"})],
            f"checkout: mail to {redact('eve@example.com').text} fails",
        ),
    ],
)
def test_titles(alerts: list[dict[str, object]], title: str) -> None:
    notification = read_notification(a_body(*alerts), received_at=START)
    assert title_of(notification, notification.alerts, redact=redact).text == title


def test_a_title_has_an_end() -> None:
    notification = read_notification(
        a_body(an_alert(annotations={"summary": "long " * 1000})), received_at=START
    )
    title = title_of(notification, notification.alerts, redact=redact)
    assert len(title.text) == LONGEST_TITLE


def test_a_summary_is_the_first_thing_written_for_people() -> None:
    written = an_alert(annotations={"description": "the disk of db-1 is full"})
    read = read_notification(a_body(written, an_alert(pod="2")), received_at=START)
    summaries = [summary_of(alert, redact=redact).text for alert in read.alerts]
    assert summaries == ["the disk of db-1 is full", "HighErrorRate"]


def test_label_values_are_judged_with_their_names() -> None:
    labels = {"password": "kiwi-banana-7", "instance": "10.0.0.7:9100", "eve@example.com": "x"}
    cleaned = clean_labels(labels, redact=redact)

    assert cleaned["instance"] == "10.0.0.7:9100"
    assert "kiwi-banana-7" not in repr(cleaned)
    assert "eve@example.com" not in repr(cleaned)
