"""Reads what Terraform plans to change: each attribute with the value before and the one after.

What it would make or take away as a whole has no value before. Source: Terraform 1.9 and OpenTofu,
`plan` without colours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

_HEADING = r"^\s*# (?P<address>[\w.\[\]\"/-]{1,200}) (?:will be updated in-place|must be replaced)"
_PLANNED = re.compile(rf"{_HEADING}", re.MULTILINE)
_RESOURCE = re.compile(_HEADING)
_OTHER_RESOURCE = re.compile(r"^\s*# [\w.\[\]\"/-]{1,200} (?:will|must|has)\b|^Plan: \d")
_LOGGED = re.compile(r": Modifications complete after \d")  # which the reader of logs joins
_CHANGED = re.compile(
    r"^\s*(?:~|-/\+|\+/-)\s+\"?(?P<name>[\w./-]{1,120})\"?\s+= (?P<old>.{1,400}?)"
    r" -> (?P<new>.{1,400}?)(?:\s+# forces replacement)?$"
)
_OPENED = re.compile(
    r"^\s*(?:~|-/\+|\+/-)\s+\"?(?P<name>[\w./-]{1,120})\"?\s+(?:= )?[\[{(](?:\s*#.*)?$"
)
_MEMBER = re.compile(r"^\s*(?P<sign>[+-])\s+(?P<value>\"[^\"]{0,300}\"|[\w./:-]{1,200}),?$")
_ADDED = re.compile(r"^\s*\+\s+\"?(?P<name>[\w./-]{1,120})\"?\s+= (?P<new>.{1,400})$")
_CLOSED = re.compile(r"^\s*[\]})]")
_UNKNOWN = "(known after apply)"


class StatedChange(NamedTuple):
    """address: the object or file. path: of its setting. row: of the line, from 0.

    old is None for what was added, new for what was taken away. at: when it was done, where told.
    """

    address: str
    path: str
    old: str | None
    new: str | None
    row: int
    at: datetime | None = None


def holds_plan(text: str) -> bool:
    """Whether a text holds a plan of Terraform, and no log of how it was carried out."""
    return _PLANNED.search(text) is not None and _LOGGED.search(text) is None


def planned_settings(lines: Sequence[str]) -> Iterator[StatedChange]:
    """What plans change in resources that stay."""
    resource: _Resource | None = None
    for row, line in enumerate(lines):
        if heading := _RESOURCE.match(line):
            resource = _Resource(heading["address"])
        elif _OTHER_RESOURCE.match(line):
            resource = None
        elif resource is not None:
            yield from resource.read(line, row)


@dataclass
class _Resource:
    """What is read of one: the blocks that are open, and members of a list that went."""

    address: str
    within: list[str] = field(default_factory=list)
    gone: list[StatedChange] = field(default_factory=list)

    def read(self, line: str, row: int) -> Iterator[StatedChange]:
        if changed := _CHANGED.match(line):
            yield from self._set(changed["name"], changed["old"], changed["new"], row)
        elif opened := _OPENED.match(line):
            self.within.append(opened["name"])
        elif _CLOSED.match(line):
            yield from self.gone
            self.gone, self.within = [], self.within[:-1]
        elif member := _MEMBER.match(line):
            yield from self._take_member(member["sign"], _plain(member["value"]), row)
        elif added := _ADDED.match(line):
            yield from self._set(added["name"], None, added["new"], row)

    def _set(self, name: str, old: str | None, new: str, row: int) -> Iterator[StatedChange]:
        if new != _UNKNOWN:
            path = ".".join([*self.within, name])
            before = None if old is None else _plain(old)
            yield StatedChange(self.address, path, before, _plain(new), row)

    def _take_member(self, sign: str, value: str, row: int) -> Iterator[StatedChange]:
        """One that went and one that came are one change."""
        path = ".".join(self.within)
        if sign == "-":
            self.gone.append(StatedChange(self.address, path, value, None, row))
        else:
            before = self.gone.pop(0).old if self.gone else None
            yield StatedChange(self.address, path, before, value, row)


def _plain(value: str) -> str:
    return value.strip().strip('"')
