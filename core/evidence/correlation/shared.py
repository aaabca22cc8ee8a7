"""Joins the files of a case by the ids that they share, and leaves out what all of them have."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from core.evidence.correlation.digests import FileIdentifiers, read_identifiers
from core.evidence.correlation.identifiers import EVERY_HASH, IdentifierKind
from core.evidence.model import FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.model import Finding

MOST_GROUPS = 6
_MOST_SETS = 200  # of files that are weighed: those that share the most
_LIKE = 0.5  # of what fewer files share is shared by more: they say no more
_FEW = 2  # files: that both name one host says nothing yet


class SharedSubject(StrEnum):
    """What the shared ids are of."""

    REQUESTS = "requests"
    SESSIONS = "sessions"
    PODS = "pods"
    HOSTS = "hosts"
    RELEASES = "releases"


_SUBJECTS = {
    IdentifierKind.TRACE: SharedSubject.REQUESTS,
    IdentifierKind.REQUEST: SharedSubject.REQUESTS,
    IdentifierKind.OTHER: SharedSubject.REQUESTS,
    IdentifierKind.SESSION: SharedSubject.SESSIONS,
    IdentifierKind.POD: SharedSubject.PODS,
    IdentifierKind.HOST: SharedSubject.HOSTS,
    IdentifierKind.RELEASE: SharedSubject.RELEASES,
}
_COMMON = frozenset({SharedSubject.PODS, SharedSubject.HOSTS, SharedSubject.RELEASES})
_ORDER = list(IdentifierKind)  # the more telling name of one id, first


@dataclass(frozen=True, kw_only=True)
class SharedIdentifiers:
    """The ids that some files all have.

    files: their ids, in the order of the case. count: of the shared ids; is_estimated where a file
    has more than are kept. total: of such ids in the whole case, estimated alike. kind: what most
    of them are called. first, last: when they are first seen, where anything tells.
    """

    subject: SharedSubject
    kind: IdentifierKind
    files: tuple[str, ...]
    count: int
    total: int
    is_estimated: bool = False
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class _Holders:
    """Which of the files have an id (bit by bit), its kind, and its times."""

    files: int
    kind: IdentifierKind
    times: tuple[int, ...]


def shared_in_case(findings: Mapping[str, Sequence[Finding]]) -> list[SharedIdentifiers]:
    """What the files of a case share, the most telling first. findings: by the id of the file."""
    digests = [
        read_identifiers(finding, file=file)
        for file, of_file in findings.items()
        for finding in of_file
        if finding.kind is FindingKind.IDENTIFIERS
    ]
    return find_shared(digests)


def find_shared(digests: Sequence[FileIdentifiers]) -> list[SharedIdentifiers]:
    """At most MOST_GROUPS."""
    if len(digests) < _FEW:
        return []
    by_subject: dict[SharedSubject, dict[int, _Holders]] = defaultdict(dict)
    for hashed, holders in _holders(digests).items():
        by_subject[_SUBJECTS[holders.kind]][hashed] = holders
    groups = [
        group
        for subject in SharedSubject
        for group in _Join(digests, subject, _rare(subject, by_subject[subject])).groups()
    ]
    return sorted(groups, key=_tells, reverse=True)[:MOST_GROUPS]


def _holders(digests: Sequence[FileIdentifiers]) -> dict[int, _Holders]:
    files, kinds = Counter[int](), dict[int, IdentifierKind]()
    times: dict[int, list[int]] = defaultdict(list)
    for place, digest in enumerate(digests):
        for hashed, seen in digest.seen.items():
            files[hashed] |= 1 << place
            kinds[hashed] = min(kinds.get(hashed, seen.kind), seen.kind, key=_ORDER.index)
            times[hashed] += [seen.at] if seen.at else []
    return {
        hashed: _Holders(mask, kinds[hashed], tuple(times[hashed]))
        for hashed, mask in files.items()
    }


def _rare(subject: SharedSubject, held: Mapping[int, _Holders]) -> dict[int, _Holders]:
    """Without those that every file has which names any: the one host of a case tells nothing."""
    if subject not in _COMMON:
        return dict(held)
    naming = 0
    for holders in held.values():
        naming |= holders.files
    is_only = len(held) == 1
    return {
        hashed: holders
        for hashed, holders in held.items()
        if holders.files != naming or (naming.bit_count() == _FEW and not is_only)
    }


@dataclass(frozen=True)
class _Join:
    """The files of a case joined by the ids of one subject."""

    digests: Sequence[FileIdentifiers]
    subject: SharedSubject
    held: Mapping[int, _Holders]

    def groups(self) -> list[SharedIdentifiers]:
        """Sets of files, the most telling first, without those that a larger set speaks for."""
        sets = Counter(holders.files for holders in self.held.values())
        several = [mask for mask, _ in sets.most_common() if mask.bit_count() > 1][:_MOST_SETS]
        joined = [(mask, self._of(mask)) for mask in several]
        chosen = list[tuple[int, SharedIdentifiers]]()
        for mask, group in sorted(joined, key=lambda pair: _tells(pair[1]), reverse=True):
            if group.count and not any(_says_more(other, (mask, group)) for other in chosen):
                chosen.append((mask, group))
        return [group for _, group in chosen]

    def _of(self, mask: int) -> SharedIdentifiers:
        """What all files of a set have."""
        below = self._below(mask)
        shared = [
            holders
            for hashed, holders in self.held.items()
            if hashed < below and holders.files & mask == mask
        ]
        times = [at for holders in shared for at in holders.times]
        kinds = Counter(holders.kind for holders in shared)
        return SharedIdentifiers(
            subject=self.subject,
            kind=kinds.most_common(1)[0][0] if kinds else IdentifierKind.OTHER,
            files=tuple(digest.file for digest in _members(self.digests, mask)),
            count=_scaled(len(shared), below),
            total=self._total(),
            is_estimated=below < EVERY_HASH,
            first=_moment(min(times, default=0)),
            last=_moment(max(times, default=0)),
        )

    def _below(self, mask: int) -> int:
        """Under which hash all ids of these files were kept."""
        if self.subject in _COMMON:
            return EVERY_HASH
        return min(digest.below for digest in _members(self.digests, mask))

    def _total(self) -> int:
        below = self._below((1 << len(self.digests)) - 1)
        return _scaled(sum(hashed < below for hashed in self.held), below)


def _members(digests: Sequence[FileIdentifiers], mask: int) -> Iterator[FileIdentifiers]:
    return (digest for place, digest in enumerate(digests) if mask >> place & 1)


def _scaled(count: int, below: int) -> int:
    return round(count * EVERY_HASH / below)


def _says_more(
    other: tuple[int, SharedIdentifiers], smaller: tuple[int, SharedIdentifiers]
) -> bool:
    """Whether a larger set of files shares most of what a smaller one does."""
    is_part = smaller[0] & other[0] == smaller[0]
    return is_part and other[1].count >= _LIKE * smaller[1].count


def _tells(group: SharedIdentifiers) -> float:
    """Ids of requests bind files closer than the hosts they ran on; many files, closer than two."""
    weight = 1.0 if group.subject in _COMMON else 2.0
    return weight * (len(group.files) - 1) * math.log2(1 + group.count)


def _moment(second: int) -> datetime | None:
    return datetime.fromtimestamp(second, tz=UTC) if second else None
