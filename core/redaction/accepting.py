"""When is what a pattern matched a value that must not be shown? By its looks."""

from __future__ import annotations

import base64
import binascii
import re

from core.redaction.values import (
    has_kinds,
    is_basic,
    is_nothing,
    is_random,
    is_reference,
    is_word,
    turns,
)

_MIXED, _LONG = 6, 20  # characters of a word with digits, of a token
_TURNS, _ENOUGH = 0.4, 8  # a character, characters: `iPaPMixC`, unlike `PaymentService`
_NUMBERED = re.compile(
    r"(?i)[a-z]{1,20}[-_ #]?\d{1,4}|\d{1,6}(?:\.\d{1,3})?[a-z%]{1,7}[,.]?|0x[0-9a-f]+"
)
SPECIAL = re.compile(r"[!#%*^~$?&+]")


def is_something(match: re.Match[str]) -> bool:
    """No mask, no word of a sentence, no name in code."""
    value = match["v"]
    return not is_nothing(value) and not is_word(value) and not is_reference(value)


def is_credential(match: re.Match[str]) -> bool:
    """A token has digits or is long; the word after "bearer" in a sentence is neither."""
    value = match["v"].rstrip("=.,;:")
    if is_nothing(value) or is_reference(value):
        return False
    return any(map(str.isdigit, value)) or len(value) >= _LONG or is_basic(match["v"])


def is_unlike_words(match: re.Match[str]) -> bool:
    """In a sentence, what no word, count or path looks like."""
    value = match["v"]
    if len(value) < _MIXED or not is_made_up(value) or "/" in value:
        return False
    return is_something(match) and not is_numbered(value)


def is_made_up(value: str) -> bool:
    """Letters with digits, or with capitals where no word has them."""
    return has_kinds(value) or (len(value) >= _ENOUGH and turns(value) > _TURNS * len(value))


def is_numbered(value: str) -> bool:
    """A count, a size, a name with a number: `web-12`, `30s`, `2.5%`."""
    return _NUMBERED.fullmatch(value) is not None and turns(value) <= _FEW


_FEW = 2  # changes of case: `Worker-7`


def is_argument(match: re.Match[str]) -> bool:
    """Of a command: no option, no path, nothing that a shell puts in."""
    return not is_nothing(match["v"]) and not match["v"].startswith(("-", "/", ".", "("))


def is_made_up_argument(match: re.Match[str]) -> bool:
    """Where the option alone may mean a port, a path or a name."""
    value = match["v"]
    made_up = is_made_up(value) or SPECIAL.search(value) is not None
    return is_argument(match) and made_up and ":" not in value


def is_password_part(match: re.Match[str]) -> bool:
    """Of a URL: not a variable or a mask; `host:8080@` has a number there."""
    return not is_nothing(match["v"])


def is_signed(match: re.Match[str]) -> bool:
    """The signature of a URL, or a key in one."""
    return len(match["v"]) >= _MIXED and is_something(match) and has_kinds(match["v"])


def is_login(match: re.Match[str]) -> bool:
    """user:password, neither of them to be put in first."""
    login = match["v"].strip("\"'")
    return not is_nothing(login) and not is_nothing(login.partition(":")[2])


def holds_secrets(match: re.Match[str]) -> bool:
    """Base64 of a document with a name for one in it, or of a private key."""
    value = match["v"].rstrip("=")[:_READ]
    try:
        told = base64.b64decode(value[: len(value) // 4 * 4], validate=True)
    except binascii.Error:
        return False
    return _TELLING.search(told) is not None


_READ = 4000  # characters, a multiple of 4
_TELLING = re.compile(
    rb'(?i)PRIVATE KEY|"[\w.-]{0,40}(?:pass|passw\w{2,6}|secret|token|auths?|private_?key)"'
)


def is_drawn(match: re.Match[str]) -> bool:
    """By a machine, and no name in code."""
    return is_random(match["v"]) and not is_reference(match["v"])
