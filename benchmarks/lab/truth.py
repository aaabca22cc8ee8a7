"""What is true about a recording, measured where it can be: onset, decisive lines, the effect."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from benchmarks.lab.faults import KINDS
from benchmarks.lab.layout import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.lab.plan import Evidence, Plan

MOST = 6
SERVED, REFUSED = 200, 400
LEAD = 8.0  # seconds before the strike in which a first step may already act
SETTLE = 8.0  # seconds after the start that are not counted as normal life


def slow_beyond(record: dict[str, Any]) -> float:
    """Milliseconds beyond which an answer is slower than normal life explains."""
    normal = sorted(
        a["ms"]
        for a in record["answers"]
        if record["started"] + SETTLE < a["at"] < record["struck"] - LEAD and a["status"] == SERVED
    )
    usual = normal[int(len(normal) * 0.97)] if normal else 100.0
    return max(3 * usual, usual + 350.0)


def failed(answer: dict[str, Any]) -> bool:
    """No answer, an error of the servers, or a refusal that customers did not earn."""
    return bool(answer["status"] == 0 or answer["status"] >= REFUSED)


def is_bad(answer: dict[str, Any], slow: float) -> bool:
    """A customer who was refused, or waited too long."""
    return failed(answer) or bool(answer["ms"] > slow)


def backlog_of(series: dict[str, Any]) -> list[tuple[float, float]]:
    """Jobs waiting, over time, at the most of all who tell."""
    most: dict[float, float] = {}
    for entry in series.get("queue_depth", {}).get("result", []):
        for at, value in entry["values"]:
            most[at] = max(most.get(at, 0.0), float(value))
    return sorted(most.items())


def find_onset(plan: Plan, record: dict[str, Any], series: dict[str, Any]) -> float | None:
    """The moment of the first real effect after the strike, or nothing."""
    begin = record["struck"] - (LEAD if any(s["at"] < 0 for s in plan.steps) else 0)
    if plan.verdict.effect == "none":
        return None
    if plan.verdict.effect == "backlog":
        points = backlog_of(series)
        usual = max((v for t, v in points if t < begin), default=0.0)
        return next((t for t, v in points if t >= begin and v > usual + 2), None)
    slow = slow_beyond(record)
    bad: list[float] = sorted(
        a["at"] for a in record["answers"] if a["at"] >= begin - 1 and is_bad(a, slow)
    )
    for number, at in enumerate(bad):
        if number + 2 < len(bad) and bad[number + 2] - at < 10:  # noqa: PLR2004
            return at
    return None


def choose_alert(record: dict[str, Any], onset: float | None) -> dict[str, Any] | None:
    """The first delivery that fires after the onset, unchanged."""
    for body in record["alerts"]:
        starts = [
            datetime.fromisoformat(a["startsAt"]).timestamp()
            for a in body["alerts"]
            if a["status"] == "firing"
        ]
        if starts and (onset is None or min(starts) >= onset):
            chosen: dict[str, Any] = body
            return chosen
    return None


def lines_of(path: Path) -> Iterator[tuple[int, int, str]]:
    """Number, offset and text of each line."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    offset = 0
    for number, raw in enumerate(data.split(b"\n"), 1):
        yield number, offset, raw.decode("utf-8", "replace")
        offset += len(raw) + 1


def _matches(
    evidence: Evidence, files: Path, placed: dict[str, Any], offsets: dict[str, int]
) -> list[dict[str, Any]]:
    pattern, lines = re.compile(evidence.pattern), []
    names = [name for name, entry in placed.items() if entry["part"] == evidence.of]
    for name in sorted(names, key=lambda name: placed[name]["start"]):
        entry = placed[name]
        begin = 0 if evidence.early else offsets.get(entry["source"], 0)
        for number, offset, text in lines_of(files / name):
            if entry["start"] + offset >= begin and pattern.search(text):
                lines.append({"file": name, "line": number, "text": text[:400].rstrip("\r")})
                if len(lines) >= evidence.most:
                    return lines
    return lines


