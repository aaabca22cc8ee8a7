"""Records of systemd's journal, as `journalctl -o json` prints them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.evidence.extractor import Detected
from core.evidence.extractors.log import LogExtractor
from core.evidence.logs.journal_records import as_syslog
from core.evidence.model import DataType, FindingKind
from tests.core.evidence.exhibits import exhibit

if TYPE_CHECKING:
    from pathlib import Path


def record(message: str, *, at: int = 0, unit: str = "init.scope", program: str = "CRON") -> str:
    fields = {
        "__REALTIME_TIMESTAMP": str(1_772_590_621_000_000 + at * 1_000_000),
        "_HOSTNAME": "ops-1",
        "_SYSTEMD_UNIT": unit,
        "SYSLOG_IDENTIFIER": program,
        "_PID": "7",
        "PRIORITY": "6",
        "MESSAGE": message,
    }
    return json.dumps(fields)


def test_a_record_reads_like_a_line_of_syslog() -> None:
    line = as_syslog(record("(ops) CMD (/opt/close)"))
    assert line == "2026-03-04T02:17:01Z ops-1 CRON[7]: (ops) CMD (/opt/close)"


@pytest.mark.parametrize(
    "line",
    [
        "plain",
        '{"MESSAGE": "x"}',
        '{"__REALTIME_TIMESTAMP": "soon", "MESSAGE": "x"}',
        '{"__REALTIME_TIMESTAMP": "1772590621000000", "MESSAGE": [1, 2]}',
        '{"__REALTIME_TIMESTAMP": "1772590621000000", "MESSAGE": ',
    ],
)
def test_any_other_line_is_as_it_was(line: str) -> None:
    assert as_syslog(line) == line


def test_its_units_are_services_and_what_cron_ran_is_a_change(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    served = [
        record(f"served {n} in 3 ms", at=n, unit="orders.service", program="orders")
        for n in range(60)
    ]
    db = [
        record(f"checkpoint {n}", at=n, unit="postgresql@15-main.service", program="postgres")
        for n in range(60)
    ]
    ran = record("(ops) CMD (/opt/recalc --all)", at=61)
    path.write_text("\n".join([*served, *db, ran]) + "\n", encoding="utf-8")
    log = exhibit(path, Detected(DataType.LOG, 0.95, "log"), name="journal.json")
    findings = LogExtractor().extract(log).findings
    named = {finding.service for finding in findings if finding.kind is FindingKind.TEMPLATE}
    assert {"orders", "postgresql"} <= named
    (change,) = [finding for finding in findings if finding.kind is FindingKind.CHANGE]
    assert change.text.text.endswith("CRON[7]: (ops) CMD (/opt/recalc --all)")
    assert change.service is None
