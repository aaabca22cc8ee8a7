"""Finds the axes of graphs among the words of a picture: labels that lie on one straight scale."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from core.evidence.screenshots.model import PictureWord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_DIGITS = str.maketrans("OoQlI|S", "0001115")
_AMOUNT = re.compile(
    r"(?P<number>[-+]?[\dOoQlI|S]+(?:[.,][\dOoQlI|S]+)?) ?(?:(?P<thousands>[kKM]|Mil|Bil)(?= ))? ?"
    r"(?P<unit>[%\w/µ.]{0,9})"
)
_CLOCK = re.compile(
    r"([\dOoQlI|S]{1,2})[:;.]([\dOoQlI|S]{2})(?::([\dOoQlI|S]{2}))?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]?)?(?:[.…]{1,3})?"
)
# A day below a plot that spans several, or the first word of it.
_DATE = re.compile(
    r"\d{1,2}/\d{1,2}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun"
    r"|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}[.,]?"
)
# The mark of an axis that a label touches.
_TICK = re.compile("(?<=[0-9A-Za-z]) ?[-\u2013\u2014_]$")
_SPECKS = str.maketrans("", "", "'\"\u2018\u2019")  # read between the letters of a unit
_UNITS = {
    "ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "mins": 60.0,
    "K": 1e3, "k": 1e3, "Mil": 1e6, "M": 1e6, "Bil": 1e9,
    "B": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30, "TiB": 2.0**40,
}  # fmt: skip
_LEAST_LABELS = 3
_NO_PLOT = 2  # heights of a letter
LEAST_CLOCKS = 2  # of a row of times
_BELOW_NOUGHT = 4.5  # heights of a letter, of the clock times
_MOST_LABELS = 60  # that are compared by pairs
_OFF_SCALE = 0.12  # of a step: a label that is farther from the scale was misread
_UNEVEN = 0.15  # of the least step between two values, by which others may be off its multiples
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

    factor: what a number with `unit` is multiplied with to be a value of `scale`. count: of the
    labels that lie on the scale; others of its words were misread, or are its marks.
    """

    scale: Scale
    unit: str
    factor: float
    top: float
    bottom: float
    right: float
    left: float
    count: int
    words: frozenset[PictureWord]

    def is_beside(self, other: ValueAxis) -> bool:
        """Whether both label the same rows, with no plot in between."""
        rows = min(self.bottom, other.bottom) - max(self.top, other.top)
        height = max(word.height for word in self.words)
        gap = max(self.left, other.left) - min(self.right, other.right)
        return rows > 0 and gap < _NO_PLOT * height

    @property
    def step(self) -> float:
        """Rows between two labels, about."""
        return (self.bottom - self.top) / max(1, self.count - 1)

    @property
    def span(self) -> float:
        """From its lowest to its highest value."""
        return abs(self.scale.value(self.top) - self.scale.value(self.bottom))


@dataclass(frozen=True)
class TimeAxis:
    """The clock times or the days below a plot.

    scale: columns to minutes of a day, which may pass midnight; None where its labels are days.
    """

    scale: Scale | None
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


def is_moment(text: str) -> bool:
    """Return whether it reads as a label of a time axis, or as the first word of one."""
    return is_clock(text) or _DATE.fullmatch(text) is not None


def is_amount(text: str) -> bool:
    """Return whether it reads as a number, with a unit or without one."""
    return _AMOUNT.fullmatch(text) is not None and any(map(str.isdigit, text))


def value_axes(words: Sequence[PictureWord]) -> list[ValueAxis]:
    """All value axes, from left to right."""
    marks = [mark for mark in map(_value_mark, _labels(words)) if mark is not None]
    clocks = [word for word in words if is_clock(word.text)]
    axes = (axis for group in _columns(marks) for axis in _axes_below_each_other(group, clocks))
    return sorted(_distinct(axes), key=lambda axis: axis.right)


