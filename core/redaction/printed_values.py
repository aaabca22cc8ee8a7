"""Values on the line below their names, as debuggers, protocols and validators print them.

`["password"]=>` and `string(9) "…"` of PHP, `password: Some(` of Rust, `1) "AUTH"` of Redis, a
field and the `input_value='…'` of its error, a header's name and a variable's value of nginx.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.redaction.assignments import is_secret_under
from core.redaction.secret_values import is_nothing, is_word
from core.redaction.words import WRAPPERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.redaction.statement_parameters import LinesByNumber

LineSpan = tuple[int, int, int]  # a line's number from 0, and where the value begins and ends

_NAME = r"(?P<name>[A-Za-z_][\w.-]{0,80})"
_DUMPED = re.compile(rf"\s*\[\"?{_NAME}\"?(?::[^\]\n]{{1,80}})?\]\s?=>\s*")
_DUMPED_VALUE = re.compile(r"\s*string\(\d{1,6}\) \"(?P<v>[^\n]{1,4000})\"\s*\Z")
_WRAPPED = re.compile(rf"(?:[^\n]{{0,200}}?[\s{{(,])?{_NAME}\s?[:=]\s?(?:{WRAPPERS}\(\s*){{1,3}}")
_WRAPPED_VALUE = re.compile(r"\s*(?:b|r)?\"(?P<v>[^\n]{1,4000}?)\",?\s*\Z")
_WRAPPER = re.compile(rf"\s*{WRAPPERS}\(\s*")
_COMMAND = re.compile(r"(?:\s*\d{1,6}\))*\s*\"(?i:auth)\"\s*")
_WORD = re.compile(r"\s*\d{1,3}\)\s*\"(?P<v>[^\n]{1,1000})\"\s*")
_FRAME = re.compile(r"(?i:auth)\s*")
_LENGTH = re.compile(r"\$\d{1,6}\s*")
_LOCATION = re.compile(rf"(?:[A-Za-z_][\w-]{{0,60}}\.){{0,8}}{_NAME}\s*")
_INPUT = re.compile(r"[^\n]{0,2000}?\binput_value=(?P<quote>['\"])(?P<v>[^\n]{1,2000}?)(?P=quote),")
_HEADER = re.compile(rf"[^\n]{{0,400}}?: \"{_NAME}(?:: ?)?\"\s*")
_VARIABLE = re.compile(r"[^\n]{0,400}?: \"(?P<v>[^\"\n]{1,4000})\"\s*\Z")
SCREEN = (
    r"^[ \t]*\[\"?[A-Za-z0-9_.-]*(?i-u:pass|pwd|secret|token|key|cred)[^\n]*\][ ]?=>[ \t\r]*$"
    r"|(?i-u:pass|pwd|secret|token|key|cred)[A-Za-z0-9_]* ?[:=] ?[A-Z][A-Za-z:]*\("
    r"[^\n]*\(?[ \t\r]*$"
    r"|^(?:[ \t]*[0-9]+\))*[ \t]*\"?(?i-u:auth)\"?[ \t\r]*$"
    r"|^[A-Za-z0-9_.-]*(?i-u:pass|pwd|secret|token|key|cred)[A-Za-z0-9_-]*[ \t\r]*$"
    r"|: \"[A-Za-z0-9_-]*(?i-u:pass|pwd|secret|token|key|cred|auth)[A-Za-z0-9_-]*(?:: ?)?\""
    r"[ \t\r]*$"
)
_MAY_NAME = re.compile(SCREEN.replace("(?i-u:", "(?i:"))
_LAST = frozenset('>("')  # what such a line ends with, unless it is one word
_REACH = 3  # lines
_LONGEST_LINE = 1000  # characters of one that names a secret, and no more
_ANY_SECRET = "x" * 40 + "Y1"  # a value that is a secret under every name that announces one


def names_below(line: str) -> bool:
    """Whether the next line may hold a value, as a program prints it."""
    bare = line.strip()
    may_name = len(bare) <= _LONGEST_LINE and (bare[-1:] in _LAST or " " not in bare)
    return may_name and _MAY_NAME.search(line) is not None


def printed_below(lines: LinesByNumber, at: int) -> Iterator[LineSpan]:
    """The values of what line `at` names, on the lines below it."""
    line = lines[at]
    if _COMMAND.fullmatch(line):
        yield from _words_of_command(lines, at)
    elif _FRAME.fullmatch(line):
        yield from _framed(lines, at)
    for heading, value in _FORMS:
        named = heading.fullmatch(line)
        if named and is_secret_under(named["name"], _ANY_SECRET, is_quoted=True):
            yield from _first(lines, at, value)
            return


def _first(lines: LinesByNumber, at: int, pattern: re.Pattern[str]) -> Iterator[LineSpan]:
    """The value on the next line; a constructor, or the first line of an error, may precede it."""
    for number in range(at + 1, min(at + 1 + _REACH, len(lines))):
        match = (
            pattern.match(lines[number]) if pattern is _INPUT else pattern.fullmatch(lines[number])
        )
        if match:
            if not is_nothing(match["v"]) and not is_word(match["v"]):
                yield number, *match.span("v")
            return
        if not (pattern is _WRAPPED_VALUE and _WRAPPER.fullmatch(lines[number])):
            return


def _words_of_command(lines: LinesByNumber, at: int) -> Iterator[LineSpan]:
    """The last word of a command that logs in, each on a line: before it stands the user."""
    last = None
    for number in range(at + 1, min(at + 3, len(lines))):
        word = _WORD.fullmatch(lines[number])
        if word is None:
            break
        last = (number, *word.span("v"))
    if last:
        yield last


def _framed(lines: LinesByNumber, at: int) -> Iterator[LineSpan]:
    """The same where the length of each word stands before it (RESP)."""
    last = None
    for number in range(at + 1, min(at + 4, len(lines) - 1), 2):
        if not _LENGTH.fullmatch(lines[number]):
            break
        value = lines[number + 1].rstrip()
        last = (number + 1, 0, len(value))
    if last and last[2]:
        yield last


_FORMS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (_DUMPED, _DUMPED_VALUE),
    (_WRAPPED, _WRAPPED_VALUE),
    (_LOCATION, _INPUT),
    (_HEADER, _VARIABLE),
)
