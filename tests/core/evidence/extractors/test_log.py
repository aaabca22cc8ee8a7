from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from typing import TYPE_CHECKING

import pytest

from core.evidence.extractor import Detected
from core.evidence.extractors.log import MAX_FINDINGS, LogExtractor
from core.evidence.model import DataType, FindingKind, Level
from tests.core.evidence.exhibits import exhibit
from tests.core.evidence.rows import Rows

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Extraction, Finding

START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
DETECTED = Detected(DataType.LOG, 0.95, "log")


def timed(seconds: float, text: str) -> str:
    return f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S.%fZ} {text}"


def extract(path: Path, lines: list[str]) -> Extraction:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    exhibited = exhibit(path, DETECTED, name="api.log", service="api")
    return LogExtractor().extract(exhibited)


def of_kind(extraction: Extraction, kind: FindingKind) -> list[Finding]:
    return [finding for finding in extraction.findings if finding.kind is kind]


def an_incident() -> list[str]:
    """Twenty quiet minutes, a release, then a pool that runs dry."""
    lines = [timed(10 * n, f"INFO api.Cart: request {n} served in {n % 90} ms") for n in range(180)]
    lines.insert(
        120, timed(1200, "INFO api.Release: deploying api 1.15.0 (commit 2f9c41d) started")
    )
    lines += [
        timed(
            1810 + n / 5,
            "ERROR db.Pool: HikariPool-1 - Connection is not available, "
            f"request timed out after {30_000 + n}ms. user=dana{n % 3}@example.com",
        )
        for n in range(100)
    ]
    return lines


def test_what_an_incident_leaves_in_a_log(tmp_path: Path) -> None:
    extraction = extract(tmp_path / "log", an_incident())
    assert (extraction.lines, extraction.events, extraction.errors) == (281, 281, 100)
    assert (extraction.first, extraction.last) == (START, START + timedelta(seconds=1829.8))
    (first,) = of_kind(extraction, FindingKind.FIRST_ERROR)
    assert (first.level, first.locus.line_start) == (Level.ERROR, 182)
    assert first.first == START + timedelta(seconds=1810)
    (signal,) = of_kind(extraction, FindingKind.SIGNAL)
    assert signal.signals == ("pool_wait_timeout",)
    assert (signal.count, signal.locus.label) == (100, "api.log:182")
    (change,) = of_kind(extraction, FindingKind.CHANGE)
    assert (change.signals, change.locus.line_start) == (("deploy",), 121)
    (burst,) = of_kind(extraction, FindingKind.BURST)
    assert burst.data["peak"] == 100
    assert burst.first == START + timedelta(seconds=1810)
    (rate,) = of_kind(extraction, FindingKind.ERROR_RATE)
    assert rate.text.text == (
        "100 errors in 281 records, 35.6 %; most in the 1 min from 02:30:00 UTC: 100"
    )
    assert {finding.service for finding in extraction.findings} == {"api"}


def test_counts_are_the_files_own(tmp_path: Path) -> None:
    lines = an_incident()
    extraction = extract(tmp_path / "log", lines)
    kinds = (FindingKind.SIGNAL, FindingKind.TEMPLATE)
    findings = [finding for kind in kinds for finding in of_kind(extraction, kind)]
    assert sum(finding.count for finding in findings) == len(lines)
    for finding in findings:
        assert sum(finding.buckets.values()) == finding.count
        raw = (tmp_path / "log").read_bytes()[finding.locus.byte_start : finding.locus.byte_end]
        assert raw.decode().rstrip("\n") == lines[finding.locus.line_start - 1]


def test_nothing_that_is_shown_holds_a_secret(tmp_path: Path) -> None:
    extraction = extract(
        tmp_path / "log",
        [
            *an_incident(),
            timed(1900, "ERROR api: login failed password=hunter2 for dana@example.com"),
            "Traceback (most recent call last):",
            '  File "/app/shop.py", line 3, in pay',
            "    connect(password='hunter2')",
            "ValueError: bad dsn postgres://shop:hunter2@db/shop",
        ],
    )
    assert not any(
        secret in finding.text.text
        for finding in extraction.findings
        for secret in ("hunter2", "dana")
    )
    (trace,) = of_kind(extraction, FindingKind.STACK_TRACE)
    assert trace.data == {
        "language": "python",
        "raised": "ValueError",
        "frame1": "3 pay /app/shop.py",
    }
    assert trace.first == START + timedelta(seconds=1900)  # that of its record


def test_a_healthy_log_has_no_errors_signals_or_bursts(tmp_path: Path) -> None:
    lines = [timed(10 * n, f"INFO api.Cart: request {n} served, 0 errors") for n in range(500)]
    extraction = extract(tmp_path / "log", lines)
    assert Counter(finding.kind for finding in extraction.findings if not finding.is_digest) == {
        FindingKind.TEMPLATE: 1
    }
    assert extraction.errors == 0


def test_findings_are_bounded_and_what_is_known_stays(tmp_path: Path) -> None:
    lines = [
        timed(n, f"INFO {word}: {word} {word[::-1]} {'x' * (n % 40)}q")
        for n in range(2_000)
        for word in ["".join(chr(97 + n // 26**place % 26) for place in range(3))]
    ]
    lines.append(timed(3000, "ERROR jvm: java.lang.OutOfMemoryError: Java heap space"))
    extraction = extract(tmp_path / "log", lines)
    assert len(extraction.findings) == MAX_FINDINGS
    assert extraction.findings[-1].kind is FindingKind.ORIGIN
    (signal,) = of_kind(extraction, FindingKind.SIGNAL)
    assert "OutOfMemoryError" in signal.text.text


def test_years_come_from_when_the_file_was_written(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("Nov 17 02:41:07 web-1 sshd[1]: session opened\n" * 3)
    written = datetime(2024, 11, 20, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))
    exhibited = exhibit(path, DETECTED, name="auth.log")
    assert LogExtractor().extract(exhibited).first == datetime(2024, 11, 17, 2, 41, 7, tzinfo=UTC)


@pytest.mark.parametrize("names", [12, 9_000], ids=["merged", "too many to keep"])
def test_every_record_knows_its_template(tmp_path: Path, names: int) -> None:
    words = [
        "".join(letters)
        for letters in islice(product("bcdfghjklm", "aeiou", "npqrst", repeat=2), names)
    ]
    path = tmp_path / "log"
    lines = [timed(n, f"INFO user {words[n % names]} signed in") for n in range(3 * names)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = Rows()
    exhibited = replace(exhibit(path, DETECTED, name="api.log"), table=rows)
    LogExtractor().extract(exhibited)
    assert rows.kinds is not None
    assert {rows.kinds.get(key) for key in rows.frame["kind"]} == {0}
