"""What replaced what between two versions: a member of a list, or a block under another name.

A server of an upstream that went and the one like it that came are one change; so is a block whose
settings all stayed and whose words changed: `real_server 10.0.0.7 80 {`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz.fuzz import ratio

from core.evidence.configuration.digests import SettingDifference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LISTED = re.compile(r"\[[^\[\]]*\]$")
_BLOCK = re.compile(r"\[[^\[\]]*\](?=\.)")
_ALIKE = 60.0  # percent of two members of a list, of which one became the other
_MOST_ALIKE = 60  # members that came, or went, in one list


@dataclass(frozen=True)
class RenamedBlock:
    """A block of another name. Settings of the older and of the newer, the first one first."""

    path: str
    old: str
    new: str
    gone: Sequence[SettingDifference]
    come: Sequence[SettingDifference]


def list_of(path: str) -> str:
    """The list that a member is of: `args[]` of `args[--quick]`."""
    return _LISTED.sub("[]", path)


def replaced_members(changes: Iterable[SettingDifference]) -> dict[str, SettingDifference]:
    """By the path of each member of a list that came: the one that it replaced."""
    gone: defaultdict[str, list[SettingDifference]] = defaultdict(list)
    come: defaultdict[str, list[SettingDifference]] = defaultdict(list)
    for change in changes:
        if _LISTED.search(change.path) and None in (change.old, change.new):
            (come if change.old is None else gone)[list_of(change.path)].append(change)
    return {
        after.path: before
        for path, members in come.items()
        for before, after in _alike(gone.get(path, []), members)
    }


def _alike(
    gone: list[SettingDifference], come: list[SettingDifference]
) -> Iterator[tuple[SettingDifference, SettingDifference]]:
    """Each member that came, behind the one it replaced: the only one, or the most alike."""
    if len(gone) == len(come) == 1:
        yield gone[0], come[0]
        return
    left = gone[:_MOST_ALIKE]
    for member in come[:_MOST_ALIKE]:
        shares = [ratio(each.old or "", member.new or "") for each in left]
        if shares and max(shares) >= _ALIKE:
            yield left.pop(shares.index(max(shares))), member


def told_apart(gone: SettingDifference, come: SettingDifference) -> tuple[str | None, str | None]:
    """The values of two members, with their names where those alone differ: `app-1:80 backup`."""
    if gone.old != come.new:
        return gone.old, come.new
    names = (_LISTED.search(each.path) for each in (gone, come))
    old, new = (f"{name[0][1:-1]} {come.new}" if name else come.new for name in names)
    return old, new


def renamed_blocks(
    changes: Sequence[SettingDifference], older: Iterable[str], newer: Iterable[str]
) -> Iterator[RenamedBlock]:
    """Blocks of which only the name differs. older, newer: the paths that each version sets."""
    gone = _blocks([change for change in changes if change.new is None], _heads(newer))
    come = _blocks([change for change in changes if change.old is None], _heads(older))
    by_content: defaultdict[object, list[str]] = defaultdict(list)
    for name, members in gone.items():
        by_content[_content(name, members)].append(name)
    for name, members in come.items():
        same = by_content.get(_content(name, members), [])
        if len(same) == 1:
            before = same.pop()
            yield RenamedBlock(list_of(name), _words(before), _words(name), gone[before], members)


def _heads(paths: Iterable[str]) -> frozenset[str]:
    """The paths of all blocks that hold a setting."""
    return frozenset(path[: match.end()] for path in paths for match in _BLOCK.finditer(path))


def _blocks(
    changes: Iterable[SettingDifference], others: frozenset[str]
) -> Mapping[str, list[SettingDifference]]:
    """The settings of each outermost block that the other version has not."""
    blocks: defaultdict[str, list[SettingDifference]] = defaultdict(list)
    for change in changes:
        heads = (change.path[: match.end()] for match in _BLOCK.finditer(change.path))
        outermost = next((head for head in heads if head not in others), None)
        if outermost is not None:
            blocks[outermost].append(change)
    return blocks


def _content(name: str, members: Iterable[SettingDifference]) -> tuple[str, frozenset[object]]:
    values = ((each.path[len(name) :], each.new or each.old) for each in members)
    return list_of(name), frozenset(values)


def _words(name: str) -> str:
    words = _LISTED.search(name)
    return words[0][1:-1] if words else name
