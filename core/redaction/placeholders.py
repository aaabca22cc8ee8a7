"""Placeholders: the keyed names that stand in a text for redacted values."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

# Characters of base32: 50 bits. A name must not depend on the names already given, or two workers
# would give one value two names, so every name is long enough: among 100,000 values of a case two
# share a name with a probability of 1 in 200,000 (with 6 characters, four pairs would). Two values
# that share a name read as one.
_LENGTH = 10
PLACEHOLDER = re.compile(r"«[a-z]+-[a-z2-7]{6,}»")


def placeholder(kind: str, value: str, *, key: bytes) -> str:
    """The placeholder for a value of this kind, such as `«email-k3f9q2mzt4»`.

    key: the case's own, so that one value always gets one placeholder in a case, and nobody without
    the key can test a guessed value against it.
    """
    digest = hmac.digest(key, f"{kind}:{value}".encode(errors="surrogatepass"), hashlib.sha256)
    return f"«{kind}-{base64.b32encode(digest[:_LENGTH])[:_LENGTH].decode().lower()}»"
