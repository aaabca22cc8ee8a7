"""Incidents of a folder of data, as the files that an operator would have of them.

A case is a folder with `metrics.csv` (a time column, then `service|metric` columns), `case.json`
(incident_time in seconds since 1970, alert, candidates, perhaps call_graph), perhaps `logs.csv`
(timestamp, service, message) and `traces.csv` (a row for each span), and `truth.json` (service).
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Row = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of a CSV file under their heading."""

    heading: Row
    rows: tuple[Row, ...]

    def column(self, name: str) -> int:
        """Raises ValueError where there is none of the name."""
        return self.heading.index(name)


@dataclass(frozen=True, kw_only=True)
class RecordedIncident:
    """One case: what an operator has of it, and (`guilty`) who was to blame.

    `at` is when the alert began, in seconds since 1970. `source` is the recording that it was
    taken from: cases of one source are not independent of each other.
    """

    name: str
    dataset: str
    source: str
    at: float
    alerted: str
    complaint: str
    metrics: Table
    logs: Table | None = None
    spans: Table | None = None
    calls: tuple[tuple[str, str], ...] = ()
    candidates: tuple[str, ...] = ()
    guilty: str | None = None

    @property
    def services(self) -> set[str]:
        """Every name of a service in it."""
        named = {name.partition("|")[0] for name in self.metrics.heading[1:]}
        named |= {name for call in self.calls for name in call} | {self.alerted, *self.candidates}
        for table in (self.logs, self.spans):
            if table is not None:
                at = table.column("service")
                named |= {row[at] for row in table.rows}
        return named

    def write(self, folder: Path) -> None:
        """The files that an operator has of it, below `files` of `folder`."""
        files = folder / "files"
        files.mkdir(parents=True)
        _write_table(self.metrics, files / "metrics.csv")
        if self.spans is not None and self.spans.rows:
            _write_table(self.spans, files / "traces.csv")
        if self.logs is not None:
            _write_logs(self.logs, files)
        if self.calls:
            (files / "topology.json").write_text(json.dumps({"calls": self.calls}))

    def alert(self, *, later_s: float = 0.0) -> bytes:
        """What Alertmanager would deliver."""
        return alert_body(self.alerted, self.at + later_s, complaint=self.complaint)


def read_incidents(folder: Path) -> list[RecordedIncident]:
    """All cases of a folder, in the order of their names."""
    return [_read(case) for case in sorted(folder.iterdir()) if (case / "case.json").is_file()]


def alert_body(service: str, at: float, *, complaint: str) -> bytes:
    """An alert that fires since `at`, as version 4 of Alertmanager's webhook."""
    labels = {"alertname": "ServiceDegraded", "service": service, "severity": "critical"}
    began = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": f"{complaint} of {service} is outside its objective"},
        "startsAt": began,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": hashlib.sha256(service.encode()).hexdigest()[:16],
    }
    body = {
        "version": "4",
        "groupKey": '{}:{alertname="ServiceDegraded"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "faultmaven",
        "groupLabels": {"alertname": "ServiceDegraded"},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": [alert],
    }
    return json.dumps(body).encode()


def renamed(incident: RecordedIncident) -> tuple[RecordedIncident, dict[str, str]]:
    """The same with all services called otherwise, at random; and each new name's old one."""
    names = {service: _random_name(incident.name, service) for service in sorted(incident.services)}
    # The longest first, so that no name is taken for a part of another one.
    ordered = sorted(names, key=lambda service: (-len(service), service))
    pattern = re.compile(
        "|".join(rf"(?<![\w-]){re.escape(service)}(?![\w-])" for service in ordered)
    )

    def with_new_names(text: str) -> str:
        return pattern.sub(lambda match: names[match[0]], text)

    fresh = replace(
        incident,
        alerted=names[incident.alerted],
        metrics=_headed(incident.metrics, names),
        logs=incident.logs and _mapped(incident.logs, with_new_names),
        spans=incident.spans and _mapped(incident.spans, with_new_names),
        calls=tuple((names[service], names[called]) for service, called in incident.calls),
        candidates=tuple(names[service] for service in incident.candidates),
        guilty=names[incident.guilty] if incident.guilty else None,
    )
    return fresh, {new: old for old, new in names.items()}


