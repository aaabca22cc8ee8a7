"""Reads settings that stand in tables: of PostgreSQL, MySQL and Redis, as printed; and crontabs."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING

from core.evidence.configuration.line_settings import LineReading
from core.evidence.configuration.table_marks import (
    HEADER,
    JOB,
    NUMBERED,
    RULE,
    VARIABLE,
    header_row,
    telling_lines,
)
from core.evidence.configuration.tree import MAX_LEAVES, Branch, Leaf

if TYPE_CHECKING:
    from collections.abc import Container


def read_table_of_settings(text: str) -> LineReading:
    """Each name with its value, the first two columns."""
    reading = LineReading(Branch(1))
    lines = text.removeprefix("\ufeff").split("\n")
    first = header_row(lines) or 0
    header = HEADER.match(lines[first])
    delimiter = (header[1] or header[2]) if header else ","
    is_framed = lines[first].lstrip().startswith("|")
    for number, line in enumerate(lines[first + 1 :], first + 2):
        row = line.strip().strip("|") if is_framed else line
        cells = [cell.strip() for cell in next(csv.reader([row], delimiter=delimiter), [])]
        if RULE.match(line) or not any(cells):
            continue
        if len(cells) < 2 or not cells[0]:  # noqa: PLR2004 - a name and a value
            reading.strange.append(number)
        elif not _add(reading, cells[0], cells[1], number):
            break
    return reading


def read_numbered_pairs(text: str) -> LineReading:
    """Each name with the value in the line below it."""
    reading = LineReading(Branch(1))
    rows = ((number, NUMBERED.match(line)) for number, line in telling_lines(text))
    words = [(number, match["told"]) for number, match in rows if match]
    for (_, name), (number, value) in zip(words[::2], words[1::2], strict=False):
        if not _add(reading, name, value, number):
            break
    return reading


def read_rows(text: str, *, numbers: Container[int] | None = None) -> LineReading:
    """Each line as a member of one list: the order of lines is not compared.

    numbers: of the lines (1-based) that are meant, if not all are.
    """
    rows = Branch(1, is_list=True)
    telling = (row for row in telling_lines(text) if numbers is None or row[0] in numbers)
    for number, line in islice(telling, MAX_LEAVES):
        rows.entries.append(("", Leaf(" ".join(line.partition(" #")[0].split()), number)))
    is_cut = len(rows.entries) == MAX_LEAVES
    return LineReading(Branch(1, entries=[("line", rows)]), is_cut=is_cut)


def read_crontab(text: str) -> LineReading:
    """When each command runs, by the name of its program."""
    reading = LineReading(Branch(1))
    for number, line in telling_lines(text):
        if job := JOB.match(line):
            words = f"{' '.join(job['schedule'].split())} {job['command']}"
            if not _add(reading, f"cron.{_program(job['command'])}", words, number):
                break
        elif variable := VARIABLE.match(line):
            _add(reading, variable["key"], variable["value"], number)
    return reading


def _program(command: str) -> str:
    """`root flock -n /run/x /opt/app/bin/export-all --now` is `export-all`: the last path of it."""
    paths = [
        word for word in command.split() if "/" in word and not word.startswith(("-", ">", "2>"))
    ]
    programs = [path for path in paths if "/bin/" in path] or paths
    named = programs[0] if programs else (command.split() or [""])[0]
    return named.rstrip("/").rpartition("/")[2]


def _add(reading: LineReading, key: str, value: str, line: int) -> bool:
    reading.is_cut = len(reading.tree.entries) >= MAX_LEAVES
    if not reading.is_cut:
        reading.tree.entries.append((key, Leaf(value, line)))
    return not reading.is_cut
