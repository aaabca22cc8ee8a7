"""What marks a table of settings, and a crontab. Every file is looked at by this."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# `name,setting` of PostgreSQL, `Variable_name Value` of MySQL; `name,value` may be anything.
_NAMES = (
    r"\"?(?:variable_?name|variable|parameter_?(?:name)?|setting_?name|option_?name|directive)\"?"
)
_VALUES = r"\"?(?:setting|value|(?:variable|current|parameter)_?value)\"?"
HEADER = re.compile(
    rf"(?i)^[\s|]*(?:{_NAMES}[ \t]*([,;|\t])[ \t]*{_VALUES}"
    r"|\"?name\"?[ \t]*([,;|\t])[ \t]*\"?setting\"?)[ \t\r]*(?:[,;|\t\n]|$)"
)
# Of `redis-cli CONFIG GET`: ` 7) "maxmemory-policy"`, and below it ` 8) "noeviction"`.
NUMBERED = re.compile(r"^\s{0,6}(?P<number>\d{1,5})\) \"(?P<told>.*)\"\s*$")
_LEAST_NUMBERED = 4
# What stands above a table that was printed in a terminal.
_MOST_ABOVE = 8  # lines
RULE = re.compile(r"^[\s|+=-]{3,}$|^\(\d{1,6} rows?\)$")
_PROMPT = re.compile(r"^(?:#|--|.{0,40}[>#$] ).{0,400}$")
# `*/5 * * * * root /usr/local/bin/sync-all --full`
_SCHEDULE = (
    r"@(?:reboot|hourly|daily|weekly|monthly|yearly)"
    r"|(?:[\d*/,-]{1,40}[ \t]+){4}[\d*/,A-Za-z-]{1,40}"
)
JOB = re.compile(rf"^(?P<schedule>{_SCHEDULE})[ \t]+(?P<command>\S.*)$")
VARIABLE = re.compile(r"^(?P<key>[A-Z_]{2,40})[ \t]*=[ \t]*(?P<value>.*)$")
_COMMENT = ("#", ";")


def is_table_of_settings(text: str) -> bool:
    """Whether one of its first lines heads names and values."""
    return header_row(text.lstrip("\ufeff\n").split("\n", _MOST_ABOVE)) is not None


def header_row(lines: Sequence[str]) -> int | None:
    """The row (from 0) that heads names and values, below a prompt and a rule it may be."""
    for row, line in enumerate(lines[:_MOST_ABOVE]):
        if HEADER.match(line):
            return row
        if not (RULE.match(line) or _PROMPT.match(line) or not line.strip()):
            return None
    return None


def is_numbered_pairs(text: str) -> bool:
    """Whether its lines are numbered, a name and its value by turns."""
    numbers = [match and int(match["number"]) for match in map(NUMBERED.match, _lines_of(text))]
    count = len(numbers) - len(numbers) % 2
    return count >= _LEAST_NUMBERED and numbers[:count] == list(range(1, count + 1))


def _lines_of(text: str) -> list[str]:
    return [line for _, line in telling_lines(text)]


def is_crontab(text: str) -> bool:
    """Whether all its lines are jobs or variables, and one at least is a job."""
    lines = _lines_of(text)
    jobs = sum(JOB.match(line) is not None for line in lines)
    return jobs > 0 and all(JOB.match(line) or VARIABLE.match(line) for line in lines)


def telling_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that are no comments, by number (1-based)."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith(_COMMENT):
            yield number, line.strip()
