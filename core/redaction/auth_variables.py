"""Variables whose names end in AUTH: a password to hand over, or the mode of an authentication.

A client reads its password from `REDISCLI_AUTH`, one that a person chose as well as a drawn one. In
names of fields the same word says by which method somebody logs in.
"""

from __future__ import annotations

import re

from core.redaction.secret_values import (
    has_kinds,
    is_basic,
    is_identifier,
    is_nothing,
    is_random,
)
from core.redaction.words import WORDS

_VARIABLE = re.compile(r"(?:[A-Z][A-Z0-9]{0,40}_){1,6}AUTH[\\\"'`]{0,16}\]?\Z")
_CLIENTS = ("REDISCLI_AUTH", "VALKEYCLI_AUTH")  # whose manuals say that it is a password
_MODES = frozenset(WORDS["modes"]["words"])
_WORD = re.compile(r"[a-z]+")
_SHORTEST = 6  # characters


def is_auth_variable(name: str) -> bool:
    """Whether a variable of this name may hold a password, as `PROXY_AUTH` may."""
    return _VARIABLE.search(name) is not None


def is_handed_over(name: str, value: str) -> bool:
    """Whether it is a password: neither a mode, `scram-sha-256`, nor a name or an address."""
    if is_nothing(value):
        return False
    if name.startswith(_CLIENTS):
        return True
    if _is_mode(value) or is_identifier(value):
        return False
    is_one_word = not any(sign in value for sign in ":/., ")
    return (
        is_basic(value)
        or is_random(value)
        or (is_one_word and len(value) >= _SHORTEST and has_kinds(value))
    )


def is_value_of_auth(match: re.Match[str]) -> bool:
    """The same of a match that has the name and the value."""
    return is_handed_over(match["name"], match["v"])


def _is_mode(value: str) -> bool:
    """Words for a mode, and numbers."""
    return _MODES.issuperset(_WORD.findall(value.lower()))
