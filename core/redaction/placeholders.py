"""What stands in a text where a value was: a name that the same value always gets in its case."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

# 50 bits. Names must not depend on which others there are already, or two workers would give one
# value two names. So all are long enough: among 100,000 values of a case, two share a name with a
# chance of 1 in 200,000 (of 6 characters, four pairs would). Should they, two values read as one.
_LENGTH = 10
PLACEHOLDER = re.compile(r"«[a-z]+-[a-z2-7]{6,}»")


def placeholder(kind: str, value: str, *, key: bytes) -> str:
    """`«email-k3f9q2mzt4»`. Keyed: without the case's key no value can be tried against it."""
    digest = hmac.digest(key, f"{kind}:{value}".encode(errors="surrogatepass"), hashlib.sha256)
    return f"«{kind}-{base64.b32encode(digest[:_LENGTH])[:_LENGTH].decode().lower()}»"
