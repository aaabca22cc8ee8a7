"""Among which candidate causes do we choose, and what was seen of each?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from core.cases.hypotheses import Cause
from core.evidence.model import Finding, FindingKind, Level
from core.investigation.causes.peers import Peers, mentions
from core.investigation.causes.sightings import Sighting, changes, sightings
from core.investigation.decision import Situation
from core.signatures import Role, Signature, signatures

BAD_DEPLOY, DEPLOY = "bad_deploy", "deploy"  # a fault, and the change that it takes
SHORTLY = timedelta(minutes=30)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A possible cause and the sightings that speak for it, the weightiest first."""

    cause: Cause
    signature: Signature
    seen: tuple[Sighting, ...]

    @property
    def best(self) -> Sighting:
        return self.seen[0]

    @property
    def count(self) -> int:
        """Lines of the most frequent sighting: other signals often stand in the same records."""
        return max(one.count for one in self.seen)

    @property
    def first(self) -> datetime | None:
        return min((one.first for one in self.seen if one.first), default=None)

    @property
    def last(self) -> datetime | None:
        return max((one.last for one in self.seen if one.last), default=None)

    @property
    def callers(self) -> frozenset[str]:
        """Services whose own log tells of it."""
        return frozenset(one.seen_by for one in self.seen if one.seen_by)

    @property
    def told_by_itself(self) -> bool:
        """Does the log of the guilty service tell of it, not only that of a caller?"""
        return any(one.seen_by == self.cause.service for one in self.seen)


@dataclass(frozen=True)
class Scene:
    """A situation, read for what may have caused it."""

    situation: Situation

    @cached_property
    def seen(self) -> tuple[Sighting, ...]:
        return sightings(self.situation)

    @cached_property
    def changes(self) -> tuple[Sighting, ...]:
        return changes(self.seen)

    @cached_property
    def peers(self) -> Peers:
        return Peers(self.situation)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """One per service and fault."""
        found: dict[tuple[str | None, str], list[Sighting]] = defaultdict(list)
        for one in self.seen:
            if one.signal.role is Role.FOR:
                found[self.peers.blamed(one), one.signal.fault].append(one)
        return tuple(_candidate(service, fault, seen) for (service, fault), seen in found.items())

    @cached_property
    def unknown_errors(self) -> tuple[Finding, ...]:
        """Kinds of error lines that no signature knows, the most frequent first."""
        found = (one for every in self.situation.findings.values() for one in every)
        errors = (one for one in found if one.kind is FindingKind.TEMPLATE and not one.signals)
        serious = [one for one in errors if one.level in (Level.ERROR, Level.FATAL)]
        return tuple(sorted(serious, key=lambda one: -one.count))

    def against(self, candidate: Candidate) -> list[Sighting]:
        """What was seen in the same files that speaks against the candidate's fault."""
        files = {one.file.id for one in candidate.seen}
        fault = candidate.cause.fault
        opposed = (one for one in self.seen if one.signal.role is Role.AGAINST)
        return [one for one in opposed if one.signal.fault == fault and one.file.id in files]

    def change_before(self, candidate: Candidate) -> Sighting | None:
        """The last change of its service shortly before it was first seen."""
        found = [one for one in self.changes if self._may_have_caused(one, candidate)]
        return max(found, key=lambda one: _last_moment(one, candidate), default=None)

    def _may_have_caused(self, change: Sighting, candidate: Candidate) -> bool:
        fits = candidate.cause.fault != BAD_DEPLOY or change.signal.name == DEPLOY
        near = change.is_telling and _precedes(change, candidate)
        return fits and near and self._concerns(change, candidate)

    def _concerns(self, change: Sighting, candidate: Candidate) -> bool:
        """A change that names services is about those; else it is about whose log tells of it."""
        service, named = candidate.cause.service, self._named_in(change.finding.text.text)
        if named - {change.seen_by}:
            return service in named
        files = {one.file.id for one in candidate.seen}
        return change.seen_by == service or change.file.id in files

    def _named_in(self, text: str) -> frozenset[str]:
        """The services that a line names; every candidate asks it of the same few lines."""
        if text not in self._names_told:
            named = (name for name in self.peers.known if mentions(text, name))
            self._names_told[text] = frozenset(named)
        return self._names_told[text]

    @cached_property
    def _names_told(self) -> dict[str, frozenset[str]]:
        return {}


def _last_moment(change: Sighting, candidate: Candidate) -> tuple[datetime, int]:
    at = change.latest_before(candidate.first) or _LONG_AGO
    return at, change.finding.locus.line_start


def _precedes(change: Sighting, candidate: Candidate) -> bool:
    """By time; where times are unknown, by the order of lines in one file."""
    if change.first and candidate.first:
        earliest = (candidate.first - SHORTLY).timestamp()
        return any(earliest <= moment <= candidate.first.timestamp() for moment in change.moments)
    lines = [
        one.finding.locus.line_start for one in candidate.seen if one.file.id == change.file.id
    ]
    return bool(lines) and change.finding.locus.line_start < min(lines)


def _candidate(service: str | None, fault: str, seen: list[Sighting]) -> Candidate:
    ordered = sorted(seen, key=lambda one: (one.is_mild, -one.signal.weight, -one.count))
    cause = Cause(service=service, signal=ordered[0].signal.name, fault=fault)
    return Candidate(cause=cause, signature=signatures()[fault], seen=tuple(ordered))
