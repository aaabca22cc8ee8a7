"""The tables of this version, made or left as they are."""

from __future__ import annotations

import shutil
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faultmaven.commands.conftest import Shell


def test_it_makes_what_is_missing_and_then_changes_nothing(shell: Shell) -> None:
    shutil.rmtree(shell.data)
    for _ in range(2):
        ran = shell.run("migrate")
        assert (ran.code, ran.out, ran.err) == (0, "The database is up to date.\n", "")
    assert stat.S_IMODE(shell.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((shell.data / "faultmaven.db").stat().st_mode) == 0o600
    assert shell.run("cases", "--json").document == []


def test_scripts_read_the_same(shell: Shell) -> None:
    assert shell.run("migrate", "--json").document == {"up_to_date": True, "moved_rows": 0}
