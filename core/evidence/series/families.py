"""Classifies series by quantity and owner; turns counters into rates and buckets into quantiles.

A counter that falls was reset by a restart; what it has counted since is its new value, as in
Prometheus' `rate` ("Counters and resets"). A reset is no anomaly.

A quantile is interpolated inside its bucket as Prometheus' `histogram_quantile` does.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.series.model import measures_others

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from core.evidence.series.model import Floats, Series


class Family(StrEnum):
    """Families of quantities that fail in the same way."""

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
    """The quantity that a series measures.

    `bad` is 1 where a rise is bad, -1 where a fall is, 0 where either is.

    `of_host` is set where the machine is measured, which services share.
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
            " timeouts restart restarts crash crashes oom faults faulted unhealthy unavailable"
            " refused denied discarded undelivered unanswered lost",
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
            " locked deadlocks exhausted parked outstanding busy oldest staleness",
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
_OUTWARD = frozenset(
    {"client", "clients", "upstream", "upstreams", "outbound", "outgoing", "egress"}
)
_HOST = frozenset({"node", "host", "machine", "hypervisor"})
_CODES = ("code", "status", "status_code", "http_status", "response_code", "statuscode", "result")
# How labels name what became of something, and the words that say that it failed.
_OUTCOMES = ("result", "outcome", "status", "state", "code", "reason", "error", "type", "kind")
_FAILED = re.compile(
    r"(?i)(?:\w{1,20}[_-])?(?:err(?:or)?s?|fail(?:ed|ure)?|rejected|refused|denied"
    r"|time[ds]?[ _-]?out|no[ _-]?resp(?:onse)?|undeliv\w{0,8}|dropped|aborted|exception)"
)
# Of Redis, to a command that it does not know: whoever watches it asks for some at each scrape.
_NOT_UNDERSTOOD = "ERR"
_ANSWERED = re.compile(r"[123](?:\d\d|xx)")
_UNUSED = frozenset({"idle", "free", "available", "unused"})  # of a pool's connections
# How often a histogram of times was given one: `rate(http_request_duration_seconds_count)`.
_COUNTED, _TIMED = re.compile(r"_count\b"), re.compile(r"_(?:sum|bucket)\b|quantile")
# When a counter was made, or something last happened: no amount of anything.
_MOMENT = re.compile(r"_(?:created|(?:timestamp|start_time|boot_time)(?:_seconds)?)$")
_MEAN_TIME = re.compile(r"average\(\w*_(?:seconds|milliseconds|ms|s)\)")  # see `_derive`
_BACKLOGS = ("key_size", "list_length", "queue_length", "queue_depth", "queue_size")
_PIECE = re.compile(r"5xx|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_LOOK_AT = 300  # characters of a name
_OWNER = "|"  # `checkout|latency`: whose it is stands before it
_RATE = re.compile(r"rate\((.*)\)")  # of a counter: see `to_rate`
# Of whom a query selects series: `sum(rate(http_requests_total{job="orders"}[5m]))`.
_SELECTED = re.compile(
    r"(?<![\w.])(?:job|service|service_name|app|container|deployment)=\"{1,2}([A-Za-z][\w.-]{0,62})\""
)
_METRIC = re.compile(r"\b[A-Za-z]\w*_\w+\b(?!\()")
_WORDS_OF_A_SERVICE = 3
_OTHER_MARKS = (":", "/", ".", " ", "_", "-")


def classify(series: Series, name: str) -> Quantity:
    """Classify by the labels where they state failures, else by the name.

    Of what a name alone does not tell, or counts as work, a label may say that it failed.

    name: the name without the owner, which says nothing about the quantity.
    """
    codes = [series.labels.get(key, "") for key in _CODES]
    if any(code.startswith("5") for code in codes):
        return Quantity(Family.ERRORS, 1)
    known = _by_shape(name) or classify_name(name)
    is_unused = known.family is Family.SATURATION and series.labels.get("state") in _UNUSED
    if is_unused or series.labels.get("err") == _NOT_UNDERSTOOD:
        return Quantity(Family.OTHER, 0)
    if known.family is Family.ERRORS and any(map(_ANSWERED.fullmatch, codes)):
        return Quantity(Family.TRAFFIC, 0)  # of a query that asks for all codes
    is_open = known.family in (Family.OTHER, Family.TRAFFIC)
    if is_open and any(_FAILED.fullmatch(series.labels.get(key, "")) for key in _OUTCOMES):
        return Quantity(Family.ERRORS, 1)
    if is_open and any(part in series.name for part in _BACKLOGS):
        return Quantity(Family.SATURATION, 1)
    return known


def _by_shape(name: str) -> Quantity | None:
    """Of a moment, of a mean time and of how often something took its time; None for any other."""
    if _MOMENT.search(name):
        return Quantity(Family.OTHER, 0)
    by_words = classify_name(name).family
    if by_words is Family.TRAFFIC and _MEAN_TIME.fullmatch(name):
        return Quantity(Family.LATENCY, 1)
    if by_words is Family.LATENCY and _COUNTED.search(name) and not _TIMED.search(name):
        return Quantity(Family.TRAFFIC, 0)
    return None


def classify_name(name: str) -> Quantity:
    """Classify by the words in a name, however they are joined."""
    words = {piece.lower() for piece in _PIECE.findall(name[:_LOOK_AT])}
    of_host = bool(words & _HOST)
    for family, bad, vocabulary in _WORDS:
        if words & vocabulary:
            outward = family is Family.LATENCY and words & _OUTWARD
            return Quantity(Family.WAITING if outward else family, bad, of_host)
    return Quantity(Family.OTHER, 0, of_host)


def is_outward(name: str) -> bool:
    """Whether it measures the calls that a service makes, which it may make up for."""
    return not _OUTWARD.isdisjoint(piece.lower() for piece in _PIECE.findall(name[:_LOOK_AT]))


def find_owners(series: Iterable[Series]) -> list[tuple[str | None, str]]:
    """The owner of each series (None where unknown), and its name without the owner."""
    all_series = list(series)
    mark = _owner_separator([member.name for member in all_series if member.service is None])
    services = {_plain(member.service): member.service for member in all_series if member.service}
    return [_owner(member, mark, services) for member in all_series]


def _owner(series: Series, mark: str | None, services: Mapping[str, str]) -> tuple[str | None, str]:
    """services: of other series, by their plain names."""
    if series.service is not None:
        return series.service, series.name
    selected = {name for name in _SELECTED.findall(series.name) if not measures_others(name)}
    if len(selected) == 1:
        return selected.pop(), series.name
    named = {services[prefix] for prefix in _prefixes(series.name) if prefix in services}
    if len(named) == 1:
        return named.pop(), series.name
    if mark is None:
        return None, series.name
    before, after = _split(series.name, mark)
    if not (before and after):
        return None, series.name
    owner = None if measures_others(before) else before
    return owner, f"rate({after})" if _RATE.fullmatch(series.name) else after


def _prefixes(name: str) -> Iterator[str]:
    """What metrics of a query begin with: mostly the program that exports them."""
    for metric in _METRIC.findall(name[:_LOOK_AT]):
        words = metric.split("_")
        for size in range(1, min(len(words), _WORDS_OF_A_SERVICE + 1)):
            yield _plain("".join(words[:size]))


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def _split(name: str, mark: str) -> tuple[str, str]:
    """What stands before and after the mark; of a rate, within it."""
    rate = _RATE.fullmatch(name)
    before, _, after = (rate[1] if rate else name).partition(mark)
    return before, after


def _owner_separator(names: list[str]) -> str | None:
    """The separator of owner and quantity: several owners have the same quantities after it."""
    if any(_OWNER in name for name in names):
        return _OWNER
    return next((mark for mark in _OTHER_MARKS if _separates_owners(names, mark)), None)


def _separates_owners(names: list[str], mark: str) -> bool:
    owners_of: dict[str, set[str]] = defaultdict(set)
    for name in names:
        before, after = _split(name, mark)
        if after and classify_name(before).family is Family.OTHER:
            owners_of[after].add(before)
    shared = sum(len(own) for after, own in owners_of.items() if len(own) > 1 and _is_known(after))
    return shared > len(names) / 2


def _is_known(name: str) -> bool:
    return classify_name(name).family is not Family.OTHER


_SUFFIXES = ("_total", "_count", "_sum", "_bucket")
_COUNTING = ("counter", "histogram", "summary", "gaugehistogram")
_MAX_RESETS = 0.05  # share of steps, at most, at which a counter is reset
_RESET_LEVEL = 0.5  # of what it was: where a reset counter stands at most
_LEAST = 3  # points


def is_counter(series: Series) -> bool:
    """Whether the series is a counter, by its declared kind or name and by its steady growth."""
    is_named = series.kind in _COUNTING or series.name.endswith(_SUFFIXES)
    if not is_named or series.kind == "gauge" or len(series.values) < _LEAST:
        return False
    return _only_grows(series.values)


def to_rate(series: Series) -> Series:
    """The rate per second at each point but the first, over the time since the previous point."""
    grown = increases(series.values)
    return replace(
        series,
        name=f"rate({series.name})",
        times=series.times[1:],
        values=grown / np.diff(series.times),
        places=series.places[1:],
        kind="rate",
        unit="/s",
    )


def increases(values: Floats) -> Floats:
    """The increase from each point to the next, across resets."""
    steps = np.diff(values)
    return np.where(steps < 0, values[1:], steps)


def _only_grows(values: Floats) -> bool:
    steps = np.diff(values)
    fell = np.flatnonzero(steps < 0)
    if len(fell) > max(1.0, _MAX_RESETS * len(steps)) or values[0] < 0:
        return False
    return bool(np.all(values[fell + 1] <= _RESET_LEVEL * values[fell])) and bool(np.any(steps > 0))


QUANTILE = 0.99
_BOUND = "le"


_Key = tuple[str, tuple[tuple[str, str], ...]]


def summarise_histograms(series: Iterable[Series]) -> tuple[list[Series], list[Series]]:
    """Averages and quantiles of the histograms, and the series that were not used up by these.

    The count stays: how often something happened is a series of its own.
    """
    all_series = list(series)
    buckets: dict[_Key, list[Series]] = defaultdict(list)
    sums, counts = dict[_Key, "Series"](), dict[_Key, "Series"]()
    for member in all_series:
        name, _, part = member.name.rpartition("_")
        if part == "bucket" and _BOUND in member.labels:
            buckets[_key(name, member.labels)].append(member)
        elif part in ("sum", "count"):
            (sums if part == "sum" else counts)[_key(name, member.labels)] = member
    derived = [*_averages(sums, counts), *_quantiles(buckets)]
    used = {id(member) for group in buckets.values() for member in group}
    used |= {id(sums[key]) for key in sums if key in counts}
    return derived, [member for member in all_series if id(member) not in used]


def _key(name: str, labels: Mapping[str, str]) -> _Key:
    return name, tuple(sorted((key, value) for key, value in labels.items() if key != _BOUND))


def _averages(sums: Mapping[_Key, Series], counts: Mapping[_Key, Series]) -> Iterator[Series]:
    for key, total in sums.items():
        if key not in counts:
            continue
        times, rows = _on_common_times([counts[key], total])
        if len(times) < _LEAST:
            continue
        grown = [increases(row) for row in rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            yield _derive(counts[key], f"average({key[0]})", key, times[1:], grown[1] / grown[0])


def _quantiles(buckets: Mapping[_Key, list[Series]]) -> Iterator[Series]:
    for key, group in buckets.items():
        bounded = sorted(((_bound(member), member) for member in group), key=lambda pair: pair[0])
        bounds = np.array([bound for bound, _ in bounded])
        if len(bounds) < 2 or not np.isinf(bounds[-1]) or np.isnan(bounds).any():  # noqa: PLR2004
            continue
        times, rows = _on_common_times([member for _, member in bounded])
        if len(times) < _LEAST:
            continue
        grown = np.array([increases(row) for row in rows])
        name = f"p{QUANTILE * 100:g}({key[0]})"
        yield _derive(bounded[-1][1], name, key, times[1:], _quantile(bounds, grown))


def _bound(series: Series) -> float:
    try:
        return float(series.labels[_BOUND])
    except ValueError:
        return float("nan")


def _quantile(bounds: Floats, grown: Floats) -> Floats:
    """Interpolate QUANTILE.

    bounds: upper ones, the last infinite. grown: cumulative, a row per bucket.
    """
    grown = np.maximum.accumulate(grown, axis=0)
    rank = QUANTILE * grown[-1]
    at = np.argmax(grown >= rank[None, :], axis=0)
    columns = np.arange(grown.shape[1])
    below = np.where(at > 0, grown[np.maximum(at - 1, 0), columns], 0.0)
    lower = np.where(at > 0, bounds[np.maximum(at - 1, 0)], min(0.0, float(bounds[0])))
    inside = grown[at, columns] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(inside > 0, (rank - below) / inside, 0.0)
        quantile = lower + (bounds[at] - lower) * part
    quantile = np.where(np.isinf(bounds[at]), bounds[-2], quantile)
    return np.where(grown[-1] > 0, quantile, np.nan)


def _on_common_times(group: list[Series]) -> tuple[Floats, list[Floats]]:
    """The times that all series share, and the values of each at these times."""
    times = group[0].times
    for member in group[1:]:
        times = np.intersect1d(times, member.times, assume_unique=True)
    return times, [member.values[np.searchsorted(member.times, times)] for member in group]


def _derive(like: Series, name: str, key: _Key, times: Floats, values: Floats) -> Series:
    good = np.isfinite(values)
    return replace(
        like,
        name=name,
        labels=dict(key[1]),
        times=times[good],
        values=values[good],
        places=like.places[np.searchsorted(like.times, times[good])],
        kind="gauge",
        unit="",
        missing=0,
    )
