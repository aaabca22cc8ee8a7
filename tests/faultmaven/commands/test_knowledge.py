"""`faultmaven knowledge`: one page about the runbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import Change
from core.text.redacted import redacted
from tests.contracts.test_case_rows import a_case
from tests.faultmaven.commands.test_memories import RESOLVED

if TYPE_CHECKING:
    from pathlib import Path

    from faultmaven.wiring import Installation
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


async def a_resolved_case(house: Installation) -> None:
    async with house.services.unit() as unit:
        await a_case(unit, fired(), RESOLVED)


def test_a_draft_goes_into_a_new_file_that_a_person_brings(shell: Shell, tmp_path: Path) -> None:
    shell.prepare(a_resolved_case)
    assert shell.run("knowledge", "draft", "PoolFull").out.startswith("# PoolFull\n")
    ran = shell.run("knowledge", "draft", "PoolFull", "--out", "draft.md")
    assert (ran.code, ran.out.splitlines()[-1].endswith("faultmaven learn draft.md")) == (0, True)
    assert "`a larger pool`" in (tmp_path / "draft.md").read_text(encoding="utf-8")
    assert shell.run("knowledge", "draft", "PoolFull", "--out", "draft.md").code == 2
    assert shell.run("knowledge", "draft", "Unheard").code == 1
    assert shell.run("learn", "draft.md", "--json").document["added"] == ["draft.md"]


def test_the_graph_around_a_service_is_lines_a_document_and_a_picture(
    shell: Shell, tmp_path: Path
) -> None:
    shell.prepare(a_resolved_case)
    ran = shell.run("knowledge", "graph", "checkout", "--picture", "graph.svg")
    assert "#1 is about the service checkout" in ran.out
    assert ran.out.splitlines()[-1].endswith("relations")
    assert "<svg" in (tmp_path / "graph.svg").read_text(encoding="utf-8")
    document = shell.run("knowledge", "graph", "--json").document
    assert {"service", "case", "fix"} <= {node["kind"] for node in document["nodes"]}
    assert shell.run("knowledge", "graph", "--picture", "graph.gif").code == 2
    assert shell.run("knowledge", "graph", "nowhere").code == 1


def fired() -> Change:
    name = redacted("PoolFull")
    data = {"severity": "warning", "service": "db", "name": name.digest}
    return Change(kind=EventKind.ALERT_FIRED, data=data, texts=[name])
