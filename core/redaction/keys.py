"""The key that names placeholders: one per case, derived from the installation's secret."""

from __future__ import annotations

import hashlib
import hmac


def case_key(secret: bytes, case_id: str) -> bytes:
    """32 bytes: the same value gets the same placeholder in every worker and after a restart."""
    return hmac.digest(secret, b"placeholders:" + case_id.encode(), hashlib.sha256)