def without_fault(
    incidents: Sequence[RecordedIncident], *, rows: int, after: int
) -> list[RecordedIncident]:
    """Disjoint windows of `rows` rows from before the incidents, with an alert that is made up.

    The alert begins `after` rows before a window's end. Rows that several cases share (by what
    is in them; times may have been moved) are used once.
    """
    shared = _shared_columns(incidents)
    seen: set[Row] = set()
    windows: list[RecordedIncident] = []
    for incident in incidents:
        table = incident.metrics
        columns = [table.column(name) for name in shared[incident.dataset]]
        before = [row for row in table.rows if float(row[0]) < incident.at]
        contents = [tuple(row[at] for at in columns) for row in before]
        pairs = zip(before, contents, strict=True)
        fresh = [row for row, content in pairs if content not in seen]
        seen |= set(contents)
        windows += _windows(incident, fresh, rows=rows, after=after)
    return windows


def _shared_columns(incidents: Sequence[RecordedIncident]) -> dict[str, list[str]]:
    """Of each dataset: what all its cases measure, by which rows that say the same are known."""
    shared: dict[str, set[str]] = {}
    for incident in incidents:
        columns = set(incident.metrics.heading[1:])
        shared[incident.dataset] = shared.get(incident.dataset, columns) & columns
    return {dataset: sorted(columns) for dataset, columns in shared.items()}


def _windows(
    incident: RecordedIncident, before: Sequence[Row], *, rows: int, after: int
) -> Iterator[RecordedIncident]:
    for nth in range(len(before) // rows):
        part = tuple(before[nth * rows : (nth + 1) * rows])
        first, last = float(part[0][0]), float(part[-1][0])
        yield replace(
            incident,
            name=f"{incident.name}#{nth}",
            at=float(part[-after][0]),
            metrics=replace(incident.metrics, rows=part),
            logs=_between(incident.logs, "timestamp", first, last),
            spans=_between(incident.spans, "start_ns", first, last),
            guilty=None,
        )


def _between(table: Table | None, column: str, first: float, last: float) -> Table | None:
    if table is None:
        return None
    at = table.column(column)
    kept = tuple(row for row in table.rows if first <= _seconds(row[at]) <= last + 60)
    return replace(table, rows=kept) if kept else None


def _seconds(text: str) -> float:
    return (
        float(text) / 1e9
        if text.isdigit()
        else datetime.fromisoformat(text[:19]).replace(tzinfo=UTC).timestamp()
    )


def _read(folder: Path) -> RecordedIncident:
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    truth: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return RecordedIncident(
        name=folder.name,
        dataset=case["dataset"],
        source=f"{case['dataset']} {_day(case['incident_time'])}",
        at=float(case["incident_time"]),
        alerted=case["alert"]["service"],
        complaint=case["alert"]["metric"],
        metrics=_table(folder / "metrics.csv"),
        logs=_table(folder / "logs.csv") if (folder / "logs.csv").is_file() else None,
        spans=_table(folder / "traces.csv") if (folder / "traces.csv").is_file() else None,
        calls=tuple((caller, called) for caller, called in case.get("call_graph", ())),
        candidates=tuple(case["candidates"]),
        guilty=truth["service"],
    )


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _table(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    return Table(heading=tuple(heading), rows=tuple(map(tuple, rows)))


def _write_table(table: Table, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([table.heading, *table.rows])


def _write_logs(logs: Table, files: Path) -> None:
    """A folder for each service, as collectors lay them."""
    when, who, message = (logs.column(name) for name in ("timestamp", "service", "message"))
    lines: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in logs.rows:
        lines[row[who]].append((row[when], row[message]))
    for service, entries in lines.items():
        folder = files / service.replace("/", "_")
        folder.mkdir()
        text = "".join(f"{at} {line}\n" for at, line in sorted(entries))
        (folder / "app.log").write_text(text, encoding="utf-8")


def _headed(table: Table, names: dict[str, str]) -> Table:
    parted = (name.partition("|") for name in table.heading[1:])
    heading = (f"{names[service]}{bar}{rest}" for service, bar, rest in parted)
    return replace(table, heading=(table.heading[0], *heading))


def _mapped(table: Table, change: Callable[[str], str]) -> Table:
    return replace(table, rows=tuple(tuple(map(change, row)) for row in table.rows))


def _random_name(salt: str, name: str) -> str:
    """Words that mean nothing, the same in every run."""
    digest = hashlib.sha256(f"{salt}\0{name}".encode()).digest()
    letters = "bcdfghklmnprstvz", "aeiou"
    return "".join(
        letters[at % 2][byte % len(letters[at % 2])] for at, byte in enumerate(digest[:9])
    )
