"""A log of few lines is read like any other, by other means: nothing is set up for millions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from core.evidence.events.table import read_table
from core.evidence.model import PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor
from faultmaven.scratch import ScratchShelf

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Extraction

REDACTOR = Redactor(bytes(32))
THRESHOLDS = (
    "core.evidence.extractors.log.FEW_LINES",
    "core.evidence.logs.changes.FEW_LINES",
    "core.evidence.logs.masks.FEW_LINES",
    "core.evidence.logs.stack_traces.FEW_LINES",
    "core.evidence.logs.template_counts.FEW_LINES",
    "core.evidence.lines._FEW_BYTES",
    "core.redaction.screens._FEW_LINES",
)
KEY = "PRIVATE KEY"
LOGS = {
    "plain": "2026-11-20T10:00:00.000Z INFO cart started\n2026-11-20T10:00:01.000Z INFO cart ok\n",
    "fails": (
        "2026-11-20T10:00:00Z INFO checkout deployed version 1.4.2 request_id=r0000007ab\n"
        "2026-11-20T10:00:01Z ERROR checkout java.lang.OutOfMemoryError: Java heap space\n"
        "\tat shop.Cart.total(Cart.java:42)\n"
        "\tat shop.Cart.main(Cart.java:7)\n"
        "2026-11-20T10:00:02Z INFO checkout Restarting after a crash\n"
    ),
    "escaped": (
        '{"time":"2026-11-20T10:00:00Z","level":"error","msg":"boom\\n\\tat a.B.c(B.java:1)"}\n'
    ),
    "secrets": f"10:00 key\n-----BEGIN RSA {KEY}-----\nMIIEowIBAAKCAQEA\n-----END RSA {KEY}-----\n",
    "ids": (
        "2026-11-20T10:00:00Z INFO request_id=r0000007ab trace_id=null\n"
        f"2026-11-20T10:00:01Z INFO traceparent=00-{'a1' * 16}-{'b2' * 8}-01 session-id: s-1234\n"
        f"2026-11-20T10:00:02Z INFO [{'c3' * 8},{'d4' * 16}] X-Request-ID: r0000007ab r\n"
        '2026-11-20T10:00:03Z INFO {"requestId":"9f1c2d3e-0000-4a5b-8c7d-0123456789ab"}\n'
        + "2026-11-20T10:00:04Z INFO"
        + "".join(f" request_id=many{number}" for number in (*range(10), 1))
        + "\n2026-11-20T10:00:05Z INFO größer Trace_ID=abcd, trace-id=abcd.\n"
    ),
    "named": "- name: DB_PASSWORD\n  value: hunter2-s3cr3t\n",
    "ends": "2026-11-20T10:00:00Z a\r\n\x1b[31m2026-11-20T10:00:01Z b\x1b[0m\r\n\r\nlast",
}


def read(log: Path, folder: Path) -> Extraction:
    shelf = ScratchShelf(folder)
    folder.mkdir()
    return extract(PlainFile(log), name="app.log", service=None, redactor=REDACTOR, shelf=shelf)


@pytest.mark.parametrize("text", LOGS.values(), ids=LOGS)
def test_the_same_is_found_by_either_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    log = tmp_path / "app.log"
    log.write_text(text, newline="")
    small = read(log, tmp_path / "small")
    for threshold in THRESHOLDS:
        monkeypatch.setattr(threshold, 0)
    assert read(log, tmp_path / "large") == small
    key = REDACTOR.derive("identifiers")
    tables = [
        read_table(tmp_path / folder / "events.parquet", key=key) for folder in ("small", "large")
    ]
    rows = [table.scan().collect() for table in tables if table]
    assert all(table_rows.equals(rows[0]) for table_rows in rows)


def test_a_log_of_one_block_starts_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = 0

    class Counted(ThreadPoolExecutor):
        def __init__(self, workers: int) -> None:
            nonlocal started
            started += 1
            super().__init__(workers)

    monkeypatch.setattr("core.evidence.logs.templates.ThreadPoolExecutor", Counted)
    log = tmp_path / "app.log"
    log.write_text(LOGS["fails"])
    read(log, tmp_path / "derived")
    assert started == 0


def test_the_table_of_a_small_log_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("core.evidence.events.table.TableWriter._write_part")
    log = tmp_path / "app.log"
    log.write_text(LOGS["fails"])
    assert read(log, tmp_path / "derived").events == 3
    assert [path.name for path in (tmp_path / "derived").iterdir()] == ["events.parquet"]
