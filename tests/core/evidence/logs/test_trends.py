from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.evidence.extractor import Detected
from core.evidence.extractors.log import LogExtractor
from core.evidence.model import DataType, Extraction, FindingKind, Level
from tests.core.evidence.exhibits import exhibit

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
DETECTED = Detected(DataType.LOG, 0.95, "log")


def timed(seconds: float, text: str) -> tuple[float, str]:
    return seconds, f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S.%fZ} {text}"


def enriched(path: Path, lines: list[tuple[float, str]]) -> Extraction:
    path.write_text("\n".join(text for _, text in sorted(lines)) + "\n", encoding="utf-8")
    exhibited = exhibit(path, DETECTED, name="api.log", service="api")
    extractor = LogExtractor()
    return extractor.enrich(extractor.extract(exhibited), exhibited)


def of(extraction: Extraction, kind: FindingKind) -> list[str]:
    return [finding.text.text[28:] for finding in extraction.findings if finding.kind is kind]


def an_hour() -> list[tuple[float, str]]:
    """Requests all the time; a heartbeat that stops; errors that begin; two odd warnings."""
    return [
        *(timed(2 * n, f"INFO served in {n} ms") for n in range(1800)),
        *(timed(5 + 30 * n, f"INFO heartbeat {n} sent to leader") for n in range(60)),
        *(timed(2405 + 3 * n, f"ERROR pool is dry after {n} ms") for n in range(398)),
        timed(600, "WARN clock went back by 3 s"),
        timed(900, "ERROR flush of 7 took too long"),
    ]


def test_what_is_new_gone_and_rare(tmp_path: Path) -> None:
    extraction = enriched(tmp_path / "log", an_hour())
    assert of(extraction, FindingKind.FIRST_SEEN) == ["ERROR pool is dry after 0 ms"]
    (gone,) = (finding for finding in extraction.findings if finding.kind is FindingKind.VANISHED)
    assert gone.text.text.endswith("heartbeat 0 sent to leader")
    assert gone.first == START + timedelta(seconds=5 + 30 * 59)
    assert set(of(extraction, FindingKind.RARE)) == {
        "WARN clock went back by 3 s",
        "ERROR flush of 7 took too long",
    }


def test_the_onset_is_when_errors_became_unusual_not_the_first_one(tmp_path: Path) -> None:
    extraction = enriched(tmp_path / "log", an_hour())
    assert extraction.onset == START + timedelta(seconds=2405)
    assert extraction.findings[0].kind is FindingKind.FIRST_ERROR
    assert extraction.findings[0].first == START + timedelta(seconds=900)


def test_a_steady_log_has_no_onset_and_nothing_new(tmp_path: Path) -> None:
    lines = [timed(2 * n, f"INFO served in {n} ms") for n in range(1800)]
    extraction = enriched(tmp_path / "log", lines)
    assert extraction.onset is None
    assert {finding.kind for finding in extraction.findings if not finding.is_digest} == {
        FindingKind.TEMPLATE
    }


def test_alerts_come_first_and_what_is_common_last(tmp_path: Path) -> None:
    extraction = enriched(tmp_path / "log", an_hour())
    kinds = [finding.kind for finding in extraction.findings if not finding.is_digest]
    assert kinds[:2] == [FindingKind.FIRST_ERROR, FindingKind.ERROR_RATE]
    common = [n for n, finding in enumerate(extraction.findings) if finding.level is Level.INFO]
    new = kinds.index(FindingKind.FIRST_SEEN)
    assert new < common[-1]
    assert kinds[-1] is FindingKind.TEMPLATE


def test_a_log_without_times(tmp_path: Path) -> None:
    extraction = enriched(tmp_path / "log", [(n, f"ERROR broken {n}") for n in range(50)])
    assert (extraction.onset, extraction.first) == (None, None)
