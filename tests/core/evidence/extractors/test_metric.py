from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from core.errors import UnreadableEvidence
from core.evidence.extractor import Detected
from core.evidence.extractors.metric import MetricExtractor, find_shift
from core.evidence.model import DataType, FindingKind
from tests.core.evidence.exhibits import exhibit

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Extraction

START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
DETECTED = Detected(DataType.METRIC, 0.95, "metric")


def series(values: list[float], **labels: str) -> dict[str, Any]:
    at = START.timestamp()
    return {"metric": labels, "values": [[at + 60 * n, str(v)] for n, v in enumerate(values)]}


def extract(path: Path, *found: dict[str, Any]) -> Extraction:
    body = {"status": "success", "data": {"resultType": "matrix", "result": list(found)}}
    path.write_text(json.dumps(body, indent=1))
    exhibited = exhibit(path, DETECTED, name="pool.json", service=None)
    return MetricExtractor().extract(exhibited)


def test_a_series_that_changed_its_level(tmp_path: Path) -> None:
    steady = series([5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 6], __name__="cpu", service="api")
    shifted = series([2, 3, 2, 3, 2, 3, 10, 10, 10, 10, 10, 10], __name__="in_use", service="db")
    found = extract(tmp_path / "m", steady, shifted)
    (finding,) = found.findings
    assert finding.kind is FindingKind.METRIC
    assert finding.text.text == 'in_use{service="db"}: 2.5 before 02:06:00 UTC, 10.0 since'
    assert (finding.service, finding.first) == ("db", START + timedelta(minutes=6))
    raw = (tmp_path / "m").read_bytes()
    assert b"in_use" in raw[finding.locus.byte_start : finding.locus.byte_end]
    lines = raw.decode().splitlines()[finding.locus.line_start - 1 : finding.locus.line_end]
    assert any("in_use" in line for line in lines)
    assert (found.events, found.first) == (24, START)


@pytest.mark.parametrize(
    "values",
    [
        [1.0] * 12,
        [1, 1, 1, 1, 90, 1, 1, 1, 1, 1, 1, 1],
        [1, 5, 2, 6, 1, 7, 2, 5, 1, 6, 3, 5],
        [1, 9],
        [],
    ],
)
def test_steady_noisy_spiky_and_short_series_did_not(values: list[float]) -> None:
    times = np.arange(len(values), dtype=float) * 60
    assert find_shift(times, np.array(values, dtype=float)) is None


def test_values_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    odd = series([1, 1, 1, 1, float("nan"), float("inf"), 9, 9, 9, 9])
    assert len(extract(tmp_path / "m", odd).findings) == 1


def test_labels_are_redacted(tmp_path: Path) -> None:
    found = extract(tmp_path / "m", series([1, 1, 1, 1, 9, 9, 9, 9], mail="dana@example.com"))
    assert "dana@" not in found.findings[0].text.text


def test_what_is_cut_off_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "m").write_text('{"data":{"resultType":"matrix","result":[{"metric":')
    with pytest.raises(UnreadableEvidence):
        MetricExtractor().extract(exhibit(tmp_path / "m", DETECTED, name="m"))
