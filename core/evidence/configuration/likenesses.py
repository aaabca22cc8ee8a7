"""Versions that contents tell: their names differ in a number, or in a folder, and say no more.

`payments.44.yaml` and `payments.45.yaml`; `prod-a/` and `prod-b/`, most of whose files are equal.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations, pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.configuration.digests import StoredSettings, VersionPair

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


_NUMBER = re.compile(r"(?<!\d\.)(?<!\d)\d{1,9}(?!\.?\d)")  # none of an address
_LEAST_SETTINGS = 3  # that both set
_ALIKE = 0.7  # of all that either sets
_MOST_OF_NAME = 8  # files whose names differ in numbers: more are instances
_COUNTED_FROM = 10  # what has lower numbers may be instances
_MOST_FOLDERS = 40
_ENVIRONMENT = re.compile(
    r"(?i)(?<![a-z])(?:stag|prod|dev|test|qa|uat|sandbox|demo)"
    r"(?:e|ing|uction|elopment)?(?![a-z])"
)
_SHORT = 3  # letters that tell environments apart: `prod` is `production`
_LEAST_SHARED = 3  # files of one name in two folders
_MOSTLY = 0.5  # of these are equal


def likenesses(
    singles: Iterable[StoredSettings], names: Mapping[str, str]
) -> Iterator[VersionPair]:
    """Of files whose versions no name tells. names: of files, by id."""
    left = {names[settings.file]: settings for settings in singles}
    counted = list(_by_number(left))
    paired = {settings.file for pair in counted for settings in (pair.older, pair.newer)}
    yield from counted
    others = {name: settings for name, settings in left.items() if settings.file not in paired}
    yield from _by_folder(others)


def _by_number(named: Mapping[str, StoredSettings]) -> Iterator[VersionPair]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name in named:
        if _NUMBER.search(name):
            groups[_NUMBER.sub("#", name)].append(name)
    for alike in groups.values():
        if not 1 < len(alike) <= _MOST_OF_NAME:
            continue
        for one, other in pairwise(sorted(alike, key=_numbers)):
            numbers = zip(_numbers(one), _numbers(other), strict=True)
            lower = min(before for before, after in numbers if before != after)
            if lower >= _COUNTED_FROM and _are_alike(named[one], named[other]):
                yield VersionPair(older=named[one], newer=named[other], is_directed=True)


def _numbers(name: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(name)]


def _are_alike(one: StoredSettings, other: StoredSettings) -> bool:
    shared = one.settings.keys() & other.settings.keys()
    equal = sum(one.settings[path][1] == other.settings[path][1] for path in shared)
    every = len(one.settings.keys() | other.settings.keys())
    return len(shared) >= _LEAST_SETTINGS and equal >= _ALIKE * every


def _by_folder(named: Mapping[str, StoredSettings]) -> Iterator[VersionPair]:
    """Of two folders beside each other that hold files of the same names, mostly equal ones."""
    places: defaultdict[tuple[str, ...], dict[str, dict[str, StoredSettings]]] = defaultdict(dict)
    for name, settings in named.items():
        parts = PurePosixPath(name).parts
        for depth in range(len(parts) - 1):
            below = "/".join(parts[depth + 1 :])
            places[parts[:depth]].setdefault(parts[depth], {})[below] = settings
    values = {settings.file: _values(settings) for settings in named.values()}
    for beside in places.values():
        for one, other in combinations(list(beside)[:_MOST_FOLDERS], 2):
            if environment_of(one) == environment_of(other):
                yield from _of_folders(beside[one], beside[other], values)


def environment_of(path: str) -> str:
    """Which environment a folder, or one of a path, is called after: those differ on purpose."""
    called = _ENVIRONMENT.search(path)
    return called[0].lower()[:_SHORT] if called else ""


def _of_folders(
    one: Mapping[str, StoredSettings],
    other: Mapping[str, StoredSettings],
    values: Mapping[str, Mapping[str, str]],
) -> Iterator[VersionPair]:
    """values: of each file's settings, by its id."""
    shared = [name for name in one if name in other]
    equal = sum(values[one[name].file] == values[other[name].file] for name in shared)
    if len(shared) >= _LEAST_SHARED and equal >= _MOSTLY * len(shared):
        for name in shared:
            yield VersionPair(older=one[name], newer=other[name], is_directed=False)


def _values(settings: StoredSettings) -> dict[str, str]:
    return {path: value for path, (_, value) in settings.settings.items()}
