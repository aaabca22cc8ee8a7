"""Data that a program prints as its language writes it: `{'a': 1}`, `Job(id=7)`, `<Job at 0x7f>`.

What stands between brackets that belong together is one value, however much is in it. Brackets
of a sentence, as in `(will be retried)`, hold no data and stay; so does the name of what is called.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from core.evidence.logs.notations import WILD

_CLOSED_BY = {"{": "}", "[": "]", "(": ")", "<": ">"}
_OPENED_BY = {closing: opening for opening, closing in _CLOSED_BY.items()}
_MARK = re.compile(r"[\[\](){}<>'\"]")
_HOLDS = re.compile(r"[\[({<]|\bb['\"]")
_MOST_QUOTES = 40  # looked at for the end of one text
_MOST_SPANS = 200  # of a line
_DEEPEST = 40  # within others; what is deeper is part of them
_BEFORE_TEXT = frozenset("[({<,:=| ")
_QUOTE = frozenset("'\"")
_BEFORE_EMPTY = " =,("
_AFTER_TEXT = frozenset(",:)]}>; .")
_BYTES = re.compile(r"(?<![\w'\"])(?:b|rb|br)$")
# Begins as a value does: with a text, another bracket, an object, or several of something.
_LITERAL = re.compile(
    r"(?:(?:None|True|False), |[bruf]{0,2}['\"]|[\[({]|<[\w#]|[A-Za-z_][\w.]*[(\[]"
    r"|\*, ?(?:\*|[^\w\s]))"
)
_PAIR = re.compile(r"(?:[bu]?['\"][^'\"]{0,80}['\"]|\*|[A-Za-z_][\w.-]{0,60}) ?[:=]")
_LISTED = re.compile(r"[\w*.-]+(?: [\w*.-]+)?, ")
# Named, or several without blanks of which one is a value: `hall(ann,*,<*>)`.
_ARGUMENT = re.compile(r"[A-Za-z_]\w{0,60}=|(?=[^\s()]*\*)[^\s,()]+(?:,[^\s,()]*)+$")
_OBJECT = re.compile(r"[\w.#*$/-]+(?:\([^()<>]*\))?(?::? [^>]|:)")
# Fields that no comma parts: which of them are there tells kinds of lines apart.
_BY_BLANKS = re.compile(r"(?<!,) [A-Za-z]\w{0,40}=")
# Fields that say what happened in words, of objects and of JSON.
_TELLING = re.compile(
    r"(?<![\w'])(?i:status|state|err|error|reason|message|msg|code|result|event)"
    r"(?:=|\\?\": ?)\\?\"?(?!(?:null|None|nil|true|false|True|False)\b)[A-Za-z]{2}"
)
_NAME = re.compile(r"[\w.$*]$")


class _Span(NamedTuple):
    """From one bracket to the one that closes it, or the end of what was cut off."""

    start: int
    end: int
    is_closed: bool = True


def mask_literals(line: str) -> str:
    """The line with `WILD` for each of them, in the brackets of what is called."""
    if not _HOLDS.search(line):
        return line
    parts, at = [], 0
    for span in sorted(_spans(line), key=lambda span: (span.start, -span.end)):
        shown = _shown(line, span)
        if span.start >= at and shown is not None:
            parts += [line[at : span.start], shown]
            at = span.end
    return "".join([*parts, line[at:]]) if parts else line


def _spans(line: str) -> list[_Span]:
    spans: list[_Span] = []
    opened: list[int] = []
    at = 0
    while len(spans) < _MOST_SPANS and (mark := _MARK.search(line, at)):
        place, sign, at = mark.start(), mark[0], mark.end()
        if sign in "'\"":
            at = _end_of_text(line, place, within=bool(opened))
            if at > mark.end() and _BYTES.search(line, max(0, place - 3), place):
                spans.append(_Span(place - 1, at))
        elif sign in _CLOSED_BY:
            if len(opened) < _DEEPEST and (sign != "<" or _opens(line, place)):
                opened.append(place)
        elif sign != ">" or line[place - 1 : place] not in ("-", "="):
            _close(line, place, opened, spans)
    spans += [_Span(place, len(line), is_closed=False) for place in opened if line[place] != "<"]
    return spans


def _opens(line: str, place: int) -> bool:
    following = line[place + 1 : place + 2]
    return following.isalpha() or following in ("_", "#", WILD)


def _close(line: str, place: int, opened: list[int], spans: list[_Span]) -> None:
    """Signs such as `<` that nothing closes are no brackets."""
    opening = _OPENED_BY[line[place]]
    depth = next((n for n in range(len(opened)) if line[opened[-1 - n]] == opening), None)
    if depth is None or (opening == "<" and depth):
        return
    del opened[len(opened) - depth :]
    spans.append(_Span(opened.pop(), place + 1))


def _end_of_text(line: str, place: int, *, within: bool) -> int:
    """Where a quoted text ends; behind the quote if it begins none."""
    quote, before = line[place], line[place - 1 : place]
    is_bytes = _BYTES.search(line, max(0, place - 3), place)
    if not is_bytes and not (within and (before in _BEFORE_TEXT)):
        return place + 1
    end = place
    for _ in range(_MOST_QUOTES):
        end = line.find(quote, end + 1)
        if end < 0:
            break
        after = line[end + 1 : end + 2]
        if line[end - 1] != "\\" and (not after or after in _AFTER_TEXT):
            return end + 1
    return place + 1


def _shown(line: str, span: _Span) -> str | None:
    """What is written for it; None where it is no data."""
    opening = line[span.start]
    inside = line[span.start + 1 : span.end - span.is_closed].strip()
    if opening == "b":
        return WILD
    if _TELLING.search(inside):
        return None
    if opening == "<":
        return WILD if _OBJECT.match(inside) else None
    if span.start == 0:
        return None
    is_called = _NAME.search(line, span.start - 1, span.start) is not None
    if opening == "(" or is_called:
        shown = f"{opening}{WILD}{_CLOSED_BY[opening]}"
        is_argument = opening == "(" and is_called and _ARGUMENT.match(inside)
        return shown if is_argument or _LITERAL.match(inside) else None
    return WILD if _is_data(line, span, inside) else None


def _is_data(line: str, span: _Span, inside: str) -> bool:
    """Whether brackets that nothing is called with are a list or a mapping."""
    if not inside:
        return line[span.start - 1] in _BEFORE_EMPTY
    is_quoted = line[span.start - 1] == "=" and not _QUOTE.isdisjoint(inside)
    if is_quoted or _LITERAL.match(inside):
        return True
    if line[span.start] == "[" or _BY_BLANKS.search(inside):
        return False
    return bool(_PAIR.match(inside) or _LISTED.match(inside))
