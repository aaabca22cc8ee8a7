"""What changed between the versions of configuration files in a case, the most telling first.

Here the files of a case meet: each keeps its settings as findings, and a turn sees differences of
two versions as findings of the newer file. Nothing is stored of them, so that they go with their
files, whichever came first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.configuration.changes import (
    ConfigurationChange,
    change_finding,
    changed_file,
    committed_at,
    is_of_settings,
    is_slight,
    path_of,
    weight_of,
)
from core.evidence.configuration.differences import differences
from core.evidence.configuration.digests import read_settings
from core.evidence.configuration.versions import (
    is_called_after_version,
    name_without_mark,
    version_pairs,
)
from core.evidence.model import Finding, FindingKind
from core.investigation.decision import Situation
from core.investigation.memory.words import shared_word, telling_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.evidence.configuration.digests import SettingDifference, VersionPair

MAX_CHANGES = 60  # of a case: the rest would be told to nobody
_LEAST_WEIGHT = 0.0  # labels and notes have less
_ALERTED, _BEHIND, _OTHER = 4.0, 2.0, -1.0
_IN_WORDS = 1.5
_OF_SLIGHT = 0.25
_HOSTS = re.compile(r"(?<![\w.-])([a-z][a-z0-9-]{1,62})(?=[.:/,@]|$)")
_UNDIRECTED = -0.5
_COMPOSED = re.compile(r"services\.([\w-]+)\.")
_OBJECT = re.compile(  # `apps.v1.Deployment.shop.orders`
    r"(?:[\w-]{1,60}\.){0,6}v\d\w{0,12}\.[A-Z]\w{1,60}\.(?:[\w-]{1,63}\.)?([\w-]{1,63})"
)
_APART = re.compile(r"[^a-z0-9]+")
_AT_ONCE = timedelta(minutes=45)  # after which a commit may still have just gone into effect


def with_configuration_changes(situation: Situation) -> Situation:
    """The situation with the differences of its configuration files among its findings."""
    if not any(map(_tells_of_settings, chain.from_iterable(situation.findings.values()))):
        return situation
    comparison = _Comparison(situation)
    changes = comparison.ranked()[:MAX_CHANGES]
    findings = comparison.attributed()
    for file_id, finding in changes:
        findings[file_id] = (*findings.get(file_id, ()), finding)
    return replace(situation, findings=findings)


def _tells_of_settings(finding: Finding) -> bool:
    return finding.kind is FindingKind.SETTINGS or is_of_settings(finding)


def ranked_changes(situation: Situation) -> list[Finding]:
    """Changes of settings among the findings, the most telling first."""
    relevance = _Relevance(situation)
    changes = [
        finding
        for of_file in situation.findings.values()
        for finding in of_file
        if is_of_settings(finding)
    ]
    return sorted(changes, key=lambda finding: -relevance.of(finding))


@dataclass(frozen=True)
class _Comparison:
    situation: Situation

    def ranked(self) -> list[tuple[str, Finding]]:
        """The changes with the id of the newer file, the most telling first."""
        relevance = _Relevance(self.situation)
        scored = [
            (relevance.of(finding), file_id, finding) for file_id, finding in self._findings()
        ]
        kept = [row for row in scored if weight_of(row[2]) > _LEAST_WEIGHT]
        return [(file_id, finding) for _, file_id, finding in sorted(kept, key=lambda row: -row[0])]

    def attributed(self) -> dict[str, tuple[Finding, ...]]:
        """All findings; those of diffs with the service whose file they change."""
        return {
            file_id: tuple(map(self._attributed, findings))
            for file_id, findings in self.situation.findings.items()
        }

    def _attributed(self, finding: Finding) -> Finding:
        if not is_of_settings(finding):
            return finding
        finding = self._dated(finding)
        owner = self._owner_of(changed_file(finding))
        if finding.service and not owner:
            return finding
        places = (path_of(finding), changed_file(finding))
        known = (service for place in places if (service := self._known_in(place)))
        return replace(finding, service=owner or next(known, None))

    def _dated(self, finding: Finding) -> Finding:
        """With the time of its commit where that was made shortly before the alert, or later.

        An older one may have gone into effect at any time since.
        """
        made = committed_at(finding)
        if made is None or made < self._alerted - _AT_ONCE:
            return finding
        return replace(finding, first=made, last=made)

    @cached_property
    def _alerted(self) -> datetime:
        starts = (alert.starts_at for alert in self.situation.occurrences)
        return min(starts, default=self.situation.at)

    def _findings(self) -> Iterator[tuple[str, Finding]]:
        for pair in self._pairs:
            for difference in differences(pair.older, pair.newer):
                yield pair.newer.file, self._finding(pair, difference)

    @property
    def _pairs(self) -> Iterator[VersionPair]:
        names = {file.id: file.name.text for file in self.situation.files}
        stored = [
            read_settings(finding, file=file.id)
            for file in self.situation.files
            for finding in self.situation.findings.get(file.id, ())
            if finding.kind is FindingKind.SETTINGS
        ]
        return version_pairs(stored, names)

    def _finding(self, pair: VersionPair, difference: SettingDifference) -> Finding:
        change = ConfigurationChange(
            difference=difference,
            older=self._names[pair.older.file],
            newer=self._names[pair.newer.file],
            is_directed=pair.is_directed,
            service=self._service(pair, difference.path),
        )
        return change_finding(change)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {file.id: file.name.text for file in self.situation.files}

    @cached_property
    def _known(self) -> Sequence[str]:
        """Services that alerts, the topology and other files name, the longest name first."""
        names = {occurrence.service for occurrence in self.situation.occurrences}
        names |= {name for call in self.situation.all_calls for name in call}
        names |= set(self._owners.values())
        return sorted(filter(None, names), key=lambda name: (-len(name), name))

    def _service(self, pair: VersionPair, path: str) -> str | None:
        """Whose setting it is: by its path, its object, its file; by who brought the file."""
        name, _ = name_without_mark(self._names[pair.newer.file])
        places = (path, pair.newer.app, name)
        known = (service for place in places if (service := self._known_in(place)))
        owner = self._owners.get(pair.newer.file)
        composed = _COMPOSED.match(path)
        return owner or next(known, None) or pair.newer.app or (composed[1] if composed else None)

    @cached_property
    def _owners(self) -> Mapping[str, str | None]:
        """By file; a folder that is called after a version is nobody's."""
        return {
            file.id: file.service
            for file in self.situation.files
            if not (file.service and is_called_after_version(file.service))
        }

    def _owner_of(self, path: str) -> str | None:
        """The service that a folder or the file itself is called by, or an object of a cluster."""
        held = _OBJECT.fullmatch(path)
        *folders, file = PurePosixPath(held[1] if held else path).parts or ("",)
        names = {plain_name(name): name for name in self._known}
        places = [file, PurePosixPath(file).stem, *reversed(folders)]
        return next((names[place] for place in map(plain_name, places) if place in names), None)

    def _known_in(self, place: str) -> str | None:
        form = f"-{_APART.sub('-', place.lower())}-"
        return next((name for name in self._known if f"-{plain_name(name)}-" in form), None)


