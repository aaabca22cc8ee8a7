"""The summary of k6: the same failures, whichever form it comes in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from core.evidence.model import FindingKind, Level, PlainFile
from core.evidence.pipeline import extract
from core.evidence.status.marks import StatusReport, status_report
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Finding

OLD = """\
     ✗ status is 200
      ↳  92% — ✓ 11040 / ✗ 960
     ✓ body is not empty

     checks.........................: 96.00% ✓ 23040      ✗ 960
     data_received..................: 31 MB  512 kB/s
     http_req_blocked...............: avg=1.21ms  med=3µs     max=412.1ms p(90)=6µs   p(95)=9µs
   ✗ http_req_duration..............: avg=612.4ms med=402.3ms max=10.02s  p(90)=1.31s p(95)=2.41s
       { expected_response:true }...: avg=512.1ms med=380.1ms max=9.8s    p(90)=1.1s  p(95)=1.9s
   ✗ http_req_failed................: 8.00%  ✓ 960        ✗ 11040
   ✓ iteration_duration.............: avg=1.61s   med=1.4s    max=11.02s  p(90)=2.31s p(95)=3.41s
     vus............................: 50     min=50       max=50
time="2026-11-22T21:47:50Z" level=error msg="thresholds on metrics have been crossed"
"""
NEW = """\
  █ THRESHOLDS

    http_req_duration
    ✗ 'p(95)<500' p(95)=2.41s
    ✓ 'p(99)<12000' p(99)=9.2s

    http_req_failed
    ✗ 'rate<0.01' rate=8.00%

  █ TOTAL RESULTS

    checks_succeeded...: 96.00%  23040 out of 24000

    ✗ status is 200
      ↳  92% — ✓ 11040 / ✗ 960
    ✓ body is not empty

    HTTP
    http_req_duration..............: avg=612.4ms med=402.3ms max=10.02s p(90)=1.31s p(95)=2.41s
    http_req_failed................: 8.00%  960 out of 12000

    EXECUTION
    iteration_duration.............: avg=1.61s med=1.4s max=11.02s p(90)=2.31s p(95)=3.41s
"""
CHECK: dict[str, Any] = {"name": "status is 200", "passes": 11040, "fails": 960}
EXPORT: dict[str, Any] = {
    "root_group": {"groups": {"pay": {"checks": {}}}, "checks": {"status is 200": CHECK}},
    "metrics": {
        "checks": {"passes": 23040, "fails": 960, "value": 0.96},
        "http_req_duration": {
            "p(95)": 2410,
            "thresholds": {"p(95)<500": True, "p(99)<12000": False},
        },
        "http_req_failed": {"value": 0.08, "thresholds": {"rate<0.01": True}},
        "iteration_duration": {"p(95)": 3410},
    },
}
HANDED: dict[str, Any] = {
    "root_group": {"groups": [{"checks": [CHECK]}], "checks": []},
    "metrics": {
        "checks": {"type": "rate", "contains": "default", "values": {"rate": 0.96}},
        "http_req_duration": {
            "type": "trend",
            "contains": "time",
            "values": {"p(95)": 2410},
            "thresholds": {"p(95)<500": {"ok": False}, "p(99)<12000": {"ok": True}},
        },
        "http_req_failed": {"values": {"rate": 0.08}, "thresholds": {"rate<0.01": {"ok": False}}},
        "iteration_duration": {"type": "trend", "contains": "time", "values": {"p(95)": 3410}},
    },
}
SUMMARY = "load test by k6: 2 thresholds failed; checks 96.00%; http_req_duration p95 2.41s"


def findings(folder: Path, text: str, name: str) -> tuple[Finding, ...]:
    (folder / "f").write_text(text, encoding="utf-8")
    extraction = extract(PlainFile(folder / "f"), name=name, service=None, redactor=Redactor(b"k"))
    assert extraction.extractor == "configuration"
    return extraction.findings


@pytest.mark.parametrize(
    ("text", "thresholds"),
    [
        (OLD, ["http_req_duration, was p(95)=2.41s", "http_req_failed, was 8.00%"]),
        (
            NEW,
            [
                "http_req_duration p(95)<500, was p(95)=2.41s",
                "http_req_failed rate<0.01, was rate=8.00%",
            ],
        ),
        (
            json.dumps(EXPORT, indent=4),
            ["http_req_duration p(95)<500", "http_req_failed rate<0.01"],
        ),
        (json.dumps(HANDED), ["http_req_duration p(95)<500", "http_req_failed rate<0.01"]),
    ],
    ids=["before 1.0", "since 1.0", "summary-export", "handleSummary"],
)
def test_thresholds_and_checks_that_failed_are_findings(
    tmp_path: Path, text: str, thresholds: list[str]
) -> None:
    _, *failed, note = findings(tmp_path, text, "k6.json" if text[0] == "{" else "k6.txt")
    assert [(each.text.text, each.level) for each in failed] == [
        *((f"threshold failed: {threshold}", Level.ERROR) for threshold in thresholds),
        ("check failed: status is 200, 960 of 12,000 times", Level.WARNING),
    ]
    assert note.kind is FindingKind.NOTE
    assert note.text.text.startswith(SUMMARY)
    assert note.text.text.endswith("iteration_duration p95 3.41s")
    assert "blocked" not in note.text.text


def test_each_finding_is_cited_at_its_line(tmp_path: Path) -> None:
    _, *failed, note = findings(tmp_path, OLD, "k6.txt")
    assert [each.locus.line_start for each in (*failed, note)] == [8, 10, 1, 8]


def test_colours_of_a_terminal_do_not_hide_it(tmp_path: Path) -> None:
    coloured = OLD.replace("✗", "\x1b[31m✗\x1b[0m").replace("2.41s", "\x1b[36m2.41s\x1b[0m")
    _, *failed, _ = findings(tmp_path, coloured, "k6.txt")
    assert len(failed) == 3


def test_broken_figures_cost_nothing_else(tmp_path: Path) -> None:
    strange = json.dumps(EXPORT).replace("2410", '"fast"').replace('"fails": 960', '"fails": "?"')
    _, *failed, note = findings(tmp_path, strange, "k6.json")
    assert [each.level for each in failed] == [Level.ERROR, Level.ERROR]
    assert "http_req_duration" not in note.text.text
    assert "iteration_duration p95 3.41s" in note.text.text


def test_a_log_that_ends_in_a_summary_stays_a_log() -> None:
    request = 'time="2026-11-22T21:47:50Z" level=warning msg="Request Failed" error="timeout"\n'
    assert status_report(request * 20 + OLD) is None
    assert status_report(OLD) is StatusReport.LOAD_TEST
