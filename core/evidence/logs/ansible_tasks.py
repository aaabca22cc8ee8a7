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
_STARS = re.compile(r"\s?\*{3,}\s*$")
_MOST_BETWEEN = 80  # lines of a difference
_MOST_TOLD = 3  # lines on each side of it
_MOST_TEXT = 120  # characters of each


class AnsibleTask(NamedTuple):
    """A task that changed something: its heading's row, its host, and all in words."""

    row: int
    host: str
    text: str


def changing_task(lines: pl.Series, row: int) -> AnsibleTask | None:
    """The task whose result stands in this row; None where that is none, or has no heading."""
    result = _RESULT.search(lines[row])
    if result is None:
        return None
    for above in range(row - 1, max(-1, row - _MOST_BETWEEN), -1):
        if _TASK.search(lines[above]):
            difference = _difference(lines[above + 1 : row].to_list())
            heading = _STARS.sub("", lines[above])
            words = f"{heading} {difference}" if difference else heading
            return AnsibleTask(above, result["host"], words)
    return None


def is_ansible_frame(text: str) -> bool:
    """Whether a line of its log tells no change: a heading, what stayed as it was, a sum."""
    return _FRAME.search(text) is not None


def _difference(lines: Sequence[str]) -> str:
    """`timeout server 10s -> timeout server 1s` of the lines of a difference."""
    old = [line[1:].strip() for line in lines if line.startswith("-") and line[:3] != "---"]
    new = [line[1:].strip() for line in lines if line.startswith("+") and line[:3] != "+++"]
    sides = ("; ".join(side[:_MOST_TOLD])[:_MOST_TEXT] for side in (old, new))
    return " -> ".join(sides) if old or new else ""
