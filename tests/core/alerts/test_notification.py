from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.model import AlertStatus
from core.alerts.notification import (
    case_group,
    fingerprint_of,
    group_of,
    read_group,
    read_notification,
)
from core.errors import UnparsableDelivery
from tests.core.alerts.desk import RECORDINGS, START, a_body, an_alert, recorded

NAMES = sorted(path.stem for path in RECORDINGS.glob("*.json"))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_body_is_read_whole(name: str) -> None:
    body = json.loads(recorded(name))
    notification = read_notification(recorded(name), received_at=START)

    assert notification.receiver == body["receiver"]
    assert notification.group_key == body["groupKey"]
    assert notification.truncated == body["truncatedAlerts"]
    assert [alert.fingerprint for alert in notification.alerts] == [
        alert["fingerprint"] for alert in body["alerts"]
    ]
    for alert in notification.alerts:
        assert (alert.ends_at is None) is (alert.status is AlertStatus.FIRING)
        assert alert.starts_at.tzinfo is UTC


@pytest.mark.parametrize("name", NAMES)
def test_our_fingerprint_is_alertmanagers(name: str) -> None:
    for alert in json.loads(recorded(name))["alerts"]:
        assert fingerprint_of(alert["labels"]) == alert["fingerprint"]


def test_a_missing_or_odd_fingerprint_is_computed() -> None:
    alert = an_alert()
    expected = alert["fingerprint"]
    for odd in ("", "not hex", "A" * 16, "0" * 4000):
        alert["fingerprint"] = odd
        assert _read(a_body(alert)).alerts[0].fingerprint == expected


def test_unknown_keys_are_ignored_and_optional_ones_may_be_missing_or_null() -> None:
    body = {
        "receiver": "r",
        "groupKey": "g",
        "status": "firing",
        "notification_reason": "first notification",
        "groupLabels": None,
        "alerts": [{"status": "firing", "labels": None, "startsAt": "2026-11-20T08:00:00Z"}],
    }
    (alert,) = _read(json.dumps(body).encode()).alerts
    assert (alert.name, alert.service, dict(alert.annotations)) == ("alert", None, {})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("receiver", None),
        ("receiver", 7),
        ("groupKey", ""),
        ("status", "on fire"),
        ("alerts", None),
        ("alerts", {}),
        ("alerts", [[]]),
        ("truncatedAlerts", -1),
        ("truncatedAlerts", "3"),
        ("commonLabels", {"a": 1}),
    ],
)
def test_what_we_need_must_be_right(key: str, value: object) -> None:
    body = json.loads(a_body(an_alert())) | {key: value}
    with pytest.raises(UnparsableDelivery, match=key):
        _read(json.dumps(body).encode())


@pytest.mark.parametrize("key", ["receiver", "groupKey", "status", "alerts"])
def test_what_we_need_must_be_there(key: str) -> None:
    body = json.loads(a_body(an_alert()))
    del body[key]
    with pytest.raises(UnparsableDelivery, match=f"{key}: Field required"):
        _read(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-11-20T08:59:59.123456789+01:00", "2026-11-20 07:59:59.123456+00:00"),
        ("2026-11-20T08:00:00Z", "2026-11-20 08:00:00+00:00"),
        ("0001-01-01T00:00:00Z", str(START)),
        ("0001-01-01T00:00:00+14:00", str(START)),
        ("2026-11-20T08:10:00Z", str(START)),
    ],
)
def test_times_are_utc_and_gos_zero_and_the_future_are_when_it_came(sent: str, read: str) -> None:
    alert = an_alert() | {"startsAt": sent}
    assert str(_read(a_body(alert)).alerts[0].starts_at) == read


@pytest.mark.parametrize("sent", ["9999-12-31T23:59:59-05:00", "yesterday", "", 12, None])
def test_a_time_that_is_none_is_refused(sent: object) -> None:
    alert = an_alert() | {"startsAt": sent}
    if sent is None:
        assert _read(a_body(alert)).alerts[0].starts_at == START
        return
    with pytest.raises(UnparsableDelivery, match=r"alerts\.0\.startsAt"):
        _read(a_body(alert))


