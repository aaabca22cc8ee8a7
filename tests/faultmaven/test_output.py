"""What is printed can be copied, and what scripts read is one document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.text import Text

from faultmaven.output import Terminal, print_json, print_line, print_table

if TYPE_CHECKING:
    import pytest

LONG = "x" * 300


def test_a_line_is_neither_wrapped_nor_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_line(f"[bold]no markup[/bold] {LONG}")
    assert capsys.readouterr().out == f"[bold]no markup[/bold] {LONG}\n"


def test_where_nobody_looks_on_a_table_is_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["job", "problem"], [["job_1", LONG], ["job_22", "[red]"]])
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split() == ["job", "problem"]
    assert first.split() == ["job_1", LONG]
    assert second.split() == ["job_22", "[red]"]


def test_a_cell_in_the_middle_is_a_name_and_hides_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(["case", "service", "title"], [["#1", "s" * 2**20, LONG]])
    _, row = capsys.readouterr().out.splitlines()
    assert row.split() == ["#1", "s" * 199 + "…", LONG]


def test_a_document_is_the_only_thing_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_json([{"größe": 1}])
    assert json.loads(capsys.readouterr().out) == [{"größe": 1}]


ORDERS = "a\x1b]0;owned\x07b\x1b[2Jc\x9b31md\u202ee\ud800f\rg"
SHOWN = "a�]0;owned�b�[2Jc�31md�e�f�g"


def test_what_would_give_a_terminal_orders_is_shown_as_a_sign(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_line(ORDERS)
    print_table(["job", "problem"], [["job_1", f"{ORDERS}\nnext"]])
    Terminal(width=80).print(Text(ORDERS.replace("\r", "�")))  # rich drops that one itself
    line, _, row, text = capsys.readouterr().out.splitlines()
    assert line == SHOWN
    assert row.split(maxsplit=1) == ["job_1", f"{SHOWN} next"]
    assert text.replace("\x07", "") == SHOWN.replace("owned�", "owned")
