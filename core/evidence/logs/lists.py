"""Which lists in masked lines are values: as long as it takes, and with whatever is in them?

`tags=[fresh, local]` and `tags=[fresh]` are one message. A list whose length never changes may
be words of the message, as in `signals [TERM, HUP, INT]`: it stays.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from core.evidence.logs.masks import WILD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LEAST = 3  # different lists in one place, of two lengths or more, are values

_ITEM = r"[^\s,;:|()\[\]{}<>=\"']{1,80}"
# After a bracket, `=` or `:`, up to a closing bracket, the end, or a blank after items without.
_LIST = re.compile(
    rf"(?:(?<=[\[({{<=])|(?<=[\[({{<] )){_ITEM}(?:,{_ITEM}){{0,60}}+(?=[\])}}> ]|$)"
    rf"|(?:(?<=[\[({{<])|(?<=[\[({{<] )){_ITEM}(?:[,;|]? {_ITEM}){{0,60}}+(?=\s?[\])}}>])"
    rf"|(?:(?<=[=:])|(?<=[=:] )){_ITEM}(?:, {_ITEM}){{0,60}}+(?=[\])}}>]|$)"
)


def without_lists(lines: Sequence[str]) -> list[str]:
    """The lines with one `WILD` for each list that is a value."""
    alike: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        alike[_LIST.sub("\0", line)].append(number)
    written = list(lines)
    for frame, numbers in alike.items():
        if len(numbers) >= _LEAST and "\0" in frame:
            for number, line in _filled(frame, [(n, lines[n]) for n in numbers]):
                written[number] = line
    return written


def _filled(frame: str, lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Each line with its lists, or `WILD` where they are values."""
    found = [[match[0] for match in _LIST.finditer(line)] for _, line in lines]
    wild = [_are_values(column) for column in zip(*found, strict=True)]
    if not any(wild):
        return
    parts = frame.split("\0")
    for (number, _), lists in zip(lines, found, strict=True):
        shown = [WILD if is_wild else own for own, is_wild in zip(lists, wild, strict=True)]
        yield number, "".join(part + own for part, own in zip(parts, [*shown, ""], strict=True))


def _are_values(lists: Sequence[str]) -> bool:
    different = set(lists)
    return len(different) >= _LEAST and len({_length(one) for one in different}) > 1


def _length(items: str) -> int:
    return len(re.split(r"[,;|]? |,", items.strip()))
