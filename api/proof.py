"""Proof that a server has the token of a data directory, without the token on the wire.

A server that was killed leaves its address behind, and anything may listen there since.
"""

from __future__ import annotations

import hashlib
import hmac

PROOF_PATH = "/api/v1/operator/proof"
LONGEST_CHALLENGE = 128  # characters
_PURPOSE = "faultmaven:endpoint:"


def proof_of(token: str, challenge: str) -> str:
    """What only somebody with the token can answer to a challenge that nobody has seen before."""
    message = (_PURPOSE + challenge).encode("utf-8", "surrogatepass")
    return hmac.new(token.encode(), message, hashlib.sha256).hexdigest()
