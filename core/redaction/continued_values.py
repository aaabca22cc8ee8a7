r"""Secrets that a backslash continues on the next line, and those in the dumps of bytes.

`secret=abc\` of property lists, shells and Dockerfiles: what follows belongs to the value. A dump
(`hexdump -C`, `xxd`, `tcpdump -X`, `od -tx1z`) shows bytes in hexadecimal and beside them as text.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from core.redaction.announcements import announcements
from core.redaction.assignments import is_secret_under
from core.redaction.secret_values import is_nothing
from core.redaction.shapes import NUMBERED, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Span = tuple[int, int, int]  # a line from 0, and where the value begins and ends

MOST_LINES = 64  # that are read of a value or of a dump below a name
_CONTINUED = re.compile(
    r"(?:.{0,200}?[\s\"'{(,.;])?(?P<name>[A-Za-z_][\w.-]{0,80})[\"']?[ \t]{0,8}[=:][ \t]{0,8}"
    r"(?P<quote>[\"']?)(?P<v>[^\s\\\"']{1,400})(?:(?P=quote))?\\"
)
_NEXT_PART = re.compile(r"\s*[\"']?(?P<v>[^\s\"'\\]{1,400})[\"']?(?P<more>\\?)(?:\s.*)?")
_DUMP = re.compile(
    r"\s{0,16}(?:0x)?[0-9a-fA-F]{4,16}:?[ \t]{1,4}(?P<hex>(?:[0-9a-fA-F]{2}){1,4}(?:[ ]{1,2}"
    r"(?:[0-9a-fA-F]{2}){1,4}){0,31})"
    r"(?:[ \t]{1,60}[|>]?(?P<text>[^\n]{1,32}?)[|<]?)?\s*"
)
_BYTE = re.compile(r"[0-9a-fA-F]{2}")
_PRINTABLE = re.compile(rb"[\x21-\x7e]{3,256}")
_NAME = re.compile(r"[\w.\[\]-]{0,24}[A-Za-z]{3}[\w.\[\]-]{0,24}[:=]?")
_BEFORE_USERS = {"auth", "login", "logon", "authenticate", "session"}  # a name comes first
_FARTHEST = 96  # bytes between a name and its value
_FIELD = re.compile(
    rb"(?i)(?:(?<![a-z])(?:pw|psk|pin|clave|senha|parola|heslo|has[lo])|pass(?:w(?:or)?d|phrase|code|wort)?|pwd|secret"
    rb"|kennwort|token|api_?key|auth_?key|credentials?)[\w.\[\]-]{0,12}\"?[=:][ ]?\"?"
    rb"(?P<v>[^&\s\x00\";,]{3,128})"
)
SCREEN = (  # of such lines, in polars
    r"(?i-u:pass|pwd|secret|token|key|psk|cred)[^\n]*[=:][^\n]*[^\s]\\[\r]?$"
    r"|^[ \t]*(?:0x)?[0-9a-fA-F]{4}[0-9a-fA-F]*:?[ \t]+(?:[0-9a-fA-F][0-9a-fA-F])+ [^\n]*"
    r"(?i-u:pa?ss?|pwd?|secr|tok|key|wd|word|kenn|hesl|clav|senh|parol)"
    r"|^[ \t]*(?:0x)?[0-9a-fA-F][0-9a-fA-F]*00:?[ \t]+(?:[0-9a-fA-F][0-9a-fA-F])+ "
)
# A name may begin on one line and end on the next: from such offsets on, dumps are read whatever
# their lines hold.
_BEGINS_DUMP = re.compile(
    r"\A\s{0,16}(?:0x)?[0-9a-fA-F]{1,13}(?:00|000|0000):?[ \t]{1,4}[0-9a-fA-F]{2}"
)
_OPENS = re.compile(r"\\\r?\Z|\A\s{0,16}(?:0x)?[0-9a-fA-F]{4,16}:?[ \t]{1,4}[0-9a-fA-F]{2}")
_DUMPED = re.compile(r"(?i)pa?ss?|pwd?|secr|tok|key|wd|word|kenn|hesl|clav|senh|parol")


def opens_value(line: str) -> bool:
    """Whether a value may go on below the line, which assigns it or is part of a dump."""
    if not _OPENS.search(line):
        return False
    if _named(line) is not None:
        return True
    may_name = _DUMPED.search(line) is not None or _BEGINS_DUMP.match(line) is not None
    return may_name and _is_dump(line)


def spans_of_value(heading: str, lines: Sequence[str]) -> Iterator[Span]:
    """Where the value, or parts of it, stand; line 0 is the heading, those below it follow."""
    if not _OPENS.search(heading):
        return
    if _named(heading):
        yield from _parts(lines)
    elif _is_dump(heading):
        yield from _dumped([heading, *lines])


def _named(line: str) -> re.Match[str] | None:
    match = _CONTINUED.fullmatch(line.rstrip("\r"))
    is_secret = match is not None and is_secret_under(match["name"], match["v"] * 4, is_quoted=True)
    return match if is_secret and match and not is_nothing(match["v"]) else None


def _parts(lines: Sequence[str]) -> Iterator[Span]:
    for at, line in enumerate(lines, 1):
        part = _NEXT_PART.fullmatch(line.rstrip("\r"))
        if part is None:
            return
        yield at, *part.span("v")
        if not part["more"]:
            return


def _is_dump(line: str) -> bool:
    match = _DUMP.fullmatch(line)
    return match is not None and len(_BYTE.findall(match["hex"])) > 1


class _Dump:
    """The bytes of some lines, and where each stands: in hexadecimal and as text."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.raw = bytearray()
        self._places: list[list[Span]] = []
        for at, line in enumerate(lines):
            match = _DUMP.fullmatch(line)
            if match is None:
                break
            self._read(at, line, match)

    def _read(self, at: int, line: str, match: re.Match[str]) -> None:
        pairs = list(_BYTE.finditer(line, *match.span("hex")))
        text = match.start("text") if match["text"] and len(match["text"]) >= len(pairs) else -1
        for number, pair in enumerate(pairs):
            self.raw.append(int(pair[0], 16))
            places = [(at, *pair.span())]
            if text >= 0:
                places.append((at, text + number, text + number + 1))
            self._places.append(places)

    def spans(self, start: int, end: int) -> Iterator[Span]:
        """Of these bytes; what stands side by side on a line is one."""
        flat = sorted(place for places in self._places[start:end] for place in places)
        open_span: Span | None = None
        for at, begin, stop in flat:
            if open_span and open_span[0] == at and begin - open_span[2] <= 2:  # noqa: PLR2004 - blanks
                open_span = (at, open_span[1], stop)
                continue
            if open_span:
                yield open_span
            open_span = (at, begin, stop)
        if open_span:
            yield open_span


def _dumped(lines: Sequence[str]) -> Iterator[Span]:
    """The bytes behind a name that announces a secret, or in a field that is named so."""
    dump = _Dump(lines)
    for field in _FIELD.finditer(bytes(dump.raw)):
        yield from dump.spans(*field.span("v"))
    for name, value in pairwise(_PRINTABLE.finditer(bytes(dump.raw))):
        is_near = value.start() - name.end() <= _FARTHEST
        if is_near and _names_secret(name[0].decode()) and not is_nothing(value[0].decode()):
            yield from dump.spans(*value.span())


def _names_secret(name: str) -> bool:
    if name.strip(":=").lower() in _BEFORE_USERS:
        return False
    if not _NAME.fullmatch(name) or shape_of(name) > NUMBERED:
        return False
    return any(word.kind in {"password", "token"} for word in announcements(name))
