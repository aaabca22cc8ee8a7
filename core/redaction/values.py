"""Does a value look like a secret, like a reference to one, or like something else?"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from itertools import pairwise

# What stands where a value would, and is none.
_NO_VALUE = re.compile(
    r"(?i)(?:true|false|null|none|nil|undefined|empty|unset|unknown|yes|no|on|off|redacted|hidden"
    r"|masked|removed|filtered|n/a|na|void|default|required|optional|string|str"
    r"|int|bytes|bool|object"
    r"|secretstr|include|same-origin|omit|enabled|disabled|sensitive|prompt"
    r"|inherit|[*•·.]{3,}.{0,4}|[x-]{3,}|-+|<.*|\[.*|\$(?:\d{1,2}(?!\w).*|[@*?!#]|[A-Za-z_]\w{0,60}(?:(?:->|::|\.|\[|\().*)?|[{(\[].*|)|\{\{.*|\{[\w.:-]*\}?|%[(s{d].*|%\w+%"
    r"|«.*|\\[nrt].*|@[\w./-]+@?|@[A-Z][\w.]*\(.*|arn:.*|(?:ref\+|op:/|vault:"
    r"|ssm:|secretsmanager:|keyvault:).*|&.*|#.*|\.{2,}.*|!(?:vault|ref|sub|getatt).*)"
)
_WORDS = re.compile(
    r"(?i)(?:is|was|are|has|had|not|cannot|can|must|should|will|expired|expires|invalid|incorrect"
    r"|wrong|missing|required|rejected|accepted|failed|fail|fails|failure|mismatch|unknown|error"
    r"|errors|denied|changed|refreshed|refresh|revoked|rotated|authentication|authorization"
    r"|verification|validation|request|response|unexpected|could|the|a|an|for|and|or|to|of|in|on|at"
    r"|by|with|from|all|any|every|this|that|your|my|our|no|new|old|ok|okay"
    r"|success|successful|successfully|found|reset|updated|created"
    r"|deleted|loaded|loading|please|bearer|basic|digest|read|eof|timeout|while|when|if)"
)
# `os.environ`, `request.token`, `Values.db.password`, `self._key`: names, in code.
_REFERENCE = re.compile(
    r"(?:[A-Za-z_$][A-Za-z_$]{0,40})(?:\.[A-Za-z_$][A-Za-z_$0-9]{0,60}){1,6}\.?"
)
# java.lang.Object.toString
_OBJECT = re.compile(r"(?:[A-Za-z_$][\w$]{0,60}\.){1,8}[\w$]{1,80}@[0-9a-f]{1,8}")
# `DB_PASSWORD`, `YOUR_TOKEN_HERE`: a variable, or what is to be put in its place.
_CONSTANT = re.compile(
    r"[A-Z]{2,40}(?:_[A-Z]{1,40}){1,8}"
    r"|(?:Get|Read|New|Import|Convert(?:To|From))-[A-Z][A-Za-z]{2,40}"
    r"|(?i:your[-_ ].{1,60}|.{0,40}example|changeme)"
)
_PATH = re.compile(r"(?:~|\.{1,2})?/(?:[\w.@-]{1,64}/){1,12}[\w.@-]{0,64}|[A-Za-z]:\\.{1,200}")
UUID = re.compile(r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_HEX = re.compile(r"(?i)(?:0x)?[0-9a-f]{7,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_PRINTABLE = re.compile(rb"[\x20-\x7e]{3,}")


def is_nothing(value: str) -> bool:
    """A mask, a variable, a placeholder, a word for "no value"."""
    return _NO_VALUE.fullmatch(value) is not None


def is_word(value: str) -> bool:
    """The next word of a sentence."""
    return _WORDS.fullmatch(value.rstrip(".:,;!")) is not None


def is_reference(value: str) -> bool:
    """A name in code or the path of a file, where the value can be found."""
    if _OBJECT.fullmatch(value):
        return True
    if _REFERENCE.fullmatch(value):
        return not any(map(is_random, value.split(".")))
    return bool(_PATH.fullmatch(value) or _CONSTANT.fullmatch(value))


def is_identifier(value: str) -> bool:
    """A UUID or bare hexadecimal digits: what ids and digests look like."""
    return bool(UUID.fullmatch(value) or _HEX.fullmatch(value))


def has_letters(value: str) -> bool:
    """At least one."""
    return any(map(str.isalpha, value))


def has_kinds(value: str) -> bool:
    """Letters and digits both."""
    return any(map(str.isalpha, value)) and any(map(str.isdigit, value))


def entropy(value: str) -> float:
    """Bits a character, by how often each occurs (Shannon); 0 for an empty value."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


_DENSE, _SHORTEST, _ENOUGH = 3.0, 12, 200  # bits a character; characters


def is_random(value: str) -> bool:
    """Drawn by a machine: letters and digits mixed, few of them twice."""
    value = value[:_ENOUGH]
    if len(value) < _SHORTEST or not has_kinds(value):
        return False
    return entropy(value) >= min(_DENSE, 0.8 * math.log2(len(value)))


def turns(text: str) -> int:
    """How often the case changes; letters drawn at random do it at every other one."""
    return sum(a.isupper() != b.isupper() for a, b in pairwise(text))


def is_mixed(value: str) -> bool:
    """Upper and lower case letters and digits, as in base64 and unlike in words or digests."""
    return (
        any(map(str.isupper, value))
        and any(map(str.islower, value))
        and any(map(str.isdigit, value))
    )


def is_basic(value: str) -> bool:
    """Base64 of `user:password` (RFC 7617)."""
    if not _BASE64.fullmatch(value):
        return False
    plain = value.translate(_STANDARD).rstrip("=")
    try:
        told = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in told and _PRINTABLE.fullmatch(told) is not None


_STANDARD = str.maketrans("-_", "+/")
