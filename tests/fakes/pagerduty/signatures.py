"""How PagerDuty signs what it sends: HMAC-SHA256 of the raw body, one signature a secret.

Source: developer.pagerduty.com, docs/webhooks/Signatures.
"""

from __future__ import annotations

import hashlib
import hmac

SIGNATURE = "X-PagerDuty-Signature"
NAME = "X-Webhook-Id"


def signature(body: bytes, *secrets: str) -> str:
    """`v1=…,v1=…`; several while a secret is being changed."""
    return ",".join(
        "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets
    )


def headers_of(body: bytes, *secrets: str, name: str = "01WEBHOOK") -> dict[str, str]:
    """All that PagerDuty sends with a body."""
    return {
        "Content-Type": "application/json",
        SIGNATURE: signature(body, *secrets),
        NAME: name,
        "X-Webhook-Subscription": "PSUBSCR",
    }
