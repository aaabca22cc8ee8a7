"""Predicates on matches that read what stands around a value: its line, its command, its fields.

One rule often has to match several times in one line: the options of a command, the parameters of
a header. Then the rule's pattern is the option or the parameter, and what stands before it decides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.redaction.secret_values import (
    HOST,
    UUID,
    is_identifier,
    is_mixed,
    is_nothing,
    is_random,
    is_reference,
    is_unlike_words,
    is_word,
)
from core.redaction.shapes import (
    COINED,
    DRAWN,
    STRONG,
    is_chosen,
    is_hexadecimal,
    is_wordy,
    looks_made,
    shape_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# `Authorization: Digest username="…", response="…"`: parameters in any order, quoted or not (RFC
# 9110, section 11.4). Those of a challenge, and those that anyone may know, grant nothing.
_CREDENTIALS = re.compile(
    r"(?i)authorization\\{0,15}[\"']?\]?[ \t]{0,4}[:=][ \t]{0,4}\\{0,15}[\"']?"
    r"[a-z][a-z0-9-]{1,30}[ \t]{1,4}(?=[\w-]{1,40}=)"
)
_AUTH_PARAMETER = re.compile(
    r"(?P<name>[A-Za-z][\w-]{0,40})="
    r"(?:\\{0,15}\"(?P<q>[^\"\\\r\n]{0,2048})\\{0,15}\"|(?P<v>[^\s\"',;&\\]{1,2048}))"
    r"[,;&]?[ \t]{0,4}"
)
_PUBLIC_PARAMETER = re.compile(
    r"(?i)(?:user(?:name)?\*?|realm|nonce|uri|algorithm|qop|nc|opaque|userhash|stale|domain|scope|charset"
    r"|key_?id|headers|signedheaders|credential|created|expires|ts|timestamp|version|id|ext|app|dlg|method"
    r"|oauth_(?:consumer_key|nonce|timestamp|version|signature_method|callback)|client|error\w*)"
)


def parameters_in(line: str) -> Iterator[tuple[int, int]]:
    """The parameters of a request's credentials that prove who asks."""
    for header in _CREDENTIALS.finditer(line):
        at = header.end()
        while parameter := _AUTH_PARAMETER.match(line, at):
            group = "v" if parameter["q"] is None else "q"
            value = parameter[group]
            is_public = _PUBLIC_PARAMETER.fullmatch(parameter["name"]) is not None
            if value and not is_public and not is_nothing(value) and not is_word(value):
                yield parameter.span(group)
            at = parameter.end()


# `Set-Cookie: sid=…; Path=/`, `Cookie: lang=pl; sid=…` (RFC 6265): the values, not the attributes,
# nor what pages keep about language, looks and statistics.
_COOKIES = re.compile(r"(?i)cookie\\?[\"']?\]?[ \t]{0,4}[:=][ \t]{0,4}\\?[\"']?")
_COOKIE = re.compile(
    r"[ ]?(?P<name>[\w.%$-]{1,256})(?:=(?P<v>[^;\r\n\"']{0,4096}))?(?:;|$|(?=[\"']))"
)
_PUBLIC_COOKIE = re.compile(
    r"(?i)path|domain|expires|max-age|samesite|priority|version|comment|partitioned|_g[aci]\w{0,24}|_fbp"
    r"|_hj\w{1,24}|utm\w{0,12}|lang(?:uage)?|locale|theme|tz|timezone|currency|country|\w{0,24}consent\w{0,12}"
)
_SHORTEST_OF_A_COOKIE = 3  # characters


def cookies_in(line: str) -> Iterator[tuple[int, int]]:
    """The values of cookies that may stand for somebody who signed in."""
    for header in _COOKIES.finditer(line):
        at = header.end()
        while cookie := _COOKIE.match(line, at):
            value = (cookie["v"] or "").strip()
            is_public = _PUBLIC_COOKIE.fullmatch(cookie["name"]) is not None
            is_plain = is_nothing(value) or is_word(value) or len(value) < _SHORTEST_OF_A_COOKIE
            if value and not is_public and not is_plain:
                yield cookie.start("v"), cookie.start("v") + len(value)
            at = cookie.end()


_LINE_BEFORE = 400  # characters that are read of it
_OF_SNMP = re.compile(r"(?<![\w/-])(?i:snmp)[a-z]{3,12}[ \t][^;|]*\Z")
_SETS_KEY = re.compile(r"(?i)createuser|snmp|usm|authpriv|authnopriv|message-digest|rouser")


def _line_before(match: re.Match[str]) -> str:
    """What stands before the match on its line; the end of it where it is long."""
    begin = max(0, match.start() - _LINE_BEFORE)
    return match.string[begin : match.start()].rpartition("\n")[2]


def is_of_snmp(match: re.Match[str]) -> bool:
    """A community or a passphrase among the options of one of net-snmp's commands."""
    value = match["v"] or match["b"]
    return (
        not is_nothing(value)
        and value != "public"
        and _OF_SNMP.search(_line_before(match)) is not None
    )


