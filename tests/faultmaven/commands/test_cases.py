"""All cases, on a line each, or as scripts read them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.core.alerts.desk import a_body, an_alert
from tests.faultmaven.commands.failures import a_delivery

if TYPE_CHECKING:
    import pytest

    from tests.faultmaven.commands.conftest import Shell

TITLE = "a title that is much longer than any terminal is wide, and is cut there only, not here"


def test_none_says_how_to_get_one(shell: Shell) -> None:
    ran = shell.run("cases")
    assert (ran.code, ran.err) == (0, "")
    assert "faultmaven alert test" in ran.out
    assert shell.run("cases", "--json").document == []


def test_rows_that_scripts_rely_on(shell: Shell) -> None:
    alert = an_alert(severity="critical", service="checkout", annotations={"summary": TITLE})
    shell.prepare(partial(a_delivery, body=a_body(alert)))
    shell.prepare(partial(a_delivery, body=a_body(an_alert("Lag", service="ledger"), group="g2")))
    newest, oldest = shell.run("cases", "--json").document
    assert (newest["number"], oldest["number"]) == (2, 1)
    assert oldest.pop("id").startswith("case_")
    assert oldest == {
        "number": 1,
        "title": f"checkout: {TITLE}",
        "state": "diagnosing",
        "severity": "critical",
        "service": "checkout",
        "opened_at": "2026-11-20T08:00:00Z",
        "alerts": 1,
        "bindings": ["terminal:incidents"],
    }
    lines = shell.run("cases").out.splitlines()
    assert [line.split()[0] for line in lines] == ["case", "#2", "#1"]
    assert lines[2].endswith(TITLE), "where nobody looks on, nothing is cut"
    some = shell.run("cases", "--limit", "1").out.splitlines()
    assert [line.split()[0] for line in some] == ["case", "#2", "The"]
    assert "`faultmaven cases --limit 10` shows more" in some[2]


def test_settings_that_are_wrong_are_wrong_usage(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULTMAVEN_PORT", "http")
    ran = shell.run("cases", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "FAULTMAVEN_PORT" in ran.err
    assert "See .env.example" in ran.err


def test_a_database_that_is_away_could_not(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTMAVEN_DATABASE_URL", "sqlite:////proc/nowhere/faultmaven.db")
    ran = shell.run("cases", "--json")
    assert (ran.code, ran.out) == (1, "")
    what, step = ran.err.splitlines()
    assert what.startswith("faultmaven: the database ")
    assert step


def test_what_an_alert_says_gives_the_terminal_no_orders(shell: Shell) -> None:
    title = "\x1b]0;owned\x07 \x1b[2J \x9b31m \u202e evil"
    alert = an_alert(service="checkout", annotations={"summary": title})
    shell.prepare(partial(a_delivery, body=a_body(alert)))
    ran = shell.run("cases")
    assert "evil" in ran.out
    assert all(character.isprintable() for character in ran.out.replace("\n", ""))
    assert "\x1b]0;owned" in shell.run("cases", "--json").document[0]["title"]


def test_a_name_of_a_megabyte_leaves_room_for_the_others(shell: Shell) -> None:
    alert = an_alert(service="s" * 2**20, annotations={"summary": "it is slow"})
    shell.prepare(partial(a_delivery, body=a_body(alert)))
    row = shell.run("cases").out.splitlines()[1]
    assert len(row) < 500
    (case,) = shell.run("cases", "--json").document
    assert case["service"] == "s" * 119 + "…"
    assert len(case["title"]) <= 120
