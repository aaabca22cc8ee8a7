"""The services that evidence knows of: what each serves, and whom a line of a log blames."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from core.evidence.logs.origin import read_origin
from core.evidence.model import COMPLAINTS, FindingKind
from core.investigation.causes.named_services import (
    asked_at,
    awaited_in,
    called_in,
    mentions,
    names_key_of,
    partners_in,
    supervised_in,
)
from core.investigation.causes.server_kinds import (
    BROKER,
    CACHE,
    DATABASE,
    ISSUER,
    PROXY,
    RESOLVER,
    issues_tokens,
    kind_of_client,
    kind_of_name,
    kind_of_port,
    kind_of_server,
    kinds_measured,
)
from core.investigation.causes.stray_clocks import stray_clock
from core.investigation.decision import Situation
from core.investigation.name_forms import letters_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.evidence.model import Finding
    from core.investigation.causes.evidence_index import Feature

_CLOCKS_DIFFER = "clock_skew"  # who tells of it cannot say whose is off
_MANY = 4  # one line in so many
# A request as web servers and caches log it: the common format, and those made after it.
_REQUEST = re.compile(
    r"\[\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "
    r"\"(?:[A-Z]{3,8} [^\"]{1,2000}|-)\" (?:\d{3}|-)"
)
_ASKED_TOO_MUCH = re.compile(r"(?<!\d)(?:400|409|413|422|429)(?!\d)|(?i:too many requests)")
_PLACE = re.compile(r"(?<![\w.-])(?:(?:\d{1,3}\.){3}\d{1,3}:\d{2,5}|[a-z][\w-]*\d[\w-]*)(?![\w-])")
_LETTERS = re.compile(r"(?<![a-z])[a-z]{5,40}(?![a-z])")
_OF_ANY = frozenset({"cluster", "example", "internal", "local", "service"})
_PART = re.compile(r"[a-z]{5,40}(?=[.-])")
_FEW_OTHERS = 0.02  # of the lines of a web server's logs
_TOLD_OFTEN = 3  # lines that name a call, so that it is one


@dataclass(frozen=True)
class ServiceDirectory:
    """The services that evidence knows of."""

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

    def blamed(self, match: Feature) -> str | None:
        """The service at fault by this line: the log's own, unless it is about another."""
        here, signal = match.seen_by, match.signal
        if (supervised := supervised_in(match.text.text)) is not None:
            return supervised
        if signal.fault == _CLOCKS_DIFFER and self._stray_clock is not None:
            return self._stray_clock
        if signal.by_caller and self.kind(here, match):
            return self._caller_with(match) or here
        if not signal.aimed and (signal.peer is None or self.kind(here, match) == signal.peer):
            return here
        if signal.peer == ISSUER:
            named = self._named(match.text.text, besides=here)
            named = named if named and issues_tokens(named) else None
            issuer = named or self._of_kind(ISSUER, besides=here)
            return issuer or self._only_sibling(here) or here
        text = match.text.text
        return (
            self._named(text, besides=here)
            or self._called_alone(text, besides=here)
            or self._of_kind(kind_of_port(text) or kind_of_client(text), besides=here)
            or self._of_kind(signal.peer, besides=here)
            or self._only_callee(here)
            or here
        )

    @cached_property
    def _stray_clock(self) -> str | None:
        return stray_clock(self.situation)

    def complained_of(self, text: str, *, by: str) -> str:
        """Whom an error line of a service is about: one that it calls, or itself.

        Whom a line calls by a field or a phrase need not be known otherwise: partners bring no log.
        Who is only mentioned and brought a log tells of its errors itself.
        """
        if _ASKED_TOO_MUCH.search(text):
            return by
        called = {
            name for name in self._called_in(text) if not self.situation.graph.is_behind(by, name)
        } - {by}
        if len(called) == 1:
            return called.pop()
        callees = self.situation.graph.callees(by) - self._logging
        named = (self.named_in(text) & callees) - {by} or _partners_in(text, callees)
        return next(iter(named)) if len(named) == 1 else by

    def _called_alone(self, text: str, *, besides: str | None) -> str | None:
        """The only one whom a line calls; a partner, of whom nothing else is known."""
        called = self._called_in(text) - {besides}
        return called.pop() if len(called) == 1 else None

    def _called_in(self, text: str) -> set[str]:
        """Whom a line calls, by the names of services where those are called so."""
        called = {self._in_full(name) for name in called_in(text)}
        awaited = {self._in_full(name) for name in awaited_in(text)}
        asked = asked_at(text, self.situation.addresses, self._by_letters)
        return called.union(awaited.intersection(self.known), asked) or partners_in(text)

    def _in_full(self, name: str) -> str:
        """The service that bears the name, or the only one that does behind a prefix of all."""
        if name in self.situation.addresses:
            return self.situation.addresses[name]
        if name in self.known:
            return name
        longer = [known for known in self.known if known.endswith(f"-{name}")]
        return longer[0] if len(longer) == 1 else name

    @cached_property
    def _by_letters(self) -> Mapping[str, str]:
        return {letters_of(name): name for name in self.known}

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
        return self._serves_as(RESOLVER, service)

    def is_proxy(self, service: str) -> bool:
        """Whether it passes on what others answer, by its name or its log."""
        return self._serves_as(PROXY, service) or self._tells_requests_alone(service)

    def _tells_requests_alone(self, service: str) -> bool:
        """Whether its logs are of requests, as web servers keep them, and others log what they do.

        But for what a server says of itself where it starts.
        """
        kinds = [
            finding
            for file in self.situation.files
            if file.service == service
            for finding in self.situation.findings.get(file.id, ())
            if finding.kind is FindingKind.TEMPLATE
        ]
        others = [finding for finding in kinds if not _REQUEST.search(finding.text.text)]
        few = _FEW_OTHERS * sum(finding.count for finding in kinds)
        if sum(finding.count for finding in others) > few or self._logging <= {service}:
            return False
        return bool(kinds) and not any(finding.level in COMPLAINTS for finding in others)

    def _serves_as(self, kind: str, service: str) -> bool:
        if kind_of_name(service) == kind:
            return True
        logs = (file.id for file in self.situation.files if file.service == service)
        findings = (self.situation.findings.get(file_id, ()) for file_id in logs)
        return any(kind_of_server(of_file) == kind for of_file in findings)

    def of_port(self, text: str) -> str | None:
        """The only service that may listen on a port which a line names, by what it serves."""
        return self._of_kind(kind_of_port(text), besides=None)

    def is_caller(self, service: str | None) -> bool:
        """Whether the topology tells whom the service calls."""
        return any(caller == service for caller, _ in self.situation.calls)

    def kind(self, service: str | None, match: Feature | None = None) -> str | None:
        """What sort of server a service is, by its name or by what its own log says."""
        kind = self._kinds_told.get((match.file.id, match.seen_by)) if match else None
        return kind or self._kind_of(service)

    def brokers_of(self, service: str | None) -> frozenset[str]:
        """The brokers that a service asks: it leaves work there, or takes it."""
        asked = self.situation.graph.callees(service)
        return frozenset(name for name in asked if self.kind(name) == BROKER)

    def _kind_of(self, service: str | None) -> str | None:
        if service is None:
            return None
        if service not in self._kinds_known:
            owners = {file.id: file.service for file in self.situation.files}
            kinds_from_logs = (
                kind
                for (file_id, writer), kind in self._kinds_told.items()
                if writer == service and owners[file_id] == service
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
    def _kinds_told(self) -> dict[tuple[str, str | None], str]:
        """File id and service to the kind of server that wrote it there, where its lines tell.

        In one file for several services, as `docker compose logs` makes it, each tells of itself.
        """
        kinds: dict[tuple[str, str | None], str] = {}
        for file in self.situation.files:
            whole = self.situation.findings.get(file.id, ())
            written: defaultdict[str | None, list[Finding]] = defaultdict(list)
            for finding in whole:
                if finding.kind is not FindingKind.ORIGIN:
                    written[finding.service or file.service].append(finding)
            is_of_many = len(written.keys() - {None}) > 1 and not _is_of_one_server(whole)
            for service, own in written.items():
                if kind := _stored(kind_of_server(own if is_of_many else whole)):
                    kinds[file.id, service] = kind
        return kinds

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

    def keyed_in(self, text: str) -> frozenset[str]:
        """The known services whose setting a record of a change names: `kv/orders/limits/rps`.

        Those that it names by themselves, where there are any.
        """
        return self.named_in(text) or frozenset(
            name for name in self.known if names_key_of(text, name)
        )

    def first_named_in(self, text: str) -> list[str]:
        """The known service that a line names first: a record names what was changed, then how."""
        places = {name: text.find(name) for name in self.named_in(text) if name in text}
        for match in _PLACE.finditer(text):
            if service := self.situation.addresses.get(match[0]):
                places[service] = min(match.start(), places.get(service, match.start()))
        return sorted(places, key=lambda name: places[name])[:1]

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
        behind = [name for name in services if self.situation.graph.is_behind(name, besides)]
        services = behind or services
        # Whose own log tells what it is, before who is only called so.
        kinds = self._kinds_told.items()
        writers = {writer for (_, writer), written in kinds if written == kind}
        services = [name for name in services if name in writers] or services
        return services[0] if len(services) == 1 else None

    def _caller_with(self, match: Feature) -> str | None:
        """The caller that the line names, the only one, or the only one that logs the same."""
        callers = {caller for caller, callee in self.situation.calls if callee == match.seen_by}
        logging = {
            finding.service or file.service or ""
            for file in self.situation.files
            for finding in self.situation.findings.get(file.id, ())
            if match.signal.name in finding.signals
        } - {match.seen_by or "", ""}
        text = match.text.text  # of a server: who asked stands there as a user or an application
        named = {name for name in callers | logging if name in text or _as_user(name) in text}
        alone = (only for only in (named, callers, logging) if len(only) == 1)
        return next(iter(next(alone, ())), None)

    def _only_sibling(self, service: str | None) -> str | None:
        """The only other service that its callers call."""
        graph = self.situation.graph
        siblings = {
            callee for caller in graph.callers(service) for callee in graph.callees(caller)
        } - {service}
        return next(iter(siblings)) if len(siblings) == 1 else None

    def _only_callee(self, caller: str | None) -> str | None:
        """Of several the only one that is no store, which is complained of in words of its own."""
        callees = self.situation.graph.callees(caller)
        asked = callees if len(callees) == 1 else [name for name in callees if not self.kind(name)]
        return next(iter(asked)) if len(asked) == 1 else None


def _as_user(service: str) -> str:
    """As a service is called where names have no dashes."""
    return service.replace("-", "_")


def _stored(kind: str | None) -> str | None:
    """The kind of a server that keeps something for others; None for proxies and name servers."""
    return kind if kind in (DATABASE, CACHE, BROKER) else None


def _partners_in(text: str, partners: Iterable[str]) -> set[str]:
    """Those outside whom a line calls by a part of their name: `registry` of `a-registry.test`."""
    words = set(_LETTERS.findall(text.lower())) - _OF_ANY
    return {name for name in partners if "." in name and words & set(_PART.findall(name.lower()))}


def _is_of_one_server(findings: Sequence[Finding]) -> bool:
    """Whether many of its lines are such as only a server writes: its clients are named there."""
    origins = (read_origin(each) for each in findings if each.kind is FindingKind.ORIGIN)
    return any(
        _MANY * max(origin.servers.values(), default=0) >= origin.lines for origin in origins
    )
