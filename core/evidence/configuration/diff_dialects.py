"""Reads diffs that are not unified as if they were: by line numbers, with context, word by word.

Each line of the unified form knows the row of the text that it comes from, so that what is found
in it is quoted as people have it. Source: GNU diffutils 3.10 (`diff`, `diff -c`, `diff -y`),
git 2.39 (`--word-diff`), Argo CD 2.11 (`app diff`), Python 3.11 (`difflib.HtmlDiff`).
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from core.evidence.configuration.diff_columns import in_columns, in_table, is_in_columns
from core.evidence.configuration.diff_rows import UnifiedLine, file_header, hunk_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_EDIT = re.compile(r"^(\d{1,7})(?:,\d{1,7})?[acd](\d{1,7})(?:,\d{1,7})?$")
_BY_NUMBERS = re.compile(
    r"^\d{1,7}(?:,\d{1,7})?[acd]\d{1,7}(?:,\d{1,7})?\r?\n[<>](?: |\r?$)", re.MULTILINE
)
_COMMAND = re.compile(r"^(?:\S{0,60}[$#] )?diff (?:-\S+ )*\S{1,300} (?P<newer>\S{1,300})$")
# Of Argo CD: `===== apps/Deployment shop/orders ======`
_OBJECT = re.compile(
    r"^={3,} (?P<group>[\w.-]{0,100}/)?(?P<kind>[A-Z]\w{1,60})"
    r" (?P<space>[\w.-]{0,63})/(?P<name>\S{1,253}) ={3,}$"
)
_IN_CONTEXT = re.compile(r"^\*{15}.*\r?\n\*\*\* \d{1,7}(?:,\d{1,7})? \*{4}", re.MULTILINE)
_OLD_FILE = re.compile(r"^\*\*\* (?P<name>[^\t\n]{1,300}?)(?:\t.{1,80})?$")
_OLD_BLOCK = re.compile(r"^\*\*\* (\d{1,7})(?:,\d{1,7})? \*{4}$")
_NEW_BLOCK = re.compile(r"^--- (\d{1,7})(?:,\d{1,7})? -{4}$")
# Marks of lines of a hunk with context; a blank line may have lost its own.
_CHANGED, _GONE_OR_CHANGED, _COME_OR_CHANGED = map(frozenset, ("!-+", "!-", "!+"))
_HUNK_ENDS = re.compile(r"^\*{15}|^\*\*\* |^diff |^Only in ")
_BY_WORDS = re.compile(
    r"^@@ -\d[\s\S]{1,20000}?(?:\[-.{1,400}?-\]|\{\+.{1,400}?\+\})", re.MULTILINE
)
_SIGNED = re.compile(r"^@@ -\d.{1,200}\n(?:[ \\].{0,400}\n){0,12}[+-]", re.MULTILINE)
_GONE = re.compile(r"\[-(.*?)-\]")
_COME = re.compile(r"\{\+(.*?)\+\}")
_GIT_HEADER = re.compile(
    r"^(?:diff |index |--- |\+\+\+ |@@ |new file|deleted file|similarity|rename)"
)


def unified(text: str) -> list[UnifiedLine] | None:
    """The diff in a text of another dialect; None where it holds none."""
    reader = next((read for is_written, read in _DIALECTS.items() if is_written(text)), None)
    return list(reader(text.split("\n"))) if reader else None


def _by_numbers(lines: Sequence[str]) -> Iterator[UnifiedLine]:
    """Of `diff` without options: `4c4`, `< before`, `---`, `> after`."""
    is_of_object = False
    for row, line in enumerate(lines):
        if held := _OBJECT.match(line):
            is_of_object = True
            group = (held["group"] or "").rstrip("/")
            # As Helm writes it.
            named = f"{held['space'] or '-'}, {held['name']}, {held['kind']} ({group})"
            yield UnifiedLine(row, f"{named} has changed:")
        elif files := _COMMAND.match(line):
            is_of_object = False
            yield from file_header(row, files["newer"])
        elif (edit := _EDIT.match(line)) and not is_of_object:
            yield hunk_header(row, int(edit[1]), int(edit[2]))
        elif line.startswith(("< ", "> ")) or line in ("<", ">"):
            yield UnifiedLine(row, f"{'-' if line[0] == '<' else '+'}{line[2:]}")


def _in_context(lines: Sequence[str]) -> Iterator[UnifiedLine]:
    """Of `diff -c`, which shows a hunk before and after, one below the other."""
    row = 0
    while row < len(lines):
        line = lines[row]
        begins = _OLD_BLOCK.match(line)
        if begins:
            old, row = _block(lines, row + 1)
            second = _NEW_BLOCK.match(lines[row]) if row < len(lines) else None
            new, row = _block(lines, row + 1) if second else ([], row)
            yield hunk_header(row, int(begins[1]), int(second[1]) if second else 1)
            yield from _woven(old or _unchanged(new), new or _unchanged(old))
            continue
        if named := _OLD_FILE.match(line):
            yield from file_header(row, named["name"])
        row += 1


def _block(lines: Sequence[str], start: int) -> tuple[list[UnifiedLine], int]:
    """One side of a hunk, its marks as they are, and the row behind it."""
    row = start
    while row < len(lines) and not (_NEW_BLOCK.match(lines[row]) or _HUNK_ENDS.match(lines[row])):
        row += 1
    return [UnifiedLine(at, lines[at]) for at in range(start, row)], row


def _unchanged(block: Sequence[UnifiedLine]) -> list[UnifiedLine]:
    """What a side would show that is left out, as nothing of it changed."""
    return [line for line in block if line.text[:1] == " "]


def _woven(old: Sequence[UnifiedLine], new: Sequence[UnifiedLine]) -> Iterator[UnifiedLine]:
    """Both sides between the lines that they share."""
    for before, after in zip_longest(_runs(old), _runs(new), fillvalue=()):
        yield from (
            UnifiedLine(row, f"-{text[2:]}") for row, text in before if text[:1] in _GONE_OR_CHANGED
        )
        yield from (
            UnifiedLine(row, f"+{text[2:]}") for row, text in after if text[:1] in _COME_OR_CHANGED
        )
        shared = before or after
        if shared and shared[-1].text[:1] not in _CHANGED:
            yield UnifiedLine(shared[-1].row, f" {shared[-1].text[2:]}")


def _runs(block: Sequence[UnifiedLine]) -> Iterator[tuple[UnifiedLine, ...]]:
    """Changed lines up to, and with, the next that is shared."""
    run: list[UnifiedLine] = []
    for line in block:
        run.append(line)
        if line.text[:1] not in _CHANGED:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def _by_words(lines: Sequence[str]) -> Iterator[UnifiedLine]:
    """Of `git diff --word-diff`: `max: [-20-]{+2+}`."""
    for row, line in enumerate(lines):
        if _GIT_HEADER.match(line):
            yield UnifiedLine(row, line)
            continue
        before, after = _COME.sub("", _GONE.sub(r"\1", line)), _GONE.sub("", _COME.sub(r"\1", line))
        if before == after:
            yield UnifiedLine(row, f" {line}")
            continue
        if before.strip():
            yield UnifiedLine(row, f"-{before}")
        if after.strip():
            yield UnifiedLine(row, f"+{after}")


def _is_by_words(text: str) -> bool:
    return _BY_WORDS.search(text) is not None and _SIGNED.search(text) is None


def _is_in_table(text: str) -> bool:
    return "<td" in text and "diff" in text


_DIALECTS: Mapping[Callable[[str], object], Callable[[Sequence[str]], Iterator[UnifiedLine]]] = {
    _is_by_words: _by_words,
    _IN_CONTEXT.search: _in_context,
    _BY_NUMBERS.search: _by_numbers,
    is_in_columns: in_columns,
    _is_in_table: in_table,
}
