from __future__ import annotations

import re

from core.evidence.logs.header_pieces import SYSLOG, HeaderPiece, time_piece


def test_a_piece_takes_one_of_its_groups() -> None:
    piece = HeaderPiece("token", "(?P<host>[a-z]+) (?P<program>[a-z]+): ")
    assert piece.groups == ["host", "program"]
    assert re.findall(piece.capturing("program"), "web cron: ") == ["cron"]
    assert re.compile(piece.plain).groups == 0


def test_structured_data_may_hold_brackets() -> None:
    match = re.match(SYSLOG.pattern, r'web-1 cron 12 ID4 [a@1 b="x \] y"][c@1] said')
    assert match is not None
    assert match.end() == len(match.string) - len("said")
    assert (match["host"], match["program"]) == ("web-1", "cron")


def test_a_time_in_brackets_with_its_zone() -> None:
    piece = time_piece("time", "[0-9:]{8}", "Z|[+]00:00")
    assert [re.sub(piece.plain, "", line) for line in ("[02:41:07Z] up", "02:41:07 up")] == [
        "up",
        "up",
    ]
