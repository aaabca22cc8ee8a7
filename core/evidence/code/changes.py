"""Findings of what a diff, or two versions of a file, changed in code: one a file of a commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.code.patches import dated_commits, patched_files
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.code.patches import Commit, PatchedFile
    from core.redaction.engine import Redactor

say = sentences("evidence.code")

SIGNAL = "changed_function"
COMMITTED = "commit_made"
_SHOWN = 6  # functions that are named
_MAX_SUBJECT = 120
_MAX_SIDE = 100  # characters of a line that was changed
_CODE_FILE, _COMMIT, _FUNCTIONS, _LINES = "code_file", "commit", "functions", "lines"


@dataclass(frozen=True, kw_only=True)
class CodeChange:
    """What changed in one file of code. ranges: of lines of its newer version."""

    path: str
    commit: str
    functions: frozenset[str]
    ranges: tuple[tuple[int, int], ...]

    def touches(self, function: str, line: int, *, is_newest: bool) -> bool:
        """Whether it changed a function of this simple name, or this line.

        is_newest: whether no later change of the file is known, which would have moved its lines.
        """
        if function and function in self.functions:
            return True
        return is_newest and any(first <= line <= last for first, last in self.ranges)


def patch_findings(
    lines: Sequence[str], *, file: str, starts: Sequence[int], redactor: Redactor
) -> Iterator[Finding]:
    """What each commit in a diff changes in each file. starts: the byte at which a line begins."""
    for patched in patched_files(lines):
        line = min(patched.line, len(starts) - 1)
        yield _patch_finding(patched, Locus.of_line(file, line, starts=starts), redactor)


def commit_findings(
    lines: Sequence[str], *, file: str, starts: Sequence[int], redactor: Redactor
) -> Iterator[Finding]:
    """Each commit of a repository's log with its date, whatever it changes. starts: see above."""
    code = {patched.commit.sha for patched in patched_files(lines)}  # which tell more of it
    logged = (each for each in dated_commits(lines) if each.commit.sha not in code)
    for each in logged:
        text = change_name(each.commit, redactor)
        if each.path:
            text = say("touched", change=text, what=redactor.clean(each.path).line())
        if each.change:
            before, after = (redactor.clean(line).line().cut(_MAX_SIDE) for line in each.change)
            text = say("from_to", change=text, before=before, after=after)
        first, last = each.lines
        yield Finding(
            kind=FindingKind.CHANGE,
            level=Level.INFO,
            text=text,
            locus=Locus(
                file=file,
                line_start=first,
                line_end=last,
                byte_start=starts[first - 1],
                byte_end=starts[min(last, len(starts) - 1)],
            ),
            first=each.commit.at,
            last=each.commit.at,
            signals=(COMMITTED,),
        )


def _patch_finding(patched: PatchedFile, locus: Locus, redactor: Redactor) -> Finding:
    functions = [redactor.clean(name).line() for name in patched.functions]
    path = redactor.clean(patched.path).line()
    names = RedactedText.join(", ", [name.code() for name in functions[:_SHOWN]])
    what = say("in_file", functions=names, file=path) if names else path
    return Finding(
        kind=FindingKind.CHANGE,
        level=Level.INFO,
        text=say("touched", change=change_name(patched.commit, redactor), what=what),
        locus=locus,
        first=patched.commit.at,
        last=patched.commit.at,
        data={
            _CODE_FILE: path.text,
            _COMMIT: change_name(patched.commit, redactor).text,
            _FUNCTIONS: " ".join(name.text for name in functions),
            _LINES: " ".join(f"{first}-{last}" for first, last in patched.ranges),
        },
    )


def change_name(commit: Commit, redactor: Redactor) -> RedactedText:
    """`The change 2f9c41d (Count free items)`."""
    if not commit.sha:
        return say("unnamed_change")
    sha = redactor.clean(commit.sha[:8]).line()
    if not commit.subject:
        return say("named_change", sha=sha)
    subject = redactor.clean(commit.subject).line().cut(_MAX_SUBJECT)
    return say("titled_change", sha=sha, subject=subject)


def version_finding(
    functions: Sequence[RedactedText], *, older: RedactedText, newer: RedactedText
) -> Finding:
    """Functions of a file that differ from those of its older version; nobody knows since when."""
    names = RedactedText.join(", ", [name.code() for name in functions[:_SHOWN]])
    change = say("version_change", older=older)
    return Finding(
        kind=FindingKind.CHANGE,
        level=Level.INFO,
        text=say("touched", change=change, what=say("in_file", functions=names, file=newer)),
        locus=Locus(file=newer.text, line_start=1, line_end=1),
        data={
            _CODE_FILE: newer.text,
            _COMMIT: change.text,
            _FUNCTIONS: " ".join(name.text.rpartition(".")[2] for name in functions),
            _LINES: "",
        },
    )


def is_of_code(finding: Finding) -> bool:
    """Whether a finding is a change of code, read from a diff or from two versions."""
    return finding.kind is FindingKind.CHANGE and _CODE_FILE in finding.data


def read_change(finding: Finding) -> CodeChange:
    """Parse what `patch_findings` and `version_finding` stored."""
    data = finding.data
    ranges = (each.partition("-") for each in str(data.get(_LINES, "")).split())
    return CodeChange(
        path=str(data.get(_CODE_FILE, "")),
        commit=str(data.get(_COMMIT, "")),
        functions=frozenset(str(data.get(_FUNCTIONS, "")).split()),
        ranges=tuple((int(first), int(last)) for first, _, last in ranges),
    )
