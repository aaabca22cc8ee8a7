"""Values that stand behind the name of a field, whatever they are.

`user=reader` and `user=postgres` are one message, and so are `name=` and `name=worker`: what a
field holds is no word of the message once it holds different things in one log. Fields that say
what happened keep what they say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from core.evidence.logs.notations import WILD

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST = 2  # different words in a field, in all lines together
_MANY = 5  # the same where all are plain words
_LEAST_LISTS = 3  # lists of different fields at the end of one message
_TELLING = frozenset({
    "msg", "message", "event", "error", "err", "reason", "cause", "exception", "level", "status",
    "severity", "type", "kind", "op", "operation", "action", "result", "res", "state", "phase",
    "code",
})  # fmt: skip
_PLAIN = re.compile("[a-z]{2,}")
_NAMING = re.compile("name$|(?:^|[_.-])id$")
_FLAGS = frozenset(["true", "false", "yes", "no", "on", "off"])
_LEAST_HEADERS = 4  # of one direction
# As programs show what goes over a wire: `> Host: a`.
_HEADER = re.compile(r"^([<>]) ([A-Za-z][\w-]{1,60}): ?\S")
_NAME = r"(?<![\w.$/*-])([A-Za-z][\w.-]{0,39})="
# A value ends at a blank or at what lists are made of; it may have brackets of its own.
_FIELD = re.compile(
    rf"{_NAME}((?:[^\s,;|&=()\[\]{{}}<>\"']|\[[^\s\[\]]{{0,80}}\]){{0,200}}|\([\w-]{{1,40}}\))(?=[\s,;|&)\]}}]|$)"
)
_LIST = re.compile(r"(?: [A-Za-z][\w.-]{0,39}=[^\s,;=]{0,200})+$")
_LISTED = re.compile(r" ([\w.-]+)=")
_WORD = re.compile("[A-Za-z]{2}")
_LAST = re.compile(rf"{_NAME}([\w* .()+-]*)$")


def mask_fields(lines: Sequence[str]) -> list[str]:
    """The lines with `WILD` for what fields hold that hold different things."""
    return _mask_values(_mask_last(_mask_lists(_mask_headers(lines))))


def _mask_headers(lines: Sequence[str]) -> Sequence[str]:
    """With `WILD` for the headers of requests and answers: `> Host: *`, `< Server: *`."""
    headers = [_HEADER.match(line) for line in lines]
    names: dict[str, set[str]] = defaultdict(set)
    for header in filter(None, headers):
        names[header[1]].add(header[2].lower())
    return [
        f"{header[1]} {WILD}: {WILD}"
        if header and len(names[header[1]]) >= _LEAST_HEADERS
        else line
        for line, header in zip(lines, headers, strict=True)
    ]


def _mask_lists(lines: Sequence[str]) -> list[str]:
    """With one `WILD` for the fields at the end, where which ones there are differs.

    Where no word stands before them, their names are all that the line says.
    """
    tails = [_LIST.search(line) if "=" in line else None for line in lines]
    names: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for line, fields in zip(lines, tails, strict=True):
        if fields and _WORD.search(line, 0, fields.start()):
            names[line[: fields.start()]].add(tuple(_LISTED.findall(fields[0])))
    values = {before for before, lists in names.items() if _are_lists(lists)}
    return [
        f"{line[: fields.start()]} {WILD}" if fields and line[: fields.start()] in values else line
        for line, fields in zip(lines, tails, strict=True)
    ]


def _are_lists(lists: set[tuple[str, ...]]) -> bool:
    names = {name.lower() for names in lists for name in names}
    return len(lists) >= _LEAST_LISTS and not names & _TELLING


def _mask_last(lines: Sequence[str]) -> list[str]:
    """With one `WILD` for all words of a last field that now holds one, now several or none."""
    lasts = [_LAST.search(line) if "=" in line else None for line in lines]
    ends: dict[str, set[str]] = defaultdict(set)
    for line, last in zip(lines, lasts, strict=True):
        if last and last[1].lower() not in _TELLING:
            ends[line[: last.start(2)]].add(last[2])
    values = {before for before, held in ends.items() if _are_ends(held)}
    return [
        f"{line[: last.start(2)]}{WILD}" if last and line[: last.start(2)] in values else line
        for line, last in zip(lines, lasts, strict=True)
    ]


def _are_ends(ends: set[str]) -> bool:
    """One must be a word or nothing: what follows each of them is the message.

    So may be what follows a value that is known for one already.
    """
    spoken = sum(not end.startswith(WILD) for end in ends)
    lengths = {len(end.split()) for end in ends}
    varied = len(lengths) > 1 and min(lengths) <= 1
    return varied and spoken >= _LEAST and (len(ends) > _LEAST or "" in ends)


def _mask_values(lines: Sequence[str]) -> list[str]:
    held: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if "=" in line:
            for name, value in _FIELD.findall(line):
                held[name].add(value)
    varied = {name for name, values in held.items() if _is_value(name, values)}

    def masked(field: re.Match[str]) -> str:
        return f"{field[1]}={WILD}" if field[1] in varied else field[0]

    return [_FIELD.sub(masked, line) if varied and "=" in line else line for line in lines]


def _is_value(name: str, values: set[str]) -> bool:
    words = {value for value in values if value and WILD not in value}
    if name.lower() in _TELLING or len(words) < _LEAST or words & _FLAGS:
        return False
    plain = all(map(_PLAIN.fullmatch, words)) and words == values - {""}
    return not plain or len(words) >= _MANY or bool(_NAMING.search(name)) or name.isupper()
