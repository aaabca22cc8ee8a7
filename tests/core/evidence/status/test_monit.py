"""`monit status` and `monit summary`: what failed, and what nobody watches."""

from __future__ import annotations

import pytest

from core.evidence.model import Level
from core.evidence.status.marks import StatusReport, status_report
from core.evidence.status.monit import read_monit

STATUS = """\
Monit 5.33.0 uptime: 12d 3h 4m

Process 'nginx'
  status                       OK
  monitoring status            Monitored
  port response time           1.212 ms to localhost:80 type TCP/IP protocol HTTP

Process 'postgres'
  status                       Execution failed | Does not exist
  monitoring status            Monitored

Filesystem 'rootfs'
  status                       Resource limit matched
  space usage                  46.8 GB (96.2%)

Process 'worker'
  status                       Not monitored
  monitoring status            Not monitored
"""
TABLE = """\
Monit 5.33.0 uptime: 12d 3h 4m
┌──────────────┬─────────────────┬─────────────┐
│ Service Name │ Status          │ Type        │
├──────────────┼─────────────────┼─────────────┤
│ nginx        │ OK              │ Process     │
├──────────────┼─────────────────┼─────────────┤
│ postgres     │ Does not exist  │ Process     │
├──────────────┼─────────────────┼─────────────┤
│ worker       │ Not monitored   │ Process     │
└──────────────┴─────────────────┴─────────────┘
"""
BATCH = """\
Monit 5.33.0 uptime: 12d 3h 4m
 Service Name            Status                Type
 nginx                   OK                    Process
 postgres                Does not exist        Process
 worker                  Not monitored         Process
"""
OLD = """\
The Monit daemon 5.14 uptime: 1d 2h 3m

Process 'nginx'                     Running
Process 'postgres'                  Does not exist
Process 'worker'                    Not monitored
"""


def test_a_failed_service_says_how_and_a_filesystem_how_full() -> None:
    assert status_report(STATUS) is StatusReport.MONIT
    rows = [
        (each.words, each.line, each.level, each.service) for each in read_monit(STATUS.split("\n"))
    ]
    full = "Filesystem rootfs: Resource limit matched; space usage 46.8 GB (96.2%)"
    gone = "Process postgres: Execution failed | Does not exist"
    assert rows == [
        (gone, 9, Level.ERROR, "postgres"),
        (full, 13, Level.ERROR, None),
        ("Process worker is not monitored", 17, Level.WARNING, "worker"),
        ("monit watches 4: 2 failed, 1 not monitored", 1, Level.INFO, None),
    ]


@pytest.mark.parametrize("text", [TABLE, BATCH, OLD], ids=["table", "batch", "old"])
def test_every_layout_of_the_summary_tells_the_same(text: str) -> None:
    assert status_report(text) is StatusReport.MONIT
    assert [each.words for each in read_monit(text.split("\n"))] == [
        "Process postgres: Does not exist",
        "Process worker is not monitored",
        "monit watches 3: 1 failed, 1 not monitored",
    ]


def test_where_all_is_well_only_the_note_is_left() -> None:
    well = TABLE.replace("Does not exist", "OK            ").replace(
        "Not monitored", "Running      "
    )
    assert [each.is_summary for each in read_monit(well.split("\n"))] == [True]


def test_the_log_of_monit_is_no_report() -> None:
    assert status_report("[UTC Nov 22 21:47:50] info : Monit 5.33.0 started\n") is None
