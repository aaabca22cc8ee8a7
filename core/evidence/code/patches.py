"""Reads unified diffs of code: which functions each commit touches in which file.

Git names the function around a hunk in its header, for some languages only the class; so each line
that begins a function counts, too, and the lines themselves are kept for files that are at hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from core.evidence.code.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_FILES = 200  # of one diff, each with its commit
MAX_FUNCTIONS = 40  # of one file
_MAX_RANGES = 60
_HEADER, _MAX_SHOWN = 40, 400  # lines of a commit: its header, and what is looked at
_MAX_LINE = 1_000  # characters
_COMMIT = re.compile(r"^(?:commit |From )(?P<sha>[0-9a-f]{6,64})(?: |$)")
_DATE = re.compile(r"^(?P<by>Author|Commit)?Date:\s+(?P<date>.{10,60}?)\s*$")
_SUBJECT = re.compile(
    r"^Subject: (?:\[PATCH[^\]]{0,20}\] )?(?P<mail>.{1,300})$|^    (?P<log>\S.*)$"
)
_OLD_FILE = re.compile(r"^--- (?:a/)?(?P<name>[^\t\n]+)")
_NEW_FILE = re.compile(r"^\+\+\+ (?:b/)?(?P<name>[^\t\n]+)")
_NO_FILE = "/dev/null"
_HUNK = re.compile(
    r"^@@ -\d{1,7}(?:,(?P<old>\d{1,7}))? \+(?P<start>\d{1,7})(?:,(?P<new>\d{1,7}))? @@"
    r" ?(?P<head>.*)$"
)
_DEFINES = re.compile(
    r"^\s*(?:[\w@]+\s+){0,5}?(?:def|func|fn|fun|function\*?)\s+"
    r"(?:\([^()]{0,100}\)\s*)?(?:self\.)?(?P<named>[\w$]+[?!]?)"
    r"|^\s*(?:(?:export|const|let|var|default|this\.|async)\s*){1,4}(?P<bound>[\w$]+)\s*=\s*"
    r"(?:async\s*)?(?:function\b|\([^()]{0,300}\)\s*(?::[^=]{1,80})?=>|\w+\s*=>)"
    r"|^\s*(?:[\w:<>,&*\[\]?.]+\s+){1,6}[*&]{0,2}(?:[\w:]+::)?(?P<typed>~?[\w$]+)\s*"
    r"\([^;={}]{0,400}\)?\s*+(?:(?:const|override|noexcept|throws [\w., ]{1,80})\s*+)*\{?\s*$"
)
_STATEMENTS = frozenset(
    {"if", "for", "while", "switch", "catch", "return", "new", "else", "throw", "await", "yield"}
    | {"case", "do", "with", "elif"}
)


@dataclass(frozen=True, kw_only=True)
class Commit:
    """What the header above a diff says. sha: empty where the diff has none."""

    sha: str = ""
    subject: str = ""
    at: datetime | None = None


@dataclass(kw_only=True)
class PatchedFile:
    """What one commit changes in one file of code.

    line: of the diff, 1-based, where the file begins. functions: those that it touches, as far as
    the diff names them. ranges: lines of the newer version that it changes.
    """

    path: str
    commit: Commit
    line: int
    functions: dict[str, None] = field(default_factory=dict)
    ranges: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class LoggedCommit:
    """A commit and where a log of a repository shows it. path: the first file it changes.

    lines: the first and the last, 1-based, at most _MAX_SHOWN. change: the first line of that file
    that is another one now, before and after; empty where lines are only added or removed.
    """

    commit: Commit
    lines: tuple[int, int]
    path: str = ""
    change: tuple[str, str] | None = None


def patched_files(lines: Sequence[str]) -> Iterator[PatchedFile]:
    """The files of code that the diffs in these lines change, in order."""
    return islice(filter(_is_code, _files(lines)), MAX_FILES)


def dated_commits(lines: Sequence[str]) -> Iterator[LoggedCommit]:
    """The commits in a log of a repository that tell when they were made, at most MAX_FILES."""
    matches = ((at, _COMMIT.match(line[:_MAX_LINE])) for at, line in enumerate(lines))
    headers = [(at, header["sha"]) for at, header in matches if header]
    for (begins, sha), (end, _) in islice(pairwise([*headers, (len(lines), "")]), MAX_FILES):
        commit = _commit(sha, lines[begins + 1 : begins + _HEADER])
        if commit.at is not None:
            last = min(end, begins + _MAX_SHOWN)
            paths = (_changed_path(lines, at) for at in range(begins, last))
            path = next(filter(None, paths), "")
            change = _first_change(lines[begins:last])
            yield LoggedCommit(commit=commit, lines=(begins + 1, last), path=path, change=change)


def _first_change(lines: Sequence[str]) -> tuple[str, str] | None:
    """A line that was removed and the one in its place."""
    for above, line, below in zip(lines, lines[1:], lines[2:], strict=False):
        is_hunk = not above.startswith(("---", "diff ", "index ", "+"))
        if is_hunk and line.startswith("-") and below.startswith("+") and line[1:2] != "-":
            return line[1:].strip(), below[1:].strip()
    return None


def _is_code(patched: PatchedFile) -> bool:
    return language_of(patched.path) is not None and bool(patched.ranges)


def _files(lines: Sequence[str]) -> Iterator[PatchedFile]:
    commit, patched, at = Commit(), None, 0
    while at < len(lines):
        line = lines[at][:_MAX_LINE]
        if header := _COMMIT.match(line):
            commit = _commit(header["sha"], lines[at + 1 : at + _HEADER])
        elif path := _changed_path(lines, at):
            if patched is not None:
                yield patched
            patched = PatchedFile(path=path, commit=commit, line=at + 1)
            at += 1
        elif patched is not None and (hunk := _HUNK.match(line)):
            at = _read_hunk(patched, hunk, lines, at + 1)
            continue
        at += 1
    if patched is not None:
        yield patched


def _changed_path(lines: Sequence[str], at: int) -> str:
    """The name of the file whose diff begins here; empty where none does."""
    old = _OLD_FILE.match(lines[at]) if at + 1 < len(lines) else None
    new = _NEW_FILE.match(lines[at + 1]) if old else None
    if old is None or new is None:
        return ""
    name = new["name"] if new["name"].strip() != _NO_FILE else old["name"]
    return name.strip()


def _commit(sha: str, below: Sequence[str]) -> Commit:
    subject, moments = "", dict[str, datetime]()
    for line in below:
        if line.startswith("diff --git ") or _COMMIT.match(line):
            break
        if date := _DATE.match(line):
            moment = parse_date(date["date"])
            moments |= {date["by"] or "": moment} if moment else {}
        elif not subject and (match := _SUBJECT.match(line[:_MAX_LINE])):
            subject = match["mail"] or match["log"]
    ordered = (moments.get(by) for by in ("Commit", "", "Author"))
    return Commit(sha=sha[:12], subject=subject.strip(), at=next(filter(None, ordered), None))


def parse_date(text: str) -> datetime | None:
    """A date as git writes one, by default, by RFC 2822 or ISO 8601; None for any other."""
    for read in (_default_date, datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
            return moment.astimezone(UTC) if moment.tzinfo else None
        except (ValueError, OverflowError):
            continue
    return None


def _default_date(text: str) -> datetime:
    return datetime.strptime(text, "%a %b %d %H:%M:%S %Y %z")


def _read_hunk(patched: PatchedFile, hunk: re.Match[str], lines: Sequence[str], start: int) -> int:
    """Note what a hunk touches; the index of the line below it."""
    old, new = int(hunk["old"] or 1), int(hunk["new"] or 1)
    number, at, around = int(hunk["start"]), start, _defined(hunk["head"])
    while at < len(lines) and (old > 0 or new > 0):
        mark, text = lines[at][:1], lines[at][1:_MAX_LINE]
        around = _defined(text) or around
        if mark in "+-" and mark:
            _touch(patched, around, number)
        old -= mark not in ("+", "\\")
        new -= mark not in ("-", "\\")
        number += mark not in ("-", "\\")
        at += 1
    return at


def _touch(patched: PatchedFile, function: str, line: int) -> None:
    if function and len(patched.functions) < MAX_FUNCTIONS:
        patched.functions[function] = None
    if patched.ranges and line <= patched.ranges[-1][1] + 1:
        patched.ranges[-1] = patched.ranges[-1][0], line
    elif len(patched.ranges) < _MAX_RANGES:
        patched.ranges.append((line, line))


def _defined(line: str) -> str:
    """The function that a line begins; empty where it begins none."""
    match = _DEFINES.match(line)
    name = next(filter(None, match.groups()), "") if match else ""
    first = line.split(maxsplit=1)[:1]
    return "" if name in _STATEMENTS or (first and first[0] in _STATEMENTS) else name
