"""Recordings are what their READMEs say, each with its verdict apart and its lines there."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests/recordings"
INCIDENTS = {
    "cinema-seats": HERE / "cinema-seats",
    "ferry-bookings": ROOT / "faultmaven/recordings/ferry-bookings",
    "library-loans": HERE / "library-loans",
    "meter-quotes": HERE / "meter-quotes",
    "parcel-scans": HERE / "parcel-scans",
}
QUIET = {"bike-rides": HERE / "bike-rides"}
RECORDINGS = INCIDENTS | QUIET
AT_MOST_BYTES = 3_000_000
QUIET_AT_LEAST_S = 12 * 60
NOT_OURS_TO_TELL = ("/work/", "/root", "pyenv", "/home/")

of_all = pytest.mark.parametrize("name", RECORDINGS)
of_incidents = pytest.mark.parametrize("name", INCIDENTS)
of_quiet = pytest.mark.parametrize("name", QUIET)


def test_every_truth_is_of_a_recording_and_the_faults_differ() -> None:
    assert {file.stem for file in (HERE / "truth").iterdir()} == set(RECORDINGS)
    faults = [_truth(name)["fault"] for name in INCIDENTS]
    assert len(set(faults)) == len(faults)


@of_incidents
def test_alert_began_after_the_onset(name: str) -> None:
    (alert,) = _json(RECORDINGS[name] / "alert.json")["alerts"]
    onset = datetime.fromisoformat(_truth(name)["onset"])
    assert alert["status"] == "firing"
    assert onset < datetime.fromisoformat(alert["startsAt"])


@of_all
def test_resolved_is_about_the_same_alert(name: str) -> None:
    firing, resolved = (_json(RECORDINGS[name] / file) for file in ("alert.json", "resolved.json"))
    assert resolved["status"] == "resolved"
    assert resolved["groupKey"] == firing["groupKey"]
    assert resolved["alerts"][0]["fingerprint"] == firing["alerts"][0]["fingerprint"]


@of_incidents
def test_decisive_lines_are_there(name: str) -> None:
    assert _truth(name)["decisive"]
    for span in _truth(name)["decisive"]:
        lines = (RECORDINGS[name] / span["file"]).read_text().splitlines()
        assert all(lines[span["line_start"] - 1 : span["line_end"]])


@of_incidents
def test_series_span_the_onset(name: str) -> None:
    first, last = _spanned(name)
    onset = datetime.fromisoformat(_truth(name)["onset"]).timestamp()
    assert first + 180 < onset < last - 180


@of_quiet
def test_where_nothing_is_wrong_nobody_is_named_and_there_is_time_to_cut_from(name: str) -> None:
    truth, (first, last) = _truth(name), _spanned(name)
    assert truth["service"] is truth["fault"] is truth["onset"] is None
    assert truth["decisive"] == []
    services = {service for pair in _calls(name) for service in pair}
    assert services <= set(truth["not_to_blame"])
    assert last - first >= QUIET_AT_LEAST_S


@of_all
def test_series_are_enough_and_have_names(name: str) -> None:
    series = _series(name)
    assert 15 <= len(series) <= 40
    assert all("__name__" in series["metric"] for series in series)


@of_incidents
def test_verdict_is_nowhere_in_the_recording_but_in_its_decisive_lines(name: str) -> None:
    fault = _truth(name)["fault"]
    forbidden = (fault, fault.replace("_", " "), fault.replace("_", "-"))
    for file in _files(name):
        words = f"{file.name} {_without_decisive(name, file)}".lower()
        assert not [word for word in forbidden if word in words], file


@of_all
def test_recording_is_small_and_says_nothing_of_the_machine(name: str) -> None:
    texts = [file.read_text() for file in _files(name)]
    assert sum(len(text.encode()) for text in texts) <= AT_MOST_BYTES
    assert not [word for word in NOT_OURS_TO_TELL if any(word in text for text in texts)]


@of_all
def test_every_service_called_has_files(name: str) -> None:
    services = {service for pair in _calls(name) for service in pair}
    assert services <= {folder.name for folder in (RECORDINGS[name] / "files").iterdir()}


def _without_decisive(name: str, file: Path) -> str:
    lines = file.read_text().splitlines()
    for span in _truth(name)["decisive"]:
        if RECORDINGS[name] / span["file"] == file:
            lines[span["line_start"] - 1 : span["line_end"]] = [""] * (
                span["line_end"] - span["line_start"] + 1
            )
    return "\n".join(lines)


def _spanned(name: str) -> tuple[float, float]:
    """First and last moment of the longest series, in epoch seconds."""
    longest: list[list[float]] = max((series["values"] for series in _series(name)), key=len)
    return longest[0][0], longest[-1][0]


def _series(name: str) -> list[dict[str, Any]]:
    series: list[dict[str, Any]] = _json(RECORDINGS[name] / "metrics.json")["data"]["result"]
    return series


def _calls(name: str) -> list[list[str]]:
    calls: list[list[str]] = _json(RECORDINGS[name] / "topology.json")["calls"]
    return calls


def _files(name: str) -> list[Path]:
    return [file for file in RECORDINGS[name].rglob("*") if file.is_file()]


def _truth(name: str) -> dict[str, Any]:
    return _json(HERE / "truth" / f"{name}.json")


def _json(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text())
    return document
