"""The model of a series of measurements, and the place of each of its points in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from core.evidence.pods import workload_of

if TYPE_CHECKING:
    from core.redaction.engine import Redactor
    from core.text.redacted import RedactedText

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MAX_BYTES = 64 * 2**20  # of a document that has to be read as a whole
MAX_SERIES = 2_000
MAX_POINTS = 4_000_000
LATEST = 32_503_680_000.0  # the year 3000, in seconds since 1970: later is damage
_PODS = ("pod", "pod_name", "kubernetes_pod_name")
_SERVICES = (
    "service",
    "svc",
    "app",
    "application",
    "service_name",
    "deployment",
    "container",
    "job",
)
# Who measures others is named as `job`; whom it measures, by the address that it stands for.
_MEASURES_OTHERS = re.compile(
    r"(?i)(?:[\w.][\w.-]*[-_])?(?:exporters?|agents?|cadvisor|collectors?|kubelet|monitoring|nodes?|probes?"
    r"|prometheus|pushgateway|scrapes?|statsd|synthetics?|telegraf|kube-state-metrics|blackbox)"
    r"(?:[-_][\w-]*\w)?"
)
_HOST = re.compile(r"(?i)(?P<host>[a-z][a-z0-9-]*)(?:\.[\w.-]+)?(?::\d{1,5})?")


@dataclass(frozen=True)
class FileRange:
    """A range of lines (1-based, inclusive) and bytes (half open) of a file."""

    line_start: int
    line_end: int
    byte_start: int
    byte_end: int


class SeriesSource(Protocol):
    """The file in which the points of a series stand."""

    def span(self, first: int, last: int) -> FileRange:
        """The range from one place to another, inclusive; places are those of `Series.places`."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One quantity over time.

    times: seconds since 1970, ascending, unique. values: as many, finite. places: where each point
    stands, counted as its ground does. kind: the type that the file declares ("counter", "gauge",
    "histogram" …), empty where it declares none. missing: points that the file has without a value.
    `unit` is written after its levels.
    """

    name: str
    labels: Mapping[str, str]
    times: Floats
    values: Floats
    places: Places
    ground: SeriesSource
    kind: str = ""
    unit: str = ""
    missing: int = 0

    @property
    def service(self) -> str | None:
        """The service that owns the series, by its labels."""
        key = next((key for key in _SERVICES if self.labels.get(key)), None)
        instance = self.labels.get("instance", "")
        pod = next((self.labels[label] for label in _PODS if self.labels.get(label)), None)
        if key is None and pod is not None and workload_of(pod) != pod:
            return workload_of(pod)
        is_of_machine = instance.endswith(_OF_MACHINES)
        if key is None and not is_of_machine:
            return _host_of(instance)
        is_of_machine = is_of_machine and _MACHINES.search(self.name) is not None
        if key == "job" and (is_of_machine or measures_others(self.labels["job"])):
            return _host_of(instance) or _measured_by(self.labels["job"])
        return self.labels[key] if key else None

    def title(self, redactor: Redactor) -> RedactedText:
        """The redacted name as Prometheus writes it: `pool_in_use{service="orders", pod="a"}`."""
        return redactor.clean(spell_series(self.name, self.labels))

    def span(self, first: int, last: int) -> FileRange:
        """The range of the points from `first` to `last` (indices, inclusive)."""
        return self.ground.span(int(self.places[first]), int(self.places[last]))


_OF_MACHINES = (":9100", ":9182")  # the ports of exporters of machines
_MACHINES = re.compile(
    r"\b(?:node|windows)_[a-z]|^up$"
)  # what they measure, whatever the job's name


def measures_others(name: str) -> bool:
    """Whether something is called like an exporter, an agent or a probe."""
    return _MEASURES_OTHERS.fullmatch(name) is not None


def _host_of(instance: str) -> str | None:
    """The name of a host in an address; None for numbers, and for one that measures others."""
    host = _HOST.fullmatch(instance)
    if host is None or host["host"].lower() == "localhost":
        return None
    return None if measures_others(host["host"]) else host["host"]


def _measured_by(job: str) -> str | None:
    """Whom the name of an exporter tells: `orders-db` of `orders-db-exporter`."""
    measured, _, kind = job.rpartition("-")
    return measured if measured and kind.lower() == "exporter" else None


@dataclass(frozen=True, kw_only=True)
class SeriesReading:
    """The result of reading a file: its series and number of points, and what went unread."""

    series: tuple[Series, ...]
    points: int
    lines: int
    size: int
    problem: str | None = None
    untimed: bool = False  # it tells no times


def spell_series(name: str, labels: Mapping[str, str]) -> str:
    """Name and labels as Prometheus writes them."""
    rest = ", ".join(f'{key}="{value}"' for key, value in labels.items())
    return f"{name}{{{rest}}}" if rest else name


# `pool_in_use{service="orders", pod="a"}`, as a heading or a column of names has it.
_SPELT = re.compile(r"(?P<name>[^{}]{1,400})\{(?P<labels>\w+=\"[^{}]{0,600}\")\}")
_LABEL = re.compile(r"(\w{1,60})=\"([^\"]{0,300})\"")


def _spelt(name: str, labels: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """The name without the labels that are written behind it, and these with the others."""
    spelt = None if labels else _SPELT.fullmatch(name)
    return (spelt["name"], dict(_LABEL.findall(spelt["labels"]))) if spelt else (name, labels)


def make_series(
    name: str,
    labels: Mapping[str, str],
    points: tuple[Floats, Floats],
    ground: SeriesSource,
    *,
    kind: str = "",
    unit: str = "",
    places: Places | None = None,
) -> Series:
    """Make a series of points (times, values) in any order, with gaps, repeats and invalid values.

    Of repeated times the last value counts. places: of the points; 0, 1, 2 … by default.
    """
    name, labels = _spelt(name, labels)
    times, values = points
    places = np.arange(len(times), dtype=np.int64) if places is None else places
    with np.errstate(invalid="ignore"):
        timed = np.isfinite(times) & (times >= 0) & (times < LATEST)
    good = np.flatnonzero(timed & np.isfinite(values))
    order = good[np.argsort(times[good], kind="stable")]
    last = np.append(np.diff(times[order]) > 0, np.ones(min(1, len(order)), dtype=bool))
    order = order[last]
    return Series(
        name=name,
        labels=labels,
        times=times[order],
        values=values[order],
        places=places[order],
        ground=ground,
        kind=kind,
        unit=unit,
        missing=int(np.count_nonzero(timed)) - len(good),
    )
