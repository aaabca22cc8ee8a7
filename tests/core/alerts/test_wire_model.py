from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.alerts.model import Moment, Text, Texts, WireModel, read_wire_model
from core.errors import UnparsableDelivery


class WireAlert(WireModel):
    name: Text = ""
    labels: Texts = {}  # noqa: RUF012 - pydantic copies it
    at: Moment | None = None


def test_it_is_read_into_our_types() -> None:
    body = read_wire_model(WireAlert, b'{"name": "a\\u0000b", "labels": null, "more": 1}')
    assert (body.name, body.labels) == ("a\N{REPLACEMENT CHARACTER}b", {})


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("0001-01-01T00:00:00Z", None),
        ("2026-11-20T08:00:00Z", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T10:00:00+02:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T08:00:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
    ],
)
def test_times_are_utc(sent: str, read: datetime | None) -> None:
    body = read_wire_model(WireAlert, f'{{"at": "{sent}"}}'.encode())
    assert body.at == read
    assert body.at is None or body.at.tzinfo is UTC


def test_a_time_that_has_no_utc_is_refused() -> None:
    latest = datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=5)))
    with pytest.raises(UnparsableDelivery, match="at: "):
        read_wire_model(WireAlert, f'{{"at": "{latest.isoformat()}"}}'.encode())


def test_an_error_names_the_place_and_quotes_nothing() -> None:
    with pytest.raises(UnparsableDelivery, match="name: ") as caught:
        read_wire_model(WireAlert, b'{"name": ["kiwi"]}')
    assert "kiwi" not in str(caught.value)
