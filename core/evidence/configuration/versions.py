"""Which files of a case are versions of one another, and which of two is the newer.

By kind and name for objects of Kubernetes, else by the file's name without what marks a version:
`.old`, `-before`, `.v2`, `-3.4.0`, folders such as `before/` and `rev-41/`. Of two files of one
name without a mark nobody knows which was first. Where names say nothing, contents may.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.configuration.digests import StoredSettings, VersionPair
from core.evidence.configuration.likenesses import environment_of, likenesses
from core.evidence.configuration.marks import NEW_WORDS, OLD_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_REVISION = r"rev(?:ision)?|rel(?:ease)?|ver(?:sion)?|build|gen(?:eration)?|snapshot"
# `rev-41`, `release_12`; `v3` and `r7`, whose letter nothing may part from its number.
_NUMBER_WORDS = rf"(?:[vr]|(?:{_REVISION})[-_. ]?)(?P<number>\d{{1,6}})"
_DATE = r"(?P<date>\d{4}-?\d\d-?\d\d(?:[-_tT]?\d\d[:-]?\d\d(?:[:-]?\d\d)?Z?)?)"
# Not the end of an address: `host-10.0.0.7` is another host than `host-10.0.0.8`.
_RELEASE = r"(?P<release>(?<!\d\.)(?:v|r|rel-?|release-?)?\d{1,4}\.\d{1,4}(?:\.\d{1,4})?)"
# Which of two days was first nobody knows: a week may lie between them.
_DAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat)"
_WORDS = rf"(?P<old>{OLD_WORDS})|(?P<new>{NEW_WORDS})|{_NUMBER_WORDS}|{_DATE}|{_RELEASE}|{_DAY}"
_MARKED = re.compile(rf"(?i)(?P<edge>[._-])(?:{_WORDS})$")
_PART = re.compile(rf"(?i)(?:{_WORDS})")
_BEFORE_NAME = re.compile(rf"(?i)^(?:(?P<old>{OLD_WORDS})|{NEW_WORDS})[-_. ](?=\w)")
_INTERFACE = re.compile(r"(?i)[vr]\d{1,6}")  # of code: `v2/` stands beside `v1/`
_COPY = re.compile(r"~$|\s?\(\d{1,3}\)$")
# Of Ansible: `app.conf.13233.2026-11-25@15:30:22~`.
_BACKUP = re.compile(r"\.\d{1,7}\.(?P<date>\d{4}-\d\d-\d\d@\d\d[:-]\d\d[:-]\d\d)~$")
_ROTATED = re.compile(r"(?<=[a-z])\.(\d{1,2})$")
_NUMBER = re.compile(r"\d+")
_SUFFIX = re.compile(r"\.[A-Za-z]\w{0,11}$")


@dataclass(frozen=True, order=True)
class VersionMark:
    """Where in the order of versions a name puts a file: by age, then by number, date or release.

    age: -1 is marked as old, 0 not marked, 1 marked as new. release: `3.4.0` is (3, 4, 0).
    """

    age: int = 0
    number: int = 0
    date: str = ""
    release: tuple[int, ...] = ()

    @property
    def is_numbered(self) -> bool:
        """Whether it counts versions."""
        return bool(self.number or self.release)


def is_called_after_version(folder: str) -> bool:
    """Whether a folder's whole name says which version it holds: `before`, `release-4.13.0`."""
    return _PART.fullmatch(folder) is not None


