"""Reads what Terraform changed from its log: the resource, and what its plan said of it.

`nomad_job.orders: Modifications complete after 2s` says which, and that it was done; what was done
to it stands in the plan above. Source: Terraform 1.9, `apply` without colours.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import polars as pl

_ADDRESS = r"(?P<address>[\w-]{1,60}(?:\.[\w.\[\]\"-]{1,120}))"
_DONE = re.compile(rf"{_ADDRESS}: (?:Modifications|Creation|Destruction) complete after \d")
_PLANNED = re.compile(
    rf"# {_ADDRESS} (?:will|must) be "
    r"(?:updated|created|destroyed|replaced|read|imported|\x1b\[\d{1,3}m)"
)
# What it changes stands so where the log leaves the sentences out.
_RESOURCE = re.compile(
    r"^\s*(?:[~+-]|-/\+|\+/-) resource \"(?P<type>[\w-]{1,60})\" \"(?P<name>[^\"]{1,120})\""
)
_ENDS_PLAN = re.compile(r"\bPlan: \d{1,6} to (?:add|import)\b")
_DIFFERENCE = re.compile(
    r"(?:^|\s)(?:[~+-]|-/\+)\s{1,4}(?P<told>[\w\".\[\]-]{1,80}\s{1,20}[={] .{1,300})$"
)
_OPENS = re.compile(r"[\[{(]\s*$")
_UNKNOWN = re.compile(r"\(known after apply\)|\(sensitive value\)$")
_MOST_ABOVE = 600  # lines between the end of the work and its plan
_MOST_OF_PLAN = 120  # lines of one resource
_MOST_TOLD = 3
_MOST_TEXT = 160  # characters of each


class PlannedChange(NamedTuple):
    """The rows of a plan's resource, from its heading to its last difference, and all in words."""

    row: int
    end: int
    text: str


def planned_change(lines: pl.Series, row: int) -> PlannedChange | None:
    """What was planned for the resource of this row; None where it ends no work, or has no plan."""
    done = _DONE.search(lines[row])
    if done is None:
        return None
    address = done["address"]
    above = list(lines[max(0, row - _MOST_ABOVE) : row])
    upwards = range(len(above) - 1, -1, -1)
    place = next((place for place in upwards if _planned(above[place]) == address), None)
    if place is None:
        place = next((place for place in upwards if _resource(above[place]) == address), None)
    if place is None:
        return None
    below = above[place + 1 : place + 1 + _MOST_OF_PLAN]
    return _of_plan(below, row - len(above) + place, address)


def _planned(line: str) -> str | None:
    """The address of the resource whose plan begins with this line."""
    planned = _PLANNED.search(line)
    return planned["address"] if planned else None


def _resource(line: str) -> str | None:
    resource = _RESOURCE.match(line)
    return f"{resource['type']}.{resource['name']}" if resource else None


def _of_plan(below: list[str], row: int, address: str) -> PlannedChange:
    """below: the lines under the heading, which stands in the row."""
    differences: list[tuple[int, str]] = []
    for place, line in enumerate(below):
        if _ENDS_PLAN.search(line) or _planned(line) or _resource(line) not in {None, address}:
            break
        difference = _DIFFERENCE.search(line)
        if difference and not _OPENS.search(line) and not _UNKNOWN.search(line):
            words = " ".join(difference["told"].split())[:_MOST_TEXT]
            differences.append((row + 1 + place, words))
    # Of what had another value before; else of what is new.
    changed = [pair for pair in differences if " -> " in pair[1]] or differences
    words_of_all = "; ".join(words for _, words in changed[:_MOST_TOLD])
    end = max((place for place, _ in changed), default=row)
    return PlannedChange(row, end, f"{address}: {words_of_all}" if changed else address)
