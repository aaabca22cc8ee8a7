"""Is it Slack who posts? Checked on the raw bytes, before anything reads them.

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


def is_genuine(body: bytes, headers: Mapping[str, str], *, secret: str, now: datetime) -> bool:
    """Signed with our secret, within the last five minutes. Anything malformed is not."""
    stamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "").encode("utf-8", "replace")
    if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > len("1700000000000"):
        return False
    if abs(now.timestamp() - int(stamp)) > FRESH_S:
        return False
    base = f"v0:{stamp}:".encode() + body
    expected = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature)
