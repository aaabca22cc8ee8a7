"""`systemd-analyze`: slow units, the chain that the start waited for, and the time of all."""

from __future__ import annotations

import pytest

from core.evidence.model import Level
from core.evidence.status.marks import StatusReport, status_report
from core.evidence.status.readers import read_status_report

BLAME = """\
     2min 3.412s postgresql.service
         32.875s pmlogger.service
         10.000s nginx.service
          9.213s dev-vda1.device
           861ms apparmor.service
            31ms systemd-tmpfiles-setup.service
"""
CHAIN = """\
The time when unit became active or started is printed after the "@" character.
The time the unit took to start is printed after the "+" character.

multi-user.target @47.820s
└─pmcd.service @33.715s +2.247s
  └─network-online.target @33.712s
    └─systemd-networkd-wait-online.service @12.804s +20.905s
      └─system.slice
"""
FINISHED = (
    "Startup finished in 2.584s (firmware) + 3.104s (loader) + 4.112s (kernel) "
    "+ 47.847s (userspace) = 57.647s \nmulti-user.target reached after 47.820s in userspace.\n"
)


def words(text: str) -> list[tuple[str, int, Level]]:
    report = status_report(text)
    assert report is StatusReport.START_UP
    observed = read_status_report(report, text.split("\n"))
    return [(each.words, each.line, each.level) for each in observed]


def test_units_that_took_ten_seconds_are_named_the_slowest_first() -> None:
    *slow, summary = words(BLAME)
    assert slow == [
        ("postgresql.service took 2min 3.412s to start", 1, Level.WARNING),
        ("pmlogger.service took 32.875s to start", 2, Level.WARNING),
        ("nginx.service took 10.000s to start", 3, Level.WARNING),
    ]
    assert summary[0].startswith("slowest to start: postgresql.service 2min 3.412s, pmlogger")
    assert "tmpfiles" not in summary[0]


def test_of_a_chain_it_is_said_what_waited() -> None:
    link = "systemd-networkd-wait-online.service took 20.905s to start"
    assert words(CHAIN)[0] == (f"{link}, and multi-user.target waited for it", 7, Level.WARNING)


def test_a_unit_that_is_blamed_and_in_the_chain_is_named_once() -> None:
    blamed = "    20.905s systemd-networkd-wait-online.service\n"
    rows = [row for row, _, level in words(FINISHED + blamed + CHAIN) if level is Level.WARNING]
    assert len(rows) == 1


def test_the_whole_start_is_a_note() -> None:
    assert words(FINISHED) == [
        (
            "start-up took 57.647s: 2.584s (firmware) + 3.104s (loader) + 4.112s (kernel)"
            " + 47.847s (userspace)",
            1,
            Level.INFO,
        )
    ]


def test_a_start_that_has_not_finished_is_trouble() -> None:
    text = "Bootup is not yet finished (FinishTimestampMonotonic=0).\nPlease try again later.\n"
    unfinished = "start-up has not finished: units are still starting"
    assert words(text) == [(unfinished, 1, Level.WARNING)]


@pytest.mark.parametrize(
    "text",
    [
        "Nov 22 21:47:50 web-1 systemd[1]: Startup finished in 2.5s (kernel) = 2.5s\n",
        "took 31ms in nginx.service\n" * 5,
        "",
    ],
    ids=["journal", "prose", "empty"],
)
def test_other_texts_are_no_such_report(text: str) -> None:
    assert status_report(text) is None
