"""`faultmaven knowledge`: one page about the runbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell

LAG = "# Replica lag\n\n## Mitigation\n\n1. Look at it.\n"


def test_health_is_one_page_and_one_document(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "lag.md").write_text(LAG, encoding="utf-8")
    assert shell.run("learn", "lag.md").code == 0
    lines = shell.run("knowledge", "health").out.splitlines()
    assert lines[0] == "1 runbooks, 0 cases"
    assert "Alerts without a runbook: none" in lines
    assert "  lag.md: never suggested" in lines
    document = shell.run("knowledge", "health", "--json").document
    assert (document["runbooks"], document["unused"][0]["source"]) == (1, "lag.md")
