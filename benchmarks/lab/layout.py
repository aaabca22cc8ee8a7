"""The files of an incident as people hand them over: names, folders, cuts, what is missing."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.lab.metric_layouts import write_metrics

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.lab.plan import Part, Plan


def stamp(seconds: float) -> str:
    """The time as the ISO writes it, in UTC."""
    whole = datetime.fromtimestamp(seconds, UTC)
    return whole.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Placing:
    """Where each log goes, and from which byte of its source a file begins."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder = plan, folder
        self.rng = random.Random(f"layout-{plan.seed}")  # noqa: S311
        self.placed: dict[str, dict[str, Any]] = {}
        self._count = 0

    def path_of(self, part: Part, stem: str) -> str:
        """A relative path for a log; `stem` is out, access or error."""
        self._count += 1
        kind = self.plan.layout["places"]
        suffix = "" if stem == "out" else f"-{stem}"
        person = self.rng.choice(("mira", "jonas", "priya", "amir"))
        name = {
            "by_host": f"{part.host}/{'app' if stem == 'out' else stem}.log",
            "flat_service": f"{part.name}{suffix}.log",
            "flat_host": f"{part.host}{suffix}.log",
            "chat": f"log ({self._count}).txt" if self._count > 1 else "log.txt",
            "by_sender": f"from-{person}/{self.rng.choice(('out', 'paste', 'tail'))}"
            f"-{self._count}.{self.rng.choice(('log', 'txt'))}",
            "racks": f"r{self._count // 3 + 1}u{self._count * 2}/messages",
            "export": f"export/stream-{self._count:03d}.log",
            "dated": f"{self.plan.seed % 28 + 1:02d}-11/{self._count:02d}-{self._tag()}.log",
            "units": f"unit_{self._count}_{stem}.txt",
            "numbered": f"box{self._count}/{'stdout' if stem == 'out' else stem}.log",
        }[kind]
        return str(name)

    def _tag(self) -> str:
        return "".join(self.rng.choices("0123456789abcdef", k=7))

    def put(self, name: str, data: bytes, part: str, source: str, start: int) -> None:
        """One file of the case, and what it is a piece of."""
        if not data:
            return
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        self.placed[name] = {"part": part, "source": source, "start": start}

    def log(self, part: Part, source: Path, offset: int) -> None:
        """Place one log, cut as the plan has it."""
        data = source.read_bytes()
        cut = self.plan.layout["cuts"].get(part.name, "")
        if cut == "missing" or not data:
            return
        name = self.path_of(part, source.stem)
        key = f"{part.name}/{source.name}"
        middle = data.find(b"\n", int(len(data) * self.rng.uniform(0.3, 0.7))) + 1
        if cut in ("rotated", "gzipped"):
            self.put(
                name + (".1.gz" if cut == "gzipped" else ".1"), data[:middle], part.name, key, 0
            )
            self.put(name, data[middle:], part.name, key, middle)
        elif cut == "from_onset":
            start = data.find(b"\n", max(0, offset - 600)) + 1
            self.put(name, data[start:], part.name, key, start)
        elif cut == "truncated":
            self.put(name, data[: int(len(data) * 0.94)], part.name, key, 0)
        else:
            self.put(name, data, part.name, key, 0)


def changes_text(entries: list[dict[str, Any]], style: str) -> tuple[str, str]:
    """Name and content of the log of changes."""
    rows = [{"time": stamp(e["t"]), **{k: v for k, v in e.items() if k != "t"}} for e in entries]
    if style == "jsonl":
        return "deploys.jsonl", "".join(json.dumps(row) + "\n" for row in rows)
    if style == "markdown":
        lines = ["| time | ref | kind | target | what | who |", "|---|---|---|---|---|---|"]
        for row in rows:
            cells = (row["time"], row["ref"], row["what"], row["target"], row["text"], row["who"])
            lines.append("| " + " | ".join(cells) + " |")
        return "changes.md", "\n".join(lines) + "\n"
    if style == "csv":
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["when", "ref", "type", "target", "summary", "by"])
        for row in rows:
            writer.writerow(
                [row["time"], row["ref"], row["what"], row["target"], row["text"], row["who"]]
            )
        return "change-calendar.csv", out.getvalue()
    return "change.log", "".join(
        f"{row['time']} {row['ref']} {row['what']} target={row['target']} by={row['who']}: "
        f"{row['text']}\n"
        for row in rows
    )


def events_text(notes: list[dict[str, Any]], style: str, node: str) -> tuple[str, str]:
    """Name and content of what the machine that runs the containers noted."""
    if style == "jsonl":
        rows = [
            {"ts": stamp(n["t"]), "node": node, "container": n["part"], "message": n["text"]}
            for n in notes
        ]
        return "events.jsonl", "".join(json.dumps(row) + "\n" for row in rows)
    return "node-events.log", "".join(
        f"{stamp(n['t'])} {node} runtime: container {n['part']} {n['text']}\n" for n in notes
    )


def lay_out(plan: Plan, raw: Path, case: Path) -> None:
    """Write `files`, `alert.json` and, unless it is left out, `topology.json`."""
    shutil.rmtree(case, ignore_errors=True)
    files = case / "files"
    files.mkdir(parents=True)
    record = json.loads((raw / "record.json").read_text())
    placing = Placing(plan, files)
    parts = list(plan.parts)
    placing.rng.shuffle(parts)
    for part in parts:
        for source in sorted((raw / "logs" / part.name).glob("*.log")):
            key = f"{part.name}/{source.name}"
            placing.log(part, source, record["offsets"].get(key, 0))
    if plan.layout["changes"] != "missing" and record["changes"]:
        name, text = changes_text(record["changes"], plan.layout["changes"])
        placing.put(name, text.encode(), "changes", "changes", 0)
    if record["notes"] and not plan.layout["blind"]:
        name, text = events_text(
            record["notes"], plan.layout["events"], f"node-{plan.seed % 11 + 1}"
        )
        placing.put(name, text.encode(), "events", "events", 0)
    if not plan.layout["no_metrics"]:
        series = json.loads((raw / "series.json").read_text())
        write_metrics(plan, series, record["onset"], files)
    (case / "alert.json").write_text(json.dumps(record["alert"], indent=2) + "\n")
    if plan.layout["topology"]:
        (case / "topology.json").write_text(json.dumps({"calls": plan.calls}, indent=1) + "\n")
    (raw / "placed.json").write_text(json.dumps(placing.placed))
