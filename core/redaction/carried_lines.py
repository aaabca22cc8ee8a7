"""Lines as the program wrote them whose output a log carries: without the log's own prefix.

What journald, containers' runtimes, Compose and loggers put before each line stands between the
name of a secret and its value on the next.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import polars as pl

_ZONE = r"(?: ?(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?"
_TIME = rf"[0-9]{{4}}[-/][0-9]{{2}}[-/][0-9]{{2}}[T ][0-9:]{{8}}(?:[.,][0-9]+)?{_ZONE}"
_OLD_TIME = r"[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}(?:[.][0-9]+)?"
_LEVEL = r"\[? ?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL) ?\]?"
_WRITER = r"[A-Za-z0-9_.-]+ [A-Za-z0-9_./()@-]+(?:\[[0-9]+\])?"  # a host and its program
_DOTTED = r"[A-Za-z0-9_$-]+(?:[.][A-Za-z0-9_$-]+)+"
_LOGGER = rf"\[[A-Za-z0-9_./:$ -]{{1,60}}\]:?| [A-Za-z0-9_.$-]{{1,60}}:| {_DOTTED}"
_PREFIXES = (
    rf"(?:<[0-9]{{1,3}}>[0-9]? ?)?(?:{_OLD_TIME}|{_TIME}) {_WRITER}: ?",  # syslog, journald
    rf"{_TIME} (?:stdout|stderr) [FP] ",  # runtimes of containers
    rf"(?:\[?{_TIME}\]?(?: {_LEVEL}:?)?|{_LEVEL}:?)(?: ?(?:{_LOGGER}))?(?: -)? ",  # loggers
    r"[A-Za-z0-9_.-]{1,60} +[|] ",  # Compose
    r"\[pod/[A-Za-z0-9_./-]{1,160}\] ",  # kubectl logs --prefix
)
_BEFORE = rf"^(?:(?:{'|'.join(_PREFIXES)})+|\{{\"log\":\")"
_AFTER = r"(?:\\r)?(?:\\n)?\",\"stream\":\"(?:stdout|stderr)\"[^\n]*$"  # Docker's own files
_BEFORE_IN_PYTHON = re.compile(_BEFORE)
_AFTER_IN_PYTHON = re.compile(_AFTER)
_FEWEST = 2
_WINDOW, _LONGEST = 12, 240  # lines; characters of a prefix
_DIGITS = re.compile(r"\d+")
_BOUNDARIES = frozenset(" \t|]>")
_OF_A_TOOL = re.compile(r"\d|\t|[|\]]|\S {1,4}\S")


def as_written(lines: Sequence[str]) -> tuple[list[str], list[int]] | None:
    """The lines without their prefixes, and how long those were; None where they have none."""
    lengths = [len(match[0]) if (match := _BEFORE_IN_PYTHON.match(line)) else 0 for line in lines]
    if sum(map(bool, lengths)) < _FEWEST:
        return None
    bare = [line[length:] for line, length in zip(lines, lengths, strict=True)]
    return [_AFTER_IN_PYTHON.sub("", line) for line in bare], lengths


def taken_apart(lines: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series] | None:
    """What stands before, in and behind what each line carries; None where none carries any."""
    if lines.str.contains(_BEFORE).sum() < _FEWEST:
        return None
    before = lines.str.extract(f"({_BEFORE})").fill_null("")
    rest = lines.str.replace(_BEFORE, "")
    after = rest.str.extract(f"({_AFTER})").fill_null("")
    return before, rest.str.replace(_AFTER, ""), after


def shared_prefix(line: str, other: str) -> tuple[int, int]:
    """How long what two lines begin with alike is in each: whatever tool wrote it before both.

    Runs of digits are alike. It ends after a blank or a sign, and tells of a tool only where it has
    a number, a tab or a sign that no indentation has; else it is of no length.
    """
    first, second, ends = 0, 0, (0, 0)
    while first < min(len(line), _LONGEST) and second < min(len(other), _LONGEST):
        if line[first].isdigit() and other[second].isdigit():
            first, second = _after_digits(line, first), _after_digits(other, second)
            continue
        if line[first] != other[second]:
            break
        first, second = first + 1, second + 1
        if line[first - 1] in _BOUNDARIES:
            ends = first, second
    return ends if _OF_A_TOOL.search(line[: ends[0]]) else (0, 0)


def _after_digits(line: str, at: int) -> int:
    while at < len(line) and line[at].isdigit():
        at += 1
    return at


def windows_as_written(
    lines: Sequence[str] | pl.Series, candidates: Iterable[int], opens: Callable[[str], bool]
) -> Iterator[tuple[int, list[str], list[int]]]:
    """For each candidate line and those below: its number, and all without what they begin with.

    With how long that was in each (0 where a line does not begin so). What a line and the next
    share is theirs; nothing where they share nothing, or where the rest opens nothing.
    """
    for number in candidates:
        if number + 1 >= len(lines):
            continue
        line = lines[number] or ""
        own, _ = shared_prefix(line, lines[number + 1] or "")
        if not own or not opens(line[own:]):
            continue
        below = [lines[at] or "" for at in range(number, min(number + _WINDOW, len(lines)))]
        prefix = re.compile(r"\d+".join(re.escape(part) for part in _DIGITS.split(line[:own])))
        begun = (prefix.match(one) for one in below)
        cut = [beginning.end() if beginning else 0 for beginning in begun]
        yield number, [one[at:] for one, at in zip(below, cut, strict=True)], cut
