"""Commands whose words stand one below the other: `args` of Kubernetes, `Cmd` of Docker, plays.

The flag on one line says what the word on the next is; joined, they are the command that rules
know. So are the lines of a script that end with a backslash.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.redaction.rule_choice import find_spans
from core.redaction.rules import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

    from core.redaction.continued_values import Span

_MOST_WORDS = 64
_WORD = re.compile(
    r"\s{0,64}(?:-\s{1,8})?(?P<quote>[\"']?)(?P<v>[^\s\"',\[\]{}][^\s\"'\[\]{}]{0,511}?)(?P=quote),?\s{0,8}"
)
# A line of a script without its indentation and without the sign that it goes on.
_PART = re.compile(r"\s{0,64}(?P<v>\S.{0,2000}?|)\s{0,16}\\?\s{0,8}", re.DOTALL)
_ENDS_OPEN = re.compile(r"\s\\\s{0,8}$")
CONTINUED = r"[ \t]\\[ \t\r]*$"  # such a line, in polars
_FLAG = re.compile(r"--?[A-Za-z][\w-]{0,40}")
SCREEN = (  # of a flag, in polars
    r"^[ \t]*(?:- +[\"']?--?[A-Za-z]|[\"']--?[A-Za-z])[A-Za-z0-9_-]*[\"']?,?[ \t\r]*$"
)


def spans_of_listed(lines: Sequence[str] | pl.Series, candidates: Iterable[int]) -> Iterator[Span]:
    """Secrets of commands with a flag on one of these lines: a line's number, start and end."""
    done = -1
    for number in candidates:
        word = _WORD.fullmatch(lines[number]) if number > done else None
        if word is None or not _FLAG.fullmatch(word["v"]):
            continue
        first = number
        while first > max(done + 1, number - _MOST_WORDS) and _WORD.fullmatch(lines[first - 1]):
            first -= 1
        words = list(_words(lines, first))
        done = first + len(words) - 1
        yield from _secrets(words)


def spans_of_continued(
    lines: Sequence[str] | pl.Series, candidates: Iterable[int]
) -> Iterator[Span]:
    """Secrets of commands that go on below one of these lines: a line's number, start and end."""
    done = -1
    for number in candidates:
        if number <= done or not _goes_on(lines[number]):
            continue
        last = number
        while last + 1 < min(len(lines), number + _MOST_WORDS) and _goes_on(lines[last]):
            last += 1
        done = last
        parts = [(at, _PART.fullmatch(lines[at] or "")) for at in range(number, last + 1)]
        yield from _secrets([(at, part) for at, part in parts if part is not None])


def _goes_on(line: str | None) -> bool:
    return bool(line) and _ENDS_OPEN.search(line or "") is not None


def _words(lines: Sequence[str] | pl.Series, first: int) -> Iterator[tuple[int, re.Match[str]]]:
    for number in range(first, min(first + _MOST_WORDS, len(lines))):
        word = _WORD.fullmatch(lines[number])
        if word is None:
            return
        yield number, word


def _secrets(words: Sequence[tuple[int, re.Match[str]]]) -> Iterator[Span]:
    starts, at = list[int](), 0
    for _, word in words:
        starts.append(at)
        at += len(word["v"]) + 1
    for span in find_spans(" ".join(word["v"] for _, word in words)):
        if span.kind != SECRET:
            continue
        for (number, word), start in zip(words, starts, strict=True):
            begin, end = max(span.start, start) - start, min(span.end - start, len(word["v"]))
            if begin < end:
                yield number, word.start("v") + begin, word.start("v") + end
