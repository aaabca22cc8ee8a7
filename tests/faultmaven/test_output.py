"""What is printed can be copied, and what scripts read is one document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from faultmaven.output import print_json, print_line, print_table

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


def test_a_document_is_the_only_thing_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_json([{"größe": 1}])
    assert json.loads(capsys.readouterr().out) == [{"größe": 1}]
