"""A line of a log cannot give orders to the terminal of whoever reads what commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell

pytestmark = pytest.mark.integration

ORDERS = "\x1b]0;owned\x07 \x1b[2J \x9b31m \u202e"
POOL = "TimeoutError: QueuePool limit of size 10 overflow 0 reached, connection timed out"
COMMANDS = ("events", "extract", "investigate", "timeline")


@pytest.mark.parametrize("command", COMMANDS)
def test_lines_of_a_log_give_no_orders(shell: Shell, tmp_path: Path, command: str) -> None:
    lines = [
        f"2026-11-20T08:{n // 60:02}:{n % 60:02}Z ERROR {POOL} {ORDERS} {n}" for n in range(90)
    ]
    path = tmp_path / "web.log"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = shell.run(command, str(path))
    assert ran.code == 0
    assert "QueuePool" in ran.out
    assert all(character.isprintable() for character in ran.out.replace("\n", ""))


def test_an_error_that_quotes_gives_no_orders(shell: Shell) -> None:
    ran = shell.run("extract", f"/nowhere/{ORDERS}")
    assert ran.code != 0
    assert all(character.isprintable() for character in ran.err.replace("\n", ""))
