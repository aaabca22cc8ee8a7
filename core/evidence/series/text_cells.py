"""Cells of tables that tools print as text: where they stand, and the numbers in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_WORD, _WIDE = re.compile(r"\S+"), re.compile(r"\S+(?: \S+)*")
_VALUE = re.compile(
    r"[<>~]?(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,20})(?:\.\d{1,12})?(?:[eE][+-]?\d{1,3})?)"
    r" ?(?P<unit>%|[kKMGTP]i?[Bb]?(?:/s)?|B|[mµun]s?|s|d|h)?"
)
_MEBIBYTE = 2.0**20
_BINARY = {letter: 1024.0 ** (1 + at) for at, letter in enumerate("KMGTP")}
_DECIMAL = {letter: 1000.0 ** (1 + at) for at, letter in enumerate("KMGTP")}
_SAME_EDGES = 0.7  # share of a row's cells, at least, that begin or end where the heading's do
_SIZE = "MiB"


@dataclass(frozen=True)
class Cells:
    """The cells of a line, and from where to where each stands (characters)."""

    texts: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.texts)

    def without(self, at: int) -> Cells:
        """Without the cell of this number."""
        return Cells(self.texts[:at] + self.texts[at + 1 :], self.spans[:at] + self.spans[at + 1 :])


@lru_cache(maxsize=16)  # a heading is asked for with each row below it
def words_of(line: str) -> Cells:
    """A cell a word."""
    return _cells(_WORD, line)


@lru_cache(maxsize=16)
def columns_of(line: str) -> Cells:
    """A cell for all words that one blank parts."""
    return _cells(_WIDE, line.replace("\t", "    "))


def _cells(pattern: re.Pattern[str], line: str) -> Cells:
    matches = list(pattern.finditer(line))
    return Cells(tuple(match[0] for match in matches), tuple(match.span() for match in matches))


def bars_of(line: str) -> tuple[str, ...]:
    """The cells between bars, which may stand around them; wikis double those of a heading."""
    bare = line.strip()
    mark = next((mark for mark in ("||", "!!") if mark in bare.strip("|")), "|")
    bare = bare.removeprefix("!").strip("|") if mark != "|" else bare.removeprefix("|")
    return tuple(cell.strip().strip("*") for cell in bare.removesuffix("|").split(mark))


def are_aligned(heading: Cells, row: Cells) -> bool:
    """Whether the cells of a row stand below the words of its heading."""
    pairs = list(zip(heading.spans, row.spans, strict=True))
    same = sum(above[0] == below[0] or above[1] == below[1] for above, below in pairs)
    return same >= _SAME_EDGES * len(pairs)


@lru_cache(maxsize=10_000)
def measure(cell: str) -> tuple[float, str] | None:
    """The number and the unit of a cell; sizes are in MiB. None for a text."""
    match = _VALUE.fullmatch(cell)
    if match is None:
        return None
    number, unit = float(match["number"].replace(",", "")), match["unit"] or ""
    letter = unit[:1].upper()
    if unit == "B":
        return number / _MEBIBYTE, _SIZE
    if letter not in _BINARY or unit[:1] == "m":
        return number, unit
    factor = _DECIMAL[letter] if unit[1:2] in {"B", "b"} else _BINARY[letter]
    return number * factor / _MEBIBYTE, _SIZE


def is_measure(cell: str) -> bool:
    """Whether a cell is a number, with a unit or without."""
    return _VALUE.fullmatch(cell) is not None
