"""Who is who: the names under which evidence speaks of one service.

A folder, a pod, a file dropped in chat and a node of the topology are called differently. The names
of the topology, of alerts and of measurements are taken as they are; a file belongs to the one that
its lines, its path or its product point to. What points to two of them stays apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.logs.origin import read_origin
from core.evidence.model import DataType, EvidenceFile, Finding, FindingKind
from core.evidence.pipeline import service_from_name
from core.investigation.alerted_services import alerted_service
from core.investigation.decision import Situation
from core.investigation.file_owners import (
    FileOwners,
    SameService,
    measured_at,
    self_named,
)
from core.investigation.folders import Folders
from core.investigation.measured_products import products_measured
from core.investigation.name_forms import host_of, plain
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

say = sentences("investigation.service_names")

_HOST_IN_PATH = re.compile(
    r"(?<![a-z0-9-])(?:[a-z]{2,12}-){0,3}[a-z]{2,12}-?\d{1,3}(?![a-z0-9])"  # `app-05.orders.log`
)
_SHORT_HOST = re.compile(r"[a-z]+-?\d+$")  # `db-1` of `pay-db-1`
_SORT_OF_PROGRAM = re.compile(r"-(?:api|svc|service|server|app|web|backend|srv|worker)$")
_LEFT_OUT = re.compile(
    rf"{_SORT_OF_PROGRAM.pattern}|-(?:postgres(?:ql)?|mysql|mariadb|redis|rabbitmq|nginx|db|fpm|php-fpm|puma|gunicorn|uwsgi)$"
)
_INSTANCE = re.compile(r"-\d{1,2}$")  # `orders-1`, as hosts and servers behind a proxy are called
_SEVERAL = 2
_MEASURED = frozenset({FindingKind.MOVES, FindingKind.METRIC, FindingKind.PACE, FindingKind.SPAN})


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
        """Taken as they are: the topology's names, those of alerts, measurements and starts."""
        names = [name for call in self.situation.calls for name in call]
        names += [alert.service for alert in self.situation.occurrences if alert.service]
        names += self._measured()
        names += [name for name in self._self_named.values() if name not in self._hosts]
        by_form: dict[str, str] = {}
        for name in names:
            by_form.setdefault(plain(name), name)
        shorter = self._backends(by_form)
        return tuple(name for form, name in by_form.items() if form not in shorter)

    def _backends(self, forms: Iterable[str]) -> Mapping[str, str]:
        """Forms by which a proxy calls the service of another form: `booking` of `booking-api`.

        Only of one that nothing else is called like, and which nobody states to be a service.
        """
        asked = {
            plain(name)
            for findings in self.situation.findings.values()
            for finding in findings
            if finding.kind is FindingKind.ORIGIN
            for name in read_origin(finding).backends
        }
        stated = set(map(plain, self.stated))
        longer = {
            form: [each for each in forms if _SORT_OF_PROGRAM.sub("", each) == form != each]
            for form in asked - stated
        }
        return {form: each[0] for form, each in longer.items() if len(each) == 1}

    def _measured(self) -> Iterator[str]:
        """Whom measurements name. What is counted in a log has its folder's name, if any."""
        nobodys = self._collections
        for file in self.situation.files:
            findings = self.situation.findings.get(file.id, ())
            is_called_so = _is_log(findings) and "/" not in file.name.text  # by its name alone
            for finding in findings:
                name = finding.service
                if name is None or name in nobodys or finding.kind not in _MEASURED:
                    continue
                if name in self._hosts:
                    continue
                if not (is_called_so and name == file.service):
                    yield name

    @cached_property
    def stated(self) -> frozenset[str]:
        """The names of the topology and of alerts."""
        names = {name for call in self.situation.calls for name in call}
        alerts = self.situation.occurrences
        return frozenset(names | {alert.service for alert in alerts if alert.service})

    @cached_property
    def _hosts(self) -> Mapping[str, str]:
        """The only service that is measured at each host, of hosts that nobody states to be one."""
        findings = chain.from_iterable(self.situation.findings.values())
        hosts = (
            (host, service)
            for host, service in chain.from_iterable(map(measured_at, findings))
            if host == host_of(host) != service and service not in self._collections
        )
        return {host: name for host, name in _sole(hosts).items() if host not in self.stated}

    @cached_property
    def _collections(self) -> frozenset[str]:
        """Names of folders and files that are no service's, but hold what several wrote."""
        stated = self.stated
        measured = chain.from_iterable(map(_measured_in, self.situation.findings.values()))
        elsewhere = stated | {name for name in measured if name}
        folders = Folders(self.situation.files, self._self_named, elsewhere)
        return ((folders.shared - self._of_exports) | self._dashboards) - stated

    @cached_property
    def _of_exports(self) -> frozenset[str]:
        """Whom exports of measurements name; what is counted in a log has its folder's name."""
        exports = (file for file in self.situation.files if file.data_type is DataType.METRIC)
        measured = (
            _measured_in(self.situation.findings.get(file.id, ())) - {file.service}
            for file in exports
        )
        return frozenset(filter(None, chain.from_iterable(measured)))

    @cached_property
    def _dashboards(self) -> frozenset[str]:
        """Names of files, in no folder, that measure several services by name."""
        measured = (
            (file.service, _measured_in(self.situation.findings.get(file.id, ())) - {file.service})
            for file in self.situation.files
            if "/" not in file.name.text
        )
        return frozenset(name for name, others in measured if name and len(others) >= _SEVERAL)

    @cached_property
    def _self_named(self) -> Mapping[str, str]:
        """What each log calls itself, by the id of its file."""
        named = (
            (file_id, self_named(findings)) for file_id, findings in self.situation.findings.items()
        )
        return {file_id: name for file_id, name in named if name is not None}

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
            if file.id not in self._of_files and len(names := self._owners.named_in_lines(file)) > 1
        )

    @cached_property
    def applied_names(self) -> tuple[str, ...]:
        """Every service of the situation, each under its one name."""
        situation = self.applied()
        names = [*self.known, *(file.service for file in situation.files)]
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def unowned(self) -> tuple[EvidenceFile, ...]:
        """Logs of which nothing shows whose they are, where that matters."""
        return self._owners.unowned()

    @property
    def candidates(self) -> tuple[str, ...]:
        """Services that may have written them, the likeliest first."""
        return self._owners.candidates()

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
            file_id: _under(
                findings,
                forms,
                was=before.get(file_id),
                now=own.get(file_id),
                is_all=_is_log(findings) or before.get(file_id) in self._collections,
            )
            for file_id, findings in situation.findings.items()
        }
        calls = tuple(
            (forms.get(caller, caller), forms.get(callee, callee))
            for caller, callee in situation.calls
        )
        services = {*self.known, *(file.service for file in files if file.service)}
        occurrences = tuple(
            replace(
                alert,
                service=forms.get(alert.service, alert.service)
                if alert.service
                else alerted_service(alert, services),
            )
            for alert in situation.occurrences
        )
        named = replace(
            situation, files=files, findings=findings, calls=calls, occurrences=occurrences
        )
        return replace(named, addresses=_addresses(named))

    @cached_property
    def _by_form(self) -> dict[str, str]:
        return {plain(name): name for name in self.known}

    @cached_property
    def _forms(self) -> dict[str, str]:
        """Another spelling of a known name to that name."""
        return {known.alias: known.name for known in self._other_forms()}

    def _other_forms(self) -> Iterator[SameService]:
        for host, name in self._hosts.items():
            yield SameService(name=name, alias=host, why=say("measured_there"))
        names = {
            finding.service
            for findings in self.situation.findings.values()
            for finding in findings
            if finding.service
        }
        names |= {alert.service for alert in self.situation.occurrences if alert.service}
        names |= {name for call in self.situation.calls for name in call}
        shorter = self._backends(tuple(self._by_form))
        for name in sorted(names - {*self.known, *self._hosts}):
            form = plain(name)
            known = self._by_form.get(shorter.get(form, form))
            if known is not None:
                yield SameService(name=known, alias=name, why=say("another_form"))
            elif (whole := self._by_form.get(_INSTANCE.sub("", form))) is not None:
                yield SameService(name=whole, alias=name, why=say("an_instance"))

    @cached_property
    def _owners(self) -> FileOwners:
        return FileOwners(self.situation, self.known)

    @property
    def _of_files(self) -> Mapping[str, SameService]:
        return self._owners.of_files

    def _left(self, file: EvidenceFile) -> str | None:
        """A name of its own; a log of changes, or of several, and a folder of them are nobody's."""
        if self._owners.is_nobodys(file):
            return None
        if file.service not in self._shared and file.service not in self._collections:
            return file.service
        is_log = file.data_type is DataType.LOG
        below = PurePosixPath(*PurePosixPath(file.name.text).parts[1:])  # `edge/error.log` of logs
        return service_from_name(str(below)) if is_log else None

    @cached_property
    def _shared(self) -> frozenset[str]:
        owners: defaultdict[str, set[str]] = defaultdict(set)
        for file in self.situation.files:
            if file.service and file.id in self._of_files:
                owners[file.service].add(self._of_files[file.id].name)
        return frozenset(name for name, services in owners.items() if len(services) > 1)


