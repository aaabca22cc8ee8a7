"""Who calls whom by what files tell, for services of which no topology says whom they call.

A log names whom its writer calls when that fails, a proxy's log whom it forwards to, a database's
who asks it, and settings where a service is told to go: `MOORINGS_URL=http://moor-1:7002`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.logs.origin import read_origin
from core.evidence.model import COMPLAINTS, FindingKind
from core.investigation.causes.named_services import (
    asked_at,
    awaited_in,
    called_in,
    partners_in,
    service_at,
)
from core.investigation.name_forms import letters_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.evidence.model import EvidenceFile
    from core.investigation.decision import Situation

_PROXY = "proxy"  # as logs of such servers are told
_TOLD_OFTEN = 3  # lines that name a call, so that it is one
_TELLING = frozenset({FindingKind.TEMPLATE, FindingKind.SIGNAL})
_PLACE = re.compile(r"(?:\d+ ){3}")  # line and bytes, before each stored value
_HOST = r"[A-Za-z][\w-]{0,62}(?:\.[\w-]{1,62}){0,6}|(?:\d{1,3}\.){3}\d{1,3}"
_ADDRESS = re.compile(
    rf"(?:^|(?<=[\s,;=\"'(@]))(?P<scheme>[a-z][a-z0-9+]{{1,20}}://(?:[^\s/@]{{1,200}}@)?)?"
    rf"(?P<host>{_HOST})(?::(?P<port>\d{{2,5}}))?(?=[/\s,;?\"')]|$)"
)
_NAMES_HOST = re.compile(
    r"(?i)(?:^|[._-])(?:host(?:name)?|server|servers|addr(?:ess)?|endpoint|broker|brokers|upstream)$"
)
_OF_MONITORING = re.compile(r"^(?:groups|scrape_configs|receivers|route|datasources)\b")
_HERE = frozenset({"localhost", "host", "none", "true", "false"})


def with_calls_told(situation: Situation) -> Situation:
    """The situation with the calls that lines name, for callers of whom no topology tells."""
    callers = {caller for caller, _ in situation.calls}
    nodes = list(chain.from_iterable(situation.calls))
    services = [*(file.service for file in situation.files if file.service), *nodes]
    known = {letters_of(name): name for name in services}
    sure = chain(_calls_by_origin(situation, known), configured_calls(situation, known))
    counts = Counter(dict.fromkeys(sure, _TOLD_OFTEN))
    waits = set[tuple[str, str]]()  # for the work of another, of which no topology tells
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            service = finding.service or file.service
            if service and finding.kind in _TELLING:
                text = finding.text.text
                called = {situation.addresses.get(name, name) for name in called_in(text)}
                awaited = {situation.addresses.get(name, name) for name in awaited_in(text)}
                awaited.intersection_update(services)
                if finding.level in COMPLAINTS:
                    asked = set(asked_at(text, situation.addresses, known))
                    called |= asked or partners_in(text)
                waits |= {(service, worker) for worker in awaited}
                for callee in (called | awaited) - {service}:
                    counts[service, callee] += finding.count
    frequent = [
        (caller, callee)
        for (caller, callee), count in counts.items()
        if count >= _TOLD_OFTEN
        and (caller not in callers or callee not in nodes or (caller, callee) in waits)
    ]
    one_way = [call for call in frequent if call[::-1] not in {*frequent, *situation.calls}]
    calls = [*situation.calls, *one_way]
    return replace(situation, calls_told=(*one_way, *_calls_of_the_edge(situation, calls)))


def _calls_of_the_edge(
    situation: Situation, known: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """The only proxy calls what alerts are about, where nobody tells of such calls."""
    proxies = {
        file.service
        for file in situation.files
        for finding in situation.findings.get(file.id, ())
        if finding.kind is FindingKind.ORIGIN and read_origin(finding).server == _PROXY
    } - {None}
    alerted = {alert.service for alert in situation.occurrences if alert.service}
    if len(proxies) != 1 or any(caller in proxies or callee in alerted for caller, callee in known):
        return
    for proxy in proxies:
        yield from ((str(proxy), service) for service in sorted(alerted) if service != proxy)


def _calls_by_origin(situation: Situation, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The calls that a log shows as a whole: whom a proxy forwards to, who asks a database.

    known: the services by their letters and digits alone.
    """
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            if finding.kind is FindingKind.ORIGIN and (here := file.service):
                origin = read_origin(finding)
                asked = {situation.addresses.get(address) for address in origin.addresses}
                asked |= {known.get(letters_of(name)) for name in origin.backends}
                yield from ((here, name) for name in asked if name and name != here)
                for client in origin.clients:
                    letters = letters_of(client)
                    callers = [name for form, name in known.items() if form in letters]
                    caller = max(callers, key=len, default=here)
                    if caller != here:
                        yield caller, here


def configured_calls(situation: Situation, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Calls by settings. known: the services by their letters and digits alone."""
    for owner, name, value in _settings(situation):
        for callee in _called(name, value, situation, known):
            if callee != owner:
                yield owner, callee


def _settings(situation: Situation) -> Iterator[tuple[str, str, str]]:
    """Whose settings, the name of each and its value."""
    for file in situation.files:
        owner = file.service or _owner_by_folder(file, situation.addresses)
        for finding in situation.findings.get(file.id, ()):
            if owner is None or finding.kind is not FindingKind.SETTINGS:
                continue
            if not any(map(_OF_MONITORING.match, finding.data)):
                for name, stored in finding.data.items():
                    yield owner, name, _PLACE.sub("", str(stored), count=1)


def _called(name: str, value: str, situation: Situation, known: Mapping[str, str]) -> Iterator[str]:
    """The services at the hosts of one setting. A lone word is a host where its name says so."""
    for match in _ADDRESS.finditer(value):
        host, port = match["host"].lower(), match["port"]
        is_told = match["scheme"] or port or _NAMES_HOST.search(name)
        if not is_told or host in _HERE:
            continue
        service = service_at(host, port, situation.addresses, known)
        if service is not None:
            yield service
        elif match["scheme"] and "." in host and _is_spoken_of(host, situation):
            yield host


def _is_spoken_of(host: str, situation: Situation) -> bool:
    """Whether a line of a log tells of a partner that settings name: else it may be any address."""
    return any(
        host in finding.text.text
        for findings in situation.findings.values()
        for finding in findings
        if finding.kind in _TELLING
    )


def _owner_by_folder(file: EvidenceFile, addresses: Mapping[str, str]) -> str | None:
    """The only service of the host that a folder is called after."""
    folders = PurePosixPath(file.name.text).parts[:-1]
    return next((addresses[part] for part in reversed(folders) if part in addresses), None)
