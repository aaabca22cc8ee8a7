from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from core.alerts.model import AlertSource
from core.alerts.notification import read_notification
from core.cases.events import EventKind
from core.cases.lifecycle import beginning, ending
from core.clock import micros
from core.context import InContext
from core.workflows.alert_correlation import seen_again
from tests.core.alerts.desk import START, a_body, an_alert
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from core.cases.ports import CasesUnit

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class AUnit(InContext):
    """A unit of work whose repositories nobody asks."""


def a_unit() -> CasesUnit:
    unit: Any = AUnit(context=memory_services().context)
    typed: CasesUnit = unit
    return typed


def test_the_event_of_a_beginning_holds_digests_and_no_text() -> None:
    body = a_body(an_alert(annotations={"summary": "5xx over 8 %"}, severity="page"))
    (alert,) = read_notification(body, received_at=START).alerts
    occurrence, change = beginning(
        a_unit(),
        alert,
        "case_1",
        source=AlertSource.ALERTMANAGER,
        seen_at=START,
    )

    assert (occurrence.case_id, occurrence.firing, occurrence.fires) == ("case_1", True, 1)
    assert change.kind is EventKind.ALERT_FIRED
    assert change.data["occurrence_id"] == occurrence.id
    assert (change.data["severity"], change.data["service"]) == ("critical", "checkout")
    assert {text.digest for text in change.texts} == {change.data["name"], change.data["summary"]}
    assert "5xx" not in repr(change.data)


def test_seen_again_counts_and_remembers_the_newest_start_only() -> None:
    older, newer = (
        read_notification(a_body(an_alert(starts_at=at)), received_at=START).alerts[0]
        for at in (START - 2 * MINUTE, START - MINUTE)
    )
    first, _ = beginning(
        a_unit(),
        older,
        "case_1",
        source=AlertSource.ALERTMANAGER,
        seen_at=START,
    )
    same = seen_again(first, older, at=START - MINUTE)
    assert (same.fires, same.last_seen_at, same.restarted_at) == (2, START, None)

    again = seen_again(same, newer, at=START + MINUTE)
    assert (again.fires, again.last_seen_at) == (3, START + MINUTE)
    assert (again.starts_at, again.latest_start) == (older.starts_at, newer.starts_at)
    assert seen_again(again, older, at=START).latest_start == newer.starts_at


def test_an_ending_says_why() -> None:
    (alert,) = read_notification(a_body(an_alert()), received_at=START).alerts
    occurrence, _ = beginning(
        a_unit(),
        alert,
        "case_1",
        source=AlertSource.ALERTMANAGER,
        seen_at=START,
    )
    ended, change = ending(occurrence, ended_at=START + MINUTE, reason="resolved")

    assert (ended.firing, ended.ended_at) == (False, START + MINUTE)
    assert change.kind is EventKind.ALERT_RESOLVED
    assert change.data["ended_at"] == micros(START + MINUTE)
    assert change.data["reason"] == "resolved"