def _under(
    findings: Sequence[Finding],
    forms: Mapping[str, str],
    *,
    was: str | None,
    now: str | None,
    is_all: bool,
) -> tuple[Finding, ...]:
    """Findings of a file, each under the name of its service; of the file where it had that.

    is_all: also of what was measured, for a log, and where the file had but its folder's name.
    """
    return tuple(
        _of(finding, now)
        if finding.service == was and (is_all or finding.kind not in _MEASURED)
        else _of(finding, forms.get(finding.service or "", finding.service))
        for finding in findings
    )


def _of(finding: Finding, service: str | None) -> Finding:
    return finding if finding.service == service else replace(finding, service=service)


def _measured_in(findings: Sequence[Finding]) -> set[str | None]:
    """The services that series name, not counting what was counted in a log."""
    if _is_log(findings):
        return set()
    return {finding.service for finding in findings if finding.kind in _MEASURED} - {None}


def _is_log(findings: Sequence[Finding]) -> bool:
    return any(finding.kind is FindingKind.ORIGIN for finding in findings)


def _addresses(situation: Situation) -> dict[str, str]:
    """Who listens where, and runs at which host, as far as that is one; and by which short name."""
    return _short_names(_services(situation)) | _sole(_places(situation))


def _short_names(services: Iterable[str]) -> dict[str, str]:
    """Of services what callers leave out of their names: `ledger` is `ledger-svc`, if one is."""
    named = dict.fromkeys(services)
    forms = {plain(name) for name in named}
    short = ((_LEFT_OUT.sub("", plain(name)), name) for name in named)
    return _sole((form, name) for form, name in short if form not in forms)


