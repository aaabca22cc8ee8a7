"""The tree that a configuration file is read into, whatever its format, and its settings in order.

A branch is a mapping, a list or a block; a leaf is a value as it is written, without quotes.
Members of a list are named by what names them (`containers[api]`): their order does not matter.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_DEPTH = 60  # of branches; what lies deeper is left out
MAX_LEAVES = 50_000  # of one file
MAX_VALUE = 300  # characters of a value that are kept
_MAX_LABEL = 80
# What tells members of a list apart, the first that a member has.
_NAMING = (
    *("name", "Name", "key", "Key", "id", "alert", "record", "job_name"),
    *("hostname", "host", "topic"),
    *("containerPort", "port", "path", "mountPath", "target", "type"),
)
_ROUND = str.maketrans("[]", "()")  # brackets are round a label
_KEYED = re.compile(r"-{0,2}([A-Za-z_][\w.-]{0,60})=(.*)", re.DOTALL)


@dataclass(slots=True)
class Leaf:
    """A value and its line (1-based)."""

    value: str
    line: int


@dataclass(slots=True)
class Branch:
    """Entries in the order of the file; the keys of a list's are empty."""

    line: int
    is_list: bool = False
    entries: list[tuple[str, Leaf | Branch]] = field(default_factory=list)

    def get(self, key: str) -> Leaf | Branch | None:
        """The last entry of this key, as most readers take it."""
        return next((node for name, node in reversed(self.entries) if name == key), None)

    def branch(self, *keys: str) -> Branch | None:
        """The branch at the end of these keys."""
        node: Leaf | Branch | None = self
        for key in keys:
            node = node.get(key) if isinstance(node, Branch) else None
        return node if isinstance(node, Branch) else None

    def leaf(self, *keys: str) -> Leaf | None:
        """The leaf at the end of these keys."""
        parent = self.branch(*keys[:-1])
        node = parent.get(keys[-1]) if parent else None
        return node if isinstance(node, Leaf) else None

    def text(self, *keys: str) -> str:
        """The value at the end of these keys; empty where there is none."""
        leaf = self.leaf(*keys)
        return leaf.value if leaf else ""

    def members(self, *keys: str) -> list[Branch]:
        """The branches in the list, or mapping, at the end of these keys."""
        parent = self.branch(*keys)
        nodes = (node for _, node in parent.entries) if parent else ()
        return [node for node in nodes if isinstance(node, Branch)]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value: `spec.replicas`, `3`, and the line (1-based) that sets it."""

    path: str
    value: str
    line: int


def settings_of(tree: Leaf | Branch) -> list[Setting]:
    """All values of a tree; a path that comes again gets a number."""
    counts = Counter[str]()
    settings = []
    for setting in _walk(tree, "", 0):
        counts[setting.path] += 1
        count = counts[setting.path]
        path = f"{setting.path}#{count}" if count > 1 else setting.path
        settings.append(Setting(path, setting.value[:MAX_VALUE], setting.line))
    return settings


def _walk(node: Leaf | Branch, path: str, depth: int) -> Iterator[Setting]:
    if isinstance(node, Leaf):
        yield Setting(path, node.value, node.line)
        return
    if depth >= MAX_DEPTH:
        return
    for key, child in _labelled(node):
        below = f"{path}{key}" if node.is_list else f"{path}.{key}" if path else key
        yield from _walk(_value_of(child) if node.is_list else child, below, depth + 1)


def _labelled(branch: Branch) -> Iterable[tuple[str, Leaf | Branch]]:
    if not branch.is_list:
        return branch.entries
    return (
        (f"[{label_of(child) or at}]", child) for at, (_, child) in enumerate(branch.entries, 1)
    )


def label_of(member: Leaf | Branch) -> str:
    """What a member of a list is called: by its name, or what a line `NAME=value` sets."""
    if isinstance(member, Leaf):
        keyed = _KEYED.fullmatch(member.value)
        return (keyed[1] if keyed else member.value.translate(_ROUND))[:_MAX_LABEL]
    names = (member.text(key) for key in _NAMING)
    return next(filter(None, names), "")[:_MAX_LABEL]


def _value_of(member: Leaf | Branch) -> Leaf | Branch:
    """A member without its name: `NAME=value`, or `name: NAME` and `value: value`, is the value."""
    if isinstance(member, Leaf):
        keyed = _KEYED.fullmatch(member.value)
        return Leaf(keyed[2], member.line) if keyed else member
    label = label_of(member)
    entries = [entry for entry in member.entries if not _names(entry, label)]
    if len(entries) == 1 and entries[0][0] == "value" and isinstance(entries[0][1], Leaf):
        return entries[0][1]
    return Branch(member.line, is_list=member.is_list, entries=entries or member.entries)


def _names(entry: tuple[str, Leaf | Branch], label: str) -> bool:
    key, node = entry
    return key in _NAMING and isinstance(node, Leaf) and node.value[:_MAX_LABEL] == label
