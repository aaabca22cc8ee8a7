"""Finds the axes of graphs among the words of a picture: labels that lie on one straight scale."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from core.evidence.screenshots.model import PictureWord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_DIGITS = str.maketrans("OoQlI|S", "0001115")
_AMOUNT = re.compile(r"([-+]?[\dOoQlI|S]+(?:[.,][\dOoQlI|S]+)?) ?([%\w/µ.]{0,7})")
_CLOCK = re.compile(r"([\dOoQlI|S]{1,2})[:;.]([\dOoQlI|S]{2})(?::([\dOoQlI|S]{2}))?")
_UNITS = {
    "ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "mins": 60.0,
    "K": 1e3, "k": 1e3, "Mil": 1e6, "M": 1e6, "Bil": 1e9,
    "B": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30, "TiB": 2.0**40,
}  # fmt: skip
_LEAST_LABELS = 3
_LEAST_CLOCKS = 2
_MOST_LABELS = 60  # that are compared by pairs
_OFF_SCALE = 0.12  # of a step: a label that is farther from the scale was misread
_HALF_DAY, _DAY = 720, 1440  # minutes


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from pixels to values: value = start + slope x pixel."""

    start: float
    slope: float

    def value(self, pixel: float) -> float:
        return self.start + self.slope * pixel


@dataclass(frozen=True)
class ValueAxis:
    """The labels on the left of a plot. Rows and columns in pixels of the words.

    factor: what a number with `unit` is multiplied with to be a value of `scale`.
    """

    scale: Scale
    unit: str
    factor: float
    top: float
    bottom: float
    right: float
    left: float
    words: frozenset[PictureWord]

    @property
    def step(self) -> float:
        """Rows between two labels, about."""
        return (self.bottom - self.top) / max(1, len(self.words) - 1)

    @property
    def span(self) -> float:
        """From its lowest to its highest value."""
        return abs(self.scale.value(self.top) - self.scale.value(self.bottom))


@dataclass(frozen=True)
class TimeAxis:
    """The clock times below a plot. scale: columns to minutes of a day, which may pass midnight."""

    scale: Scale
    top: float
    bottom: float
    words: frozenset[PictureWord]


@dataclass(frozen=True)
class _Mark:
    """A label: where it is on its axis, and what it says there."""

    pixel: float
    value: float
    unit: str
    words: tuple[PictureWord, ...]


def is_clock(text: str) -> bool:
    """Return whether it reads as a time of day."""
    return _CLOCK.fullmatch(text) is not None


def value_axes(words: Sequence[PictureWord]) -> list[ValueAxis]:
    """All value axes, from left to right."""
    marks = [mark for mark in map(_value_mark, _labels(words)) if mark is not None]
    axes = [axis for group in _columns(marks) if (axis := _value_axis(group)) is not None]
    return sorted(axes, key=lambda axis: axis.right)


def time_axis(
    words: Iterable[PictureWord], *, below: float, left: float, right: float
) -> TimeAxis | None:
    """The nearest row of clock times under the row `below`, between two columns."""
    inside = [
        word for word in words if word.middle[1] > below and left - word.width < word.left < right
    ]
    marks = sorted(filter(None, map(_time_mark, inside)), key=lambda mark: mark.words[0].middle[1])
    if not marks:
        return None
    first = marks[0].words[0]
    row = [mark for mark in marks if abs(mark.words[0].middle[1] - first.middle[1]) < first.height]
    return _time_axis(sorted(row, key=lambda mark: mark.pixel))


def _labels(words: Sequence[PictureWord]) -> Iterator[tuple[PictureWord, ...]]:
    """Each word, and each with its right neighbour: `8` and `GiB` are one label."""
    for word in words:
        neighbour = next((other for other in words if _follows(word, other)), None)
        yield (word, neighbour) if neighbour is not None else (word,)


