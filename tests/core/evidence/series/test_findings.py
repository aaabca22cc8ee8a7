from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.evidence.model import FindingKind
from core.evidence.series.findings import SeriesFinding, SeriesFindingWriter
from core.evidence.series.observations import observe
from core.redaction.engine import Redactor
from tests.core.evidence.series.sample_series import START, series

if TYPE_CHECKING:
    from core.evidence.series.model import Series

CHANCE = np.random.default_rng(4)


def tell(*given: Series, dated: bool = False) -> list[SeriesFinding]:
    teller = SeriesFindingWriter(
        file="m.csv", service="api", redactor=Redactor(b"key"), dated=dated
    )
    return teller.tell(observe(given))


def texts(findings: list[SeriesFinding]) -> list[str]:
    return [finding.finding.text.text for finding in findings]


def test_a_level_that_came_back() -> None:
    (finding,) = tell(series([2.0] * 40 + [50.0] * 10 + [2.0] * 40))
    assert finding.finding.text.text == "pool: 2 → 50 at 02:20:00 UTC, back at 02:25:00 UTC"
    assert (finding.finding.service, finding.finding.data["over"]) == ("api", True)


def test_a_leak_and_a_scatter() -> None:
    leak = series(200 + np.maximum(0, np.arange(90) - 30) * 5.0, "heap")
    assert texts(tell(leak))[0].startswith("heap: climbs since 02:15:00 UTC, 200 → 49")
    falls = series(500 - np.maximum(0, np.arange(90) - 30) * 5.0, "free")
    assert texts(tell(falls))[0].startswith("free: falls since 02:15:00 UTC, 500 → ")
    wild = np.concatenate((CHANCE.normal(100, 1, 200), CHANCE.normal(100, 20, 200)))
    assert texts(tell(series(wild, "lag")))[0].startswith("lag: scatter ")


def test_what_stands_out_is_told_with_its_points() -> None:
    values = [5.0, 6.0] * 100
    values[150:152] = [80.0, 90.0]
    (finding,) = tell(series(values), dated=True)
    assert finding.finding.kind is FindingKind.ANOMALY
    assert finding.finding.text.text.startswith("pool: 90 at 2026-11-17 03:15 UTC, where ")
    assert finding.points == range(150, 152)
    locus = finding.finding.locus
    assert (locus.line_start, locus.line_end, locus.byte_start) == (151, 152, 1500)
    assert finding.finding.data["peak"] == START + 30 * 151


def test_silence() -> None:
    quiet = series([1.0, 2.0] * 20, "queue")
    other = series([1.0, 2.0] * 60, "other")
    (finding,) = [finding for finding in tell(quiet, other) if finding.series is quiet]
    assert finding.finding.kind is FindingKind.VANISHED
    assert finding.finding.text.text == "queue: nothing since 02:19:30 UTC, 80 points missed"


def test_what_moves_together() -> None:
    base = np.cumsum(CHANCE.normal(0, 0.1, 120)) + np.repeat([1.0, 20.0], 60)
    findings = tell(series(base, "pool"), series(np.roll(base, 4), "latency"))
    (pair,) = [finding for finding in findings if finding.finding.kind is FindingKind.CORRELATION]
    assert pair.finding.text.text.startswith("pool and latency move together (r ")
    assert pair.finding.text.text.endswith("the second 120 s later")
    assert (pair.finding.data["lag_s"], pair.finding.data["with"]) == (120.0, "latency")
    assert len(pair.points) == 0


def test_a_file_of_a_thousand_moving_series_is_told_in_bounds() -> None:
    findings = tell(*(series([1.0] * 10 + [9.0] * 10, f"s{n}") for n in range(300)))
    assert len(findings) <= 190


def stuck(value: float | None = None) -> np.ndarray:
    values = CHANCE.normal(50.0, 3.0, 400)
    values[200:260] = values[200] if value is None else value
    return values


def test_what_stands_still_is_told_with_its_stretch() -> None:
    (finding,) = tell(series(stuck(50.5), "temp"))
    sentence = "temp: stands still at 50.5 from 03:40:00 UTC to 04:09:30 UTC, where it always moves"
    assert finding.finding.text.text == sentence
    assert (finding.finding.count, finding.finding.data["still"]) == (60, True)


def test_a_level_that_is_told_is_not_told_again_for_standing_still() -> None:
    sentences = texts(tell(series(stuck(100.0), "temp")))
    assert not any("stands still" in sentence for sentence in sentences)
    assert len(sentences) == 1
