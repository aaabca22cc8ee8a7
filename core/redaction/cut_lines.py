"""Secrets in lines that a container runtime cuts: the rest of one stands in the next line.

CRI marks parts with `P` and the last of them with `F`; Docker's JSON ends each line but a part with
a line feed. Runtimes cut at 16 KiB, wherever that falls.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from core.redaction.rule_choice import find_spans
from core.redaction.rules import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

    from core.redaction.continued_values import Span

_MOST_PARTS = 16  # lines looked at, with those of the other stream in between
_LONGEST_NAME, _LONGEST_VALUE = 400, 2_000  # characters before and after the cut
_CRI = re.compile(r"[^\s\"]{10,40} (?P<stream>stdout|stderr) (?P<mark>[PF]) (?P<v>.*)", re.DOTALL)
_DOCKER = re.compile(
    r"\{\"log\":\"(?P<v>(?:[^\"\\]|\\.){1,40000}?)(?P<end>\\n)?\"(?:,\"stream\":\"(?P<stream>std\w{3})\")?[,}]"
)
SCREEN = (  # of parts, in polars
    r"^[^ ]+ std(?:out|err) P |^[{]\"log\":\"(?:[^\"\\]|\\.)*(?:[^\"\\]|\\[^n])\"[,}]"
)


class _Part(NamedTuple):
    stream: str
    start: int
    text: str
    is_last: bool


def spans_of_cut(lines: Sequence[str] | pl.Series, candidates: Iterable[int]) -> Iterator[Span]:
    """Secrets that run over the end of one of these lines: a number of a line, start and end."""
    for number in candidates:
        first = _part(lines[number])
        if first and not first.is_last:
            below = lines[number + 1 : number + 1 + _MOST_PARTS]
            for at, start, end in _spans(first, below):
                yield number + at, start, end


def _spans(first: _Part, below: Iterable[str]) -> Iterator[Span]:
    """The same, with numbers from that of the part."""
    tail = first.text[-_LONGEST_NAME:]
    parts = [(0, first.start + len(first.text) - len(tail), tail), *_rest(first.stream, below)]
    ends = list(accumulate(len(text) for _, _, text in parts))
    for span in find_spans("".join(text for _, _, text in parts)):
        if span.kind != SECRET or span.end <= len(tail):
            continue
        for (at, start, text), end in zip(parts, ends, strict=True):
            begin = end - len(text)
            if span.start < end and begin < span.end:
                yield at, start + max(span.start - begin, 0), start + min(span.end, end) - begin


def _rest(stream: str, lines: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """The line, the place in it and the text of what follows in the same stream."""
    length = 0
    for at, line in enumerate(lines, 1):
        part = _part(line)
        if part is None or length >= _LONGEST_VALUE:
            return
        if part.stream == stream:
            text = part.text[: _LONGEST_VALUE - length]
            yield at, part.start, text
            length += len(text)
            if part.is_last:
                return


def _part(line: str) -> _Part | None:
    if cri := _CRI.fullmatch(line.rstrip("\r")):
        return _Part(cri["stream"], cri.start("v"), cri["v"], cri["mark"] == "F")
    if docker := _DOCKER.match(line):
        return _Part(docker["stream"] or "", docker.start("v"), docker["v"], bool(docker["end"]))
    return None
