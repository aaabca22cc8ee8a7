"""Times and numbers in JSON whose keys nobody declared, and documents that are cut off."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from core.evidence.series.json_documents import mapping, number, seconds
from core.evidence.series.points import scaled

if TYPE_CHECKING:
    from collections.abc import Sequence

EARLIEST, LATEST = 946_684_800.0, 4_102_444_800.0  # the years 2000 and 2100
_EPOCH = re.compile(r"\d{9,10}(?:\.\d{1,9})?|\d{12,13}(?:\.\d{1,9})?|\d{15,16}|\d{18,19}")
_ISO = re.compile(r"[12]\d{3}-[01]\d-[0-3]\d(?:[T ][0-2]\d:[0-5]\d.{0,24})?")
_SLASHED = re.compile(r"([12]\d{3})/([01]\d)/([0-3]\d)(?=[T ])")
# A number in an object of its own, as Google's monitoring and others type them.
_TYPED = ("doubleValue", "int64Value", "value", "avg", "average", "mean")
_ENDS = ("endTime", "end", "startTime", "start")  # of an interval, the surest first
_LONG_LIST = 2_000  # characters without a bracket that closes
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{},]')
_CLOSING = {"{": "}", "[": "]"}


def time_in(value: object) -> float | None:
    """Seconds since 1970, of a recent time, whatever its unit; None for anything else."""
    if isinstance(value, dict):
        return next((time_in(value[end]) for end in _ENDS if end in value), None)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = value.strip() if isinstance(value, str) else f"{value:.6f}".rstrip("0").rstrip(".")
    if _EPOCH.fullmatch(text):
        at = scaled(text)
    elif isinstance(value, str):
        text = _SLASHED.sub(r"\1-\2-\3", text)
        at = seconds(text) if _ISO.fullmatch(text) else float("nan")
    else:
        return None
    return at if EARLIEST <= at < LATEST else None


def number_in(value: object) -> float:
    """A number, also as a text or typed in an object; NaN for anything else."""
    if isinstance(value, dict):
        typed = next((value[key] for key in _TYPED if key in value), None)
        if typed is None:
            typed = mapping(value.get("distributionValue")).get("mean")
        return number(typed)
    return number(value)


def is_measured(value: object) -> bool:
    """Whether a value is a number, or one that is missing."""
    return _is_missing(value) or not math.isnan(number_in(value))


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, str) and value in {"", "NaN", "null"})


def all_times(values: Sequence[object]) -> bool:
    """Whether there are at least two, each a time."""
    return len(values) > 1 and all(time_in(value) is not None for value in values)


def all_measured(values: Sequence[object]) -> bool:
    """Whether all are numbers or missing, and not all missing."""
    return all(map(is_measured, values)) and not all(map(_is_missing, values))


def load_beginning(text: str) -> object:
    """Parse a document that may be cut off, up to where it is whole; None for what is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(_closed(text))
    except (ValueError, RecursionError):
        return None


def _closed(text: str) -> str:
    """Up to the last whole element, with the brackets closed that are open there.

    A list of numbers ends at its last one; of pairs and objects the one that is cut off is lost.
    """
    bracket = comma = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "]}":
            bracket = token.end()
        elif token[0] == ",":
            comma = token.start()
    end = comma if comma > bracket + _LONG_LIST else bracket
    return text[:end] + _closing(text, end)


def _closing(text: str, end: int) -> str:
    """The brackets that close those which are open at a place."""
    opened: list[str] = []
    for token in _TOKEN.finditer(text, 0, end):
        if token[0] in _CLOSING:
            opened.append(_CLOSING[token[0]])
        elif token[0] in "]}" and opened:
            opened.pop()
    return "".join(reversed(opened))
