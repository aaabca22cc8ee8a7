"""What a name is without what tells its spellings and its instances apart."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_HASH = re.compile(r"-[0-9a-f]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$")
_PORT = re.compile(r":\d{1,5}$")
_DOMAIN = re.compile(
    r"\.(?:[\w-]+\.)*?(?:svc|local|internal|lan|intra|corp|default|prod|staging|cluster)\b.*$"
)
_OF_PROXY = re.compile(r"^(?:be|bk|bck|backend|fe|ft|frontend)_(?=[a-z])")  # as HAProxy calls them
_GLUE = re.compile(r"[\s_.]+")
_EDGE = "-_. @/"
# The same software under two names: a topology says `postgresql`, its exporter's job `postgres`.
_PRODUCTS = {
    **dict.fromkeys(("postgresql", "pgsql", "postgresql-server"), "postgres"),
    **dict.fromkeys(("rabbit", "rabbitmq-server"), "rabbitmq"),
    **dict.fromkeys(("redis-server", "valkey-server"), "redis"),
    **dict.fromkeys(("mongodb", "mongod"), "mongo"),
    **dict.fromkeys(("mysqld", "mysql-server"), "mysql"),
}
_APART = re.compile(r"[^a-z0-9]+")
_SORT = re.compile(r"(?i)[-_.](?:access|error|errors|err|out|stdout|stderr|gc|slow|audit|app)$")


def letters_of(name: str) -> str:
    """Its letters and digits alone: `Orders API`, `orders-api` and `orders_api` are `ordersapi`."""
    return _APART.sub("", name.lower())


def plain(name: str) -> str:
    """Without what tells instances apart: `Orders_API-7c9f8d6b5-x2x1z:8080` is `orders-api`."""
    form = _DOMAIN.sub("", _PORT.sub("", name.rpartition("/")[2].lower()))
    form = _GLUE.sub("-", _HASH.sub("", _OF_PROXY.sub("", form))).strip(_EDGE)
    return _PRODUCTS.get(form, form)


def host_of(instance: str) -> str:
    """The host of an address, without its domain: hosts of numbers alone are kept whole."""
    host = _PORT.sub("", instance.lower())
    return host if host.replace(".", "").isdigit() else host.partition(".")[0]


def stem_of(name: str) -> str:
    """A path without what tells the logs of one service apart: `quay` of `quay_access.log`."""
    path = PurePosixPath(name)
    return _SORT.sub("", path.with_suffix("").as_posix() if path.name else name)
