"""Joins a command with what it says it did: both tell of one change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.evidence.logs.changes import COMMANDS
from core.evidence.model import FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.evidence.model import Finding

_NEAR = 2  # lines


def with_deeds(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of one file; commands reach to the line right below that says they were done.

    The command says more: which version, how many.
    """
    command: Finding | None = None
    for finding in findings:
        if command is not None and _is_deed(finding, command):
            yield _joined(command, finding)
            command = None
            continue
        if command is not None:
            yield command
        command = finding if _is_command(finding) else None
        if command is None:
            yield finding
    if command is not None:
        yield command


def _is_command(finding: Finding) -> bool:
    return finding.kind is FindingKind.CHANGE and not COMMANDS.isdisjoint(finding.signals)


def _is_deed(finding: Finding, command: Finding) -> bool:
    """Whether it tells of a change right below the command, and is none itself."""
    below = finding.locus.line_start - command.locus.line_end
    is_change = finding.kind is FindingKind.CHANGE and not _is_command(finding)
    return is_change and 0 < below <= _NEAR


def _joined(command: Finding, deed: Finding) -> Finding:
    locus = command.locus.through(deed.locus)
    signals = tuple(dict.fromkeys((*command.signals, *deed.signals)))
    first = command.first or deed.first
    return replace(command, locus=locus, signals=signals, first=first, last=command.last or first)
