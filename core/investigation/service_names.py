"""Who is who: the names under which evidence speaks of one service.

A folder, a pod, a file dropped in chat and a node of the topology are called differently. The names
of the topology, of alerts and of measurements are taken as they are; a file belongs to the one that
its lines, its path or its product point to. What points to two of them stays apart.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.model import EvidenceFile, Finding, FindingKind, Locus
from core.evidence.pipeline import service_from_name
from core.investigation.causes.peers import (
    BROKER,
    CACHE,
    DATABASE,
    kind_of_name,
    kind_of_server,
)
from core.investigation.decision import Situation
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

say = sentences("investigation.service_names")

_MEASURED = frozenset({FindingKind.MOVES, FindingKind.METRIC, FindingKind.PACE, FindingKind.SPAN})
_LINES = frozenset({FindingKind.TEMPLATE, FindingKind.SIGNAL, FindingKind.FIRST_ERROR})
_MOST = 0.5  # of a file's lines: more of them name whose they are
# What a line says of itself: `svc=orders`, `"service": "orders"`, `[orders]`, `orders[312]:`.
_OWN_FIELD = re.compile(
    r"(?i)(?<![\w.])[\"']?(?:svc|service(?:[._]name)?|app|application|component|container(?:_name)?)"
    r"[\"']?\s?[=:]\s?[\"']?([a-z][\w.-]{1,62})"
)
_IN_BRACKETS = re.compile(r"\[([A-Za-z][\w.-]{1,62})\]|(?<=\s)([A-Za-z][\w.-]{1,62})\[\d+\]:")
_HASH = re.compile(r"-[0-9a-f]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$")
_PORT = re.compile(r":\d{1,5}$")
_DOMAIN = re.compile(r"\.(?:svc|local|internal|default|prod|staging|cluster)\b.*$")
_GLUE = re.compile(r"[\s_.]+")
_EDGE = "-_. @/"
_KINDS = {
    DATABASE: say.later("database"),
    CACHE: say.later("cache"),
    BROKER: say.later("broker"),
}


@dataclass(frozen=True, kw_only=True)
class SameService:
    """That what is called `alias` is the service `name`. locus: of a line that shows it."""

    name: str
    alias: str
    why: RedactedText
    locus: Locus | None = None


@dataclass(frozen=True, kw_only=True)
class NameConflict:
    """What is called `alias` could be each of `names`, and is left as it is."""

    alias: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class ServiceNames:
    """The names of a situation, resolved."""

    situation: Situation

    @cached_property
    def known(self) -> tuple[str, ...]:
        """Taken as they are: the topology's names, then those of alerts and measurements."""
        names = [name for call in self.situation.calls for name in call]
        names += [alert.service for alert in self.situation.occurrences if alert.service]
        names += [
            finding.service
            for findings in self.situation.findings.values()
            for finding in findings
            if finding.kind in _MEASURED and finding.service
        ]
        by_form: dict[str, str] = {}
        for name in names:
            by_form.setdefault(plain(name), name)
        return tuple(by_form.values())

    @cached_property
    def same(self) -> tuple[SameService, ...]:
        """Each name and file that belongs to a service of another name, with what shows it."""
        return tuple(chain(self._other_forms(), self._of_files.values()))

    @cached_property
    def conflicts(self) -> tuple[NameConflict, ...]:
        """What could be several services."""
        return tuple(
            NameConflict(alias=file.name.text, names=names)
            for file in self.situation.files
            if file.id not in self._of_files and len(names := self._named_in_lines(file)) > 1
        )

    @cached_property
    def applied_names(self) -> tuple[str, ...]:
        """Every service of the situation, each under its one name."""
        situation = self.applied()
        names = [*self.known, *(file.service for file in situation.files)]
        return tuple(dict.fromkeys(name for name in names if name))

    def applied(self) -> Situation:
        """The situation with each service under one name."""
        situation, forms = self.situation, self._forms
        own = {
            file.id: self._of_files[file.id].name if file.id in self._of_files else self._left(file)
            for file in situation.files
        }
        files = tuple(replace(file, service=own[file.id]) for file in situation.files)
        before = {file.id: file.service for file in situation.files}
        findings = {
            file_id: tuple(
                _under(finding, forms, was=before.get(file_id), now=own.get(file_id))
                for finding in findings
            )
            for file_id, findings in situation.findings.items()
        }
        calls = tuple(
            (forms.get(caller, caller), forms.get(callee, callee))
            for caller, callee in situation.calls
        )
        occurrences = tuple(
            replace(alert, service=forms.get(alert.service, alert.service))
            if alert.service
            else alert
            for alert in situation.occurrences
        )
        return replace(
            situation, files=files, findings=findings, calls=calls, occurrences=occurrences
        )

    @cached_property
    def _by_form(self) -> dict[str, str]:
        return {plain(name): name for name in self.known}

    @cached_property
    def _forms(self) -> dict[str, str]:
        """Another spelling of a known name to that name."""
        return {known.alias: known.name for known in self._other_forms()}

    def _other_forms(self) -> Iterator[SameService]:
        names = {
            finding.service
            for findings in self.situation.findings.values()
            for finding in findings
            if finding.service
        }
        names |= {alert.service for alert in self.situation.occurrences if alert.service}
        names |= {name for call in self.situation.calls for name in call}
        for name in sorted(names - set(self.known)):
            known = self._by_form.get(plain(name))
            if known is not None:
                yield SameService(name=known, alias=name, why=say("another_form"))

    @cached_property
    def _of_files(self) -> Mapping[str, SameService]:
        """By file, where whoever brought it called its service otherwise, or not at all."""
        owners: dict[str, SameService] = {}
        claimed = set[str]()
        waiting = list[EvidenceFile]()
        for file in self.situation.files:
            if file.service in self.known:
                claimed.add(file.service or "")
            elif same := self._by_lines(file) or self._by_path(file):
                owners[file.id] = same
                claimed.add(same.name)
            else:
                waiting.append(file)
        for file in waiting:
            if same := self._by_product(file, claimed):
                owners[file.id] = same
        return owners

    def _by_lines(self, file: EvidenceFile) -> SameService | None:
        names = self._named_in_lines(file)
        if len(names) != 1:
            return None
        name = self._by_form[plain(names[0])]
        lines = self.situation.findings.get(file.id, ())
        shown = next((line for line in lines if names[0] in line.text.text), None)
        return SameService(
            name=name,
            alias=file.name.text,
            why=say("lines_name_it"),
            locus=shown.locus if shown else None,
        )

    def _named_in_lines(self, file: EvidenceFile) -> tuple[str, ...]:
        """Known services that most lines of a file name as their own."""
        counts, lines = Counter[str](), 0
        findings = self.situation.findings.get(file.id, ())
        if 2 * sum(finding.kind is FindingKind.CHANGE for finding in findings) >= file.lines:
            return ()  # a log of deploys names what was deployed
        for finding in findings:
            if finding.kind in _LINES:
                lines += finding.count
                for name in set(self._own_names(finding.text.text)):
                    counts[name] += finding.count
        return tuple(name for name, count in counts.most_common() if count > _MOST * lines)

    def _own_names(self, text: str) -> Iterator[str]:
        for match in chain(_OWN_FIELD.finditer(text), _IN_BRACKETS.finditer(text)):
            name = next(filter(None, match.groups()))
            if plain(name) in self._by_form:
                yield self._by_form[plain(name)]

    def _by_path(self, file: EvidenceFile) -> SameService | None:
        """From the innermost part of its path outwards, then from the name it was given."""
        parts = [*reversed(PurePosixPath(file.name.text).parts), file.service or ""]
        for part in parts:
            name = self._in_part(part)
            if name is not None:
                why = say("path_names_it")
                return SameService(name=name, alias=file.name.text, why=why)
        return None

    def _in_part(self, part: str) -> str | None:
        """The longest known name in a part of a path, as words of its own; None where two are."""
        form = f"-{plain(part)}-"
        inside = [name for known, name in self._by_form.items() if f"-{known}-" in form]
        longest = max((len(plain(name)) for name in inside), default=0)
        best = [name for name in inside if len(plain(name)) == longest]
        return best[0] if len(best) == 1 else None

    def _by_product(self, file: EvidenceFile, claimed: set[str]) -> SameService | None:
        """A database's own log is that of the only database whose log nobody else brought."""
        findings = self.situation.findings.get(file.id, ())
        kind = kind_of_server(findings)
        if kind is None:
            return None
        free = [name for name in self.known if name not in claimed]
        fitting = [name for name in free if kind_of_name(name) == kind]
        fitting = fitting or [
            name for name in free if name in self._called and kind_of_name(name) is None
        ]
        if len(fitting) != 1:
            return None
        why = say("product_is_it", kind=_KINDS[kind]())
        return SameService(name=fitting[0], alias=file.name.text, why=why)

    @cached_property
    def _called(self) -> frozenset[str]:
        """Services that are called and call nobody."""
        callers = {caller for caller, _ in self.situation.calls}
        return frozenset(callee for _, callee in self.situation.calls) - callers

    def _left(self, file: EvidenceFile) -> str | None:
        """A name of its own; a folder with files of several services is the name of none."""
        if file.service is None or file.service not in self._shared:
            return file.service
        return service_from_name(PurePosixPath(file.name.text).name)

    @cached_property
    def _shared(self) -> frozenset[str]:
        owners: defaultdict[str, set[str]] = defaultdict(set)
        for file in self.situation.files:
            if file.service and file.id in self._of_files:
                owners[file.service].add(self._of_files[file.id].name)
        return frozenset(name for name, services in owners.items() if len(services) > 1)


def plain(name: str) -> str:
    """Without what tells instances apart: `Orders_API-7c9f8d6b5-x2x1z:8080` is `orders-api`."""
    form = _DOMAIN.sub("", _PORT.sub("", name.rpartition("/")[2].lower()))
    return _GLUE.sub("-", _HASH.sub("", form)).strip(_EDGE)


def _under(
    finding: Finding, forms: Mapping[str, str], *, was: str | None, now: str | None
) -> Finding:
    """The finding under the name of its service; that of its file where it had the file's."""
    if finding.kind not in _MEASURED and finding.service == was:
        return finding if was == now else replace(finding, service=now)
    name = finding.service or ""
    return replace(finding, service=forms[name]) if name in forms else finding


def one_name_each(situation: Situation) -> Situation:
    """The situation with each service under one name."""
    return ServiceNames(situation).applied()
