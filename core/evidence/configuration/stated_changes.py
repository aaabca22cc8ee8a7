"""Changes that a document states: values before and after beside each other, in an audit or plan.

`{"previousValue": 300, "updatedValue": 3}`, `before` and `after` of a plan, `PreviousSpec` and
`Spec`, JSON patches that test what they replace. Source: Terraform 1.9 (`show -json`), Docker 28
(`service inspect`), AWS Config, LaunchDarkly's audit log, RFC 6902.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from core.evidence.configuration.amounts import is_same
from core.evidence.configuration.plans import StatedChange
from core.evidence.configuration.tree import Branch, Leaf, settings_of
from core.evidence.configuration.yaml_documents import read_json
from core.evidence.logs.date_stamps import find_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_OLD = frozenset({"old", "previous", "prev", "before", "prior"})
_NEW = frozenset({"new", "current", "updated", "after", "next"})
_FROM_TO = ("from", "to")
# What names the object that was changed, and what its setting: in the order of how well they do.
_OBJECTS = (
    *("address", "target", "resourceId", "resource_id", "resource", "object", "objectName"),
    *("object_name", "filename", "file", "new_path", "entity", "service", "app", "component"),
)
_SETTINGS = (
    *("key", "field", "property", "setting", "attribute", "parameter", "option", "flag"),
    *("config_key", "path", "name"),
)
_TOLD_NOTHING = re.compile(
    r"(?i)(?:changes?|diffs?|changed[_-]?propert(?:y|ies)|items?|modifications?|delta|details?|values?)"
)
_FILES = ("filename", "new_path", "file", "path", "name")
_HUNK = re.compile(r"^@@ -\d{1,7}(?:,\d{1,7})? \+\d", re.MULTILINE)
_TIME = re.compile(r"(?i)(?:^|_|[a-z])(?:time(?:stamp)?|date|at|when|on)$")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_LEAST_PATCH = frozenset({"op", "path"})
_NUMBERED = re.compile(r"\.(\d{1,4})(?=\.|$)")
_MOST_NAME = 300  # characters


class QuotedDiff(NamedTuple):
    """The diff of a file that a document quotes in one of its values; row and `at` as above."""

    name: str
    text: str
    row: int
    at: datetime | None


class _Level(NamedTuple):
    """A branch on the way to what is looked at, and the key under which it stands."""

    key: str
    branch: Branch


def stated_changes(tree: Leaf | Branch) -> Iterator[StatedChange]:
    """All that a document states, in its order."""
    if isinstance(tree, Branch):
        yield from _within((_Level("", tree),))


def _within(trail: tuple[_Level, ...]) -> Iterator[StatedChange]:
    branch = trail[-1].branch
    if branch.is_list and _is_patch(branch):
        yield from _of_patch(branch, trail)
        return
    twins = [] if branch.is_list else list(_twins(branch))
    for old, new in twins:
        yield from _of_twins(old, new, trail)
    for key, node in branch.entries:
        is_twin = any(key in pair for pair in twins)
        if isinstance(node, Branch) and not is_twin:
            yield from _within((*trail, _Level(key, node)))


def _twins(branch: Branch) -> Iterator[tuple[str, str]]:
    """The keys of what was before, and of what is after."""
    keys = [key for key, _ in branch.entries]
    stems = {key: tuple(word.lower() for word in _WORDS.findall(key)) for key in keys}
    for key in keys:
        stem = tuple(word for word in stems[key] if word not in _OLD)
        if len(stem) == len(stems[key]):
            continue
        marked = (
            other
            for other in keys
            if _NEW & set(stems[other])
            and tuple(word for word in stems[other] if word not in _NEW) == stem
        )
        bare = (other for other in keys if stem and stems[other] == stem)
        partner = next(marked, None) or next(bare, None)
        if partner and type(branch.get(key)) is type(branch.get(partner)):
            yield key, partner
    if all(isinstance(branch.get(key), Leaf) for key in _FROM_TO) and _named(branch, _SETTINGS):
        yield _FROM_TO


def _of_twins(old: str, new: str, trail: Sequence[_Level]) -> Iterator[StatedChange]:
    branch = trail[-1].branch
    before, after = branch.get(old), branch.get(new)
    address, at = _address(trail, after), _moment(trail)
    if any(_is_sensitive(branch.get(f"{key}_sensitive")) for key in (old, new)):
        return
    if isinstance(before, Leaf) and isinstance(after, Leaf):
        if before.value != after.value:
            path = _setting(trail)
            yield StatedChange(address, path, before.value, after.value, after.line - 1, at)
        return
    assert isinstance(before, Branch)  # noqa: S101 - twins are of one type
    assert isinstance(after, Branch)  # noqa: S101
    name = _named(branch, _SETTINGS)
    hidden = _sensitive_paths(branch, old) | _sensitive_paths(branch, new)
    for path, one, other, row in _differing(before, after):
        if path in hidden:
            continue
        is_value = path == "value" and bool(name)
        yield StatedChange(address, name if is_value else path, one, other, row, at)


def _is_sensitive(node: Leaf | Branch | None) -> bool:
    """Whether a plan of Terraform says that nobody may see a value."""
    return isinstance(node, Leaf) and node.value == "true"


def _sensitive_paths(branch: Branch, key: str) -> set[str]:
    marked = branch.branch(f"{key}_sensitive")
    return {each.path for each in settings_of(marked) if each.value == "true"} if marked else set()


def _differing(before: Branch, after: Branch) -> Iterator[tuple[str, str | None, str | None, int]]:
    """Each path that two branches that share any set apart, and the row of the newer value."""
    old = {setting.path: setting.value for setting in settings_of(before)}
    new = {setting.path: setting for setting in settings_of(after)}
    if not old.keys() & new.keys():
        return
    for path, setting in new.items():
        if path not in old or not is_same(old[path], setting.value):
            yield path, old.get(path), setting.value, setting.line - 1
    for path, value in old.items():
        if path not in new:
            yield path, value, None, after.line - 1


def quoted_diffs(tree: Leaf | Branch) -> Iterator[QuotedDiff]:
    """Diffs beside the names of their files, as interfaces of code hosts give them."""
    if isinstance(tree, Branch):
        yield from _quoted((_Level("", tree),))


def _quoted(trail: tuple[_Level, ...]) -> Iterator[QuotedDiff]:
    branch = trail[-1].branch
    for key, node in branch.entries:
        if isinstance(node, Branch):
            yield from _quoted((*trail, _Level(key, node)))
        elif _HUNK.search(node.value) and (name := _named(branch, _FILES)):
            yield QuotedDiff(name, node.value, node.line - 1, _moment(trail))


def _is_patch(members: Branch) -> bool:
    branches = [node for _, node in members.entries if isinstance(node, Branch)]
    return bool(branches) and all(
        {key for key, _ in each.entries} >= _LEAST_PATCH for each in branches
    )


def _of_patch(members: Branch, trail: Sequence[_Level]) -> Iterator[StatedChange]:
    """Of a JSON patch what it replaces, where it tests the value before."""
    tested: dict[str, str] = {}
    address, at = _address(trail, members), _moment(trail)
    for member in members.members():
        path, value = member.text("path"), member.leaf("value")
        if value is None:
            continue
        if member.text("op") == "test":
            tested[path] = value.value
        elif path in tested and tested[path] != value.value:
            old = tested.pop(path)
            yield StatedChange(address, _dotted(path), old, value.value, value.line - 1, at)


def _dotted(pointer: str) -> str:
    """`/spec/containers/0/a~1b` is `spec.containers[0].a/b`."""
    keys = (key.replace("~1", "/").replace("~0", "~") for key in pointer.strip("/").split("/"))
    return _NUMBERED.sub(r"[\1]", ".".join(keys))


def _address(trail: Sequence[_Level], after: Leaf | Branch | None) -> str:
    """The object that is nearest by; or what the newer version calls itself."""
    for level in reversed(trail):
        beside = (node for _, node in level.branch.entries if isinstance(node, Branch))
        branches = [] if level.branch.is_list else [level.branch, *beside]
        if named := next(filter(None, (_named(each, _OBJECTS) for each in branches)), ""):
            return named
    return _named(after, ("Name", "name", "id", "ID")) if isinstance(after, Branch) else ""


def _setting(trail: Sequence[_Level]) -> str:
    """What the setting is called: beside its values, or by the key that they stand under."""
    for level in reversed(trail):
        if named := _named(level.branch, _SETTINGS):
            return named
        if level.key and not _TOLD_NOTHING.fullmatch(level.key):
            return level.key
    return "value"


def _moment(trail: Sequence[_Level]) -> datetime | None:
    """When it was done: the nearest time that is told."""
    times = (
        find_moment(node.value[:_MOST_NAME])
        for level in reversed(trail)
        for key, node in level.branch.entries
        if isinstance(node, Leaf) and _TIME.search(key)
    )
    return next(filter(None, times), None)


def _named(branch: Branch, keys: Iterable[str]) -> str:
    return next(filter(None, (branch.text(key) for key in keys)), "")[:_MOST_NAME]


def drifts(tree: Leaf | Branch, identity: str) -> Iterator[StatedChange]:
    """What of a live object is not as it was last applied: somebody set it by other means."""
    applied = (
        tree.leaf("metadata", "annotations", _LAST_APPLIED) if isinstance(tree, Branch) else None
    )
    before = next(iter(read_json(applied.value).trees), None) if applied else None
    if isinstance(before, Branch) and isinstance(tree, Branch):
        for path, old, new, row in _differing(before, tree):
            if old is not None and new is not None:  # a cluster fills in what is left open
                yield StatedChange(identity, path, old, new, row)
