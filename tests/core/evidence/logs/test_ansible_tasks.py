"""What Ansible changed is one change a task, from its heading to its result."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from core.evidence.logs.ansible_tasks import changing_task, is_ansible_frame
from core.evidence.logs.changes import ChangeFinder, LoggedChange
from core.evidence.logs.templates import mine_templates
from core.evidence.model import PlainFile

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.lines import Block

HEAD = "2026-03-04 10:15:{second:02},371 p=4410 u=infra n=ansible {level}| "
RUN = [
    "PLAY [balancers] ****************************************************",
    "TASK [Gathering Facts] **********************************************",
    "ok: [edge-1]",
    "TASK [render edge.cfg] **********************************************",
    "--- before: /etc/edge.cfg\n+++ after: /etc/edge.cfg.j2\n@@ -1,3 +1,3 @@\n     retries 2\n"
    "-    timeout server 9s\n+    timeout server 2s",
    "changed: [edge-1]",
    "RUNNING HANDLER [reload edge] ***************************************",
    "changed: [edge-1]",
    "PLAY RECAP **********************************************************",
    "edge-1                     : ok=4    changed=2    unreachable=0    failed=0",
]


def changes(path: Path, *, level: str = "", lists_changes: bool = False) -> list[LoggedChange]:
    written = [HEAD.format(second=n, level=level) + line for n, line in enumerate(RUN)]
    path.write_text("\n".join(written) + "\n")
    finder = ChangeFinder(lists_changes=lists_changes)

    def watch(block: Block, columns: pl.DataFrame) -> None:
        finder.watch(block, columns)

    mine_templates(PlainFile(path), reference=datetime(2026, 3, 4, tzinfo=UTC), watch=watch)
    return finder.found()


@pytest.mark.parametrize("level", ["", "INFO"])
@pytest.mark.parametrize("lists_changes", [False, True])
def test_a_task_is_one_change_of_its_host(
    tmp_path: Path, level: str, *, lists_changes: bool
) -> None:
    render, reload = changes(tmp_path / "a.log", level=level, lists_changes=lists_changes)
    assert render.text.endswith("TASK [render edge.cfg] (balancers) timeout server 9s -> 2s")
    assert (render.service, render.line, render.last_line) == ("edge-1", 1, 11)
    assert render.at == datetime(2026, 3, 4, 10, 15, 3, 371000)  # noqa: DTZ001 - naive UTC
    assert reload.text.endswith("RUNNING HANDLER [reload edge] (balancers)")
    assert reload.line == 12
    raw = (tmp_path / "a.log").read_bytes()[render.byte_start : render.byte_end]
    assert raw.startswith(b"2026-03-04 10:15:00")
    assert raw.endswith(b"changed: [edge-1]\n")


@pytest.mark.parametrize("line", [line for line in RUN if not line.startswith(("changed", "---"))])
def test_what_changed_nothing_is_a_frame(line: str) -> None:
    assert is_ansible_frame(HEAD.format(second=1, level="") + line)


def test_a_result_without_its_heading_is_no_task() -> None:
    assert changing_task(pl.Series(["changed: [edge-1]"]), 0) is None
    assert changing_task(pl.Series(["TASK [a] ***", "the price changed: [3]"]), 1) is None