def _axes_below_each_other(
    marks: Sequence[_Mark], clocks: Sequence[PictureWord]
) -> Iterator[ValueAxis]:
    """The axis with the most labels, and those of panels above and below it."""
    axis = _value_axis(marks) or _short_axis(marks, clocks)
    if axis is None:
        return
    above = [mark for mark in marks if mark.pixel < axis.top - axis.step / 2]
    below = [mark for mark in marks if mark.pixel > axis.bottom + axis.step / 2]
    others = [other for some in (above, below) for other in _axes_below_each_other(some, clocks)]
    yield replace(axis, words=axis.words.difference(*(other.words for other in others)))
    yield from others


def _distinct(axes: Iterable[ValueAxis]) -> list[ValueAxis]:
    """Those with the most labels: marks beside labels may make another one of some of them."""
    kept = list[ValueAxis]()
    for axis in sorted(axes, key=lambda each: (-each.count, -len(each.words))):
        if not any(axis.is_beside(other) for other in kept):
            kept.append(axis)
    return kept


def _short_axis(marks: Sequence[_Mark], clocks: Sequence[PictureWord]) -> ValueAxis | None:
    """One of two labels, whose third, a nought, was missed, as digits that stand alone are."""
    pairs = combinations(sorted(marks, key=lambda mark: mark.pixel), 2)
    fitting = (pair for pair in pairs if _is_above_clocks(*pair, clocks))
    return next((_axis_of(list(pair), marks) for pair in fitting), None)


def _is_above_clocks(upper: _Mark, lower: _Mark, clocks: Sequence[PictureWord]) -> bool:
    """Whether the nought of their scale would be right above a row of clock times."""
    is_of_one_kind = upper.unit == lower.unit or {upper.unit, lower.unit} <= _UNITS.keys()
    if not is_of_one_kind or not 0 < lower.value < upper.value:
        return False
    height = lower.words[0].height
    each = (lower.pixel - upper.pixel) / (upper.value - lower.value)
    nought = lower.pixel + each * lower.value
    below = [word for word in clocks if 0 < word.middle[1] - nought < _BELOW_NOUGHT * height]
    return len(below) >= LEAST_CLOCKS


def time_axis(
    words: Iterable[PictureWord], *, below: float, left: float, right: float
) -> TimeAxis | None:
    """The nearest row of clock times, or else of days, under a row and between two columns."""
    inside = [
        word for word in words if word.middle[1] > below and left - word.width < word.left < right
    ]
    marks = sorted(
        filter(None, map(_time_mark, _labels(inside))), key=lambda mark: mark.words[0].middle[1]
    )
    row = [mark for mark in marks if _is_in_row(mark.words[0], marks[0].words[0])]
    return _time_axis(sorted(row, key=lambda mark: mark.pixel)) or _day_axis(inside)


def _is_in_row(word: PictureWord, first: PictureWord) -> bool:
    return abs(word.middle[1] - first.middle[1]) < first.height


def _day_axis(words: Sequence[PictureWord]) -> TimeAxis | None:
    days = [word for word in words if _DATE.fullmatch(word.text)]
    first = min(days, key=lambda word: word.middle[1], default=None)
    if first is None or sum(_is_in_row(word, first) for word in days) < LEAST_CLOCKS:
        return None
    return _time_axis_of(None, [word for word in words if _is_in_row(word, first)])


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
    text = " ".join(word.text for word in label).translate(_SPECKS)
    match = _AMOUNT.fullmatch(_TICK.sub("", text))
    if match is None:
        return None
    digits = match["number"]
    # `o` may be a nought, and `Oms`, which may lose its end; `orders` is none.
    is_word = len(digits) > 1 or match["unit"] not in {"", "%", "m", *_UNITS}
    if is_word and not any(map(str.isdigit, digits)):
        return None
    number = float(digits.translate(_DIGITS).replace(",", "."))
    factor = _UNITS.get(match["thousands"] or "", 1.0) * _UNITS.get(match["unit"], 1.0)
    row = sum(word.middle[1] for word in label) / len(label)
    return _Mark(row, number * factor, match["unit"], label)


