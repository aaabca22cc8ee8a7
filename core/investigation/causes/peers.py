"""The graph of services, and the service that a log line blames: the callee of a refused call."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from core.evidence.logs.origin import read_origin
from core.evidence.model import FindingKind
from core.investigation.decision import Situation
from core.investigation.server_kinds import (
    BROKER,
    CACHE,
    DATABASE,
    ISSUER,
    RESOLVER,
    issues_tokens,
    kind_of_name,
    kind_of_port,
    kind_of_server,
    kinds_measured,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.investigation.causes.evidence_index import SignatureMatch

# `upstream=rates`, `call to rates failed`, `rates answered 503`.
_NAME = r"[a-z][a-z0-9]*(?:[-_.][a-z0-9]+){0,6}"
_CALLED = re.compile(
    rf"(?<![\w.])(?:upstream|peer|dependency|callee|remote_service|target_service)[\"']?\s?[=:]\s?"
    rf"[\"']?({_NAME})(?![\w./-])"
    rf"|\b(?:call|calls|request|requests) to ({_NAME}) (?:failed|timed out|was refused|gave up)"
    rf"|(?<![\w.-])({_NAME}) (?:answered|responded with|returned)(?: HTTP| status)? "
    r"(?:5\d\d|40[13])\b"
    rf"|\bstatus (?:5\d\d|40[13]) from ({_NAME})(?![\w./-])"
    rf"|\bupstream ({_NAME}) (?:error|failed|timed out|returned|answered)\b"
)
_ASKED_TOO_MUCH = re.compile(r"(?<!\d)(?:400|409|413|422|429)(?!\d)|(?i:too many requests)")
_PLACE = re.compile(r"(?<![\w.-])(?:(?:\d{1,3}\.){3}\d{1,3}:\d{2,5}|[a-z][\w-]*\d[\w-]*)(?![\w-])")
_APART = re.compile(r"[^a-z0-9]+")
_TOLD_OFTEN = 3  # lines that name a call, so that it is one


@dataclass(frozen=True)
class ServiceGraph:
    """The services that evidence knows of, and who calls whom."""

    situation: Situation

    @cached_property
    def known(self) -> tuple[str, ...]:
        """Every service that a file, an alert or the topology names."""
        names = {file.service for file in self.situation.files}
        names |= {occurrence.service for occurrence in self.situation.occurrences}
        names |= {
            finding.service
            for of_file in self.situation.findings.values()
            for finding in of_file
            if finding.kind is not FindingKind.CHANGE  # what is changed need not be a service
        }
        names |= {name for call in self.situation.calls for name in call}
        return tuple(sorted(name for name in names if name))

    def blamed(self, match: SignatureMatch) -> str | None:
        """The service at fault by this line: the log's own, unless it is about another."""
        here, signal = match.seen_by, match.signal
        if signal.by_caller and self.kind(here, match):
            return self._caller_with(match) or here
        if not signal.aimed and (signal.peer is None or self.kind(here, match) == signal.peer):
            return here
        text = match.finding.text.text
        return (
            self._named(text, besides=here)
            or self._of_kind(kind_of_port(text), besides=here)
            or self._of_kind(signal.peer, besides=here)
            or self._only_callee(here)
            or here
        )

    def complained_of(self, text: str, *, by: str) -> str:
        """Whom an error line of a service is about: one that it calls, or itself.

        Whom a line calls by a field or a phrase need not be known otherwise: partners bring no log.
        Who is only mentioned and brought a log tells of its errors itself.
        """
        if _ASKED_TOO_MUCH.search(text):
            return by
        called = {name for name in _called_in(text) if not self.is_behind(by, name)} - {by}
        if len(called) == 1:
            return called.pop()
        callees = self._callees.get(by, set()) - self._logging
        named = (self.named_in(text) & callees) - {by}
        return next(iter(named)) if len(named) == 1 else by

    @cached_property
    def _logging(self) -> frozenset[str]:
        """Services whose own log was brought."""
        return frozenset(
            file.service
            for file in self.situation.files
            if file.service
            and any(
                finding.kind is FindingKind.TEMPLATE
                for finding in self.situation.findings.get(file.id, ())
            )
        )

    def is_resolver(self, service: str) -> bool:
        """Whether it answers who has which address, by its name or its log."""
        if kind_of_name(service) == RESOLVER:
            return True
        logs = (file.id for file in self.situation.files if file.service == service)
        findings = (self.situation.findings.get(file_id, ()) for file_id in logs)
        return any(kind_of_server(of_file) == RESOLVER for of_file in findings)

    def of_port(self, text: str) -> str | None:
        """The only service that may listen on a port which a line names, by what it serves."""
        return self._of_kind(kind_of_port(text), besides=None)

    def is_behind(self, service: str | None, caller: str | None) -> bool:
        """Whether `caller` depends on `service`, directly or not."""
        return service is not None and caller is not None and service in self._reached(caller)

    def is_caller(self, service: str | None) -> bool:
        """Whether the topology tells whom the service calls."""
        return any(caller == service for caller, _ in self.situation.calls)

    def kind(self, service: str | None, match: SignatureMatch | None = None) -> str | None:
        """What sort of server a service is, by its name or by what its own log says."""
        kind = self._kinds_told.get(match.file.id) if match else None
        return kind or self._kind_of(service)

    def _kind_of(self, service: str | None) -> str | None:
        if service is None:
            return None
        if service not in self._kinds_known:
            files = (file.id for file in self.situation.files if file.service == service)
            kinds_from_logs = (
                self._kinds_told[file_id] for file_id in files if file_id in self._kinds_told
            )
            kind = next(kinds_from_logs, None) or self._kinds_measured.get(service)
            self._kinds_known[service] = _stored(kind or kind_of_name(service))
        return self._kinds_known[service]

    @cached_property
    def _kinds_known(self) -> dict[str, str | None]:
        """By service, as far as that was asked for."""
        return {}

    @cached_property
    def _kinds_measured(self) -> dict[str, str]:
        return kinds_measured(chain.from_iterable(self.situation.findings.values()))

    @cached_property
    def _kinds_told(self) -> dict[str, str]:
        """File id to the kind of server that wrote it, where its lines tell."""
        kinds = {
            file_id: _stored(kind_of_server(findings))
            for file_id, findings in self.situation.findings.items()
        }
        return {file_id: kind for file_id, kind in kinds.items() if kind is not None}

    def _named(self, text: str, *, besides: str | None) -> str | None:
        """The one known service that the line names as a host or word."""
        named = self.named_in(text) - {besides}
        return next(iter(named)) if len(named) == 1 else None

    def named_in(self, text: str) -> frozenset[str]:
        """The known services that a line names, by their name or the address they listen on."""
        if text not in self._names_told:
            named = {name for name in self.known if mentions(text, name)}
            addresses = self.situation.addresses
            named |= {addresses[at] for at in _PLACE.findall(text) if at in addresses}
            self._names_told[text] = frozenset(named)
        return self._names_told[text]

    @cached_property
    def _names_told(self) -> dict[str, frozenset[str]]:
        """By line: every candidate asks it of the same few lines."""
        return {}

    def _of_kind(self, kind: str | None, *, besides: str | None) -> str | None:
        if kind is None:
            return None
        if kind == ISSUER:
            services = [name for name in self.known if issues_tokens(name)]
        else:
            services = [name for name in self.known if name != besides and self.kind(name) == kind]
        behind = [name for name in services if self.is_behind(name, besides)]
        services = behind or services
        return services[0] if len(services) == 1 else None

    def _caller_with(self, match: SignatureMatch) -> str | None:
        """The only caller of the line's service, or the only one whose log has the same signal."""
        callers = {caller for caller, callee in self.situation.calls if callee == match.seen_by}
        if len(callers) != 1:
            callers = {
                finding.service or file.service or ""
                for file in self.situation.files
                for finding in self.situation.findings.get(file.id, ())
                if match.signal.name in finding.signals
            } - {match.seen_by or "", ""}
        return callers.pop() if len(callers) == 1 else None

    def _only_callee(self, caller: str | None) -> str | None:
        callees = self._callees.get(caller, set())
        return next(iter(callees)) if len(callees) == 1 else None

    @cached_property
    def _callees(self) -> dict[str | None, set[str]]:
        """Whom each service calls, by caller."""
        callees: dict[str | None, set[str]] = {}
        for caller, callee in self.situation.all_calls:
            callees.setdefault(caller, set()).add(callee)
        return callees

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


