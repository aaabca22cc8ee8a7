"""Who calls whom by the settings of each service: `MOORINGS_URL=http://moor-1:7002`.

A topology is rarely at hand, and a log names whom its writer calls only when that fails. Where a
service is configured to go is told by its own file, for each host or address that is known as one.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.model import FindingKind
from core.investigation.file_owners import letters_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.evidence.model import EvidenceFile
    from core.investigation.decision import Situation

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
        service = situation.addresses.get(f"{host}:{port}") or situation.addresses.get(host)
        service = service or known.get(letters_of(host.partition(".")[0]))
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
        if finding.kind in (FindingKind.TEMPLATE, FindingKind.SIGNAL)
    )


def _owner_by_folder(file: EvidenceFile, addresses: Mapping[str, str]) -> str | None:
    """The only service of the host that a folder is called after."""
    folders = PurePosixPath(file.name.text).parts[:-1]
    return next((addresses[part] for part in reversed(folders) if part in addresses), None)
