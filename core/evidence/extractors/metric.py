"""Which series changed their level, from what to what, and when? Prometheus `query_range` JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.clean import Clean
from core.errors import UnreadableEvidence
from core.evidence import likeness
from core.evidence.lines import read_text
from core.evidence.model import DataType, Extraction, Finding, FindingKind, Level, Locus
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.evidence.extractor import Detected, Exhibit, Head
    from core.evidence.original import Original

MAX_FINDINGS = 100
MAX_BYTES = 64 * 2**20
_LEAST_POINTS = 6
_LEAST_SIDE = 3  # points on either side of a change
_LEAST_STEP = 3.0  # of the levels' difference to the spread around them
_SERVICES = ("service", "app", "application", "service_name", "deployment", "container", "job")
_SERIES = re.compile(rb'\{\s*"metric"\s*:')


@dataclass(frozen=True)
class Shift:
    """A series went from one level to another at `at`; levels are medians."""

    at: datetime
    before: float
    after: float


class MetricExtractor:
    """Reads series of measurements."""

    name = "metric"

    def detect(self, head: Head) -> Detected | None:
        return likeness.metric(head)

    def extract(self, exhibit: Exhibit) -> Extraction:
        """Raises UnreadableEvidence where it is no query_range answer after all."""
        return _Telling(exhibit.name, exhibit.service, exhibit.redactor).of(exhibit)

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction


@dataclass(frozen=True)
class _Telling:
    """What one file of metrics says, under its name and redacted."""

    name: str
    service: str | None
    redactor: Redactor

    def of(self, exhibit: Exhibit) -> Extraction:
        raw = b"".join(_limited(exhibit.original))
        series = _series(raw)
        places = [match.start() for match in _SERIES.finditer(raw)]
        found = [
            finding
            for number, one in enumerate(series)
            if (finding := self._finding(one, self._locus(raw, places, number))) is not None
        ]
        found.sort(key=lambda finding: finding.first or datetime.max.replace(tzinfo=UTC))
        times = [float(point[0]) for one in series for point in one.get("values", ())]
        return Extraction(
            data_type=DataType.METRIC,
            extractor="metric",
            confidence=exhibit.detected.confidence,
            events=len(times),
            lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
            size=len(raw),
            findings=tuple(found[:MAX_FINDINGS]),
            first=datetime.fromtimestamp(min(times), tz=UTC) if times else None,
            last=datetime.fromtimestamp(max(times), tz=UTC) if times else None,
            service=self.service,
        )

    def _finding(self, one: Mapping[str, Any], locus: Locus) -> Finding | None:
        times, values = _points(one)
        shift = find_shift(times, values)
        if shift is None:
            return None
        labels = {str(key): str(value) for key, value in one.get("metric", {}).items()}
        name = self.redactor.clean(_written(labels))
        return Finding(
            kind=FindingKind.METRIC,
            level=Level.WARNING,
            text=Clean.say(
                "{name}: {before} before {at}, {after} since",
                name=name,
                before=_rounded(shift.before),
                after=_rounded(shift.after),
                at=shift.at,
            ),
            locus=locus,
            count=len(values),
            first=shift.at,
            last=datetime.fromtimestamp(float(times[-1]), tz=UTC),
            service=next((labels[key] for key in _SERVICES if labels.get(key)), self.service),
            data={"series": name.text, "before": shift.before, "after": shift.after},
        )

    def _locus(self, raw: bytes, places: list[int], number: int) -> Locus:
        start = places[number] if number < len(places) else 0
        end = places[number + 1] if number + 1 < len(places) else len(raw)
        line = raw.count(b"\n", 0, start) + 1
        return Locus(
            file=self.name,
            line_start=line,
            line_end=line + raw.count(b"\n", start, end),
            byte_start=start,
            byte_end=end,
        )


def find_shift(times: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> Shift | None:
    """The split with the largest difference of means, where it stands out of the noise around it.

    times: seconds since 1970, ascending. The test is on medians, so that one spike is no change.
    """
    if len(values) < _LEAST_POINTS or float(np.ptp(values)) == 0.0:
        return None
    counts = np.arange(1, len(values))
    sums = np.cumsum(values)
    left = sums[:-1] / counts
    right = (sums[-1] - sums[:-1]) / (len(values) - counts)
    weight = np.sqrt(counts * (len(values) - counts))
    gain = np.abs(right - left) * weight
    gain[: _LEAST_SIDE - 1] = gain[len(gain) - _LEAST_SIDE + 1 :] = 0.0
    at = int(np.argmax(gain)) + 1
    before, after = float(np.median(values[:at])), float(np.median(values[at:]))
    around = np.concatenate((values[:at] - before, values[at:] - after))
    spread = float(np.mean(np.abs(around))) * 1.2533 + 0.01 * max(abs(before), abs(after))
    if abs(after - before) < _LEAST_STEP * spread:
        return None
    return Shift(datetime.fromtimestamp(float(times[at]), tz=UTC), before, after)


def _limited(original: Original) -> Iterator[bytes]:
    size = 0
    for chunk in read_text(original):
        size += len(chunk)
        if size > MAX_BYTES:
            message = f"metrics of more than {MAX_BYTES // 2**20} MiB in one document"
            raise UnreadableEvidence(message)
        yield chunk


def _series(raw: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(raw)["data"]["result"]
        return [
            one
            for one in found
            if isinstance(one, dict) and isinstance(one.get("values", []), list)
        ]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        message = "it begins like a Prometheus answer but is not one to its end"
        raise UnreadableEvidence(message) from error


def _points(one: Mapping[str, Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    try:
        points = np.array([(float(at), float(value)) for at, value in one.get("values", ())])
    except (ValueError, TypeError):
        points = np.empty((0, 2))
    points = points.reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    points = points[np.argsort(points[:, 0], kind="stable")]
    return points[:, 0], points[:, 1]


def _written(labels: Mapping[str, str]) -> str:
    """`http_requests_total{service="api", code="500"}`, the way Prometheus writes it."""
    rest = ", ".join(f'{key}="{value}"' for key, value in labels.items() if key != "__name__")
    name = labels.get("__name__", "")
    return f"{name}{{{rest}}}" if rest or not name else name


def _rounded(value: float) -> float:
    """Four significant figures: more is noise to a reader."""
    return float(f"{value:.4g}")
