"""Whose log a file is: by what its lines call themselves, its path, its addresses, its product.

A log that is brought in pieces, rotated or packed, is one. Where two names fit it stays nobody's,
and so does one whose lines tell each who wrote it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from pathlib import PurePosixPath

from core.evidence.logs.origin import LogOrigin, read_origin
from core.evidence.model import EvidenceFile, Finding, FindingKind, Locus
from core.evidence.pipeline import names_a_service
from core.evidence.series.moves import read_list
from core.evidence.signatures import signals
from core.investigation.causes.server_kinds import (
    BROKER,
    CACHE,
    DATABASE,
    PROXY,
    RESOLVER,
    kind_of_name,
    kind_of_server,
    kinds_measured,
)
from core.investigation.change_records import is_record_of_changes
from core.investigation.decision import Situation
from core.investigation.name_forms import host_of, letters_of, plain, stem_of
from core.text.redacted import RedactedText
from core.text.sentences import sentences

say = sentences("investigation.service_names")

_LINES = frozenset({FindingKind.TEMPLATE, FindingKind.SIGNAL, FindingKind.FIRST_ERROR})
_SEVERAL = 2
_MOST = 0.5  # of a file's lines: more of them name whose they are
_START = 1.0  # weight of the start of a process, which is no change to speak of
_OF_CHANGES = 3  # lines for a change, the heading of a table among them
_OF_MACHINE = re.compile(
    r"(?i)(?:messages|syslog|secure|dmesg|journal|(?:kern|auth|daemon|user)\.log)[-.\w]*"
)
_IS_HOST = re.compile(r"\.[a-z][\w-]*$")  # with its domain
_LEAST_BEGINNING = 4  # letters of a folder that a name begins with
_LEAST_SUFFIX = 3  # letters of the end of a name that stand for it
# What a line says of itself: `svc=orders`, `"service": "orders"`, `[orders]`, `orders[312]:`.
_OWN_FIELD = re.compile(
    r"(?i)(?<![\w.])[\"']?(?:svc|service(?:[._]name)?|app|application|component|container(?:_name)?)"
    r"[\"']?\s?[=:]\s?[\"']?([a-z][\w.-]{1,62})"
)
_IN_BRACKETS = re.compile(r"\[([A-Za-z][\w.-]{1,62})\]|(?<=\s)([A-Za-z][\w.-]{1,62})\[\d+\]:")
_PIECE = re.compile(r"(?:\.(?:gz|bz2|xz|zst|old|\d{1,4})|-\d{8})+$")
_KINDS = {
    DATABASE: say.later("database"),
    CACHE: say.later("cache"),
    BROKER: say.later("broker"),
    PROXY: say.later("proxy"),
    RESOLVER: say.later("resolver"),
}


@dataclass(frozen=True, kw_only=True)
class SameService:
    """That what is called `alias` is the service `name`. locus: of a line that shows it."""

    name: str
    alias: str
    why: RedactedText
    locus: Locus | None = None


@dataclass(frozen=True)
class _Log:
    """The files of one log, the oldest piece last, with what its lines tell of who wrote it."""

    files: tuple[EvidenceFile, ...]
    findings: tuple[Finding, ...]
    origin: LogOrigin

    @property
    def name(self) -> str:
        return self.files[0].name.text

    @cached_property
    def stem(self) -> str:
        """Its name without what tells the logs of one service apart, `-access` or `-error`."""
        return stem_of(self.name)

    @cached_property
    def kind(self) -> str | None:
        """What sort of server wrote it; None for a program of one's own."""
        return kind_of_server(self.findings)

    @cached_property
    def is_of_several(self) -> bool:
        """Whether its lines tell each whose it is, as those of `docker compose logs` do."""
        return is_of_several(self.findings, self.files[0].service)

    @cached_property
    def is_of_changes(self) -> bool:
        """Whether it is a log of what was changed, which names whatever was."""
        lines = sum(file.lines for file in self.files)
        changes = sum(
            finding.locus.line_end - finding.locus.line_start + 1
            for finding in self.findings
            if finding.kind is FindingKind.CHANGE
            and any(signals()[name].weight > _START for name in finding.signals)
        )
        return changes > 0 and (is_record_of_changes(self.name) or _OF_CHANGES * changes >= lines)


