"""What `compare-models` refuses, and how it is put right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell

NOWHERE = "openai/m@http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "there is no model to compare"),
        (("--model", "gpt"), "--model entry 1: write PROVIDER/MODEL"),
        (("--model", NOWHERE, "--profile", "huge"), "One of: large, small."),
        (("--model", NOWHERE, "--prompts", "."), "It may hold rules.md.j2, decide.md.j2"),
    ],
)
def test_it_says_what_is_missing(shell: Shell, options: tuple[str, ...], message: str) -> None:
    ran = shell.run("compare-models", "1", *options)
    assert ran.code == 2
    assert message in ran.err


def test_there_must_be_such_a_case(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "decide.md.j2").write_text("Weigh it.", encoding="utf-8")
    ran = shell.run("compare-models", "7", "--model", NOWHERE, "--prompts", tmp_path)
    assert ran.code == 1
    assert "7" in ran.err