def with_calls_told(situation: Situation) -> Situation:
    """The situation with the calls that lines name, for callers of whom no topology tells."""
    callers = {caller for caller, _ in situation.calls}
    nodes = {name for call in situation.calls for name in call}
    counts = Counter(dict.fromkeys(_calls_by_origin(situation), _TOLD_OFTEN))
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            service = finding.service or file.service
            if service and finding.kind is FindingKind.TEMPLATE:
                for callee in _called_in(finding.text.text) - {service}:
                    counts[service, callee] += finding.count
    frequent = [
        (caller, callee)
        for (caller, callee), count in counts.items()
        if count >= _TOLD_OFTEN and (caller not in callers or callee not in nodes)
    ]
    one_way = [call for call in frequent if call[::-1] not in {*frequent, *situation.calls}]
    return replace(situation, calls_told=tuple(one_way))


def _calls_by_origin(situation: Situation) -> Iterator[tuple[str, str]]:
    """The calls that a log shows as a whole: whom a proxy forwards to, who asks a database."""
    names = {name: name for file in situation.files if (name := file.service)}
    names |= {name: name for call in situation.calls for name in call}
    by_letters = {_APART.sub("", name.lower()): name for name in names}
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            if finding.kind is FindingKind.ORIGIN and (here := file.service):
                origin = read_origin(finding)
                asked = {situation.addresses.get(address) for address in origin.addresses}
                asked |= {by_letters.get(_APART.sub("", name.lower())) for name in origin.backends}
                yield from ((here, name) for name in asked if name and name != here)
                for client in origin.clients:
                    letters = _APART.sub("", client.lower())
                    callers = [name for form, name in by_letters.items() if form in letters]
                    caller = max(callers, key=len, default=here)
                    if caller != here:
                        yield caller, here


def _stored(kind: str | None) -> str | None:
    """The kind of a server that keeps something for others; None for proxies and name servers."""
    return kind if kind in (DATABASE, CACHE, BROKER) else None


def _called_in(text: str) -> set[str]:
    return {name for match in _CALLED.finditer(text) for name in match.groups() if name}


def mentions(text: str, service: str) -> bool:
    """Whether a line names the service as a host or word of its own, not as part of a path."""
    if service not in text:  # far cheaper, and most lines name hardly any of many services
        return False
    return bool(re.search(rf"(?<![\w.-])(?<![\w\s]/){re.escape(service)}(?![\w-])", text))
