"""JSON documents that hold series: loading them whole, and finding where each part stands."""

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
from core.evidence.series.model import Span

_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?")


def load(raw: bytes) -> object:
    """What a document says. Raises UnreadableEvidence, which names the place where it breaks."""
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
class Part:
    """A part of a document, from `start` to `end` (bytes), in which `mark` begins each point.

    Places are the numbers of its points. What has no marks stands in the whole part.
    """

    raw: bytes
    start: int
    end: int
    mark: re.Pattern[bytes]

    def span(self, first: int, last: int) -> Span:
        marks = self._marks
        begin, end = self.start, self.end
        if last < len(marks):
            begin = int(marks[first])
            end = int(marks[last + 1]) if last + 1 < len(marks) else self._after(int(marks[last]))
        line = self.raw.count(b"\n", 0, begin) + 1
        end = begin + len(self.raw[begin:end].rstrip(b" \t\r\n,"))
        return Span(line, line + self.raw.count(b"\n", begin, end), begin, end)

    def _after(self, start: int) -> int:
        """Where the last point ends: with the bracket that closes it."""
        closing = b"]" if self.raw[start : start + 1] == b"[" else b"}"
        found = self.raw.find(closing, start, self.end)
        return found + 1 if found >= 0 else self.end

    @cached_property
    def _marks(self) -> np.ndarray:
        found = (match.start() for match in self.mark.finditer(self.raw, self.start, self.end))
        return np.fromiter(found, dtype=np.int64)


def parts(raw: bytes, opening: re.Pattern[bytes], mark: re.Pattern[bytes]) -> list[Part]:
    """The parts that begin with `opening`, each up to where the next begins."""
    starts = [match.start() for match in opening.finditer(raw)]
    return [Part(raw, start, end, mark) for start, end in pairwise([*starts, len(raw.rstrip())])]


def part_at(found: list[Part], number: int, raw: bytes, mark: re.Pattern[bytes]) -> Part:
    """The part of a number, or the whole document where it is spelt in some other way."""
    return found[number] if number < len(found) else Part(raw, 0, len(raw), mark)


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
    """An object of the document; empty for anything else."""
    return value if isinstance(value, dict) else {}


def listing(value: object) -> list[Any]:
    """A list of the document; empty for anything else."""
    return value if isinstance(value, list) else []


def labels(value: object) -> dict[str, str]:
    """Names with texts."""
    return {str(key): str(one) for key, one in mapping(value).items()}
