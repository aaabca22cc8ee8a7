"""Reads unified diffs of configuration: each setting that a hunk changes, with both values.

Of a file only a few lines are known, so that a path begins at the outermost line that the hunk
shows: by its indentation, and by the section that its header names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.configuration.differences import is_noise, weigh
from core.evidence.configuration.diffs import NO_FILE, sets_by_lines
from core.evidence.configuration.digests import SettingDifference, SettingPlace, redacted_value
from core.evidence.configuration.marks import HELM_OBJECT, WRITTEN, is_settings_file, live_object
from core.evidence.configuration.tree import MAX_VALUE, Setting, settings_of
from core.evidence.configuration.yaml_documents import read_yaml
from core.evidence.logs.date_stamps import find_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.configuration.plans import StatedChange
    from core.redaction.engine import Redactor

MAX_CHANGES = 200  # of one file
_MAX_LINE = 2_000  # characters of a line that are looked at
_OLD_FILE = re.compile(r"^--- (?:before: )?(?:a/)?([^\t\n]+)")
_NEW_FILE = re.compile(r"^\+\+\+ (?:after: )?(?:b/)?([^\t\n]+)")
_OF_ANSIBLE = "--- before: "
_UNNAMED = "--- before"  # of what it edits in place
_CHANGED_HOST = re.compile(r"changed: \[([\w.-]{1,253})(?: -> [\w.-]{1,253})?\]")
_MOST_SHOWN = 400  # lines of a difference, above its host
# A commit was made at some time, and went into effect at another; a rehearsal never did.
_NOT_THEN = re.compile(
    r"--check\b|--dry-run\b"
    r"|^(?:commit [0-9a-f]{7,64}\b|From [0-9a-f]{7,64} |(?:Author|Commit)?Date:\s)"
)
_COMMITTED = re.compile(r"(?:Author|Commit)?Date:\s")
_WHOLE = "@@ -1 +1 @@"  # what a hunk would begin with that shows an object from its first line on
_PATCH_LINE = ("+", "-", "@", "\\", "diff ", "index ")
_HUNK = re.compile(r"^@@ -(\d{1,7})(?:,\d{1,7})? \+(\d{1,7})(?:,\d{1,7})? @@ ?(.*)$")
_PAIR = re.compile(
    r"^(?P<indent>\s*)(?P<dash>- )?(?:export |set )?[\"']?(?P<key>[A-Za-z_$@][\w./-]{0,100})[\"']?"
    r"(?:\s*[:=]\s*|\s+(?=[^={\s][^{]*;\s*$))(?P<value>.*)$"
)
# Of programs whose settings are words apart: `option httpchk GET /healthz`.
_SPACED_FILE = re.compile(r"(?i)haproxy|keepalived|redis|sshd?_config|chrony|squid|unbound|rsyslog")
_MAY_BE_SPACED = re.compile(r"(?i)\.(?:conf|cf|cfg|cnf|caddy|rb)(?:\W|$)|caddyfile|(?:^|/)[^./]+$")
_SPACED = re.compile(
    r"^(?P<indent>\s*)(?P<dash>(?!))?"
    r"(?P<key>(?:(?:option|no|timeout|http-check|default-server) )?[A-Za-z][\w.-]{1,60})"
    r"\s{1,40}(?P<value>\S.{0,400})$"
)
# Of XML, an element with its text.
_MARKUP_FILE = re.compile(r"(?i)\.(?:xml|config)(?![.\w])")  # and not `next.config.js`
_MARKUP = re.compile(
    r"^(?P<indent>\s*)(?P<dash>(?!))?<(?P<key>[A-Za-z][\w.:-]{0,100})>(?P<value>[^<]{0,400})</.*$"
)
_BLOCK = re.compile(r"^(?P<indent>\s*)(?P<name>[\w./\" -]{1,100}?)\s*=?\s*\{\s*$")
_SECTION = re.compile(r"^\s*\[{1,2}([\w.:\" /-]{1,100})\]{1,2}\s*$")
_COMMENT = re.compile(r"^\s*(?:#|;|//|--\s)")
_TELLING = re.compile(r"\w.*(?:\W\w|\d)")  # more than a word or a bracket
_TRAILING = re.compile(r"(?<!\s)\s+#.*$")
_MARKS = frozenset({"", " ", "+", "-", "\\"})
_NAMING = frozenset({"name", "key", "id", "host", "alert"})


@dataclass(frozen=True, kw_only=True)
class PatchedSetting:
    """A setting that a diff changes.

    line: of the diff, 1-based; older: the changed file's name; at: when the tool that shows the
    diff ran, where a line above says so; committed: when the commit was made that it is of.
    """

    difference: SettingDifference
    older: str
    line: int
    at: datetime | None = None
    committed: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class _Hunk:
    """A hunk of a file of settings, its lines by number; the rest as of a PatchedSetting."""

    older: str
    lines: Sequence[tuple[int, str]]
    at: datetime | None
    committed: datetime | None
    has_settings: bool = True  # or is a file that sets something by each line


@dataclass
class _Side:
    """One side of a hunk: where its next line is in its file, and what encloses it.

    pair: of a name and its value. parents: (indentation, name); section: the header of an INI
    above.
    """

    line: int
    pair: re.Pattern[str] = _PAIR
    may_be_spaced: bool = False
    parents: list[tuple[int, str]] = field(default_factory=list)
    section: str = ""


@dataclass(frozen=True)
class _Line:
    path: str
    value: str
    place: int
    number: int  # of the diff


def patched_settings(lines: Sequence[str], redactor: Redactor) -> Iterator[PatchedSetting]:
    """The settings that the diffs in these lines change, without what means nothing."""
    count = 0
    for hunk in _hunks(lines):
        for change in _changes(hunk, redactor):
            # What a commit begins a file with was set by nobody before.
            is_import = hunk.committed is not None and hunk.older == NO_FILE
            if not is_import and not is_noise(change.difference):
                yield replace(change, at=hunk.at, committed=hunk.committed)
                count += 1
            if count >= MAX_CHANGES:
                return


def _hunks(lines: Sequence[str]) -> Iterator[_Hunk]:
    """Each hunk of a file of settings: the name, when it was shown, its lines by number."""
    older, is_settings, is_of_lines, saved = "", False, False, None
    at, committed, is_elsewhen = None, None, False
    for row, line in enumerate(lines):
        name = ""
        if _begins_file(lines, row):
            older, newer = _name(_OLD_FILE, line), _name(_NEW_FILE, lines[row + 1])
            saved = _saved_at(lines[row + 1])
            is_settings = is_settings_file(newer)
            is_settings |= line.startswith(_OF_ANSIBLE) and is_settings_file(older)
            if line.rstrip() == _UNNAMED:
                older = _changed_host(lines, row)
                is_settings = bool(older)
            is_of_lines = not is_settings and sets_by_lines(newer)
        elif _HUNK.match(line) and (is_settings or is_of_lines):
            name, begins = live_object(older) or older, line
        elif held := HELM_OBJECT.match(line):
            name, begins = f"{held['space']}/{held['kind']}/{held['name']}", _WHOLE
        elif not line.startswith(_PATCH_LINE):
            is_elsewhen |= _NOT_THEN.search(line[:_MAX_LINE]) is not None
            at = find_moment(line) or at
            committed = at if _COMMITTED.match(line) else committed
        if name:
            whole = [(row + 1, begins), *_body(lines, row + 1)]
            made = None if is_elsewhen else at or saved
            yield _Hunk(
                older=name,
                lines=whole,
                at=made,
                committed=committed,
                has_settings=not is_of_lines,
            )


def _saved_at(line: str) -> datetime | None:
    """When the newer file was written, which `diff -u` puts behind its name."""
    stamp = line.partition("\t")[2]
    return find_moment(stamp[:_MAX_LINE]) if stamp else None


def _changed_host(lines: Sequence[str], start: int) -> str:
    """On which host Ansible changed what it shows without a name; it says so below."""
    below = (_CHANGED_HOST.match(line) for line in islice(lines, start, start + _MOST_SHOWN))
    return next((match[1] for match in below if match), "")


def _body(lines: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    for at in range(start, len(lines)):
        if lines[at][:1] not in _MARKS or _begins_file(lines, at):
            return
        yield at + 1, lines[at]


def _begins_file(lines: Sequence[str], at: int) -> bool:
    has_next = at + 1 < len(lines) and bool(_NEW_FILE.match(lines[at + 1]))
    return has_next and bool(_OLD_FILE.match(lines[at]))


def _name(pattern: re.Pattern[str], line: str) -> str:
    match = pattern.match(line)
    return match[1].strip().removesuffix(WRITTEN) if match else ""


def _changes(hunk: _Hunk, redactor: Redactor) -> Iterator[PatchedSetting]:
    if hunk.has_settings:
        pair = _SPACED if _SPACED_FILE.search(hunk.older) else _PAIR
        pair = _MARKUP if _MARKUP_FILE.search(hunk.older) else pair
        removed, added = _read(hunk, pair)
    else:
        removed, added = _lines_of(hunk)
    for path in dict.fromkeys([*removed, *added]):
        gone, come = removed.get(path, []), added.get(path, [])
        for at in range(max(len(gone), len(come))):
            old = gone[at] if at < len(gone) else None
            new = come[at] if at < len(come) else None
            for below, before, after in _parts(path, old, new):
                yield _patched(below, before, after, hunk.older, redactor)


def _parts(
    path: str, old: _Line | None, new: _Line | None
) -> Iterator[tuple[str, _Line | None, _Line | None]]:
    """What differs of a setting; of a mapping on one line the members that do."""
    if not old or not new:
        yield path, old, new
    elif old.value.startswith("{") and new.value.startswith("{"):
        before, after = _members(old), _members(new)
        for name in dict.fromkeys([*before, *after]):
            if before.get(name) != after.get(name):
                one, other = (
                    replace(line, value=members[name]) if name in members else None
                    for line, members in ((old, before), (new, after))
                )
                yield f"{path}.{name}", one, other
    elif old.value != new.value:
        yield path, old, new


def _members(line: _Line) -> dict[str, str]:
    trees = read_yaml(line.value).trees
    return {setting.path: setting.value for tree in trees for setting in settings_of(tree)}


def _lines_of(hunk: _Hunk) -> tuple[dict[str, list[_Line]], dict[str, list[_Line]]]:
    """The removed and the added lines that are no comments, under the name of their file."""
    header = _HUNK.match(hunk.lines[0][1])
    assert header is not None  # noqa: S101 - a hunk begins with it
    name = PurePosixPath(hunk.older).name
    removed = _side(hunk, "-", int(header[1]), name)
    added = _side(hunk, "+", int(header[2]), name)
    return {name: list(removed)}, {name: list(added)}


def _side(hunk: _Hunk, sign: str, place: int, name: str) -> Iterator[_Line]:
    for number, line in hunk.lines[1:]:
        mark, text = (line[:1] or " "), line[1:_MAX_LINE].strip()
        if mark == sign and text and not _COMMENT.match(text):
            yield _Line(name, text, place, number)
        place += mark in (sign, " ")


def _patched(
    path: str, old: _Line | None, new: _Line | None, older: str, redactor: Redactor
) -> PatchedSetting:
    shown = new or old
    assert shown is not None  # noqa: S101 - a path comes from one of both
    values = [
        redacted_value(Setting(path, side.value, side.place), redactor) if side else None
        for side in (old, new)
    ]
    difference = SettingDifference(
        path=redactor.clean(path).text,
        old=values[0],
        new=values[1],
        old_place=SettingPlace((old or shown).place),
        new_place=SettingPlace((new or shown).place),
        weight=weigh(path, old.value if old else "", new.value if new else ""),
    )
    return PatchedSetting(difference=difference, older=older, line=shown.number)


def stated(change: StatedChange, redactor: Redactor) -> PatchedSetting:
    """What a plan or an audit states, as if its diff showed it."""
    number = change.row + 1
    old, new = (
        _Line(change.path, value[:MAX_VALUE], number, number) if value is not None else None
        for value in (change.old, change.new)
    )
    path = ".".join(filter(None, (change.address, change.path)))
    return replace(_patched(path, old, new, change.address, redactor), at=change.at)


def _read(
    hunk: _Hunk, pair: re.Pattern[str]
) -> tuple[dict[str, list[_Line]], dict[str, list[_Line]]]:
    """The settings of removed and of added lines, by path."""
    header = _HUNK.match(hunk.lines[0][1])
    assert header is not None  # noqa: S101 - a hunk begins with it
    spaced = _MAY_BE_SPACED.search(hunk.older) is not None
    sides = {"-": _Side(int(header[1]), pair, spaced), "+": _Side(int(header[2]), pair, spaced)}
    for side in sides.values():
        _enclose(side, header[3])
    settings = {"-": defaultdict[str, list[_Line]](list), "+": defaultdict[str, list[_Line]](list)}
    for number, line in hunk.lines[1:]:
        mark, text = (line[:1] or " "), line[1:_MAX_LINE]
        for sign, side in sides.items():
            if mark in (sign, " "):
                setting = _enclose(side, text)
                if mark == sign and (setting := setting or _whole(text, hunk)):
                    settings[sign][setting[0]].append(
                        _Line(setting[0], setting[1], side.line, number)
                    )
                side.line += 1
    return settings["-"], settings["+"]


def _whole(text: str, hunk: _Hunk) -> tuple[str, str] | None:
    """A line that names no setting, as one of its file: it changed, too."""
    line = " ".join(text.split())
    is_telling = _TELLING.search(line) and not _COMMENT.match(line)
    return (PurePosixPath(hunk.older).name, line) if is_telling else None


def _enclose(side: _Side, text: str) -> tuple[str, str] | None:
    """Take a line of a side: what it encloses, or the path and value that it sets."""
    if not text.strip() or _COMMENT.match(text):
        return None
    if section := _SECTION.match(text):
        side.section, side.parents = section[1].strip('"'), []
    elif block := _BLOCK.match(text):
        name = " ".join(block["name"].replace('"', "").split())
        _within(side, len(block["indent"])).append((len(block["indent"]), name))
    elif pair := side.pair.match(text) or (side.may_be_spaced and _SPACED.match(text)):
        return _set(side, pair)
    return None


def _set(side: _Side, pair: re.Match[str]) -> tuple[str, str] | None:
    """The path and value of a pair; None where it only names or opens what follows."""
    indent = len(pair["indent"])
    parents = _within(side, indent)
    key, value = pair["key"], _plain(pair["value"])
    if pair["dash"] and key in _NAMING:
        parents.append((indent, f"[{value}]"))
        return None
    if not value or value in ("{", "["):
        parents.append((indent, key))
        return None
    return _path(side, key), value


def _within(side: _Side, indent: int) -> list[tuple[int, str]]:
    """The branches that enclose a line of this indentation."""
    while side.parents and side.parents[-1][0] >= indent:
        side.parents.pop()
    return side.parents


def _path(side: _Side, key: str) -> str:
    names = [*filter(None, [side.section]), *(name for _, name in side.parents), key]
    return ".".join(names).replace(".[", "[")


def _plain(value: str) -> str:
    return _TRAILING.sub("", value).strip().rstrip(",;").strip().strip("\"'")
