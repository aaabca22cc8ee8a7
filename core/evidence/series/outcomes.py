"""What became of the same work: series that differ in the label of their outcome.

`sales{rc="00"}` and `sales{rc="96"}` are parts of one whole. A program need not call an outcome an
error: one that hardly ever came and then takes the place of the usual one is what users suffer. A
part that has no points yet is nothing of the whole, for most exporters tell no zeros.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.series.families import is_outward

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from core.evidence.series.model import Floats, Series

# How labels name what became of something.
_OUTCOME = re.compile(
    r"(?:\w*_)?(?:rc|ret|code|status|result|outcome|response|reason|disposition|verdict|answer)"
    r"(?:_?code|_?class)?"
)
# What follows another usual outcome without being worse of who gives it: `304`, `hit`; by 499 who
# asked hung up.
_HARMLESS = re.compile(
    r"(?i)[123](?:\d\d|xx)|499|ok|success\w*|succeeded|hit|miss|accepted|done|completed?|processed|none|0+"
)
# Labels that tell where a series was measured: their series are not parts of one whole.
_PLACE = re.compile(
    r"instance|job|pod|host(?:name)?|node|container|namespace|cluster"
    r"|service(?:_name)?|app(?:lication)?|deployment|replica|exporter"
    r"|zone|region|env(?:ironment)?|server|upstream|device|shard"
)
_RARE, _COMMON = 0.05, 0.25  # shares of the whole: before, and from then on
_LEFT = 0.8  # of the usual outcome, at most: what comes besides it takes no place
_KNOWN, _NEW = 6, 3  # columns that make a share
_LEAST_POINTS = 4  # with which something may be said of a whole

_Rows = list[int]


def fill_absent(series: Sequence[Series], levels: Floats) -> npt.NDArray[np.bool_]:
    """Writes 0 into the levels of a part where only other parts of its whole have points yet.

    levels: a row a series, a column a moment; NaN without a point. Returns which rows were filled.
    """
    filled = np.zeros(len(series), dtype=np.bool_)
    for parts in _wholes(series):
        rows = [row for of_value in parts.values() for row in of_value]
        has_points = np.isfinite(levels[rows])
        since = int(has_points.any(axis=0).argmax())
        for row, known in zip(rows, has_points, strict=True):
            begins = int(known.argmax()) if known.any() else len(known)
            if begins - since >= _LEAST_POINTS:
                levels[row, since:begins] = 0.0
                filled[row] = True
    return filled


def displacing(series: Sequence[Series], levels: Floats) -> frozenset[int]:
    """The rows of outcomes that were rare, and take the place of the usual one."""
    rows = set[int]()
    for parts in _wholes(series):
        amounts = {value: np.nansum(levels[rows], axis=0) for value, rows in parts.items()}
        whole = np.sum(list(amounts.values()), axis=0)
        some = whole > 0
        if some.sum() < _KNOWN + _NEW:
            continue
        shares = {value: amount[some] / whole[some] for value, amount in amounts.items()}
        usual = max(shares, key=lambda value: float(np.median(shares[value][:_KNOWN])))
        rows.update(
            row
            for value in shares.keys() - {usual}
            if not _HARMLESS.fullmatch(value) and _takes_over(shares[value], amounts[usual][some])
            for row in parts[value]
        )
    return frozenset(rows)


def _takes_over(rare: Floats, usual: Floats) -> bool:
    """Whether a share was small and is not from some moment on, and there is less of the usual."""
    return any(
        np.median(rare[:at]) <= _RARE
        and np.median(rare[at : at + _NEW]) >= _COMMON
        and np.median(usual[at : at + _NEW]) <= _LEFT * np.median(usual[:at])
        for at in range(_KNOWN, len(rare) - _NEW + 1)
    )


def _wholes(series: Sequence[Series]) -> Iterator[Mapping[str, _Rows]]:
    """The rows of each whole, by the value of the label that tells the outcome.

    What became of calls that a service makes says nothing of who calls it: it may try again.
    """
    groups: defaultdict[tuple[str, ...], _Rows] = defaultdict(list)
    for row, member in enumerate(series):
        label = _outcome_label(member.labels)
        if label is not None and not is_outward(member.name):
            places = filter(_PLACE.fullmatch, sorted(member.labels))
            at = (f"{place}={member.labels[place]}" for place in places)
            groups[(member.name, label, *at)].append(row)
    for (_, label, *_), rows in groups.items():
        parts: defaultdict[str, _Rows] = defaultdict(list)
        for row in rows:
            parts[series[row].labels[label]].append(row)
        if len(parts) > 1:
            yield parts


def _outcome_label(labels: Mapping[str, str]) -> str | None:
    names = (name for name in sorted(labels) if labels[name] and _OUTCOME.fullmatch(name.lower()))
    return next(names, None)
