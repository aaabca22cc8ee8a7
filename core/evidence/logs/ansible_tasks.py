"""Reads what Ansible changed from its log: the task, the host, and what it shows of a difference.

`changed: [lb-01]` says on which host, the heading above it what was done there, and between the two
stands the difference of a file, if Ansible was told to show it (`--diff`). A recap only counts.
Source: Ansible's default callback (ansible-core 2.16).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

_RESULT = re.compile(
    r"(?:^|\|\s?)changed: \[(?P<host>[A-Za-z][\w.-]{0,120}|(?:\d{1,3}\.){3}\d{1,3})"
    r"(?: -> [\w.-]{1,120})?\]"
)
_TASK = re.compile(r"(?:^|\|\s?)(?:TASK|RUNNING HANDLER) \[(?P<task>.{1,300}?)\] \*{3,}")
_FRAME = re.compile(
    r"(?:^|\|\s?)(?:(?:ok|skipping|included): \[|(?:TASK|PLAY|RUNNING HANDLER) \[.{0,300}\] \*{3}"
    r"|PLAY RECAP \*{3}|[\w.-]{1,120}\s{1,40}: ok=\d{1,6}\s{1,9}changed=\d)"
)
_PLAY = re.compile(r"(?:^|\|\s?)PLAY \[(?P<play>.{1,300}?)\] \*{3}")
_LOGGED = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]{8,12} p=\d{1,9} u=\S{1,40} n=ansible \| ")
_SETTING = re.compile(r"(?P<key>\S.{0,80}[ =:])(?P<value>[^\s=:;]\S{0,80}?);?$")  # its last word
_STARS = re.compile(r"\s?\*{3,}\s*$")
_MOST_BETWEEN = 80  # lines of a difference
_MOST_OF_PLAY = 200  # lines from the heading of a play to that of a task
_MOST_TOLD = 3  # lines on each side of it
_MOST_TEXT = 120  # characters of each


class AnsibleTask(NamedTuple):
    """A task that changed something: its heading's row, its host, and all in words.

    start: of the first of a play the row of the play's heading, which says what it is all for.
    """

    row: int
    start: int
    host: str
    text: str


def changing_task(lines: pl.Series, row: int) -> AnsibleTask | None:
    """The task whose result stands in this row; None where that is none, or has no heading."""
    result = _RESULT.search(lines[row])
    if result is None:
        return None
    for above in range(row - 1, max(-1, row - _MOST_BETWEEN), -1):
        if _TASK.search(lines[above]):
            words = [_STARS.sub("", lines[above])]
            start, play = _play_of(lines, above)
            if play:
                words.append(f"({play})")
            words.append(_difference(lines[above + 1 : row].to_list()))
            return AnsibleTask(above, start, result["host"], " ".join(filter(None, words)))
    return None


def _play_of(lines: pl.Series, task: int) -> tuple[int, str]:
    """The row of what begins with the task, and the name of its play; empty where none is seen."""
    is_first = True
    for above in range(task - 1, max(-1, task - _MOST_OF_PLAY), -1):
        if play := _PLAY.search(lines[above]):
            return above if is_first else task, play["play"]
        is_first = is_first and _RESULT.search(lines[above]) is None
    return task, ""


def is_ansible_frame(text: str) -> bool:
    """Whether a line of its log tells no change: a heading, what stayed as it was, a sum."""
    return _FRAME.search(text) is not None


def _difference(lines: Sequence[str]) -> str:
    """`timeout server 10s -> 1s; port=80 -> 81` of the lines of a difference.

    A line whose setting is on one side alone is told as it is: `old line -> new line`.
    """
    bare = [_LOGGED.sub("", line) for line in lines]
    old = [line[1:].strip() for line in bare if line.startswith("-") and line[:3] != "---"]
    new = [line[1:].strip() for line in bare if line.startswith("+") and line[:3] != "+++"]
    pairs, was = list[str](), {each["key"]: each for each in filter(None, map(_SETTING.match, old))}
    for line in list(new):
        now = _SETTING.match(line)
        if now and (before := was.get(now["key"])) and before[0] in old:
            pairs.append(f"{now['key']}{before['value']} -> {now['value']}")
            old.remove(before[0])
            new.remove(line)
    sides = ["; ".join(side[:_MOST_TOLD])[:_MOST_TEXT] for side in (old, new)]
    if old or new:
        pairs.append(" -> ".join(sides))
    return "; ".join(pairs[:_MOST_TOLD])
