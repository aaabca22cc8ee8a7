r"""Other ways to read a line: as whatever it quotes was written in the first place.

Logs carry what other programs wrote: JSON in a string of JSON, the words of a command as a list, a
line of a patch with its sign, a field of a form, a cell of a table, a piece of a page. Rules know
how such things are written by themselves. Each reading gives them that text, and tells where its
characters stand in the line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from html import unescape
from itertools import chain, pairwise
from math import inf
from typing import TYPE_CHECKING
from urllib.parse import unquote

from core.redaction.rules import TextSpan, visible_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_DEEPEST = 3  # strings in strings
_MOST_WORDS = 64  # of a command
_MOST_LINES = 500  # of a text in a line that are looked at one by one
# JSON writes what is not ASCII as one or two numbers of UTF-16, Python's bytes as bytes of UTF-8.
_ESCAPE = re.compile(
    r"\\(?:u(?P<pair>[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u(?P<code>00[2-7][0-9a-fA-F]|00[a-fA-F][0-9a-fA-F]|0[1-9a-fA-F][0-9a-fA-F]{2}"
    r"|[1-9a-cefA-CEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})"
    r"|(?P<bytes>x[c-fC-F][0-9a-fA-F](?:\\x[89abAB][0-9a-fA-F]){1,3})"
    r"|x(?P<byte>[2-7][0-9a-fA-F])|(?P<sign>[\"'/\\nrt]))"
)
_MEANS = {"n": "\n", "r": "\r", "t": "\t"}
_WORD = r"(?:\"(?:[^\"\\\n]|\\.){0,512}\"|'(?:[^'\\\n]|\\.){0,512}')"
_LIST = re.compile(rf"\[\s?{_WORD}(?:\s?,\s?{_WORD}){{1,{_MOST_WORDS}}}\s?,?\s?\]")
_OF_LIST = re.compile(_WORD)
# auditd: `a0="redis-cli" a1="-a" a2="…"`.
_ARGUMENT = r"(?:\"[^\"\n]{0,512}\"|[^\s\"]{1,512})"
_ARGUMENTS = re.compile(rf"(?<!\S)a0={_ARGUMENT}(?:\sa\d{{1,3}}={_ARGUMENT}){{1,{_MOST_WORDS}}}")
_OF_ARGUMENTS = re.compile(rf"(?<==){_ARGUMENT}")
_TITLE = re.compile(r"(?<![\w=])proctitle=(?P<v>(?:[0-9A-F]{2}){4,4096})(?![\w])")
_SIGN = re.compile(r"[+-](?=[^\s+-])")
# What addresses and forms put for a character; a plus sign is a blank there.
_BYTES = r"%[c-fC-F][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){1,3}"  # of what is not ASCII, in UTF-8
_PERCENT = re.compile(
    rf"(?P<code>%[2-7][0-9a-fA-F]|{_BYTES})|(?<=[\w%.])(?P<blank>\+)(?=[A-Za-z%-])"
)
_FORM = r"%[2-7][0-9A-Fa-f]|%[C-Fc-f][0-9A-Fa-f]%|=[A-Za-z0-9_%.-]*\+[A-Za-z-]"
_OF_A_FORM = re.compile(_FORM)
# Pages and XML name the signs that would end a text.
_ENTITY_OF_A_SIGN = r"&(?:quot|apos|amp|lt|gt|nbsp|#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5});"
_ENTITY = re.compile(_ENTITY_OF_A_SIGN)
# A cell of a table whose quotes are doubled (RFC 4180); one that goes on in the next line as well.
_CELL = re.compile(r"(?:^|(?<=[,;\t|]))\"(?P<v>(?:[^\"\n]|\"\")++)(?:\"(?=[,;\t|\r]|$)|$)")
_DOUBLED = re.compile(r"\"(?P<quote>\")")
# Beside a letter: what is empty has a sign on either side.
_BESIDE = r"\"\"[A-Za-z0-9{\[\\-]|[A-Za-z0-9}\]\\]\"\""
_OF_A_CELL = re.compile(_BESIDE)
SCREEN = (  # of a line that has another reading, in polars and in Python
    r"\\[\"'n]|proctitle=[0-9A-F]|\\u[0-9a-fA-F]{4}|\\x[2-7c-fC-F]|\[ ?[\"'][^\"'\n]*[\"'] ?,"
    rf"|(?:^| )a0=|^[+-][^ +-]|{_FORM}|&(?:[a-z]{{2,4}}|#[0-9xX]+[0-9a-fA-F]*);|{_BESIDE}"
)
_SCREEN = re.compile(SCREEN, re.MULTILINE)


@dataclass(frozen=True)
class Reading:
    """Another text of a line. pieces: where each piece of it begins, here and in the line.

    Characters of a piece follow each other in the line as well; behind the last of them is one more
    place, at which the text ends there.
    """

    text: str
    pieces: tuple[tuple[int, int], ...]

    def spread(self, spans: Iterable[TextSpan]) -> Iterator[TextSpan]:
        """The spans of the reading, where they stand in the line."""
        for span in spans:
            yield TextSpan(self.place(span.start), self.place(span.end), span.kind)

    def place(self, at: int) -> int:
        """Where in the line a character of the reading stands."""
        here, there = self.pieces[bisect_right(self.pieces, (at, inf)) - 1]
        return there + at - here


def other_readings(line: str) -> Iterator[Reading]:
    """Each other way to read the line; none of most lines."""
    if not _SCREEN.search(line):
        return
    if _SIGN.match(line):
        yield Reading(line[1:], ((0, 1),))
    written = Reading(line, ((0, 0),))
    if _OF_A_FORM.search(line) and (sent := _decoded(written, _PERCENT, _of_percent)):
        yield sent
    yield from _titles(written)
    yield from _unquoted(written)
    for inner in chain(_cells(written), _markup(written)):
        yield inner
        yield from _unquoted(inner)


def _unquoted(written: Reading) -> Iterator[Reading]:
    """What strings of a text hold, and the commands in it and in them."""
    yield from _commands(written)
    for _ in range(_DEEPEST):
        unquoted = _decoded(written, _ESCAPE, _of_escape)
        if unquoted is None:
            return
        written = unquoted
        yield from _inner_lines(written)
        yield from _commands(written)


def _cells(written: Reading) -> Iterator[Reading]:
    """The cells that hold quotes; the whole line where it is a part of a cell."""
    if not _OF_A_CELL.search(written.text):
        return
    cells = [match.span("v") for match in _CELL.finditer(written.text) if '""' in match["v"]]
    for start, end in cells or [(0, len(written.text))]:
        cell = _composed(written.text[start:end], [(0, start)], written)
        if read := _decoded(cell, _DOUBLED, _of_doubled):
            yield read


def _markup(written: Reading) -> Iterator[Reading]:
    """As a page shows it."""
    if shown := _decoded(written, _ENTITY, _of_entity):
        yield shown


def lines_read_otherwise(text: str) -> Iterator[tuple[int, Reading]]:
    """Each other way to read a line of the text, and where in the text the line begins."""
    if not _SCREEN.search(text):
        return
    start = 0
    for line in text.split("\n"):
        for reading in other_readings(line):
            yield start, reading
        start += len(line) + 1


def _of_escape(match: re.Match[str]) -> str:
    if pair := match["pair"]:
        units = bytes.fromhex(pair[:4] + pair[6:])
        return units.decode("utf-16-be")
    if code := match["code"] or match["byte"]:
        return visible_text(chr(int(code, 16)))
    if codes := match["bytes"]:
        return _of_bytes(codes.replace("\\x", "").removeprefix("x"), match[0])
    return _MEANS.get(match["sign"], match["sign"])


def _of_bytes(codes: str, written: str) -> str:
    """What they are in UTF-8; where they are none, what is written."""
    try:
        return visible_text(bytes.fromhex(codes).decode())
    except UnicodeDecodeError:
        return written


def _of_percent(match: re.Match[str]) -> str:
    return visible_text(unquote(match["code"])) if match["code"] else " "


def _of_doubled(match: re.Match[str]) -> str:
    return match["quote"]


def _of_entity(match: re.Match[str]) -> str:
    sign = unescape(match[0])
    return " " if sign == "\xa0" else visible_text(sign)


def _decoded(
    read: Reading, escapes: re.Pattern[str], meaning: Callable[[re.Match[str]], str]
) -> Reading | None:
    """With what the escapes stand for; None where there is none."""
    parts, pieces, at, length = list[str](), list[tuple[int, int]](), 0, 0
    for match in escapes.finditer(read.text):
        for begins, part in ((at, read.text[at : match.start()]), (match.start(), meaning(match))):
            if part:
                parts.append(part)
                pieces.append((length, begins))
                length += len(part)
        at = match.end()
    if not parts:
        return None
    parts.append(read.text[at:])
    pieces.append((length, at))
    return _composed("".join(parts), pieces, read)


def _composed(text: str, pieces: list[tuple[int, int]], read: Reading) -> Reading:
    """A reading of a reading. pieces: places in the latter."""
    whole = list[tuple[int, int]]()
    ends = [here for here, _ in pieces[1:]] + [len(text)]
    for (here, there), end in zip(pieces, ends, strict=True):
        whole.append((here, read.place(there)))
        last = there + end - here - (end < len(text))
        first = bisect_right(read.pieces, (there, inf))
        for begins, place in read.pieces[first:]:
            if begins > last:
                break
            whole.append((here + begins - there, place))
    return Reading(text, tuple(whole))


def _inner_lines(read: Reading) -> Iterator[Reading]:
    """The whole, and each of its lines where they are several."""
    yield read
    if not 0 < read.text.count("\n") <= _MOST_LINES:
        return
    starts = [0, *(match.end() for match in re.finditer("\n", read.text)), len(read.text) + 1]
    for start, end in pairwise(starts):
        if line := read.text[start : end - 1]:
            yield _composed(line, [(0, start)], read)


def _commands(read: Reading) -> Iterator[Reading]:
    """Commands that are told as the list of their words, as they are typed."""
    for lists, words in ((_LIST, _OF_LIST), (_ARGUMENTS, _OF_ARGUMENTS)):
        for match in lists.finditer(read.text):
            parts, pieces, length = list[str](), list[tuple[int, int]](), 0
            for word in words.finditer(read.text, *match.span()):
                text, start = word[0], word.start()
                if text[:1] in {'"', "'"} and not re.search(r"\s", text):
                    text, start = text[1:-1], start + 1
                parts += [text, " "]
                pieces.append((length, start))
                length += len(text) + 1
            yield _composed("".join(parts)[:-1], pieces, read)


def _titles(read: Reading) -> Iterator[Reading]:
    """Commands that auditd tells in hexadecimal, their words apart by a zero."""
    for match in _TITLE.finditer(read.text):
        start = match.start("v")
        title = bytes.fromhex(match["v"]).decode("latin-1").replace("\0", " ")
        pieces = [(at, start + 2 * at) for at in range(len(title) + 1)]
        yield Reading(title, tuple(pieces))
