from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic_core import from_json

from core.alerts.notification import (
    LONGEST_VALUE,
    MOST_ALERTS,
    MOST_CHARACTERS,
    MOST_LABELS,
    MOST_PAIRS,
    SMALL_BODY,
    bound_body,
    read_notification,
)
from core.conversation.cards.card import Mark
from tests.core.alerts.desk import RECORDINGS, START, AlertDesk, a_body, an_alert, recorded

MANY_LABELS = {f"label_{number}": "v" for number in range(50_000)}


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDINGS.glob("*.json")))
def test_what_alertmanager_sends_is_left_as_it_is(name: str) -> None:
    assert bound_body(recorded(name)).body == recorded(name)


def test_a_storm_of_hundreds_of_alerts_is_worked_on_whole() -> None:
    body = a_body(*(an_alert(pod=f"checkout-{n}", node="a" * 60) for n in range(800)))
    assert len(body) > SMALL_BODY

    within = bound_body(body)
    assert (within.alerts, within.labels) == (0, 0)
    assert from_json(within.body) == from_json(body)


def test_of_too_many_alerts_the_first_are_kept_and_the_others_counted() -> None:
    notification = _read(a_body(*(an_alert(pod=str(n)) for n in range(MOST_ALERTS + 7))))

    assert len(notification.alerts) == MOST_ALERTS
    assert (notification.left_out, notification.truncated) == (7, 7)
    assert notification.alerts[-1].labels["pod"] == str(MOST_ALERTS - 1)


def test_of_too_many_labels_those_are_kept_that_we_read() -> None:
    alert = an_alert("Slow") | {"labels": MANY_LABELS | {"alertname": "Slow", "service": "shop"}}
    notification = _read(a_body(alert))

    [kept] = notification.alerts
    assert (kept.name, kept.service, len(kept.labels)) == ("Slow", "shop", MOST_PAIRS)
    assert notification.labels_left_out == len(MANY_LABELS) + 2 - MOST_PAIRS


def test_alerts_with_many_labels_each_are_bounded_together() -> None:
    some = {f"label_{number}": "v" for number in range(MOST_PAIRS)}
    alerts = [{**an_alert(), "labels": some | {"pod": str(n)}} for n in range(500)]
    notification = _read(a_body(*alerts))

    assert sum(len(alert.labels) for alert in notification.alerts) <= MOST_LABELS
    assert notification.left_out == 500 - MOST_LABELS // MOST_PAIRS


def test_long_values_are_cut_and_all_together_bounded() -> None:
    long = an_alert(annotations={"summary": "x" * 4_000_000})
    assert len(_read(a_body(long)).alerts[0].annotations["summary"]) == LONGEST_VALUE

    alerts = [an_alert(pod=f"{n}", text="y" * LONGEST_VALUE) for n in range(900)]
    assert 0 < len(_read(a_body(*alerts)).alerts) <= MOST_CHARACTERS // LONGEST_VALUE


async def test_people_hear_which_texts_were_cut_short() -> None:
    """A long value, and annotations beyond the bound, are not dropped in silence."""
    many = {f"note_{number}": "v" for number in range(MOST_PAIRS + 5)}
    long = {"summary": "x" * (SMALL_BODY + 1)}
    body = a_body(an_alert(annotations=long), an_alert(pod="2", annotations=many))
    assert _read(body).texts_cut >= 1 + 5

    desk = AlertDesk()
    await desk.deliver(body)
    [card] = [card for card in desk.queued_cards() if card.key == "deliveries:left-out"]
    assert "texts cut short" in card.rows[0].text.text


def test_alerts_that_differ_in_what_is_left_out_stay_two() -> None:
    alerts = [
        an_alert() | {"labels": MANY_LABELS | {"z": str(n)}, "fingerprint": ""} for n in range(2)
    ]
    first, second = _read(a_body(*alerts)).alerts
    assert first.labels == second.labels
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize("content", [b"{" * SMALL_BODY, b"[1]", b'{"alerts": 3}'])
def test_what_is_no_notification_is_left_to_its_reader(content: bytes) -> None:
    padded = content.ljust(SMALL_BODY + 1)
    assert bound_body(padded).body is padded


async def test_people_hear_what_was_left_out_and_the_case_does_not_go_quiet() -> None:
    desk = AlertDesk()
    count = MOST_ALERTS + 3
    await desk.deliver(a_body(*(an_alert(pod=str(n)) for n in range(count))))
    case = await desk.case()
    assert case.firing == MOST_ALERTS

    [card] = [card for card in desk.queued_cards() if card.key == "deliveries:left-out"]
    assert card.mark is Mark.REFUSED
    assert "3 alerts and 0 labels were left out" in card.rows[0].text.text
    ended = [an_alert(pod=str(n), ended_at=START) for n in range(count)]
    await desk.deliver(a_body(*ended))
    assert (await desk.case()).quiet_since is None


def _read(body: bytes) -> Any:
    assert json.loads(body)
    return read_notification(body, received_at=START)
