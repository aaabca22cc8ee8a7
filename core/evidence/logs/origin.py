"""Reads from a log who wrote it: its names, its addresses, whose calls it tells of."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.lines import Block
    from core.jobs.model import Scalar

say = sentences("evidence.log_findings")

_MOST_LINES = 200  # from the beginning: who starts there says so
_MOST_STARTS = 20  # lines further down that tell of a start
_NEARLY_ALL = 0.9  # of the lines
_STARTS = ["istening on", "tarting ", "tarted ", "ooting "]
_MOST_NAMES = 12  # of each sort, the most frequent
_LOOK_AT = 1_500
_NAME = r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+){0,8}"
_NAMED = rf"(?!(?:again|anew|over|now|in|at|on|from|with)\b){_NAME}"
_ADDRESS = re.compile(r"(?<![\d.])((?:\d{1,3}\.){3}\d{1,3}:\d{2,5})(?![\d.])")
# `starting orders-api 2.1.0`, `Started orders using Java 17`, `Booting worker v3.2`.
_STARTED = re.compile(
    rf"(?i)\b(?:starting|started|booting|launching)\s(?:up\s|service\s|application\s)?[\"']?({_NAMED})"
    r"[\"']?[\s/@,:]+(?:v(?:ersion)?\s?)?\d+\.\d+"
    rf"|\bStart(?:ing|ed) ({_NAMED}) (?:using Java|in \d)"
    rf"|(?<![\w.-])({_NAMED}) v?\d+\.\d+\S{{0,20}} (?:is )?listening on\b"
)
_LISTENS = re.compile(
    r"(?i)\b(?:listening|running|serving|accepting connections|started)\b.{1,40}?"
    r"\b((?:\d{1,3}\.){3}\d{1,3})[\"\]]?(?:,\s?port\s|:)(\d{2,5})\b"
)
# What a record says of its own service: `svc=orders`, `"service": "orders"`, `orders[312]:`.
_OWN = re.compile(
    r"(?i)(?<![\w.])[\"']?(?:svc|service(?:[._]name)?|serviceName|app|application|component"
    r"|container(?:_name)?|logger|name)[\"']?\s?[=:]\s?[\"']?"
    rf"({_NAME})(?![\w@./-])"
)
_LABELLED = re.compile(
    rf"\[({_NAME})\](?=[\s:])|(?:^|(?<=\s))({_NAME})\[\d+\]:"
    rf"|\b(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL)\s{{1,3}}({_NAME})\[\d+\](?=\s)"
)
_HOST = re.compile(
    rf"(?i)(?<![\w.@])[\"']?(?:host(?:name)?|pod(?:_name)?|nodename)[\"']?\s?[=:]\s?[\"']?({_NAME})"
    rf"|, server: ({_NAME})(?=, request: )"  # nginx's own name
)
# Of syslog: the machine on which the program ran.
_MACHINE = re.compile(
    r"^(?:<\d{1,3}>)?"
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S{0,16})"
    r" (?!(?:TRACE|DEBUG|INFO|NOTICE|WARN|ERROR|CRIT|FATAL)\w*\b)"
    rf"({_NAME}) [\w./()-]{{1,60}}(?:\[\d+\])?: "
)
# Also cut at the front, as some layouts cut it: `pany.ordersapi.web.Handlers`.
_PACKAGE = re.compile(r"(?<![\w./@:-])\.?((?:[a-z][a-z0-9_]*\.){1,7}[a-z][a-z0-9_]*)(?=\.[A-Z]\w)")
_PLACES = re.compile(r"(?<![\w/:.])/(?:srv|var|etc|opt|data|run|home)((?:/[\w.-]+){1,5})")
# HAProxy's own line tells frontend, backend and server.
_BACKEND = re.compile(r"\] [\w~.-]+ ([\w.-]+)/([\w.<>-]+) -?\d+/-?\d+/-?\d+/")
# A database's own line tells who asks: `svc_orders@shop`, `user=orders,db=shop`.
_CLIENT = re.compile(
    r"(?i)(?<![\w.-])(?:user=)?([a-z][\w-]{2,40})@[a-z][\w-]{1,40}(?![\w.])|\buser=([\w-]{3,40})"
    r"|^# User@Host: ([\w-]{3,40})\["  # of MySQL and MariaDB
)
# … and as which program: `dispo@shop/orders-api`, `app=orders-api`.
_PROGRAM = re.compile(
    r"(?i)(?<![\w.-])[a-z][\w-]{2,40}@[a-z][\w-]{1,40}/([a-z][\w-]{2,40})(?=\s)"
    r"|\bapp(?:lication)?=([a-z][\w-]{2,40})(?=[\s,])"
)
_SERVERS = {
    "postgres": re.compile(
        r"database system (?:was|is ready)|starting PostgreSQL|checkpoint (?:starting|complete)"
        r"|\b(?:LOG|STATEMENT|DETAIL):  "
    ),
    "mysql": re.compile(r"\bInnoDB\b|\bmysqld\b|\bmariadbd\b|^# User@Host: "),
    "mongo": re.compile(r"\bWiredTiger\b"),
    "redis": re.compile(
        r"Ready to accept connections|Background saving|DB saved on disk|oO0OoO0OoO0Oo"
        r"|\d+:[MCSX] \d\d \w{3} \d{4} \d\d:\d\d:\d\d"
    ),
    "kafka": re.compile(r"\bKafkaServer\b|\[GroupCoordinator"),
    "rabbitmq": re.compile(r"Server startup complete; \d+ plugins"),
    "proxy": re.compile(
        r"\] [\w~.-]+ [\w.-]+/[\w.<>-]+ -?\d+/-?\d+/-?\d+/"
        r"|HTTP/[\d.]+\"(?: \S+){2,}.*\b(?:upstream|ua|us|urt|uht|uct|rt)="
        r"|\bupstream: \"https?://|\bNew worker \(\d+\) forked"
    ),
    "resolver": re.compile(r"\bdnsmasq\[\d+\]|\bunbound\[\d|\bnamed\[\d+\]|\bCoreDNS-\d"),
}


@dataclass
class OriginFinder:
    """Sees the blocks of a log in order; reads the first lines."""

    lines: int = 0
    starts: int = 0
    names: Counter[str] = field(default_factory=Counter)  # of itself, in a field or a label
    started: Counter[str] = field(default_factory=Counter)
    listens: Counter[str] = field(default_factory=Counter)
    addresses: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    machines: Counter[str] = field(default_factory=Counter)
    packages: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    backends: Counter[str] = field(default_factory=Counter)
    clients: Counter[str] = field(default_factory=Counter)
    servers: Counter[str] = field(default_factory=Counter)

    def watch(self, block: Block) -> None:
        """Read the lines of a block that are among the first, or tell of a start."""
        left = max(0, _MOST_LINES - self.lines)
        for line in block.lines.head(left):
            self._read(_plain(line))
            self.lines += 1
        if self.starts < _MOST_STARTS and len(block.lines) > left:
            rest = block.lines.slice(left)
            for line in rest.filter(rest.str.contains_any(_STARTS)).head(_MOST_STARTS):
                self._read_start(_plain(line))
                self.starts += 1

    def _read(self, line: str) -> None:
        self.names.update(set(_first_groups(_OWN, line)) | set(_first_groups(_LABELLED, line)))
        self.hosts.update(set(_first_groups(_HOST, line)))
        self.machines.update(_MACHINE.findall(line))
        self.packages.update(
            {part for name in _PACKAGE.findall(line) for part in name.split(".")[1:]}
        )
        self.addresses.update(set(_ADDRESS.findall(line)))
        self.backends.update({name for names in _BACKEND.findall(line) for name in names})
        if ":  " in line or "user=" in line or "User@Host: " in line:
            asking = (*_first_groups(_CLIENT, line), *_first_groups(_PROGRAM, line))
            self.clients.update(set(asking))
        self.servers.update(kind for kind, pattern in _SERVERS.items() if pattern.search(line))
        self._read_start(line)

    def _read_start(self, line: str) -> None:
        self.started.update(_first_groups(_STARTED, line))
        self.listens.update(f"{address}:{port}" for address, port in _LISTENS.findall(line))
        self.places.update(
            {part for path in _PLACES.findall(line) for part in path.split("/") if part}
        )

    def tell(self, file: str, service: str | None) -> Finding:
        """What is known of it, as a finding that is not shown to people."""
        data: dict[str, Scalar] = {
            name: json.dumps(dict(counted.most_common(_MOST_NAMES)))
            for name, counted in vars(self).items()
            if isinstance(counted, Counter) and counted
        }
        return Finding(
            kind=FindingKind.ORIGIN,
            level=Level.INFO,
            text=say("origin"),
            locus=Locus(file=file, line_start=1, line_end=max(1, self.lines)),
            count=self.lines,
            service=service,
            data=data,
        )


def _plain(line: str) -> str:
    return line[:_LOOK_AT].replace('\\"', '"')


def _first_groups(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for match in pattern.finditer(text):
        yield next(filter(None, match.groups()))


@dataclass(frozen=True, kw_only=True)
class LogOrigin:
    """What a log tells of who wrote it. Each maps a name or an address to its number of lines.

    `names` stand in fields and labels that tell whose a record is, `started` where it starts;
    `listens` are its own addresses, `addresses` all; `machines` are those that syslog names;
    `packages` are parts of Java packages, `places` of paths; `backends` are whom a proxy forwards
    to, `clients` who asks a database.
    `server` is the product that wrote it, None for a program of one's own.
    """

    lines: int = 0
    names: Mapping[str, int] = field(default_factory=dict)
    started: Mapping[str, int] = field(default_factory=dict)
    listens: Mapping[str, int] = field(default_factory=dict)
    addresses: Mapping[str, int] = field(default_factory=dict)
    hosts: Mapping[str, int] = field(default_factory=dict)
    machines: Mapping[str, int] = field(default_factory=dict)
    packages: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    backends: Mapping[str, int] = field(default_factory=dict)
    clients: Mapping[str, int] = field(default_factory=dict)
    servers: Mapping[str, int] = field(default_factory=dict)

    @property
    def machine(self) -> str | None:
        """The only machine that syslog names, on which nearly all was written."""
        name = max(self.machines, key=lambda each: self.machines[each], default=None)
        is_alone = name is not None and self.machines[name] >= _NEARLY_ALL * self.lines
        return name if is_alone else None

    @property
    def server(self) -> str | None:
        return max(self.servers, key=lambda kind: self.servers[kind], default=None)


def read_origin(finding: Finding) -> LogOrigin:
    """Parse what `OriginFinder` stored."""
    counts = {name: json.loads(str(value)) for name, value in finding.data.items()}
    return LogOrigin(lines=finding.count, **counts)