@dataclass(frozen=True)
class FileOwners:
    """The services whose logs the files of a situation are, as far as they are not told by name.

    known: the names of services, as they are written.
    """

    situation: Situation
    known: tuple[str, ...]

    @cached_property
    def of_files(self) -> Mapping[str, SameService]:
        """By file id, where whoever brought it called its service otherwise, or not at all."""
        owners: dict[str, SameService] = {}
        waiting = [log for log in self.logs if not (log.is_of_several or self._is_told(log))]
        for rules in self._rules:
            waiting, late = [], waiting
            for log in late:
                asked = self._fitting(rules, log)
                same = next(filter(None, (rule(log, owners) for rule in asked)), None)
                if same is None:
                    waiting.append(log)
                    continue
                owners |= {file.id: same for file in log.files}
        return owners

    def named_in_lines(self, file: EvidenceFile) -> tuple[str, ...]:
        """Known services that most lines of the log of a file name as their own."""
        return self._named_in_lines(self._log_of[file.id])

    def unowned(self) -> tuple[EvidenceFile, ...]:
        """The logs that are nobody's, though several services could have written them."""
        if len(self.known) <= 1:
            return ()
        logs = self._nobodys(self.of_files)
        return tuple(file for log in logs for file in log.files if file.service is None)

    def candidates(self) -> tuple[str, ...]:
        """Services that may own a log of nobody, those whose log nobody brought first."""
        free = self._free(self.of_files)
        return tuple(dict.fromkeys([*free, *self.known]))

    def is_nobodys(self, file: EvidenceFile) -> bool:
        """Whether it lists what was changed, or several wrote it, and is called after no service.

        That is, after none that evidence knows.
        """
        log = self._log_of[file.id]
        return file.service not in self._names and (log.is_of_changes or log.is_of_several)

    @cached_property
    def _log_of(self) -> Mapping[str, _Log]:
        return {file.id: log for log in self.logs for file in log.files}

    @cached_property
    def logs(self) -> tuple[_Log, ...]:
        """Files that are pieces of one log together."""
        pieces: defaultdict[str, list[EvidenceFile]] = defaultdict(list)
        for file in self.situation.files:
            pieces[_PIECE.sub("", file.name.text)].append(file)
        return tuple(self._log(tuple(files)) for files in pieces.values())

    def _log(self, files: tuple[EvidenceFile, ...]) -> _Log:
        findings = tuple(
            chain.from_iterable(self.situation.findings.get(file.id, ()) for file in files)
        )
        origins = [
            read_origin(finding) for finding in findings if finding.kind is FindingKind.ORIGIN
        ]
        return _Log(files, findings, together(origins))

    def _is_told(self, log: _Log) -> bool:
        return any(file.service in self._names for file in log.files)

    @cached_property
    def _names(self) -> frozenset[str | None]:
        return frozenset(self.known)

    @cached_property
    def _by_form(self) -> dict[str, str]:
        return {plain(name): name for name in self.known}

    @cached_property
    def _by_letters(self) -> dict[str, str]:
        """By a name's letters and digits alone, as packages and accounts are written."""
        return {letters_of(name): name for name in self.known}

    @property
    def _rules(self) -> tuple[tuple[_Rule, ...], ...]:
        """Those that are asked first, then those for what is left."""
        first = (
            self._by_start,
            self._by_lines,
            self._by_package,
            self._by_host,
            self._by_path,
            self._by_place,
            self._by_label,
        )
        beside = (self._by_sibling,)
        late = (self._by_product,), beside, (self._by_beginning,), (self._by_being_left,)
        return first, beside, *late

    def _fitting(self, rules: tuple[_Rule, ...], log: _Log) -> list[_Rule]:
        """Those that may speak of a log: in that of a server, fields tell of who asks it.

        A log of changes names whatever was changed, so that only its path tells.
        """
        if log.is_of_changes:
            return [rule for rule in rules if rule in (self._by_path, self._by_beginning)]
        of_clients = (self._by_start, self._by_lines, self._by_package, self._by_label)
        is_server = log.kind is not None
        return [rule for rule in rules if not (is_server and rule in of_clients)]

    def _by_start(self, log: _Log, _owners: _Owners) -> SameService | None:
        names = {self._by_form[plain(name)] for name in log.origin.started if self._knows(name)}
        return self._same(log, names, say("start_names_it"), *log.origin.started)

    def _by_lines(self, log: _Log, _owners: _Owners) -> SameService | None:
        names = self._named_in_lines(log)
        return self._same(log, set(names), say("lines_name_it"), *names)

    def _named_in_lines(self, log: _Log) -> tuple[str, ...]:
        counts, lines = Counter[str](), 0
        for finding in log.findings:
            if finding.kind in _LINES:
                lines += finding.count
                for name in set(self._own_names(finding.text.text)):
                    counts[name] += finding.count
        named = tuple(name for name, count in counts.most_common() if count > _MOST * lines)
        if named:
            return named
        stated = [
            self._by_form[plain(name)]
            for name, count in log.origin.names.items()
            if count > _MOST * log.origin.lines and self._knows(name)
        ]
        return tuple(dict.fromkeys(stated))

    def _own_names(self, text: str) -> Iterator[str]:
        for match in chain(_OWN_FIELD.finditer(text), _IN_BRACKETS.finditer(text)):
            name = next(filter(None, match.groups()))
            if self._knows(name):
                yield self._by_form[plain(name)]

    def _by_package(self, log: _Log, _owners: _Owners) -> SameService | None:
        """`com.acme.ordersapi.web` is of orders-api."""
        parts = map(letters_of, log.origin.packages)
        names = {self._by_letters[part] for part in parts if part in self._by_letters}
        return self._same(log, names, say("package_names_it"))

    def _by_host(self, log: _Log, _owners: _Owners) -> SameService | None:
        """By the host that its lines or its path tell, or the address it listens on."""
        hosts = [name for name in log.origin.hosts if plain(name)]
        folders = PurePosixPath(log.name).parts
        places = [*hosts, *(part.removesuffix(".log") for part in reversed(folders))]
        names = {self._by_form[plain(name)] for name in hosts if self._knows(name)}
        names = names or {name for host in places for name in self._at.get(host_of(host), ())}
        names = names or {
            name for address in log.origin.listens for name in self._at.get(address, ())
        }
        return self._same(log, names, say("host_is_its"))

    @cached_property
    def _at(self) -> Mapping[str, frozenset[str]]:
        """Who is measured at a host or an address; an agent that measures others is nobody."""
        services: defaultdict[str, set[str]] = defaultdict(set)
        for findings in self.situation.findings.values():
            for finding in findings:
                if finding.service in self._names:
                    for place, service in measured_at(finding):
                        services[place].add(service)
        return {place: frozenset(names) for place, names in services.items() if len(names) == 1}

    def _by_path(self, log: _Log, _owners: _Owners) -> SameService | None:
        """From the innermost part of its path outwards, then from the name it was given."""
        parts = [*reversed(PurePosixPath(log.name).parts), log.files[0].service or ""]
        name = next(filter(None, map(self._in_part, parts)), None)
        return self._same(log, {name} if name else set(), say("path_names_it"))

    def _in_part(self, part: str) -> str | None:
        """The longest known name in a part of a path, as words of its own; None where two are."""
        form = f"-{plain(part)}-"
        inside = [name for known, name in self._by_form.items() if f"-{known}-" in form]
        longest = max((len(plain(name)) for name in inside), default=0)
        best = [name for name in inside if len(plain(name)) == longest]
        return best[0] if len(best) == 1 else None

    def _by_place(self, log: _Log, _owners: _Owners) -> SameService | None:
        """By the folders and files that it works with: `/var/lib/orders-db/base`."""
        names = {
            self._by_form[form]
            for place in log.origin.places
            for form in (plain(place), plain(PurePosixPath(place).stem))
            if form in self._by_form
        }
        return self._same(log, names, say("place_names_it"))

    def _by_label(self, log: _Log, _owners: _Owners) -> SameService | None:
        """By the end of its name that most lines are labelled with: `[api]` is of shop-api."""
        labels = [
            plain(name)
            for name, count in log.origin.names.items()
            if count > _MOST * log.origin.lines and len(name) >= _LEAST_SUFFIX
        ]
        names = {
            name
            for form, name in self._by_form.items()
            for label in labels
            if form.endswith(f"-{label}")
        }
        return self._same(log, names, say("lines_name_it"))

    def _by_sibling(self, log: _Log, owners: _Owners) -> SameService | None:
        """`host7-error.log` is of whom `host7-access.log` is of."""
        names = {
            owners[other.files[0].id].name
            for other in self._siblings[log.stem]
            if other is not log and other.files[0].id in owners
        }
        return self._same(log, names, say("sibling_is_its"))

    def _by_beginning(self, log: _Log, owners: _Owners) -> SameService | None:
        """A folder `recall` is of `recall-campaign`, which has no other log and no store's name."""
        folders = [plain(part) for part in reversed(PurePosixPath(log.name).parts[:-1])]
        own = {name for name in self._free(owners) if kind_of_name(name) is None}
        own |= {same.name for same in owners.values() if same.why == say("path_begins_it")}
        longer = (
            {name for name in self.known if plain(name).startswith(f"{folder}-")}
            for folder in folders
            if len(folder) >= _LEAST_BEGINNING
        )
        names = next(filter(None, longer), set[str]())
        return self._same(log, names if names <= own else set(), say("path_begins_it"))

    @cached_property
    def _siblings(self) -> Mapping[str, Sequence[_Log]]:
        """The logs of each stem."""
        siblings: defaultdict[str, list[_Log]] = defaultdict(list)
        for log in self.logs:
            siblings[log.stem].append(log)
        return siblings

    def _by_product(self, log: _Log, owners: _Owners) -> SameService | None:
        """A server's own log is that of the only such server whose log nobody else brought."""
        kind = log.kind
        if kind is None:
            return None
        free = self._free(owners)
        fitting = [name for name in free if self._kind_known(name) == kind]
        if not fitting and kind != RESOLVER:  # hardly anybody draws who asks for names
            calls = {caller for caller, _ in self.situation.calls}
            called = {callee for _, callee in self.situation.calls}
            ends = calls - called if kind == PROXY else called - calls
            fitting = [name for name in free if name in ends and self._kind_known(name) is None]
        return self._same(log, set(fitting), say("product_is_it", kind=_KINDS[kind]()))

    def _kind_known(self, name: str) -> str | None:
        """What sort of server a service is, by what is measured of it, or by its name."""
        return self._kinds_measured.get(name) or kind_of_name(name)

    @cached_property
    def _kinds_measured(self) -> Mapping[str, str]:
        return kinds_measured(chain.from_iterable(self.situation.findings.values()))

    def _by_being_left(self, log: _Log, owners: _Owners) -> SameService | None:
        """The only log of nobody is that of the only service without one.

        No log of a machine is, nor one whose lines tell who else wrote them: `nightly-export[710]`.
        Whoever is known by a host in the internet brings none.
        """
        is_of_machine = _OF_MACHINE.fullmatch(PurePosixPath(log.name).name) is not None
        writer = f"{PurePosixPath(log.stem).name}["
        is_signed = any(writer in finding.text.text for finding in log.findings)
        if log.is_of_changes or is_of_machine or is_signed or not log.origin.lines:
            return None
        if len(list(islice(self._nobodys(owners), 2))) != 1:
            return None
        free = {name for name in self._free(owners) if not _IS_HOST.search(name)}
        if len(free) != 1 or log.kind != self._kind_known(next(iter(free))):
            return None
        return self._same(log, free, say("only_left"))

    def _free(self, owners: _Owners) -> list[str]:
        """Services whose log nobody brought."""
        claimed = self._claimed | {same.name for same in owners.values()}
        return [name for name in self.known if name not in claimed]

    @cached_property
    def _claimed(self) -> frozenset[str | None]:
        return frozenset(file.service for file in self.situation.files)

    def _nobodys(self, owners: _Owners) -> Iterator[_Log]:
        return (
            log
            for log in self.logs
            if log.origin.lines
            and log.files[0].id not in owners
            and not (log.is_of_changes or log.is_of_several)
            and not self._is_told(log)
        )

    def _knows(self, name: str) -> bool:
        return plain(name) in self._by_form

    def _same(
        self, log: _Log, names: set[str], why: RedactedText, *spellings: str
    ) -> SameService | None:
        """That it is of the one name; spellings: of that name, one of which a line may show."""
        if len(names) != 1:
            return None
        name = next(iter(names))
        shown = next(
            (
                line.locus
                for line in log.findings
                if any(spelling in line.text.text for spelling in spellings)
            ),
            None,
        )
        return SameService(name=name, alias=log.name, why=why, locus=shown)


