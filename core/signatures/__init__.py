"""Failure signatures: how software tells that it fails, as data, and the reader of it."""

from core.signatures.catalogue import literals, match, prefilter, signals, signatures
from core.signatures.model import CHANGE, Role, Signal, Signature

__all__ = [
    "CHANGE",
    "Role",
    "Signal",
    "Signature",
    "literals",
    "match",
    "prefilter",
    "signals",
    "signatures",
]
