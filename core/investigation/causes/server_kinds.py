"""What sort of server a service is: by its name, its log, its measurements, and who asks it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.logs.origin import read_origin
from core.evidence.model import FindingKind
from core.evidence.series.moves import read_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.evidence.model import Finding

DATABASE, CACHE, BROKER, PROXY, RESOLVER = "database", "cache", "broker", "proxy", "resolver"
ISSUER = "issuer"  # of tokens
_ISSUER_NAME = re.compile(
    r"(?i)(?:^|[-_.])(?:auth\w*|oauth\w*|oidc|sso|iam|idp|identity|login|tokens?|sessions?|keycloak|dex|hydra"
    r"|zitadel|passport)(?:[-_.\d]|$)"
)
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
    PROXY: re.compile(
        r"(?i)(?:^|[-_.])(?:edge|gateway|proxy|lb|ingress|nginx|haproxy|envoy|traefik|varnish)(?:[-_.\d]|$)"
    ),
    RESOLVER: re.compile(r"(?i)(?:^|[-_.])(?:dns|resolver)(?:[-_.\d]|$)"),
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
_PRODUCTS = {
    "postgres": DATABASE,
    "mysql": DATABASE,
    "mongo": DATABASE,
    "redis": CACHE,
    "kafka": BROKER,
    "rabbitmq": BROKER,
    "proxy": PROXY,
    "resolver": RESOLVER,
}
# What only the exporter of such a server measures.
_OWN_SERIES = {
    DATABASE: re.compile(r"(?i)^(?:pg|mysql|mongodb)_|deadlock|rollback|backends|checkpoint|xact"),
    CACHE: re.compile(
        r"(?i)^(?:redis|memcached)_|evicted|keyspace|expired_keys|^(?:get|cmd)_(?:hits|misses|get|set)$"
    ),
    BROKER: re.compile(r"(?i)^(?:rabbitmq|kafka|nats)_"),
    PROXY: re.compile(r"(?i)^(?:nginx|haproxy|envoy|traefik|varnish|edge|ingress)_"),
    RESOLVER: re.compile(r"(?i)^(?:coredns|dnsmasq|unbound|dns)_"),
}
# What the libraries that ask such a server call their own errors.
_CLIENT_ERRORS = {
    BROKER: re.compile(r"\bAMQP\w*(?:Error|Exception|Failed)\b|\bKafka\w*(?:Error|Exception)\b"),
    CACHE: re.compile(
        r"\bredis\.exceptions\.|\b(?:Redis|Jedis|Lettuce|Memcached?)\w*(?:Error|Exception)\b"
    ),
    DATABASE: re.compile(
        r"\bpsycopg\w*\.|\b(?:PG|Mysql2|PDO|SQL|JDBC|Sequelize\w*|Mongo\w*)(?:::\w{0,40})?(?:Error|Exception)\b"
        r"|\bSQLSTATE\b"
    ),
}
_PORT = re.compile(r"(?<=[:\s])(\d{4,5})\b")


def kind_of_name(service: str) -> str | None:
    """What sort of server a service is called like."""
    return next((kind for kind, name in _NAMES.items() if name.search(service)), None)


def kind_of_server(findings: Sequence[Finding]) -> str | None:
    """What sort of server wrote a log: by what only the server itself writes."""
    for finding in findings:
        if finding.kind is FindingKind.ORIGIN and (product := read_origin(finding).server):
            return kind_of_product(product)
    for kind, pattern in _OWN_WORDS.items():
        if any(pattern.search(finding.text.text) for finding in findings):
            return kind
    return None


def kind_of_product(product: str | None) -> str | None:
    """What sort of server a product is; None for a program of one's own."""
    return _PRODUCTS.get(product or "")


def kinds_measured(findings: Iterable[Finding]) -> dict[str, str]:
    """What sort of server each service is, as far as its series tell."""
    kinds: dict[str, str] = {}
    for finding in findings:
        if finding.kind is FindingKind.MOVES and finding.service:
            kind = kind_of_series(read_list(finding.data, "names"))
            if kind is not None:
                kinds.setdefault(finding.service, kind)
    return kinds


def issues_tokens(service: str) -> bool:
    """Whether a service is called like one that issues tokens."""
    return bool(_ISSUER_NAME.search(service))


def kind_of_series(names: Sequence[str]) -> str | None:
    """What sort of server is measured: by what only the exporter of such a server tells."""
    return next((kind for kind, own in _OWN_SERIES.items() if any(map(own.search, names))), None)


def kind_of_port(text: str) -> str | None:
    """What sort of server usually listens on a port that a line names."""
    ports = {int(port) for port in _PORT.findall(text)}
    return next((kind for kind, ports_of_kind in _PORTS.items() if ports & ports_of_kind), None)


def kind_of_client(text: str) -> str | None:
    """What sort of server was asked by the library whose error a line tells."""
    return next((kind for kind, own in _CLIENT_ERRORS.items() if own.search(text)), None)
