"""Verifies Slack's signature on the raw body, before anything parses it.

Slack: docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FRESH_S = 300  # an older request may be a recorded one
_STAMP, _SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"


def may_be_genuine(headers: Mapping[str, str], *, now: datetime) -> bool:
    """Whether the headers alone allow it: signed, within the last five minutes."""
    stamp = headers.get(_STAMP, "")
    if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > len("1700000000000"):
        return False
    return bool(headers.get(_SIGNATURE)) and abs(now.timestamp() - int(stamp)) <= FRESH_S


def is_genuine(body: bytes, headers: Mapping[str, str], *, secret: str, now: datetime) -> bool:
    """Whether it is signed with our secret, within the last five minutes."""
    if not may_be_genuine(headers, now=now):
        return False
    signature = headers.get(_SIGNATURE, "").encode("utf-8", "replace")
    base = f"v0:{headers[_STAMP]}:".encode() + body
    expected = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature)