def _sole(places: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The service of each place that has but one."""
    at: defaultdict[str, set[str]] = defaultdict(set)
    for place, service in places:
        at[place].add(service)
    return {place: names.pop() for place, names in at.items() if len(names) == 1}


def _places(situation: Situation) -> Iterator[tuple[str, str]]:
    """Places with the service there: by logs, their paths, and where services are measured."""
    for file in situation.files:
        if file.service and file.data_type is DataType.LOG:
            for host in _HOST_IN_PATH.findall(file.name.text.lower()):
                yield host, file.service
                yield _SHORT_HOST.findall(host)[0], file.service
        for finding in situation.findings.get(file.id, ()):
            yield from _places_of(finding, file.service)


def _places_of(finding: Finding, owner: str | None) -> Iterator[tuple[str, str]]:
    """Of one finding. owner: whose file it is in."""
    if finding.kind is FindingKind.ORIGIN and owner:
        origin = read_origin(finding)
        yield from ((address, owner) for address in origin.listens)
        if origin.machine is not None:
            yield origin.machine, owner
    yield from measured_at(finding)


def _services(situation: Situation) -> Iterator[str]:
    yield from (file.service for file in situation.files if file.service)
    yield from chain.from_iterable(situation.calls)


def one_name_each(situation: Situation) -> Situation:
    """The situation with each service under one name."""
    products = products_measured(situation, ServiceNames(situation).stated)
    named = ServiceNames(_renamed(situation, products)).applied()
    return _with_changes_at_hosts(replace(named, addresses={**products, **named.addresses}))


def _with_changes_at_hosts(situation: Situation) -> Situation:
    """What was changed at the host of one service is that one's: `pay-1/var/log/dpkg.log`."""
    findings = dict(situation.findings)
    owners = {file.service for file in situation.files}
    hosts = {place: name for place, name in situation.addresses.items() if place not in owners}
    for file in situation.files:
        findings[file.id] = tuple(
            replace(each, service=hosts[each.service])
            if each.service in hosts and _is_change(each)
            else each
            for each in findings.get(file.id, ())
        )
        folders = PurePosixPath(file.name.text).parts[:-1]
        at = [situation.addresses[part] for part in folders if part in situation.addresses]
        if file.service is None and at:
            findings[file.id] = tuple(
                replace(each, service=at[0]) if _is_nobodys_change(each) else each
                for each in findings.get(file.id, ())
            )
    return replace(situation, findings=findings)


def _is_change(finding: Finding) -> bool:
    return finding.kind is FindingKind.CHANGE


def _is_nobodys_change(finding: Finding) -> bool:
    return _is_change(finding) and finding.service is None


def _renamed(situation: Situation, names: Mapping[str, str]) -> Situation:
    """With what is of services of these names under the other ones."""
    if not names:
        return situation
    findings = {
        file_id: tuple(_of(each, names.get(each.service or "", each.service)) for each in of_file)
        for file_id, of_file in situation.findings.items()
    }
    alerts = tuple(
        replace(alert, service=names.get(alert.service or "", alert.service))
        for alert in situation.occurrences
    )
    return replace(situation, findings=findings, occurrences=alerts)


def service_in_folder(name: str, situation: Situation) -> str | None:
    """Whose files lie in a folder, or a file, that is called so; None where of nobody or several.

    situation: with one name each.
    """
    form = plain(name)
    owners = {
        file.service
        for file in situation.files
        if file.service and form in map(plain, PurePosixPath(file.name.text).with_suffix("").parts)
    }
    return owners.pop() if form and len(owners) == 1 else None
