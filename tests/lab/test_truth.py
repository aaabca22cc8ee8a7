"""What the lab says of a recording: onset, alert and lines are found in what was measured."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.lab.checking import problems
from benchmarks.lab.drawing import draw
from benchmarks.lab.layout import lay_out
from benchmarks.lab.metric_layouts import WRITERS
from benchmarks.lab.plan import Evidence, Plan
from benchmarks.lab.truth import choose_alert, settle, write_truth

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit
START, STRUCK, END = 1_000_000.0, 1_000_060.0, 1_000_110.0


def _answers() -> list[dict[str, Any]]:
    return [
        {
            "at": START + second / 2,
            "path": "/api",
            "status": 500 if START + second / 2 > STRUCK + 3 and second % 2 else 200,
            "ms": 12.0,
        }
        for second in range(220)
    ]


def _delivery(at: str) -> dict[str, Any]:
    return {"version": "4", "alerts": [{"status": "firing", "startsAt": at, "labels": {}}]}


@pytest.fixture
def plan() -> Plan:
    drawn = draw(3, ["bad_release"])
    name = drawn.verdict.service
    assert name
    drawn.verdict.expected, drawn.herrings = "root_cause", []
    drawn.evidence = [
        Evidence(name, "boom", 2),
        Evidence("changes", "REL-1", early=True, trigger=True),
    ]
    drawn.verdict.trigger = "deploy (REL-1)"
    drawn.layout |= {
        "cuts": {name: "gzipped"}, "changes": "csv", "topology": True, "blind": False,
        "no_metrics": False, "metrics": "openmetrics", "places": "flat_service",
    }  # fmt: skip
    return drawn


@pytest.fixture
def raw(plan: Plan, tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    name = plan.verdict.service
    log = folder / "logs" / str(name) / "out.log"
    log.parent.mkdir(parents=True)
    quiet = "".join(f"line {number} fine\n" for number in range(100))
    log.write_text("boom of another day\n" + quiet + "boom 1\nboom 2\n" + quiet)
    change = {"t": STRUCK, "ref": "REL-1", "who": "lea", "what": "deploy", "target": name}
    record = {
        "started": START, "struck": STRUCK, "ended": END, "notes": [], "answers": _answers(),
        "changes": [change | {"text": "release"}],
        "offsets": {f"{name}/out.log": len("boom of another day\n" + quiet)},
        "alerts": [_delivery("1970-01-12T13:40:00Z"), _delivery("1970-01-12T13:47:55.5Z")],
    }  # fmt: skip
    (folder / "record.json").write_text(json.dumps(record))
    point = [START + 2, "1"]
    series = {"up": {"result": [{"metric": {"job": "other"}, "values": [point]}]}}
    (folder / "series.json").write_text(json.dumps(series))
    return folder


def test_a_recording_is_measured_laid_out_and_checks(plan: Plan, raw: Path, tmp_path: Path) -> None:
    settle(plan, raw)
    lay_out(plan, raw, tmp_path / "case" / plan.ident)
    write_truth(plan, raw, tmp_path)
    truth = json.loads((tmp_path / "truth" / f"{plan.ident}.json").read_text())
    assert truth["onset"] == "1970-01-12T13:47:43.500Z"
    alert = json.loads((tmp_path / "case" / plan.ident / "alert.json").read_text())
    assert alert == _delivery("1970-01-12T13:47:55.5Z")
    lines = [entry["text"] for entry in truth["decisive"]]
    assert len(lines) == 3
    assert "REL-1" in lines[0]
    assert lines[1:] == ["boom 1", "boom 2"]
    files = tmp_path / "case" / plan.ident / "files"
    packed = next(files.glob("*.gz"))
    assert gzip.decompress(packed.read_bytes()).startswith(b"boom of another day")
    assert problems(tmp_path, plan.ident) == []
    line = next(entry for entry in truth["decisive"] if entry["text"] == "boom 1")
    kept = files / line["file"]
    text = gzip.decompress(kept.read_bytes()) if kept.suffix == ".gz" else kept.read_bytes()
    changed = text.replace(b"boom 1", b"bang 1")
    kept.write_bytes(gzip.compress(changed) if kept.suffix == ".gz" else changed)
    assert any(
        "is not what the truth says" in problem for problem in problems(tmp_path, plan.ident)
    )


def test_an_alert_from_before_the_onset_is_not_chosen() -> None:
    record = {"alerts": [_delivery("1970-01-12T13:40:00Z")]}
    assert choose_alert(record, STRUCK) is None
    assert choose_alert(record, None) == _delivery("1970-01-12T13:40:00Z")


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_each_layout_of_metrics_holds_every_point(name: str, tmp_path: Path) -> None:
    rows = [("up", {"job": "a"}, [(1.0, "41"), (3.0, "42")]), ("up", {"job": "b"}, [(1.0, "43")])]
    WRITERS[name](rows, tmp_path)
    text = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert all(value in text for value in ("41", "42", "43"))