def is_key_of_algorithm(match: re.Match[str]) -> bool:
    """What follows an algorithm where users of SNMP or neighbours of a router are set up."""
    if not _SETS_KEY.search(_line_before(match)):
        return False
    if match["v"] is not None:
        return not is_nothing(match["v"])
    value = match["b"]
    is_word = value.isalpha() and (value.islower() or value.isupper() or value.istitle())
    return not is_nothing(value) and not is_word


def is_hash_of_password(match: re.Match[str]) -> bool:
    """A salt or a count of rounds stands between the algorithm and the digest."""
    digest = re.split(r"[$.:]", match["v"])[-1]
    return "$" in match["v"] or (match["v"].count(".") > 1 and is_hexadecimal(digest.lower()))


def is_last_field(match: re.Match[str]) -> bool:
    """A password after a user's name and a host: made up, or words joined by signs."""
    value = match["v"]
    if is_identifier(value) or is_reference(value) or HOST.fullmatch(value):
        return False
    return is_chosen(value) or is_wordy(value) or is_unlike_words(match)


def is_inner_field(match: re.Match[str]) -> bool:
    """A password between a user's name and a host: no word, no number, no id."""
    value = match["v"]
    return not is_identifier(value) and (shape_of(value) >= COINED or is_wordy(value))


_LOOKS_UP = frozenset(
    {"idempotency", "surrogate", "cache", "partition", "dedup", "routing", "row", "sort"}
    | {"public", "request", "trace", "correlation", "batch", "grouping", "sharding", "ordering"}
)


def is_of_a_header(match: re.Match[str]) -> bool:
    """What a machine drew, under a name that grants access and looks nothing up."""
    if match["name"].lower().rstrip("-").rpartition("-")[2] in _LOOKS_UP:
        return False
    value = match["v"]
    return not is_nothing(value) and (
        shape_of(value) >= STRONG or is_hexadecimal(value) or is_random(value)
    )


_KEY_OF_ISSUE = re.compile(r"[A-Z]{2,10}-\d{1,7}")
_SHORTEST_ONCE = 8  # characters


def is_once(match: re.Match[str]) -> bool:
    """A ticket or a code that lets in once: no number, no issue, no name of an error."""
    value = match["v"]
    if len(value) < _SHORTEST_ONCE or value.isdecimal() or _KEY_OF_ISSUE.fullmatch(value):
        return False
    return is_chosen(value) or is_hexadecimal(value)


_SHORTEST_POSTED, _SHORTEST_SHARED = 10, 16  # characters


def is_address_of_a_post(match: re.Match[str]) -> bool:
    """The part of an address that a machine drew; a short one where it takes what is posted."""
    value = match["v"]
    if is_nothing(value) or len(value) < _SHORTEST_POSTED:
        return False
    if match["posts"] and is_mixed(value) and shape_of(value) >= STRONG:
        return True
    if UUID.fullmatch(value):
        return bool(match["posts"])
    is_drawn_one = shape_of(value) == DRAWN or is_hexadecimal(value)
    return is_drawn_one and len(value) >= _SHORTEST_SHARED


def is_path_of_a_post(match: re.Match[str]) -> bool:
    """The rest of such a path where a machine drew a part of it."""
    parts = (part for part in re.split(r"[/@]", match["v"]) if len(part) >= _SHORTEST_SHARED)
    return any(
        bool(match["posts"])
        if UUID.fullmatch(part)
        else is_hexadecimal(part) or shape_of(part) == DRAWN or is_random(part)
        for part in parts
    )


_NOT_AN_OPERAND = ("-", "/", "(", "<", ">", "|", "&")


def is_operand(match: re.Match[str]) -> bool:
    """What a command takes as a password: anything but options, files and what is substituted."""
    value = match["v"] or match["b"]
    return not is_nothing(value) and not value.startswith(_NOT_AN_OPERAND)


def is_piped(match: re.Match[str]) -> bool:
    """A literal that a command reads as a password."""
    value = match["v"] or match["q"] or match["b"]
    return not is_nothing(value) and not value.startswith("$")


_OF_A_CHANGE = re.compile(r"(?i)rotat|password|passwd|secret|creds")
_NEAR_A_CHANGE = 80  # characters


def is_changed_value(match: re.Match[str]) -> bool:
    """An old or a new value, on a line that says of a secret that it changed."""
    before = _line_before(match)[-_NEAR_A_CHANGE:]
    return _OF_A_CHANGE.search(before) is not None and looks_made(match["v"])


_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)|«card-")


def is_beside_card(match: re.Match[str]) -> bool:
    """A number on a line with that of a card; without one the same words name other numbers."""
    begin = match.string.rfind("\n", 0, match.start()) + 1
    end = match.string.find("\n", match.end())
    line = match.string[max(begin, match.start() - _LINE_BEFORE) : match.start()]
    after = match.string[match.end() : match.end() + _LINE_BEFORE if end < 0 else end]
    return _CARD.search(line) is not None or _CARD.search(after[:_LINE_BEFORE]) is not None