def _time_mark(label: tuple[PictureWord, ...]) -> _Mark | None:
    """The time of a label, or of its first word: `04:00` and `AM` are one."""
    whole = " ".join(word.text for word in label)
    match = _CLOCK.fullmatch(whole)
    if match is None:
        return _time_mark(label[:1]) if len(label) > 1 else None
    hours, minutes, seconds = (int((part or "0").translate(_DIGITS)) for part in match.groups()[:3])
    if match["half"]:
        hours = hours % 12 + 12 * (match["half"] in "Pp")
    column = (label[0].left + label[-1].right) / 2
    return _Mark(column, 60.0 * hours + minutes + seconds / 60, "", label)


def _columns(marks: list[_Mark]) -> Iterator[list[_Mark]]:
    """Labels with one right edge, as left of a plot, and those with one left edge."""
    for edge in (_right_edge, _left_edge):
        left = sorted(marks, key=edge)[: 4 * _MOST_LABELS]
        while left:
            near = edge(left[0]) + 0.9 * left[0].words[0].height
            group = [mark for mark in left if edge(mark) < near]
            left = left[len(group) :]
            yield group[:_MOST_LABELS]


def _right_edge(mark: _Mark) -> float:
    return mark.words[-1].right


def _left_edge(mark: _Mark) -> float:
    return mark.words[0].left


def _value_axis(marks: Sequence[_Mark]) -> ValueAxis | None:
    _, fitting = _fit(marks)
    return _axis_of(fitting, marks) if len(fitting) >= _LEAST_LABELS and _is_even(fitting) else None


def _is_even(marks: Sequence[_Mark]) -> bool:
    """Whether values lie some equal steps apart; figures of a table only happen to be on a line."""
    values = sorted({mark.value for mark in marks})
    gaps = [after - before for before, after in pairwise(values)]
    steps = [gap / min(gaps) for gap in gaps]
    return len(values) > _LEAST_LABELS or all(abs(step - round(step)) < _UNEVEN for step in steps)


def _axis_of(fitting: Sequence[_Mark], marks: Sequence[_Mark]) -> ValueAxis | None:
    scale, _ = _fit(fitting)
    if scale is None or scale.slope >= 0:
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
        count=len({round(row) for row in rows}),
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
    if scale is None or scale.slope <= 0 or len(fitting) < LEAST_CLOCKS:
        return None
    return _time_axis_of(scale, [word for mark in row for word in mark.words])


def _time_axis_of(scale: Scale | None, words: Sequence[PictureWord]) -> TimeAxis:
    top = min(word.top for word in words)
    return TimeAxis(scale, top, max(word.top + word.height for word in words), frozenset(words))


def _fit(marks: Sequence[_Mark]) -> tuple[Scale | None, list[_Mark]]:
    """The scale on which most labels lie, and those: a few are misread.

    Labels of two panels may be on one line, but then others of the two lie between and are not.
    """
    best: tuple[Scale | None, list[_Mark]] = (None, [])
    most = (False, -len(marks))
    for one, other in combinations(marks, 2):
        if abs(one.pixel - other.pixel) < 1 or one.value == other.value:
            continue
        slope = (other.value - one.value) / (other.pixel - one.pixel)
        scale = Scale(one.value - slope * one.pixel, slope)
        near = _OFF_SCALE * _step(marks) * abs(slope)
        fitting = [mark for mark in marks if abs(scale.value(mark.pixel) - mark.value) <= near]
        pixels = [mark.pixel for mark in fitting]
        between = sum(min(pixels) <= mark.pixel <= max(pixels) for mark in marks)
        score = (len(fitting) >= _LEAST_LABELS, 2 * len(fitting) - between)
        if score > most:
            best, most = (scale, fitting), score
    return best


def _step(marks: Sequence[_Mark]) -> float:
    pixels = sorted(mark.pixel for mark in marks)
    return (pixels[-1] - pixels[0]) / max(1, len(pixels) - 1)