def _folders(name: str) -> tuple[str, ...]:
    return PurePosixPath(name).parts[:-1]


def plain_name(service: str) -> str:
    """A service's name in small letters, digits and dashes."""
    return _APART.sub("-", service.lower()).strip("-")


@dataclass(frozen=True)
class _Relevance:
    """How much a change may have to do with the alerts of a case."""

    situation: Situation

    def of(self, finding: Finding) -> float:
        words = telling_words(f"{path_of(finding)} {finding.text.text}")
        weight = weight_of(finding)
        if weight <= _LEAST_WEIGHT:  # a label is one, whoever wears it
            return weight
        place = self._place(finding.service)
        # What else a release brought is told apart from its number, and a nudge breaks little.
        weight += place * _OF_SLIGHT if is_slight(finding) else place
        weight += _IN_WORDS if shared_word(words, self._words) else 0.0
        return weight + (0.0 if finding.signals else _UNDIRECTED)

    def _place(self, service: str | None) -> float:
        if service is None or not self._alerted:
            return 0.0
        if service in self._alerted:
            return _ALERTED
        graph = self.situation.graph
        is_behind = any(graph.is_behind(service, alerted) for alerted in self._alerted)
        return _BEHIND if is_behind or plain_name(service) in self._named else _OTHER

    @cached_property
    def _named(self) -> frozenset[str]:
        """Whom the settings of who is alerted name as a host: `REDIS_HOST=cart-store.internal`."""
        alerted = {plain_name(name) for name in self._alerted}
        stored = (
            read_settings(finding, file=file.id)
            for file in self.situation.files
            if alerted & set(map(plain_name, (file.service or "", *_folders(file.name.text))))
            for finding in self.situation.findings.get(file.id, ())
            if finding.kind is FindingKind.SETTINGS
        )
        values = (value for settings in stored for _, value in settings.settings.values())
        return frozenset(name for value in values for name in _HOSTS.findall(value.lower()))

    @cached_property
    def _alerted(self) -> frozenset[str]:
        return frozenset(
            occurrence.service for occurrence in self.situation.occurrences if occurrence.service
        )

    @cached_property
    def _words(self) -> frozenset[str]:
        """What the alerts are about, without the names of services."""
        texts = (f"{each.name} {each.summary}" for each in self.situation.occurrences)
        names = frozenset(word for name in self._alerted for word in telling_words(name))
        return telling_words(" ".join(texts)) - names
