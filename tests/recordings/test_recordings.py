"""Are the recordings what their READMEs say? Each with its verdict apart and its lines there."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests/recordings"
RECORDINGS = {
    "ferry-bookings": ROOT / "faultmaven/recordings/ferry-bookings",
    "parcel-scans": HERE / "parcel-scans",
}
AT_MOST_BYTES = 3_000_000
NOT_OURS_TO_TELL = ("/work/", "/root", "pyenv", "/home/")

pytestmark = pytest.mark.parametrize("name", RECORDINGS)


def test_alert_began_after_the_onset(name: str) -> None:
    (alert,) = _json(RECORDINGS[name] / "alert.json")["alerts"]
    onset = datetime.fromisoformat(_truth(name)["onset"])
    assert alert["status"] == "firing"
    assert onset < datetime.fromisoformat(alert["startsAt"])


def test_resolved_is_about_the_same_alert(name: str) -> None:
    firing, resolved = (_json(RECORDINGS[name] / file) for file in ("alert.json", "resolved.json"))
    assert resolved["status"] == "resolved"
    assert resolved["groupKey"] == firing["groupKey"]
    assert resolved["alerts"][0]["fingerprint"] == firing["alerts"][0]["fingerprint"]


def test_decisive_lines_are_there(name: str) -> None:
    for span in _truth(name)["decisive"]:
        lines = (RECORDINGS[name] / span["file"]).read_text().splitlines()
        assert all(lines[span["line_start"] - 1 : span["line_end"]])


def test_series_span_the_onset(name: str) -> None:
    series = _json(RECORDINGS[name] / "metrics.json")["data"]["result"]
    onset = datetime.fromisoformat(_truth(name)["onset"]).timestamp()
    longest = max((one["values"] for one in series), key=len)
    assert 15 <= len(series) <= 40
    assert longest[0][0] + 180 < onset < longest[-1][0] - 180
    assert all("__name__" in one["metric"] for one in series)


def test_verdict_is_nowhere_in_the_recording(name: str) -> None:
    fault = _truth(name)["fault"]
    forbidden = (fault, fault.replace("_", " "), fault.replace("_", "-"))
    for file in _files(name):
        words = f"{file.name} {file.read_text()}".lower()
        assert not [word for word in forbidden if word in words], file


def test_recording_is_small_and_says_nothing_of_the_machine(name: str) -> None:
    texts = [file.read_text() for file in _files(name)]
    assert sum(len(text.encode()) for text in texts) <= AT_MOST_BYTES
    assert not [word for word in NOT_OURS_TO_TELL if any(word in text for text in texts)]


def test_every_service_called_has_files(name: str) -> None:
    calls = _json(RECORDINGS[name] / "topology.json")["calls"]
    services = {service for pair in calls for service in pair}
    assert services <= {folder.name for folder in (RECORDINGS[name] / "files").iterdir()}


def _files(name: str) -> list[Path]:
    return [file for file in RECORDINGS[name].rglob("*") if file.is_file()]


def _truth(name: str) -> dict[str, Any]:
    return _json(HERE / "truth" / f"{name}.json")


def _json(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text())
    return document
