"""The same series in the ways in which metrics are handed over."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from benchmarks.lab.watching import STEP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.lab.plan import Plan

Rows = list[tuple[str, dict[str, str], list[tuple[float, str]]]]


def rows_of(plan: Plan, series: dict[str, Any], onset: float | None) -> Rows:
    """Name, labels and points of each series that is not left out."""
    wanted = plan.layout["step"] // STEP
    culprit = plan.verdict.service
    drop = {culprit} if not plan.layout["metrics_of_culprit"] else set()
    if plan.layout["blind"]:
        drop |= {name for name, cut in plan.layout["cuts"].items() if cut == "missing"}
    end = onset + 4 if onset and plan.layout["metrics_stop"] else float("inf")
    rows: Rows = []
    for name, body in series.items():
        for entry in body["result"]:
            labels = {k: v for k, v in entry["metric"].items() if k != "__name__"}
            if drop & set(labels.values()):
                continue
            points = [(t, v) for t, v in entry["values"][::wanted] if t <= end]
            if points and not all(v == "NaN" for _, v in points):
                rows.append((name, labels, points))
    return rows


def _labels(labels: dict[str, str]) -> str:
    return "{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "}" if labels else ""


def _service(labels: dict[str, str]) -> str:
    """The container or job a series is of; it is taken out of the labels."""
    job = labels.pop("job", "unknown")
    return labels.pop("container", job)


def query_range(rows: Rows, folder: Path) -> None:
    """One answer of Prometheus with all series."""
    result: list[dict[str, Any]] = [
        {"metric": {"__name__": name, **labels}, "values": points} for name, labels, points in rows
    ]
    body = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    (folder / "metrics.json").write_text(json.dumps(body))


def panels(rows: Rows, folder: Path) -> None:
    """One answer of Prometheus for each panel."""
    (folder / "metrics").mkdir()
    for wanted in dict.fromkeys(name for name, _, _ in rows):
        result = [
            {"metric": labels, "values": points} for name, labels, points in rows if name == wanted
        ]
        body = {"status": "success", "data": {"resultType": "matrix", "result": result}}
        (folder / "metrics" / f"{wanted}.json").write_text(json.dumps(body))


def long_csv(rows: Rows, folder: Path) -> None:
    """A row for each point."""
    with (folder / "metrics.csv").open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["timestamp", "metric", "service", "labels", "value"])
        for name, labels, points in rows:
            rest = dict(labels)
            service = _service(rest)
            pairs = ";".join(f"{k}={v}" for k, v in rest.items())
            for at, value in points:
                writer.writerow([f"{at:.0f}", name, service, pairs, value])


def wide_csv(rows: Rows, folder: Path) -> None:
    """A column for each series, as a dashboard exports them."""
    table: dict[float, dict[int, str]] = {}
    for column, (_, _, points) in enumerate(rows):
        for at, value in points:
            table.setdefault(at, {})[column] = value
    with (folder / "dashboard-export.csv").open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(
            ["Time", *(f"{name} {_labels(labels)}".strip() for name, labels, _ in rows)]
        )
        for at in sorted(table):
            cells = [table[at].get(column, "") for column in range(len(rows))]
            writer.writerow([f"{at:.0f}", *cells])


def openmetrics(rows: Rows, folder: Path) -> None:
    """Samples with their times in the text format."""
    lines, last = [], ""
    for name, labels, points in rows:
        if name != last:
            lines.append(f"# TYPE {name} gauge")
            last = name
        lines += [f"{name}{_labels(labels)} {value} {at:.3f}" for at, value in points]
    (folder / "samples.om").write_text("\n".join([*lines, "# EOF", ""]))


def otlp(rows: Rows, folder: Path) -> None:
    """Gauges by resource, as OpenTelemetry's JSON has them."""
    resources: dict[str, list[Any]] = {}
    for name, labels, points in rows:
        rest = dict(labels)
        service = _service(rest)
        attributes = [{"key": k, "value": {"stringValue": v}} for k, v in rest.items()]
        data = [
            {
                "timeUnixNano": str(int(at * 1e9)),
                "asDouble": float(value),
                "attributes": attributes,
            }
            for at, value in points
            if value != "NaN"
        ]
        resources.setdefault(service, []).append({"name": name, "gauge": {"dataPoints": data}})
    body = {
        "resourceMetrics": [
            {
                "resource": {
                    "attributes": [{"key": "service.name", "value": {"stringValue": service}}]
                },
                "scopeMetrics": [{"scope": {"name": "collector"}, "metrics": metrics}],
            }
            for service, metrics in resources.items()
        ]
    }
    (folder / "otel-metrics.json").write_text(json.dumps(body))


def _tagged(labels: dict[str, str]) -> str:
    return "".join(f",{k}={v.replace(' ', '_')}" for k, v in labels.items())


def influx(rows: Rows, folder: Path) -> None:
    """The line protocol, with times in nanoseconds."""
    lines = [
        f"{name}{_tagged(labels)} value={value} {int(at * 1e9)}"
        for name, labels, points in rows
        for at, value in points
        if value != "NaN"
    ]
    (folder / "monitor.lp").write_text("\n".join(lines) + "\n")


def graphite(rows: Rows, folder: Path) -> None:
    """Path, value and time, as carbon takes them."""
    lines = []
    for name, labels, points in rows:
        rest = dict(labels)
        service = _service(rest).replace(".", "_")
        path = ".".join([service, name, *(v.replace(".", "_") for v in rest.values())])
        lines += [f"{path} {value} {at:.0f}" for at, value in points]
    (folder / "carbon.txt").write_text("\n".join(lines) + "\n")


def vm_export(rows: Rows, folder: Path) -> None:
    """A line of JSON for each series, as VictoriaMetrics exports them."""
    with (folder / "series.jsonl").open("w") as out:
        for name, labels, points in rows:
            good = [(at, float(value)) for at, value in points if value not in ("NaN", "+Inf")]
            body = {
                "metric": {"__name__": name, **labels},
                "values": [value for _, value in good],
                "timestamps": [int(at * 1000) for at, _ in good],
            }
            out.write(json.dumps(body) + "\n")


WRITERS: dict[str, Callable[[Rows, Path], None]] = {
    "query_range": query_range,
    "panels": panels,
    "long_csv": long_csv,
    "wide_csv": wide_csv,
    "openmetrics": openmetrics,
    "otlp": otlp,
    "influx": influx,
    "graphite": graphite,
    "vm_export": vm_export,
}


def write_metrics(plan: Plan, series: dict[str, Any], onset: float | None, folder: Path) -> None:
    """In the layout of the plan."""
    WRITERS[plan.layout["metrics"]](rows_of(plan, series, onset), folder)
