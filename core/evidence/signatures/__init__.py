"""Failure signatures: how software tells that it fails, as data, and the reader of it."""

from core.evidence.signatures.catalogue import (
    CHANGE,
    LogPattern,
    Role,
    Signature,
    literals,
    match,
    prefilter,
    signals,
    signatures,
)

__all__ = [
    "CHANGE",
    "LogPattern",
    "Role",
    "Signature",
    "literals",
    "match",
    "prefilter",
    "signals",
    "signatures",
]
