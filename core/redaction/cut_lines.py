"""Secrets in lines that a container runtime cuts: the rest of one stands in a line below.

CRI and Fluent Bit mark parts with `P` and the last of them with `F`, Docker's JSON ends each line
but a part with a line feed, its journal tells of parts in a field. Runtimes cut at 16 KiB, wherever
that falls. Lines of the other stream may stand between.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from core.redaction.rule_choice import find_spans
from core.redaction.rules import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

    from core.redaction.continued_values import Span

_FARTHEST = 256  # lines between two parts
_BEFORE, _AFTER = 300, 2_400  # characters around a cut that are looked at together
_MARGIN = 400  # of them: with less behind it, a cut is looked at anew
_NAME_LEFT = 64  # characters of a name that may stand behind a cut, before its value
_CRI = re.compile(
    r"(?:\[[^\]\s]{1,200}\] |[\w./-]{1,100} {1,8}\| )?[^\s\"]{10,40} (?P<stream>stdout|stderr)"
    r" (?P<mark>[PF])(?::\S{1,80})? (?P<v>.*)",
    re.DOTALL,
)
_TEXT = re.compile(r"\"(?P<key>log|MESSAGE)\" ?: ?\"(?P<v>(?:[^\"\\]|\\.)*+)")
_TAG = re.compile(r"\"logtag\" ?: ?\"(?P<mark>[PF])")
_JOURNAL = re.compile(r"\"CONTAINER_PARTIAL_MESSAGE\" ?: ?\"true\"")
_STREAM = re.compile(r"\"(?:stream|CONTAINER_ID)\" ?: ?\"(\w{1,80})\"")
_FEED = "\\n"
_VALUE_ENDS = re.compile(r"[\s\"'&;,<>]")
_DOCKER = r"[{] ?\"log\" ?: ?\"(?:[^\"\\\n]|\\.)*(?:[^\"\\\n]|\\[^n])\" ?[,}]"
_MARKS = r" std(?:out|err) P[: ]|\"logtag\" ?: ?\"P|\"CONTAINER_PARTIAL_MESSAGE\" ?: ?\"true"
SCREEN = f"{_MARKS}|^{_DOCKER}"  # of parts, in polars
_IN_BYTES = re.compile(f"(?m){SCREEN}".encode())
# One of them stands wherever that matches, and is found in a hundredth of the time.
_SIGNS = (b" stdout P", b" stderr P", b'"log"', b'"logtag"', b'"CONTAINER_PARTIAL_MESSAGE"')


class _Part(NamedTuple):
    """What a line holds of a message: `text` stands in it from `start` on."""

    stream: str
    start: int
    text: str
    is_last: bool


def may_be_cut(raw: bytes) -> bool:
    """Whether lines of this text go on in others; a quick test."""
    return any(sign in raw for sign in _SIGNS) and _IN_BYTES.search(raw) is not None


def spans_of_cut(lines: Sequence[str] | pl.Series, candidates: Iterable[int]) -> Iterator[Span]:
    """Secrets that run over the end of one of these lines: a number of a line, start and end."""
    parts = _Parts(lines)
    done: set[int] = set()
    for number in candidates:
        if number not in done:
            message = list(parts.of_message(number))
            done.update(at for at, _ in message)
            if len(message) > 1:
                yield from _spans(message)


class _Parts:
    """The parts that lines are, each read once."""

    def __init__(self, lines: Sequence[str] | pl.Series) -> None:
        self._lines = lines
        self._read: dict[int, _Part | None] = {}

    def of_message(self, number: int) -> Iterator[tuple[int, _Part]]:
        """The part on this line and those that follow it; none where it is whole."""
        first = self._at(number)
        if first is None or first.is_last:
            return
        yield number, first
        last = at = number
        while (at := at + 1) < len(self._lines) and at - last <= _FARTHEST:
            part = self._at(at)
            if part is not None and part.stream == first.stream:
                yield at, part
                last = at
                if part.is_last:
                    return

    def _at(self, number: int) -> _Part | None:
        if number not in self._read:
            self._read[number] = _part(self._lines[number] or "")
        return self._read[number]


def _part(line: str) -> _Part | None:
    if cri := _CRI.fullmatch(line.rstrip("\r")):
        return _Part(cri["stream"], cri.start("v"), cri["v"], cri["mark"] == "F")
    if not line.startswith("{") or not (field := _TEXT.search(line)):
        return None
    text, stream = field["v"], _STREAM.search(line)
    if tag := _TAG.search(line):
        is_last = tag["mark"] == "F"
    elif field["key"] == "MESSAGE":
        is_last = _JOURNAL.search(line) is None
    else:
        is_last = text.endswith(_FEED)
    return _Part(
        stream[1] if stream else "", field.start("v"), text.removesuffix(_FEED), is_last=is_last
    )


def _spans(message: Sequence[tuple[int, _Part]]) -> Iterator[Span]:
    """Of the parts of one message."""
    text = "".join(part.text for _, part in message)
    ends = list(accumulate(len(part.text) for _, part in message))
    for start, end in _secrets(text, ends[:-1]):
        place = bisect_right(ends, start)
        while place < len(ends) and (begin := ends[place] - len(message[place][1].text)) < end:
            at, part = message[place]
            yield at, part.start + max(start - begin, 0), part.start + min(end, ends[place]) - begin
            place += 1


def _secrets(text: str, cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where the text holds secrets that stand at a cut. Cuts close together are seen together."""
    seen = 0
    for cut in cuts:
        if cut + _MARGIN <= seen:
            continue
        begin, seen = max(0, cut - _BEFORE), min(len(text), cut + _AFTER)
        for span in find_spans(text[begin:seen]):
            start, end = begin + span.start, begin + span.end
            nearest = bisect_right(cuts, end) - 1
            if span.kind == SECRET and nearest >= 0 and start <= cuts[nearest] + _NAME_LEFT:
                if end == seen:  # a long one: what belongs to it need not be looked at again
                    seen = end = _end_of_value(text, end)
                yield start, end


def _end_of_value(text: str, at: int) -> int:
    ended = _VALUE_ENDS.search(text, at)
    return ended.start() if ended else len(text)
