"""The tables of this version, made or left as they are."""

from __future__ import annotations

import re
import shutil
import stat
from functools import partial
from typing import TYPE_CHECKING

from tests.core.alerts.desk import a_body, an_alert
from tests.faultmaven.commands.failures import a_delivery

if TYPE_CHECKING:
    import pytest

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


def test_a_change_of_the_secret_says_how_much_it_moved(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (
        "the first secret of these tests of 2025",
        "the second secret of these tests of 2026",
    )
    monkeypatch.setenv("FAULTMAVEN_SECRET_KEY", first)
    shell.prepare(partial(a_delivery, body=a_body(an_alert())))
    monkeypatch.setenv("FAULTMAVEN_SECRET_KEY", second)
    monkeypatch.setenv("FAULTMAVEN_OLD_SECRET_KEYS", first)
    ran = shell.run("migrate")
    assert re.search(r"^\d+ rows of an earlier secret moved to the one of now\.$", ran.out, re.M)
    assert shell.run("migrate").out == "The database is up to date.\n"