def _follows(word: PictureWord, other: PictureWord) -> bool:
    gap = other.left - word.right
    is_beside = abs(other.middle[1] - word.middle[1]) < 0.6 * word.height
    return is_beside and 0 <= gap < word.height and not other.text[0].isdigit()


def _value_mark(label: tuple[PictureWord, ...]) -> _Mark | None:
    match = _AMOUNT.fullmatch(" ".join(word.text for word in label))
    if match is None or (not any(map(str.isdigit, match[1])) and len(match[1]) > 1):
        return None
    number = float(match[1].translate(_DIGITS).replace(",", "."))
    row = sum(word.middle[1] for word in label) / len(label)
    return _Mark(row, number * _UNITS.get(match[2], 1.0), match[2], label)


def _time_mark(word: PictureWord) -> _Mark | None:
    match = _CLOCK.fullmatch(word.text)
    if match is None:
        return None
    hours, minutes, seconds = (int((part or "0").translate(_DIGITS)) for part in match.groups())
    return _Mark(word.middle[0], 60.0 * hours + minutes + seconds / 60, "", (word,))


def _columns(marks: list[_Mark]) -> Iterator[list[_Mark]]:
    """Labels with one right edge, where axes align theirs."""
    left = sorted(marks, key=lambda mark: mark.words[-1].right)[: 4 * _MOST_LABELS]
    while left:
        first = left[0].words[-1]
        group = [mark for mark in left if mark.words[-1].right - first.right < 0.9 * first.height]
        left = left[len(group) :]
        if len(group) >= _LEAST_LABELS:
            yield group[:_MOST_LABELS]


def _value_axis(marks: list[_Mark]) -> ValueAxis | None:
    scale, fitting = _fit(marks)
    if scale is None or scale.slope >= 0 or len(fitting) < _LEAST_LABELS:
        return None
    unit = Counter(mark.unit for mark in fitting if mark.value).most_common(1)[0][0]
    rows = [mark.pixel for mark in fitting]
    return ValueAxis(
        scale=scale,
        unit=unit,
        factor=_UNITS.get(unit, 1.0),
        top=min(rows),
        bottom=max(rows),
        right=max(mark.words[-1].right for mark in fitting),
        left=min(mark.words[0].left for mark in fitting),
        words=frozenset(word for mark in marks for word in mark.words),
    )


def _time_axis(row: list[_Mark]) -> TimeAxis | None:
    past = 0
    marks = []
    for before, mark in zip([None, *row], row, strict=False):
        if before is not None and before.value - mark.value > _HALF_DAY:
            past += _DAY
        marks.append(_Mark(mark.pixel, mark.value + past, "", mark.words))
    scale, fitting = _fit(marks)
    if scale is None or scale.slope <= 0 or len(fitting) < _LEAST_CLOCKS:
        return None
    words = frozenset(word for mark in row for word in mark.words)
    top = min(word.top for word in words)
    return TimeAxis(scale, top, max(word.top + word.height for word in words), words)


def _fit(marks: Sequence[_Mark]) -> tuple[Scale | None, list[_Mark]]:
    """The scale on which most labels lie, and those: a few are misread."""
    best: tuple[Scale | None, list[_Mark]] = (None, [])
    for one, other in combinations(marks, 2):
        if abs(one.pixel - other.pixel) < 1 or one.value == other.value:
            continue
        slope = (other.value - one.value) / (other.pixel - one.pixel)
        scale = Scale(one.value - slope * one.pixel, slope)
        near = _OFF_SCALE * _step(marks) * abs(slope)
        fitting = [mark for mark in marks if abs(scale.value(mark.pixel) - mark.value) <= near]
        if len(fitting) > len(best[1]):
            best = scale, fitting
    return best


def _step(marks: Sequence[_Mark]) -> float:
    pixels = sorted(mark.pixel for mark in marks)
    return (pixels[-1] - pixels[0]) / max(1, len(pixels) - 1)
