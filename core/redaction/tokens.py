"""Rules that are data: tokens with a documented form, and secrets given away by their contexts.

Prefixes and patterns of tokens are in `tokens.toml`, contexts in `contexts.toml`; here is what
looks at a match more closely than a pattern can. A token ends where no character of its alphabet
follows.
"""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from core.redaction.rules import Accepts, RedactionRule, always, anchored, searching
from core.redaction.secret_values import (
    SPECIAL,
    has_kinds,
    holds_secrets,
    is_argument,
    is_credential,
    is_drawn,
    is_identifier,
    is_made_up,
    is_made_up_argument,
    is_mixed,
    is_nothing,
    is_numbered,
    is_passphrase,
    is_random,
    is_something,
    is_word,
    turns,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = Path(__file__).with_name("tokens.toml")
_CONTEXTS = Path(__file__).with_name("contexts.toml")
_NOT_INSIDE = r"(?<![A-Za-z0-9+])"
_NOT_CONTINUED = r"(?![A-Za-z0-9])"
_FEWEST_CHARACTERS = 7  # different characters
_MOST_CASE_CHANGES = 0.35  # changes of case per character: words in camel case have fewer
_WRAPPED_LINES = {64, 76}  # characters in a line of wrapped base64: RFC 7468, RFC 2045
_RESPONSE = re.compile(
    r"(?i)(?:response|mac|oauth_\w{2,40}|signature|token|key|password|id|auth|secret|cnonce|data)="
)
_HOST = re.compile(r"(?i)(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?::\d{1,5})?")
_CAPITALISED = re.compile(r"[A-Z][a-z]{2,20}[#@!._]?\d{2,4}")  # `Spring2022`, unlike `web-12`
_PUBLIC_COMMUNITIES = {"public", "community"}
_SHORTEST_ENCODED = 6  # characters
_TEXT_OR_NUL = {0, 1, 9, 10, 13, *range(32, 127), *range(128, 256)}
# Base64 of public keys, certificates, pictures, archives, WebAssembly.
_FILES_AND_KEYS = (
    *("AAAA", "MII", "iVBORw0KGgo", "/9j/", "R0lGOD", "UEsDB", "H4sI", "AGFzbQ", "JVBERi"),
    *("LS0tLS1CRUdJTiBD", "LS0tLS1CRUdJTiBQVUJM", "PHN2Zy", "UklGR", "KLUv", "Qlpo", "d09G"),
)
_PUBLIC_PREFIXES = ("sha256:", "sha256-", "sha384-", "sha512-", "sha1-", "md5:", "base64,")


def _check_variety(start: int) -> Accepts:
    """A predicate that refuses words that begin like a token, and repetitive examples.

    start: the length of the prefix, in characters.
    """

    def accepts(match: re.Match[str]) -> bool:
        value = match["v"]
        tail = value[start:]
        if len(set(value)) <= _FEWEST_CHARACTERS:
            return False
        return any(map(str.isdigit, tail)) or turns(tail) > _MOST_CASE_CHANGES * len(tail)

    return accepts


def _has_random_tail(match: re.Match[str]) -> bool:
    """The part after the last separator is random, and not an id or a digest."""
    tail = re.split(r"[_-]", match["v"])[-1]
    return is_random(tail) and not is_identifier(tail)


def _has_mixed_tail(match: re.Match[str]) -> bool:
    return has_kinds(match["v"]) and is_mixed(match["v"])


def _is_unnamed_token(match: re.Match[str]) -> bool:
    """Mixed digits and letters of both cases, but no public key and no line of wrapped base64."""
    value, before = match["v"], match.string[max(0, match.start() - 12) : match.start()].lower()
    if value.startswith(_FILES_AND_KEYS) or before.endswith(_PUBLIC_PREFIXES):
        return False
    if len(value) in _WRAPPED_LINES and _is_whole_line(match):  # of a certificate or a public key
        return False
    return is_mixed(value) and is_random(value) and turns(value) > len(value) // 4


def _is_whole_line(match: re.Match[str]) -> bool:
    """The match is a line by itself."""
    text, start, end = match.string, match.start(), match.end()
    return text[start - 1 : start] in {"", "\n"} and text[end : end + 1] in {"", "\n", "\r"}


def _holds_response(match: re.Match[str]) -> bool:
    """Parameters of who asks; a challenge, which asks for them, grants nothing."""
    return _RESPONSE.search(match["v"]) is not None


def _is_setting(match: re.Match[str]) -> bool:
    """All that stands behind the name of a setting; a made-up word where more follows it."""
    value, text = match["v"], match.string
    if not is_something(match) or value in _PUBLIC_COMMUNITIES:
        return False
    begins = text.rfind("\n", 0, match.start()) + 1
    ends = text.find("\n", match.end())
    rest = text[match.end() : ends if ends >= 0 else len(text)].strip(" \t\r\"';")
    starts_line = not text[begins : match.start()].strip(" \t-")
    is_community = match["name"].lower().endswith("community")
    if starts_line and (is_community or not rest or rest.startswith("#")):
        return True
    return is_made_up(value) or SPECIAL.search(value) is not None


def _is_encoded(match: re.Match[str]) -> bool:
    """No word and no short count: `key 5 of 10`."""
    value = match["v"]
    if not is_something(match):
        return False
    return len(value) >= _SHORTEST_ENCODED and (has_kinds(value) or value.isdecimal())


def _is_response(match: re.Match[str]) -> bool:
    """Base64 of text, where NULs may part a name from its password."""
    try:
        decoded = base64.b64decode(match["v"], validate=True)
    except binascii.Error:
        return False
    return bool(decoded) and all(byte in _TEXT_OR_NUL for byte in decoded[:64])


def _is_made_up_or_signed(match: re.Match[str]) -> bool:
    """A value of letters with digits or with signs, that no count, name or address looks like."""
    value = match["v"].rstrip(".,;!?)")
    if not is_something(match) or (_HOST.fullmatch(value) and not is_mixed(value)):
        return False
    if is_numbered(value) and not _CAPITALISED.fullmatch(value):
        return False
    return is_made_up(value) or SPECIAL.search(value) is not None


def _is_password_like(match: re.Match[str]) -> bool:
    """The same, or words joined by signs."""
    if _is_made_up_or_signed(match):
        return True
    return is_passphrase(match["v"]) and not is_nothing(match["v"])


def _is_stated_value(match: re.Match[str]) -> bool:
    """A value before `is the password`: `This is the password` states none."""
    value = match["q"] or match["b"]
    return not is_nothing(value) and (is_made_up(value) or SPECIAL.search(value) is not None)


def _is_new_value(match: re.Match[str]) -> bool:
    """Neither a name nor a place that a password is moved between."""
    value = match["v"].rstrip(".,;!?)")
    if is_nothing(value) or is_word(value) or (_HOST.fullmatch(value) and has_kinds(value)):
        return False
    has_signs = any(sign in value[1:-1] for sign in "._-")
    return is_made_up(value) or has_signs or SPECIAL.search(value) is not None


def _is_machine_made(match: re.Match[str]) -> bool:
    """Random letters of both cases and digits: no path, no version, no host, no option's name."""
    value = match["v"]
    if "/" in value[:2] or value.startswith(("SHA256", "./", "..")) or _HOST.fullmatch(value):
        return False
    return (
        is_mixed(value) and is_random(value) and is_drawn(match) and turns(value) > len(value) // 4
    )


def _is_strong_password(match: re.Match[str]) -> bool:
    """Digits with letters of both cases, or with a sign: what registration forms ask for."""
    value = match["v"]
    is_strong = is_mixed(value) or (has_kinds(value) and SPECIAL.search(value) is not None)
    return is_strong and is_something(match) and not is_numbered(value)


def _is_inner_password(match: re.Match[str]) -> bool:
    """No port, path or query of an address in which a mailbox follows."""
    value = match["v"]
    head = re.split(r"[/?#]", value, maxsplit=1)[0]
    return not is_nothing(value) and not (head.isdecimal() and head != value)


_ACCEPTS: dict[str, Accepts] = {
    "": always,
    "holds_response": _holds_response,
    "is_credential": is_credential,
    "is_drawn": is_drawn,
    "is_encoded": _is_encoded,
    "is_inner_password": _is_inner_password,
    "is_machine_made": _is_machine_made,
    "is_made_up_argument": is_made_up_argument,
    "is_made_up_or_signed": _is_made_up_or_signed,
    "is_argument": is_argument,
    "is_new_value": _is_new_value,
    "is_password_like": _is_password_like,
    "is_stated_value": _is_stated_value,
    "is_pin": is_something,
    "is_response": _is_response,
    "is_setting": _is_setting,
    "is_something": is_something,
    "is_strong_password": _is_strong_password,
    "is_unmasked": lambda match: not is_nothing(match["v"].strip()),
    "has_kinds": lambda match: has_kinds(match["v"]),
    "has_kinds_in_tail": lambda match: has_kinds(match["v"].split("_", 2)[2]),
    "has_mixed_tail": _has_mixed_tail,
    "has_random_tail": _has_random_tail,
    "holds_secrets": holds_secrets,
    "is_mixed": lambda match: is_mixed(match["v"]),
    "is_unnamed_token": _is_unnamed_token,
}


def _read_rules() -> Iterator[RedactionRule]:
    """The rules of the data files, in their order."""
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    # One screen for all prefixes, so that lines are searched for all of them at once.
    every = [prefix for entry in data["prefixed"] for prefix in entry["prefixes"]]
    screen = rf"(?:{'|'.join(every).replace('.', '[.]')})[A-Za-z0-9_.-]"
    for entry in data["prefixed"]:
        yield _prefix_rule(entry["prefixes"], entry["tail"], screen)
    contexts = tomllib.loads(_CONTEXTS.read_text(encoding="utf-8"))
    for entry in [*data["patterned"], *contexts["patterned"]]:
        make = anchored if entry.get("anchored") else searching
        hints, accepts = "|".join(entry["hints"]), _ACCEPTS[entry.get("accepts", "")]
        yield make(hints, entry["pattern"], accepts, screen=entry.get("screen", ""))


def _prefix_rule(prefixes: list[str], tail: str, screen: str) -> RedactionRule:
    alternatives = "|".join(map(re.escape, prefixes))
    return anchored(
        "|".join(prefixes).lower(),
        rf"{_NOT_INSIDE}(?P<v>(?:{alternatives}){tail}){_NOT_CONTINUED}",
        _check_variety(len(prefixes[0])),
        screen=screen,
    )


RULES = tuple(_read_rules())
