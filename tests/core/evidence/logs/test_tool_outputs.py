"""What tools print of a change is read as one, at its time, whatever the tool.

The files are written after the formats that the tools document. A line that tells of a change ends
with a mark, which is taken away before the file is read; of a document without marks any event may.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.evidence.model import FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.evidence.signatures import is_change, signals
from core.redaction.engine import Redactor

OUTPUTS = sorted(Path(__file__).with_name("tool_outputs").iterdir())
QUIET = sorted(Path(__file__).with_name("quiet_outputs").iterdir())
MARK = "§"
CHANGED = datetime(2026, 11, 20, 10, 14, tzinfo=UTC)  # to the minute, in all files that tell a time
UNTIMED = {  # they print no date, or no time at all
    *("alembic.log", "django_migrate.txt", "etcd_shell.txt", "gitlab_ci.log", "jenkins.txt"),
    *("k8s_events.txt", "kafka_topic.txt", "knex.txt", "kubectl_edit.txt", "liquibase.txt"),
    *("octopus.txt", "pulumi.txt", "rails_migrate.log", "rollout_history.txt", "slack_export.txt"),
    *("capistrano.log", "git_reflog.txt", "haproxy_socket.txt", "terminal_events.txt"),
}


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda path: path.name)
def test_a_change_is_read_of_what_a_tool_prints(output: Path, tmp_path: Path) -> None:
    marked = output.read_text(encoding="utf-8")
    path = tmp_path / output.name
    path.write_text(marked.replace(MARK, ""), encoding="utf-8")
    extraction = extract(PlainFile(path), name=path.name, service=None, redactor=Redactor(b"k"))
    changes = [
        finding
        for finding in extraction.findings
        if finding.kind is FindingKind.CHANGE and finding.signals
    ]
    lines = {
        number for number, line in enumerate(marked.splitlines(), start=1) if line.endswith(MARK)
    }
    of_lines = [
        change
        for change in changes
        if not lines
        or not lines.isdisjoint(range(change.locus.line_start, change.locus.line_end + 1))
    ]
    assert of_lines
    if output.name not in UNTIMED:
        moments = [change.first for change in of_lines if change.first]
        assert any(CHANGED <= at < CHANGED + timedelta(minutes=3) for at in moments)


@pytest.mark.parametrize("output", QUIET, ids=lambda path: path.name)
def test_where_nothing_was_changed_none_is_read(output: Path) -> None:
    """Reads, checks, plans, rehearsals, and what failed."""
    extraction = extract(PlainFile(output), name=output.name, service=None, redactor=Redactor(b"k"))
    changes = [
        finding.text.text
        for finding in extraction.findings
        if any(is_change(name) and signals()[name].weight > 1 for name in finding.signals)
    ]
    assert changes == []
