"""Secrets in lines that a container runtime cuts: the rest of one stands in a line below.

CRI and Fluent Bit mark parts with `P` and the last of them with `F`, Docker's JSON ends each line
but a part with a line feed, its journal tells of parts in a field. Runtimes cut at 16 KiB, wherever
that falls. Lines of the other stream may stand between.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from typing import TYPE_CHECKING, NamedTuple

from core.redaction.rule_choice import find_spans
from core.redaction.rules import SECRET
from core.redaction.screens import find_spans_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

    from core.redaction.continued_values import Span
    from core.redaction.rules import TextSpan

_FARTHEST = 256  # lines between two parts
_BEFORE, _AFTER = 300, 2_400  # characters around a cut that are looked at together
_MARGIN = 400  # of them: with less behind it, a cut is looked at anew
_FEW = 12  # windows
_MOST = 400  # of a block: runtimes cut far less often, and all that touches more cuts is hidden
_NAME_LEFT = 64  # characters of a name that may stand behind a cut, before its value
_CRI = re.compile(
    r"(?:\[[^\]\s]{1,200}\] |[\w./-]{1,100} {1,8}\| )?[^\s\"]{10,40} (?P<stream>stdout|stderr)"
    r" (?P<mark>[PF])(?::\S{1,80})? (?P<v>.*)",
    re.DOTALL,
)
_TEXT = re.compile(r"\"(?P<key>log|MESSAGE)\" ?: ?\"(?P<v>(?:[^\"\\]|\\.)*+)")
_TAG = re.compile(r"\"(?:logtag|_p)\" ?: ?\"(?P<mark>[PF])")
_JOURNAL = re.compile(r"\"CONTAINER_PARTIAL_MESSAGE\" ?: ?\"true\"")
_STREAM = re.compile(r"\"(?:stream|CONTAINER_ID)\" ?: ?\"(\w{1,80})\"")
_FEED = "\\n"
_LAST_WORD, _WORD = re.compile(r"\S*$"), re.compile(r"\S*")
_NEXT_WORD = re.compile(r"[\s\"':=]{0,8}\S*")
_NAMES = re.compile(r"(?i)pass|pwd|secret|token|key|auth|bearer|basic|credential|pin\b")
_VALUE_ENDS = re.compile(r"[\s\"'&;,<>]")
_DOCKER = r"[{] ?\"log\" ?: ?\"(?:[^\"\\\n]|\\.)*(?:[^\"\\\n]|\\[^n])\" ?[,}]"
_MARKS = r" std(?:out|err) P[: ]|\"(?:logtag|_p)\" ?: ?\"P|\"CONTAINER_PARTIAL_MESSAGE\" ?: ?\"true"
SCREEN = f"{_MARKS}|^{_DOCKER}"  # of parts, in polars
_IN_BYTES = re.compile(f"(?m){SCREEN}".encode())
# One of them stands wherever that matches, and is found in a hundredth of the time.
_SIGNS = (
    b" stdout P",
    b" stderr P",
    b'"log"',
    b'"logtag"',
    b'"_p"',
    b'"CONTAINER_PARTIAL_MESSAGE"',
)


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
    messages = list[_Message]()
    for number in candidates:
        if number not in done:
            message = _Message(tuple(parts.of_message(number)))
            done.update(at for at, _ in message.parts)
            if len(message.parts) > 1:
                messages.append(message)
    around = [(message, window) for message in messages for window in message.windows]
    if len(around) > _MOST:
        yield from chain.from_iterable(message.words_at_cuts for message in messages)
        return
    texts = [message.text[begin:end] for message, (begin, end) in around]
    for (message, (begin, end)), spans in zip(around, _spans_in(texts), strict=True):
        for span in spans:
            if span.kind == SECRET:
                yield from message.spans(begin + span.start, begin + span.end, seen=end)


def _spans_in(texts: Sequence[str]) -> Sequence[Sequence[TextSpan]]:
    """What the rules see in each text: of many, the few rules that could match are tried."""
    if len(texts) <= _FEW:
        return [find_spans(text) for text in texts]
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    spans = find_spans_of(pl.Series(texts, dtype=pl.String))
    return [spans.get(number, ()) for number in range(len(texts))]


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
    if inner := _CRI.fullmatch(field["v"]):  # a runtime's line as it was, in a shipper's
        start = field.start("v") + inner.start("v")
        return _Part(inner["stream"], start, inner["v"], inner["mark"] == "F")
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


@dataclass(frozen=True)
class _Message:
    """What was cut: its parts in their order, each with the number of its line."""

    parts: tuple[tuple[int, _Part], ...]

    @cached_property
    def text(self) -> str:
        return "".join(part.text for _, part in self.parts)

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(len(part.text) for _, part in self.parts))

    @property
    def _cuts(self) -> list[int]:
        return self._ends[:-1]

    @property
    def windows(self) -> Iterator[tuple[int, int]]:
        """What is looked at together around the cuts. Those close together are seen together."""
        seen = 0
        for cut in self._cuts:
            if cut + _MARGIN > seen:
                begin, seen = max(0, cut - _BEFORE), min(len(self.text), cut + _AFTER)
                yield begin, seen

    def spans(self, start: int, end: int, *, seen: int) -> Iterator[Span]:
        """Where a secret stands in its lines; none of one that no cut is near.

        seen: where the window ends. What reaches it goes on as far as a value does.
        """
        nearest = bisect_right(self._cuts, end) - 1
        if nearest >= 0 and start <= self._cuts[nearest] + _NAME_LEFT:
            yield from self._lines_of(start, _end_of_value(self.text, end) if end == seen else end)

    @property
    def words_at_cuts(self) -> Iterator[Span]:
        """The word over each cut, and the next where a cut stands in its name."""
        end = 0
        for cut in self._cuts:
            if cut < end:
                continue
            before = self.text[max(0, cut - _BEFORE) : cut]
            start = cut - len(before) + _LAST_WORD.search(before).start()  # type: ignore[union-attr] # it may be empty
            end = _WORD.match(self.text, cut).end()  # type: ignore[union-attr] # so may this
            if _NAMES.search(self.text, start, end):
                end = _NEXT_WORD.match(self.text, end).end()  # type: ignore[union-attr] # and this
            yield from self._lines_of(start, end)

    def _lines_of(self, start: int, end: int) -> Iterator[Span]:
        place = bisect_right(self._ends, start)
        while place < len(self.parts):
            at, part = self.parts[place]
            begin = self._ends[place] - len(part.text)
            if begin >= end:
                return
            yield (
                at,
                part.start + max(start - begin, 0),
                part.start + min(end - begin, len(part.text)),
            )
            place += 1


def _end_of_value(text: str, at: int) -> int:
    ended = _VALUE_ENDS.search(text, at)
    return ended.start() if ended else len(text)