def decisive_lines(
    plan: Plan, files: Path, placed: dict[str, Any], offsets: dict[str, int]
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Lines that show the effect or the cause, and the line of the trigger."""
    lines: list[dict[str, Any]] = []
    trigger = None
    for evidence in plan.evidence:
        for entry in _matches(evidence, files, placed, offsets):
            if evidence.trigger:
                trigger = entry
            if entry not in lines:
                lines.append(entry)
    effect = [entry for entry in lines if entry is not trigger]
    kept = effect[: MOST - 1] if trigger else effect[:MOST]
    return ([trigger, *kept] if trigger else kept), trigger


def measured(record: dict[str, Any], series: dict[str, Any]) -> dict[str, Any]:
    """What customers saw before and after."""
    turn = record["onset"] or record["struck"]
    slow = slow_beyond(record)
    before = [a for a in record["answers"] if record["started"] + SETTLE < a["at"] < turn]
    after = [a for a in record["answers"] if a["at"] >= turn]
    points = backlog_of(series)

    def share(answers: list[dict[str, Any]]) -> float:
        bad = sum(is_bad(a, slow) for a in answers)
        return round(bad / max(1, len(answers)), 4)

    def p95(answers: list[dict[str, Any]]) -> float:
        times = sorted(a["ms"] for a in answers)
        return round(times[int(len(times) * 0.95)], 1) if times else 0.0

    return {
        "requests_before": len(before),
        "requests_after": len(after),
        "bad_before": share(before),
        "bad_after": share(after),
        "failed_after": round(sum(failed(a) for a in after) / max(1, len(after)), 4),
        "p95_ms_before": p95(before),
        "p95_ms_after": p95(after),
        "backlog_before": max((v for t, v in points if t < turn), default=0.0),
        "backlog_after": max((v for t, v in points if t >= turn), default=0.0),
    }


def settle(plan: Plan, raw: Path) -> None:
    """Add onset and alert to the record, before files are laid out."""
    record = json.loads((raw / "record.json").read_text())
    series = json.loads((raw / "series.json").read_text())
    record["onset"] = find_onset(plan, record, series)
    record["alert"] = choose_alert(record, record["onset"])
    (raw / "record.json").write_text(json.dumps(record))


def aliases(plan: Plan, name: str) -> list[str]:
    """What else the part is called in the files."""
    part = plan.part(name)
    return [part.name, part.host, part.addr, f"{part.addr}:{part.port}", f"{part.host}:{part.port}"]


def herrings_of(plan: Plan, files: Path, placed: dict[str, Any]) -> list[dict[str, Any]]:
    """What misleads, with the line of a change where there is one."""
    misleading = []
    for step in plan.herrings:
        if not (herring := step.get("herring")):
            continue
        entry = {key: herring[key] for key in ("target", "what", "text")}
        if ref := herring.get("ref"):
            for name, origin in placed.items():
                if origin["part"] != "changes":
                    continue
                for number, _, text in lines_of(files / name):
                    if ref in text:
                        entry |= {"file": name, "line": number}
        misleading.append(entry)
    return misleading


def write_truth(plan: Plan, raw: Path, corpus: Path) -> None:
    """`truth/IDENT.json`, which whoever investigates does not see."""
    record = json.loads((raw / "record.json").read_text())
    series = json.loads((raw / "series.json").read_text())
    placed = json.loads((raw / "placed.json").read_text())
    files = corpus / "case" / plan.ident / "files"
    lines, trigger = decisive_lines(plan, files, placed, record["offsets"])
    verdict, entry = plan.verdict, None
    if verdict.trigger and trigger:
        entry = {"what": verdict.trigger, **trigger, "when": stamp(_when(plan, record))}
    elif verdict.trigger:
        entry = {"what": verdict.trigger, "when": stamp(_when(plan, record)), "file": None}
    truth = {
        "ident": plan.ident,
        "seed": plan.seed,
        "shape": plan.shape,
        "family": KINDS[plan.kind].family,
        "kind": plan.kind,
        "expected": verdict.expected,
        "why": verdict.why,
        "service": verdict.service,
        "aliases": aliases(plan, verdict.service) if verdict.service else [],
        "also": verdict.also,
        "sentence": verdict.sentence,
        "started": stamp(record["started"]),
        "struck": stamp(record["struck"]),
        "onset": stamp(record["onset"]) if record["onset"] else None,
        "ended": stamp(record["ended"]),
        "effect": verdict.effect,
        "trigger": entry,
        "impact": verdict.impact,
        "innocent": verdict.innocent,
        "decisive": lines,
        "herrings": herrings_of(plan, files, placed),
        "skew_seconds": {part.name: part.skew for part in plan.parts if part.skew},
        "gaps": plan.layout,
        "files_of": {name: origin["part"] for name, origin in placed.items()},
        "evidence": [asdict(evidence) for evidence in plan.evidence],
        "measured": measured(record, series),
    }
    folder = corpus / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{plan.ident}.json").write_text(json.dumps(truth, indent=1) + "\n")


def _when(plan: Plan, record: dict[str, Any]) -> float:
    for change in record["changes"]:
        if change["ref"] in (plan.verdict.trigger or ""):
            return float(change["t"])
    return float(record["struck"])