def test_nul_cannot_reach_a_database() -> None:
    alert = an_alert(annotations={"summary": "a\0b"}, pod="c\0d")
    (read,) = _read(a_body(alert, group="e\0f")).alerts
    assert read.annotations["summary"] == "a\N{REPLACEMENT CHARACTER}b"
    assert read.labels["pod"] == "c\N{REPLACEMENT CHARACTER}d"


def test_the_problem_quotes_nothing_that_was_sent() -> None:
    body = json.loads(a_body(an_alert()))
    body["alerts"][0]["labels"]["hunter2"] = ["hunter2"]
    for content in (json.dumps(body), '{"hunter2": hunter2', '"hunter2"'):
        with pytest.raises(UnparsableDelivery) as caught:
            _read(content.encode())
        assert "hunter2" not in str(caught.value)


def test_the_group_in_the_head_is_the_group_in_the_body() -> None:
    for name in NAMES:
        notification = read_notification(recorded(name), received_at=START)
        group = group_of(notification.receiver, notification.group_key)
        assert read_group(recorded(name)) == group
        assert case_group(notification) == f"alertmanager:{group}"


def test_groups_of_two_receivers_are_two() -> None:
    assert len({group_of("a", "bc"), group_of("ab", "c"), group_of("a", "b")}) == 3


@given(st.binary())
def test_no_bytes_break_the_parser(content: bytes) -> None:
    _never_anything_but_unparsable(content)


@given(ANYTHING)
def test_no_json_breaks_the_parser(value: object) -> None:
    _never_anything_but_unparsable(json.dumps(value).encode())


@given(
    st.sampled_from(["receiver", "status", "alerts", "groupKey", "truncatedAlerts", "groupLabels"]),
    ANYTHING,
)
def test_no_value_of_a_key_breaks_the_parser(key: str, value: object) -> None:
    body = json.loads(recorded("group_4_firing")) | {key: value}
    _never_anything_but_unparsable(json.dumps(body).encode())


@given(
    st.sampled_from(["status", "labels", "annotations", "startsAt", "endsAt", "fingerprint"]),
    ANYTHING | st.datetimes().map(lambda moment: f"{moment.isoformat()}-23:59"),
)
def test_no_value_of_an_alert_breaks_the_parser(key: str, value: object) -> None:
    body = json.loads(recorded("group_4_firing"))
    body["alerts"][2][key] = value
    _never_anything_but_unparsable(json.dumps(body).encode())


@given(st.sampled_from(NAMES), st.data())
def test_a_body_cut_anywhere_is_unparsable(name: str, data: st.DataObject) -> None:
    content = recorded(name).rstrip()
    cut = data.draw(st.integers(min_value=0, max_value=len(content) - 1))
    for read in (read_group, _read):
        with pytest.raises(UnparsableDelivery):
            read(content[:cut])


@given(st.sampled_from(NAMES), st.data())
def test_a_flipped_byte_never_raises_anything_else(name: str, data: st.DataObject) -> None:
    content = bytearray(recorded(name))
    place = data.draw(st.integers(min_value=0, max_value=len(content) - 1))
    content[place] = data.draw(st.integers(min_value=0, max_value=255))
    _never_anything_but_unparsable(bytes(content))


def test_depth_and_length_are_no_bomb() -> None:
    deep = b"[" * 1_000_000
    alerts = [an_alert(pod=str(n)) for n in range(5000)]
    wide = json.dumps(json.loads(a_body()) | {"alerts": alerts})
    _never_anything_but_unparsable(deep)
    read = _read(wide.encode())
    assert len(read.alerts) + read.left_out == 5000


def _read(content: bytes) -> Any:
    return read_notification(content, received_at=START)


def _never_anything_but_unparsable(content: bytes) -> None:
    for read in (read_group, _read):
        with contextlib.suppress(UnparsableDelivery):
            read(content)


def test_received_at_stands_in_for_an_end_that_is_not_said() -> None:
    alert = an_alert(ended_at=datetime(1, 1, 1, tzinfo=UTC))
    assert alert["status"] == "resolved"
    assert _read(a_body(alert)).alerts[0].ends_at == START