def name_without_mark(name: str, *, is_code: bool = False) -> tuple[str, VersionMark]:
    """`before/shop/app-v2.yaml` is (`shop/app.yaml`, its mark).

    is_code: programs have files called `after.go`, and folders `v1` and `v2` for two interfaces.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    folders, mark = [], VersionMark()
    for folder in path.parts[:-1]:
        match = None if is_code and _INTERFACE.fullmatch(folder) else _PART.fullmatch(folder)
        if match:
            mark = _with(mark, match)
        elif not is_code and (behind := _MARKED.search(folder)):  # `etc-2026-11-25` is `etc`
            mark = _with(mark, behind)
            folders.append(folder[: behind.start()])
        else:
            folders.append(folder)
    # A copy is older than what lies beside it, in however old a folder.
    base, own = _base_without_mark(path.name)
    mark = replace(_joined(mark, own), age=mark.age + own.age)
    suffix = _SUFFIX.search(base)
    if suffix and not is_code and (match := _PART.fullmatch(base[: suffix.start()])):
        base, mark = suffix[0], _with(mark, match)
    return "/".join([*folders, base]).lower(), mark


def _joined(folder: VersionMark, own: VersionMark) -> VersionMark:
    """What the name of a file says of its version, and else its folders."""
    return VersionMark(
        number=own.number or folder.number,
        date=own.date or folder.date,
        release=own.release or folder.release,
    )


def _base_without_mark(base: str) -> tuple[str, VersionMark]:
    mark = VersionMark()
    if rotated := _ROTATED.search(base):  # `nginx.conf.1` was kept before `nginx.conf`
        mark = VersionMark(-1, -int(rotated[1]))
        base = base[: rotated.start()]
    if backup := _BACKUP.search(base):
        mark = VersionMark(-1, date=re.sub(r"\D", "", backup["date"]))
        base = base[: backup.start()]
    if base.endswith("~"):
        mark = VersionMark(-1)
    base = _COPY.sub("", base)
    if ahead := _BEFORE_NAME.match(base):  # `old-app.yaml`
        mark, base = replace(mark, age=-1 if ahead["old"] else 1), base[ahead.end() :]
    while match := _MARKED.search(base):
        mark, base = _with(mark, match), base[: match.start()]
    if suffix := _SUFFIX.search(base):
        stem, mark = _stem_without_mark(base[: suffix.start()], mark)
        if inner := _SUFFIX.search(stem):  # `job_v1.nomad.hcl`
            outer, mark = _stem_without_mark(stem[: inner.start()], mark)
            stem = outer + inner[0]
        base = stem + suffix[0]
    return base, mark


def _stem_without_mark(stem: str, mark: VersionMark) -> tuple[str, VersionMark]:
    stem = _COPY.sub("", stem)
    while (match := _MARKED.search(stem)) and match.start():
        mark, stem = _with(mark, match), stem[: match.start()]
    return stem, mark


def _with(mark: VersionMark, match: re.Match[str]) -> VersionMark:
    if match["old"] or match["new"]:
        return replace(mark, age=-1 if match["old"] else 1)
    if match["number"]:
        number = int(match["number"])  # what is marked `v1` was kept beside what came after it
        return replace(mark, age=min(mark.age, -1) if number <= 1 else mark.age, number=number)
    if match["release"]:
        return replace(mark, release=tuple(int(part) for part in _NUMBER.findall(match["release"])))
    if match["date"]:
        return replace(mark, age=mark.age or -1, date=re.sub(r"\D", "", match["date"]))
    return mark


def version_pairs(
    stored: Iterable[StoredSettings], names: Mapping[str, str]
) -> Iterator[VersionPair]:
    """Each version with the one before it. names: of files, by id."""
    groups: defaultdict[str, list[StoredSettings]] = defaultdict(list)
    marks = {file: name_without_mark(name) for file, name in names.items()}
    for settings in stored:
        base, _ = marks[settings.file]
        groups[settings.identity or base].append(settings)
    _set_beside(groups, names)
    by_file = {file: mark for file, (_, mark) in marks.items()}
    singles = []
    for versions in _without_namespace(groups):
        if len({(each.file, each.revision) for each in versions}) == len(versions) > 1:
            for same in _by_environment(versions, names):
                yield from _pairs(same, by_file)
        elif len(versions) == 1 and not versions[0].identity:
            singles += versions
    yield from likenesses(singles, names)


def _by_environment(
    versions: Iterable[StoredSettings], names: Mapping[str, str]
) -> Iterable[list[StoredSettings]]:
    """One object may be kept for each environment: in `staging/` and in `prod/`."""
    groups: defaultdict[str, list[StoredSettings]] = defaultdict(list)
    for version in versions:
        groups[environment_of(names[version.file].rpartition("/")[0])].append(version)
    return groups.values()


def _set_beside(groups: Mapping[str, list[StoredSettings]], names: Mapping[str, str]) -> None:
    """What is in a folder that is marked as a whole belongs to what lies beside the folder.

    `etc.prev-20261119/nginx.conf` and `nginx.conf`, of somebody who copied where he stood.
    """
    for base, kept in groups.items():
        inside, outer = base.partition("/")[2], PurePosixPath(names[kept[0].file]).parts[0]
        is_kept = len(kept) == 1 and not kept[0].identity and _MARKED.search(outer)
        beside = groups.get(inside, []) if inside and is_kept else []
        if len(beside) == 1 and not beside[0].identity:
            beside += kept
            kept.clear()


def _without_namespace(
    groups: Mapping[str, list[StoredSettings]],
) -> Iterator[list[StoredSettings]]:
    """A manifest that leaves its namespace open is of the only object of that kind and name."""
    namespaced: defaultdict[str, list[str]] = defaultdict(list)
    for identity in groups:
        kind, _, rest = identity.partition("/")
        if "/" in rest:
            namespaced[f"{kind}/{rest.partition('/')[2]}"].append(identity)
    joined = {
        plain: full[0] for plain, full in namespaced.items() if plain in groups and len(full) == 1
    }
    for identity, versions in groups.items():
        if identity not in joined.values():
            yield [*versions, *groups.get(joined.get(identity, ""), ())]


def _pairs(
    versions: list[StoredSettings], marks: Mapping[str, VersionMark]
) -> Iterator[VersionPair]:
    is_counted = all(version.revision for version in versions)

    def order(version: StoredSettings) -> tuple[int, VersionMark]:
        return version.revision if is_counted else 0, marks[version.file]

    for older, newer in pairwise(sorted(versions, key=order)):
        # What is `v3` may be newer than what has no number, or have been kept of it.
        is_known = is_counted or marks[older.file].is_numbered >= marks[newer.file].is_numbered
        is_known |= marks[older.file].age < marks[newer.file].age
        yield VersionPair(
            older=older, newer=newer, is_directed=order(older) < order(newer) and is_known
        )
