from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.errors import UnreadableEvidence
from core.evidence.events.table import COLUMNS
from core.evidence.extractor import Detected, Exhibit
from core.evidence.extractors.metric import MetricExtractor
from core.evidence.model import DataType, FindingKind, Level, PlainFile
from core.redaction.engine import Redactor
from tests.core.evidence.exhibits import exhibit

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from core.evidence.model import Extraction, Finding

START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
DETECTED = Detected(DataType.METRIC, 0.95, "metric")
UP = [2, 3, 2, 3, 2, 3, 10, 10, 10, 10, 10, 10]


class KeptRows:
    """A table of events that keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[pl.DataFrame] = []
        self.kinds: dict[int, int] | None = None

    def add(self, events: pl.DataFrame) -> None:
        self.frames.append(events)

    def close(self, kinds: dict[int, int]) -> None:
        self.kinds = kinds


def series(values: list[float], **labels: str) -> dict[str, Any]:
    at = START.timestamp()
    return {"metric": labels, "values": [[at + 60 * n, str(v)] for n, v in enumerate(values)]}


def extract(path: Path, *expected: dict[str, Any]) -> Extraction:
    body = {"status": "success", "data": {"resultType": "matrix", "result": list(expected)}}
    path.write_text(json.dumps(body, indent=1))
    exhibited = exhibit(path, DETECTED, name="pool.json", service=None)
    return MetricExtractor().extract(exhibited)


def told(extraction: Extraction) -> list[Finding]:
    """Without what only the ranking of causes reads."""
    return [finding for finding in extraction.findings if finding.kind is not FindingKind.MOVES]


def extract_text(path: Path, text: str, name: str = "m.csv") -> Extraction:
    path.write_text(text)
    return MetricExtractor().extract(exhibit(path, DETECTED, name=name))


def test_a_series_that_changed_its_level(tmp_path: Path) -> None:
    steady = series([5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 6], __name__="cpu", service="api")
    shifted = series([float(v) for v in UP], __name__="in_use", service="db")
    extraction = extract(tmp_path / "m", steady, shifted)
    (finding,) = told(extraction)
    assert finding.kind is FindingKind.METRIC
    assert finding.text.text == 'in_use{service="db"}: 2.5 → 10 at 02:06:00 UTC'
    assert (finding.service, finding.first) == ("db", START + timedelta(minutes=6))
    assert (extraction.events, extraction.first, extraction.onset) == (24, START, finding.first)
    assert extraction.lines == (tmp_path / "m").read_text().count("\n") + 1


def test_the_place_of_a_change_is_the_point_before_it_and_the_first_after(tmp_path: Path) -> None:
    other = series([1.0] * 12, __name__="other")
    extraction = extract(tmp_path / "m", other, series([float(v) for v in UP], __name__="in_use"))
    locus = extraction.findings[0].locus
    raw = (tmp_path / "m").read_bytes()
    cited = json.loads(b"[" + raw[locus.byte_start : locus.byte_end] + b"]")
    assert [value for _, value in cited] == ["3.0", "10.0"]
    lines = "\n".join(raw.decode().splitlines()[locus.line_start - 1 : locus.line_end])
    assert '"3.0"' in lines
    assert '"10.0"' in lines
    assert (locus.series, locus.first) == ("in_use", START + timedelta(minutes=6))


def test_which_moved_first(tmp_path: Path) -> None:
    late = series([1.0] * 12 + [9.0] * 8, __name__="errors", service="api")
    early = series([2.0] * 10 + [40.0] * 10, __name__="pool", service="db")
    still = series([4.0, 5.0] * 10, __name__="cpu", service="api")
    extraction = extract(tmp_path / "m", late, early, still)
    texts = {
        finding.locus.series: finding.text.text
        for finding in extraction.findings
        if finding.kind is FindingKind.METRIC
    }
    assert texts['pool{service="db"}'].endswith("at 02:10:00 UTC, first of 2 series to move")
    assert texts['errors{service="api"}'].endswith("02:12:00 UTC, number 2 of 2 series to move")
    assert extraction.onset == START + timedelta(minutes=10)
    assert extraction.service is None


def test_the_service_of_all_series_is_that_of_the_file(tmp_path: Path) -> None:
    up = [float(v) for v in UP]
    extraction = extract(tmp_path / "m", series(up, service="db"), series(up, service="db", le="1"))
    assert extraction.service == "db"


def test_values_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    odd = series([1, 1, 1, 1, float("nan"), float("inf"), 9, 9, 9, 9])
    assert len(extract(tmp_path / "m", odd).findings) == 1


def test_labels_are_redacted(tmp_path: Path) -> None:
    extraction = extract(
        tmp_path / "m", series([1, 1, 1, 1, 9, 9, 9, 9], service="dana@example.com")
    )
    assert "dana@" not in repr(extraction)


def test_what_is_cut_off_is_unreadable_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "m").write_text('{"data":{"resultType":"matrix","result":[{"metric":')
    with pytest.raises(UnreadableEvidence, match="not JSON after byte 51 of 51: it is cut off"):
        MetricExtractor().extract(exhibit(tmp_path / "m", DETECTED, name="m"))


def test_an_error_of_the_server_is_the_problem_of_the_file_redacted(tmp_path: Path) -> None:
    text = '{"status":"error","errorType":"bad_data","error":"no such user dana@example.com"}'
    extraction = extract_text(tmp_path / "m", text)
    assert extraction.problem is not None
    assert extraction.problem.startswith("the server answered with an error: no such user «")
    assert (extraction.events, extraction.findings) == (0, ())


def test_a_row_of_the_table_for_each_point_that_matters_and_no_other(tmp_path: Path) -> None:
    rows = KeptRows()
    values = [5.0, 6.0] * 100
    values[150] = 90.0
    text = "time,in_use,queue\n" + "".join(
        f"{START + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ},{v},{2 if n < 120 else 30}\n"
        for n, v in enumerate(values)
    )
    (tmp_path / "m").write_text(text)
    MetricExtractor().extract(
        Exhibit(
            original=PlainFile(tmp_path / "m"),
            name="m.csv",
            service="db",
            detected=DETECTED,
            redactor=Redactor(b"key"),
            table=rows,
        )
    )
    (frame,) = rows.frames
    assert dict(frame.schema) == dict(COLUMNS)
    at = {row["line"]: row for row in frame.iter_rows(named=True)}
    assert set(at) == {122, 152}  # the change of `queue`, the spike of `in_use`
    spike = at[152]
    assert spike["time"] == (START + timedelta(minutes=150)).replace(tzinfo=None)
    cited = text.encode()[spike["byte_start"] : spike["byte_end"]].decode()
    assert cited == "2026-11-17T04:30:00Z,90.0,30\n"
    assert spike["level"] == list(Level).index(Level.WARNING)
    assert rows.kinds is not None
    assert set(frame["kind"]) <= set(rows.kinds)


def test_a_target_that_is_down(tmp_path: Path) -> None:
    text = '# TYPE up gauge\nup{service="db"} 0\nup{service="api"} 1\n'
    (finding,) = extract_text(tmp_path / "m", text, "m.prom").findings
    assert finding.text.text == 'up{service="db"} is 0: its target did not answer'
    assert (finding.level, finding.service, finding.locus.line_start) == (Level.ERROR, "db", 2)
