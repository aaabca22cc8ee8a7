"""Predicates on values that stand beside what they belong to: a hash, a user, a broker's module."""

from __future__ import annotations

import re

from core.redaction.secret_values import SPECIAL, has_kinds, is_mixed, is_nothing
from core.redaction.shapes import is_chosen

_SIGNS = frozenset("!^~*#$%&?@+")  # no brackets: code divides, `size / len(rows).max()`
_FEWEST_SIGNS = 2  # different ones
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{8,}")
_FILE = re.compile(r"[\w.-]+\.[a-z]{1,5}")  # `digest:app.js`
_PLAIN_WORDS = re.compile(r"(?!.{0,60} (?:if|else|or|and|for) )[\w'!?-]+(?: [\w'!?.-]+)+")
_OWN_LINE = re.compile(r"\s*\Z")


def is_cracked(match: re.Match[str]) -> bool:
    """A password after its hash: no file, no count, no other hash or id."""
    value = match["v"].partition(":")[2]
    if value.isdecimal() or _HEXADECIMAL.fullmatch(value) or _FILE.fullmatch(value):
        return False
    return is_chosen(value) or has_kinds(value) or SPECIAL.search(value) is not None


def is_full_of_signs(match: re.Match[str]) -> bool:
    """Letters of both cases or digits, and two signs or more that no path or address has."""
    value = match["v"].rstrip(".,;")
    if is_nothing(value) or "://" in value or len(_SIGNS.intersection(value)) < _FEWEST_SIGNS:
        return False
    return is_mixed(value) or has_kinds(value)


def is_of_login_module(match: re.Match[str]) -> bool:
    """A setting of JAAS, after the name of a module or on a line of its own."""
    if is_nothing(match["v"]):
        return False
    before = match.string[max(0, match.start() - 2000) : match.start()].rpartition("\n")[2]
    return "LoginModule" in before or _OWN_LINE.match(before) is not None


def is_network_key(match: re.Match[str]) -> bool:
    """The passphrase of a network: several words, or one argument; no code."""
    if match["v"] is None:
        return not is_nothing(match["b"]) and not match["b"].startswith("$")
    return _PLAIN_WORDS.fullmatch(match["v"]) is not None
