"""Which service runs a product that is measured under a name of its own: `redis` is the `cache`.

Exporters are called after what they export, and topologies after what that is for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from core.evidence.model import FindingKind
from core.investigation.causes.server_kinds import kind_of_name
from core.investigation.file_owners import measured_at
from core.investigation.name_forms import host_of, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from core.investigation.decision import Situation

_NUMBER_OF_HOST = re.compile(r"-?\d{1,3}$")
_PRODUCTS = frozenset(
    {"haproxy", "kafka", "mariadb", "memcached", "mongo", "mysql", "nats", "nginx", "postgres"}
    | {"rabbitmq", "redis", "valkey", "varnish"}
)


def products_measured(situation: Situation, stated: Collection[str]) -> Mapping[str, str]:
    """What is measured as a product, with the service of the topology or of alerts that it is.

    stated: those services. What nothing but its sort tells goes where its host tells nothing.
    """
    return _only_of_their_sort(situation) | _at_hosts(situation, stated)


def _at_hosts(situation: Situation, stated: Collection[str]) -> dict[str, str]:
    """What is measured at hosts of one service alone.

    `nginx` at `edge1` is the topology's `edge`, and `stock-fpm` at `stock-2` its `stock`, where
    neither topology nor alerts know the former and nothing else measures the latter.
    """
    by_form = {plain(name): name for name in stated}
    hosts: defaultdict[str, set[str]] = defaultdict(set)
    for finding in chain.from_iterable(situation.findings.values()):
        for place, service in measured_at(finding):
            if place == host_of(place):
                hosts[service].add(by_form.get(_NUMBER_OF_HOST.sub("", place), ""))
    return {
        product: next(iter(names))
        for product, names in hosts.items()
        if len(names) == 1 and product not in stated and not names & {"", *hosts}
    }


def _only_of_their_sort(situation: Situation) -> dict[str, str]:
    """`postgres` is the only database that the topology knows, where nothing else measures that."""
    drawn = frozenset(chain.from_iterable(situation.calls))
    measured = {
        finding.service
        for finding in chain.from_iterable(situation.findings.values())
        if finding.kind is FindingKind.MOVES and finding.service
    }
    products = _by_sort(name for name in measured - drawn if plain(name) in _PRODUCTS)
    services = _by_sort(drawn)
    return {
        names[0]: services[sort][0]
        for sort, names in products.items()
        if sort and len(names) == len(services[sort]) == 1 and services[sort][0] not in measured
    }


def _by_sort(names: Iterable[str]) -> Mapping[str | None, list[str]]:
    sorts: defaultdict[str | None, list[str]] = defaultdict(list)
    for name in names:
        sorts[kind_of_name(name)].append(name)
    return sorts
