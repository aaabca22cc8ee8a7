"""What stands in a text where a value was: a name that the same value always gets in its case."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

_LENGTH = 6  # 30 bits: enough to tell the values of one case apart, too few to guess a value from
PLACEHOLDER = re.compile(r"«[a-z]+-[a-z2-7]{6,}»")


def placeholder(kind: str, value: str, *, key: bytes) -> str:
    """`«email-k3f9q2»`. Keyed: without the case's key a value cannot be tried against its name."""
    digest = hmac.digest(key, f"{kind}:{value}".encode(errors="surrogatepass"), hashlib.sha256)
    return f"«{kind}-{base64.b32encode(digest)[:_LENGTH].decode().lower()}»"