_Owners = Mapping[str, SameService]
_Rule = Callable[[_Log, _Owners], SameService | None]


def together(origins: Sequence[LogOrigin]) -> LogOrigin:
    """What the pieces of one log tell of who wrote it."""
    if len(origins) == 1:
        return origins[0]
    sums: dict[str, dict[str, int]] = {}
    for origin in origins:
        for name, counts in vars(origin).items():
            if isinstance(counts, Mapping):
                sums[name] = dict(Counter(sums.get(name, {})) + Counter(counts))
    return LogOrigin(lines=sum(origin.lines for origin in origins), **sums)


def is_of_several(findings: Sequence[Finding], owner: str | None) -> bool:
    """Whether the lines of a file, brought as of `owner`, tell each who of several wrote it."""
    writers = {finding.service for finding in findings if finding.kind in _LINES}
    return len(writers - {owner, None}) >= _SEVERAL


def self_named(findings: Sequence[Finding]) -> str | None:
    """What a log calls itself where it starts; None where it does not, or by many names."""
    origins = [read_origin(finding) for finding in findings if finding.kind is FindingKind.ORIGIN]
    names = {name for origin in origins for name in origin.started if names_a_service(name)}
    return names.pop() if len(names) == 1 else None


def measured_at(finding: Finding) -> Iterator[tuple[str, str]]:
    """Addresses and hosts at which measurements of a service were taken, each with the service."""
    if finding.kind is FindingKind.MOVES and finding.service:
        for instance in read_list(finding.data, "instances"):
            yield instance, finding.service
            yield host_of(instance), finding.service
