"""What sort of quantity is a series, and whose is it? By the words of its name, and its labels."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.evidence.series.model import Series


class Family(StrEnum):
    """Sorts of quantities that go wrong in the same way."""

    ERRORS = "errors"
    LATENCY = "latency"  # how long it takes to answer
    WAITING = "waiting"  # how long it waits for the answers of others
    CPU = "cpu"
    MEMORY = "memory"
    SATURATION = "saturation"  # queues, pools, locks, connections
    DISK = "disk"
    NETWORK = "network"
    TRAFFIC = "traffic"
    OTHER = "other"


@dataclass(frozen=True)
class Quantity:
    """What a series measures. `bad` is 1 where a rise is bad, -1 where a fall is, 0 where either.

    `of_host` where it is of the machine, which others share.
    """

    family: Family
    bad: int
    of_host: bool = False


# The first family that has one of the words gets the name: "cpu_usage_seconds_total" is no time.
_WORDS: tuple[tuple[Family, int, frozenset[str]], ...] = tuple(
    (family, bad, frozenset(words.split()))
    for family, bad, words in (
        (
            Family.ERRORS,
            1,
            "error errors err errs errored fail fails failed failure failures 5xx exception"
            " exceptions drop drops dropped abort aborts aborted reject rejects rejected timeout"
            " timeouts restart restarts crash crashes oom faults faulted unhealthy unavailable",
        ),
        (
            Family.ERRORS,
            -1,
            "available availability success successes successful healthy health ready up sla"
            " uptime",
        ),
        (Family.CPU, 1, "cpu cpus throttled throttling throttle"),
        (Family.MEMORY, 1, "memory mem heap rss swap gc pss"),
        (
            Family.LATENCY,
            1,
            "latency latencies duration durations elapsed delay delays rtt ttfb took",
        ),
        (
            Family.SATURATION,
            1,
            "queue queues queued backlog lag pending pool saturation waiting waiters inflight"
            " connections conns threads goroutines pressure load utilization utilisation locks"
            " locked deadlocks exhausted",
        ),
        (
            Family.DISK,
            1,
            "disk disks iops io fs filesystem syscall syscalls inode inodes volume fsync",
        ),
        (
            Family.NETWORK,
            1,
            "network net receive received transmit transmitted packet packets tcp udp retrans"
            " retransmits socket sockets rx tx bandwidth",
        ),
        (
            Family.TRAFFIC,
            0,
            "request requests queries workload ops qps rps rpm tps throughput hits calls traffic"
            " invocations transactions messages operations",
        ),
        (Family.LATENCY, 1, "seconds ms millis milliseconds time"),
        (Family.DISK, 1, "read reads write writes"),
    )
)
_OUTWARD = frozenset({"client", "clients", "upstream", "upstreams", "outbound", "egress"})
_HOST = frozenset({"node", "host", "machine", "hypervisor"})
_STATUS = ("code", "status", "status_code", "http_status", "response_code", "statuscode")
_PIECE = re.compile(r"5xx|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_LOOK_AT = 300  # characters of a name
_OWNER = "|"  # `checkout|latency`: whose it is stands before it
_OTHER_MARKS = (":", "/", ".", " ", "_", "-")


def quantity(series: Series, name: str) -> Quantity:
    """By the labels where these tell of failures, else by the name.

    name: what it is called without its owner, whose name says nothing of what is measured.
    """
    if any(series.labels.get(key, "").startswith("5") for key in _STATUS):
        return Quantity(Family.ERRORS, 1)
    return quantity_named(name)


def quantity_named(name: str) -> Quantity:
    """By the words that a name is made of, however they are put together."""
    words = {piece.lower() for piece in _PIECE.findall(name[:_LOOK_AT])}
    of_host = bool(words & _HOST)
    for family, bad, known in _WORDS:
        if words & known:
            outward = family is Family.LATENCY and words & _OUTWARD
            return Quantity(Family.WAITING if outward else family, bad, of_host)
    return Quantity(Family.OTHER, 0, of_host)


def owners(series: Iterable[Series]) -> list[tuple[str | None, str]]:
    """Whose each series is, None where nothing says it, and what it is called without that."""
    every = list(series)
    mark = _mark([one.name for one in every if one.service is None])
    return [_owner(one, mark) for one in every]


def _owner(series: Series, mark: str | None) -> tuple[str | None, str]:
    if series.service is not None or mark is None:
        return series.service, series.name
    before, found, after = series.name.partition(mark)
    return (before, after) if found and before and after else (None, series.name)


def _mark(names: list[str]) -> str | None:
    """What parts owners from quantities: after it the same words come for several owners."""
    if any(_OWNER in name for name in names):
        return _OWNER
    return next((mark for mark in _OTHER_MARKS if _parts(names, mark)), None)


def _parts(names: list[str], mark: str) -> bool:
    owners_of: dict[str, set[str]] = defaultdict(set)
    for name in names:
        before, _, after = name.partition(mark)
        if after and quantity_named(before).family is Family.OTHER:
            owners_of[after].add(before)
    shared = sum(len(own) for after, own in owners_of.items() if len(own) > 1 and _is_known(after))
    return shared > len(names) / 2


def _is_known(name: str) -> bool:
    return quantity_named(name).family is not Family.OTHER
