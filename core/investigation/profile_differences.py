"""What grew between the profiles of one service: each is held against the one before it.

As with settings, nothing is stored of a difference: each turn sees it anew.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from core.evidence.model import EvidenceFile, Finding, FindingKind
from core.evidence.profiles.differences import ProfilePair, grown, growth_finding
from core.evidence.profiles.digests import StoredShares, read_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.investigation.decision import Situation

MAX_DIFFERENCES = 40  # of a case


@dataclass(frozen=True, kw_only=True)
class _FileProfile:
    """A profile with its file."""

    file: EvidenceFile
    shares: StoredShares


def with_profile_differences(situation: Situation) -> Situation:
    """The situation with what grew among the findings of the newer file of each pair."""
    findings = dict(situation.findings)
    for file_id, finding in list(_differences(situation))[:MAX_DIFFERENCES]:
        findings[file_id] = (*findings.get(file_id, ()), finding)
    return replace(situation, findings=findings)


def _is_digest(finding: Finding) -> bool:
    return finding.kind is FindingKind.PROFILE_SHARES


def _differences(situation: Situation) -> Iterator[tuple[str, Finding]]:
    """Each with the id of its file. Files came in the order of their numbers."""
    series: defaultdict[tuple[object, ...], list[_FileProfile]] = defaultdict(list)
    for profile in _profiles(situation):
        key = (profile.file.service, profile.shares.kind, profile.shares.unit)
        series[key].append(profile)
    for older, newer in chain.from_iterable(map(pairwise, series.values())):
        pair = ProfilePair(
            older=older.shares,
            newer=newer.shares,
            older_file=older.file.name.text,
            newer_file=newer.file.name.text,
            service=newer.file.service,
        )
        for growth in grown(older.shares, newer.shares):
            yield newer.file.id, growth_finding(growth, pair)


def _profiles(situation: Situation) -> Iterator[_FileProfile]:
    for file in sorted(situation.files, key=lambda each: each.number):
        for finding in filter(_is_digest, situation.findings.get(file.id, ())):
            shares = read_digest(finding)
            if shares is not None:
                yield _FileProfile(file=file, shares=shares)
