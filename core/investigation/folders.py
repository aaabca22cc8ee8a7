"""Which folders of the evidence are a service's own, and which hold what several services wrote.

Some people keep a folder for each service, others one for each who sent something, or for each
kind of thing: `from-mira`, `dba`, `monitoring`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from core.evidence.configuration.versions import is_called_after_version
from core.evidence.model import DataType, EvidenceFile
from core.evidence.pipeline import names_a_service, service_from_name
from core.investigation.change_records import is_called_after_changes
from core.investigation.name_forms import plain, stem_of

# Called after who sent it, or after what is in it, or after a team.
_OF_MANY = re.compile(
    r"(?i)(?:from|by|via)[-_ ].+|apps|archive|attachments?|bundle|components?|confs?|configs?"
    r"|containers?|dashboards?|data|dba|diagnostics?|dump|etc|evidence|export|files?|home|hosts?"
    r"|infra|logs?|manifests?|metrics?|misc|mnt|monitoring|net|nodes?|notes|oncall|ops|opt|output"
    r"|paste|pods?|prod|production|raw|servers|services|srv|sre|staging|support|systems?|tmp"
    r"|traces?|upload|var"
)
# What a service may call the log of a part of it.
_PART = re.compile(
    r"(?i)(?:admin|api|audit|boot|catalina|celery|cli|consumer|cron|gateway|grpc|http|init|jobs?"
    r"|localhost|producer|proxy|requests?|scheduler|security|sidecar|slow|startup|tasks?|web|workers?)"
    r"[-_.0-9]*"
)
_SEVERAL = 2


@dataclass(frozen=True)
class Folders:
    """The folders that files came in.

    self_named: what a log calls itself, by the file's id. stated: services of the topology and of
    alerts.
    """

    files: Sequence[EvidenceFile]
    self_named: Mapping[str, str]
    stated: frozenset[str] = frozenset()

    @cached_property
    def shared(self) -> frozenset[str]:
        """Folders that are not called after a service."""
        several = {folder for folder, names in self._names.items() if len(names) >= _SEVERAL}
        named = {folder for folder in self._all if _is_of_many(folder)}
        # Who keeps one folder so keeps all of them so.
        alike = {folder for folder, names in self._names.items() if names} if several else set()
        others = self._called_otherwise | self._of_stated | self._holding_folders
        return frozenset(several | named | alike | others)

    @cached_property
    def _holding_folders(self) -> frozenset[str]:
        """Folders that hold a folder for each service: `fleet/orders/current.log`."""
        below: defaultdict[str, set[str]] = defaultdict(set)
        for file in self.files:
            parts = PurePosixPath(file.name.text).parts
            if file.service == parts[0] and len(parts) > _SEVERAL and _may_be_service(*parts[:2]):
                below[parts[0]].add(parts[1])
        return frozenset(folder for folder, held in below.items() if len(held) > _SEVERAL)

    @cached_property
    def _of_stated(self) -> frozenset[str]:
        """Folders with a log that is called after a service stated elsewhere: `web/shop.log`."""
        stated = {plain(name) for name in self.stated}
        return frozenset(folder for folder, names in self._names.items() if names & stated)

    @cached_property
    def _all(self) -> frozenset[str]:
        return frozenset(file.service for file in self.files if file.service)

    @cached_property
    def _called_otherwise(self) -> frozenset[str]:
        """Of a log that calls itself by another name where it starts."""
        named = ((file.service, self.self_named.get(file.id)) for file in self.files)
        return frozenset(
            folder for folder, name in named if folder and name and plain(name) != plain(folder)
        )

    @cached_property
    def _names(self) -> Mapping[str, frozenset[str]]:
        """By folder: the services that the names of its logs tell, where they are not its own."""
        names: defaultdict[str, set[str]] = defaultdict(set)
        for file in self.files:
            if file.service and file.data_type is DataType.LOG:
                name = _told_by(file)
                if name and name not in plain(file.service) and plain(file.service) not in name:
                    names[file.service].add(name)
        return {folder: frozenset(several) for folder, several in names.items()}


def _is_of_many(folder: str) -> bool:
    is_of_many = _OF_MANY.fullmatch(folder) is not None or is_called_after_version(folder)
    return is_of_many or is_called_after_changes(folder)


def _may_be_service(folder: str, held: str) -> bool:
    """Whether a folder in another one may be of a service, and not of a part, a day or a copy."""
    if _is_of_many(held) or _PART.fullmatch(held) or held[0].isdigit():
        return False
    return plain(folder) not in plain(held)


def _told_by(file: EvidenceFile) -> str | None:
    """The service that the last part of its name tells, if any."""
    name = service_from_name(stem_of(PurePosixPath(file.name.text).name))
    if name is None or not names_a_service(name) or _PART.fullmatch(name):
        return None
    return plain(name)
