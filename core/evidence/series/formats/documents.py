"""Helpers for JSON documents that hold series: loading them whole, and locating their parts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from core.errors import UnreadableEvidence
from core.evidence.series.model import SeriesStretch

_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?")


def load(raw: bytes) -> object:
    """Parse a document. Raises UnreadableEvidence that names the byte at which it breaks."""
    text = raw.decode("utf-8-sig", errors="replace")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        at = len(text[: error.pos].encode())
        where = "it is cut off there" if error.pos >= len(text.rstrip()) else "it is damaged there"
        message = f"not JSON after byte {at:,} of {len(raw):,}: {where}"
        raise UnreadableEvidence(message) from error
    except (ValueError, RecursionError) as error:
        message = "JSON nested deeper, or with longer numbers, than any system writes"
        raise UnreadableEvidence(message) from error


@dataclass(frozen=True)
class DocumentPart:
    """A part of a document, from `start` to `end` (bytes), in which `mark` begins each point.

    Places are the numbers of its points. A point without a mark stands in the whole part.
    """

    raw: bytes
    start: int
    end: int
    mark: re.Pattern[bytes]

    def span(self, first: int, last: int) -> SeriesStretch:
        marks = self._marks
        begin, end = self.start, self.end
        if last < len(marks):
            begin = int(marks[first])
            end = int(marks[last + 1]) if last + 1 < len(marks) else self._after(int(marks[last]))
        line = self.raw.count(b"\n", 0, begin) + 1
        end = begin + len(self.raw[begin:end].rstrip(b" \t\r\n,"))
        return SeriesStretch(line, line + self.raw.count(b"\n", begin, end), begin, end)

    def _after(self, start: int) -> int:
        """The end of the last point, including its closing bracket."""
        closing = b"]" if self.raw[start : start + 1] == b"[" else b"}"
        closing_at = self.raw.find(closing, start, self.end)
        return closing_at + 1 if closing_at >= 0 else self.end

    @cached_property
    def _marks(self) -> np.ndarray:
        starts = (match.start() for match in self.mark.finditer(self.raw, self.start, self.end))
        return np.fromiter(starts, dtype=np.int64)


def parts(raw: bytes, opening: re.Pattern[bytes], mark: re.Pattern[bytes]) -> list[DocumentPart]:
    """Split into parts that begin with `opening`, each up to the next beginning."""
    starts = [match.start() for match in opening.finditer(raw)]
    return [
        DocumentPart(raw, start, end, mark) for start, end in pairwise([*starts, len(raw.rstrip())])
    ]


def part_at(
    found: list[DocumentPart], number: int, raw: bytes, mark: re.Pattern[bytes]
) -> DocumentPart:
    """The part with this number, or the whole document where parts are written differently."""
    return found[number] if number < len(found) else DocumentPart(raw, 0, len(raw), mark)


def number(value: object) -> float:
    """A number as JSON or a string spells it ("NaN" and "+Inf" too); NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return float("nan")
    try:
        return float(value)
    except (ValueError, OverflowError):
        return float("nan")


def seconds(value: object) -> float:
    """A time as seconds since 1970: a number of seconds, or ISO 8601; NaN for anything else."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return float("nan")
        return at.timestamp() if at.tzinfo else at.replace(tzinfo=_UTC).timestamp()
    return number(value)


_UTC = datetime.fromisoformat("1970-01-01T00:00:00Z").tzinfo


def mapping(value: object) -> dict[str, Any]:
    """The value where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listing(value: object) -> list[Any]:
    """The value where it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def labels(value: object) -> dict[str, str]:
    """The items of a JSON object as strings."""
    return {str(key): str(text) for key, text in mapping(value).items()}
