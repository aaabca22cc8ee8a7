"""Requests to the URL are taken only with Slack's signature."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from bot.slack.signature import is_genuine

SECRET = "a signing secret"  # noqa: S105
NOW = datetime(2026, 3, 4, 2, 53, tzinfo=UTC)
BODY = b'{"type": "event_callback", "text": "\xff\x00"}'


def headers(
    body: bytes = BODY, *, secret: str = SECRET, age: timedelta = timedelta()
) -> dict[str, str]:
    stamp = str(int((NOW - age).timestamp()))
    base = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}


def genuine(body: bytes, given: dict[str, str]) -> bool:
    return is_genuine(body, given, secret=SECRET, now=NOW)


def test_a_signed_request() -> None:
    assert genuine(BODY, headers())
    assert genuine(BODY, headers(age=timedelta(seconds=299)))
    assert genuine(BODY, headers(age=timedelta(seconds=-299)))


@pytest.mark.parametrize("age", [timedelta(seconds=301), timedelta(days=1), timedelta(hours=-1)])
def test_a_stale_one(age: timedelta) -> None:
    assert not genuine(BODY, headers(age=age))


def test_every_changed_byte_is_noticed() -> None:
    given = headers()
    for at in range(len(BODY)):
        changed = bytearray(BODY)
        changed[at] ^= 1
        assert not genuine(bytes(changed), given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-slack-signature", ""),
        ("x-slack-signature", "v0="),
        ("x-slack-signature", "v1=00"),
        ("x-slack-signature", "ü" * 67),
        ("x-slack-request-timestamp", ""),
        ("x-slack-request-timestamp", "now"),
        ("x-slack-request-timestamp", "-1"),
        ("x-slack-request-timestamp", "١٧٧٢٥٩٢٧٨٠"),
        ("x-slack-request-timestamp", "9" * 400),
    ],
)
def test_headers_that_are_none(name: str, value: str) -> None:
    assert not genuine(BODY, headers() | {name: value})


def test_another_secret() -> None:
    assert not genuine(BODY, headers(secret="another"))  # noqa: S106
    assert not genuine(BODY, {})
