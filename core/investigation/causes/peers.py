"""Whom does a line blame? A refused call is about the callee, a quoted error about the server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from core.investigation.decision import Situation

if TYPE_CHECKING:
    from core.investigation.causes.sightings import Sighting

DATABASE, CACHE, BROKER = "database", "cache", "broker"
_PORTS = {
    DATABASE: {5432, 6432, 3306, 27017, 1433, 1521, 26257},
    CACHE: {6379, 11211},
    BROKER: {9092, 5672, 4222},
}
_NAMES = {
    DATABASE: re.compile(
        r"(?i)postgres|pgsql|mysql|maria|mongo|oracle|(?:^|[-_.])(?:pg|db|sql)(?:[-_.\d]|$)|database|pgbouncer"
    ),
    CACHE: re.compile(r"(?i)redis|valkey|memcache|(?:^|[-_.])cache(?:[-_.\d]|$)"),
    BROKER: re.compile(r"(?i)kafka|rabbit|nats|(?:^|[-_.])(?:mq|broker|queue)(?:[-_.\d]|$)"),
}
# What only the server itself writes into its own log.
_OWN_WORDS = {
    DATABASE: re.compile(
        r"database system (?:was|is ready)|checkpoint (?:starting|complete)|\bInnoDB\b|\bmysqld\b"
        r"|\bWiredTiger\b|\b(?:LOG|STATEMENT):  "
    ),
    CACHE: re.compile(
        r"Ready to accept connections|Background saving|DB saved on disk|oO0OoO0OoO0Oo"
    ),
    BROKER: re.compile(r"\bKafkaServer\b|\[GroupCoordinator|Server startup complete; \d+ plugins"),
}
_PORT = re.compile(r"(?<=[:\s])(\d{4,5})\b")


@dataclass(frozen=True)
class Peers:
    """The services that evidence knows of, and who calls whom."""

    situation: Situation

    @cached_property
    def known(self) -> tuple[str, ...]:
        """Every service that a file, an alert or the topology names."""
        names = {file.service for file in self.situation.files}
        names |= {one.service for one in self.situation.occurrences}
        names |= {one.service for found in self.situation.findings.values() for one in found}
        names |= {name for call in self.situation.calls for name in call}
        return tuple(sorted(name for name in names if name))

    def blamed(self, one: Sighting) -> str | None:
        """The service whose fault this line tells of: its own log's, unless it quotes another."""
        here, signal = one.seen_by, one.signal
        if signal.by_caller and self.kind(here, one):
            return self._caller_with(one) or here
        if not signal.aimed and (signal.peer is None or self.kind(here, one) == signal.peer):
            return here
        text = one.finding.text.text
        return (
            self._named(text, besides=here)
            or self._of_kind(_kind_by_port(text), besides=here)
            or self._of_kind(signal.peer, besides=here)
            or self._only_callee(here)
            or here
        )

    def is_behind(self, service: str | None, caller: str | None) -> bool:
        """Does `caller` depend on `service`, directly or not?"""
        return service is not None and caller is not None and service in self._reached(caller)

    def is_caller(self, service: str | None) -> bool:
        """Is it known whom the service calls?"""
        return service in self._callees

    def kind(self, service: str | None, one: Sighting | None = None) -> str | None:
        """What sort of server a service is, by its name or by what its own log says."""
        here = self._kinds_told.get(one.file.id) if one else None
        return here or self._kind_of(service)

    def _kind_of(self, service: str | None) -> str | None:
        if service is None:
            return None
        if service not in self._kinds_known:
            files = (file.id for file in self.situation.files if file.service == service)
            told = (self._kinds_told[one] for one in files if one in self._kinds_told)
            named = (kind for kind, name in _NAMES.items() if name.search(service))
            self._kinds_known[service] = next(told, None) or next(named, None)
        return self._kinds_known[service]

    @cached_property
    def _kinds_known(self) -> dict[str, str | None]:
        """By service, as far as that was asked for."""
        return {}

    @cached_property
    def _kinds_told(self) -> dict[str, str]:
        """File id to the kind of server that wrote it, where its lines tell."""
        return {
            file_id: kind
            for file_id, findings in self.situation.findings.items()
            for kind, pattern in _OWN_WORDS.items()
            if any(pattern.search(found.text.text) for found in findings)
        }

    def _named(self, text: str, *, besides: str | None) -> str | None:
        """The one known service that the line names as a host or word."""
        others = [name for name in self.known if name != besides]
        found = [name for name in others if mentions(text, name)]
        return found[0] if len(found) == 1 else None

    def _of_kind(self, kind: str | None, *, besides: str | None) -> str | None:
        if kind is None:
            return None
        found = [name for name in self.known if name != besides and self.kind(name) == kind]
        behind = [name for name in found if self.is_behind(name, besides)]
        found = behind or found
        return found[0] if len(found) == 1 else None

    def _caller_with(self, one: Sighting) -> str | None:
        """The only caller of the line's service, or the only one whose log has the same signal."""
        callers = {caller for caller, callee in self.situation.calls if callee == one.seen_by}
        if len(callers) != 1:
            callers = {
                found.service or file.service or ""
                for file in self.situation.files
                for found in self.situation.findings.get(file.id, ())
                if one.signal.name in found.signals
            } - {one.seen_by or "", ""}
        return callers.pop() if len(callers) == 1 else None

    def _only_callee(self, caller: str | None) -> str | None:
        callees = self._callees.get(caller, set())
        return next(iter(callees)) if len(callees) == 1 else None

    @cached_property
    def _callees(self) -> dict[str | None, set[str]]:
        """Whom each service calls, by caller."""
        found: dict[str | None, set[str]] = {}
        for caller, callee in self.situation.calls:
            found.setdefault(caller, set()).add(callee)
        return found

    @cached_property
    def _depended_on(self) -> dict[str, set[str]]:
        """By caller, all that it depends on, as far as that was asked for: it is asked often."""
        return {}

    def _reached(self, caller: str) -> set[str]:
        if caller not in self._depended_on:
            reached, waiting = set[str](), [caller]
            while waiting:
                fresh = self._callees.get(waiting.pop(), set()) - reached
                reached |= fresh
                waiting += fresh
            self._depended_on[caller] = reached - {caller}
        return self._depended_on[caller]


def mentions(text: str, service: str) -> bool:
    """Does a line name the service, as a host or a word of its own, not as part of a path?"""
    if service not in text:  # far cheaper, and most lines name hardly any of many services
        return False
    return bool(re.search(rf"(?<![\w.-])(?<![\w\s]/){re.escape(service)}(?![\w-])", text))


def _kind_by_port(text: str) -> str | None:
    ports = {int(port) for port in _PORT.findall(text)}
    return next((kind for kind, known in _PORTS.items() if ports & known), None)
