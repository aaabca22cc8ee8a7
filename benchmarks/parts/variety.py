"""Log lines like given ones, of which (nearly) no two are the same: repeated lines flatter caches.

Numbers are drawn anew for every copy of a line, and clocks go on; the same file comes out every
time.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_CLOCK = re.compile("[0-2][0-9]:[0-5][0-9]:[0-5][0-9]")
_DIGITS = re.compile("[0-9]+")
_DRAWN = 1_000_000  # random digits that are drawn once and read from again and again


def write_varied(path: Path, raw: Sequence[str], content: Sequence[str], *, size: int) -> int:
    """Writes about `size` bytes of lines like the `raw` ones; returns how many lines they are.

    content: the message at the end of each raw line; in what is before it only clocks change.
    """
    rng = random.Random(path.name)  # noqa: S311 - the same lines every time
    digits, clock = _Digits(rng), _Clock()
    parts = [
        (line.removesuffix(message), message) if message else (line, "")
        for line, message in zip(raw, content, strict=True)
    ]
    written = lines = 0
    with path.open("w", encoding="utf-8") as file:
        while written < size:
            copy = "".join(f"{clock.new(head)}{digits.new(message)}\n" for head, message in parts)
            file.write(copy)
            written += len(copy.encode())
            lines += len(parts)
    return lines


class _Digits:
    """Random digits from one long string of them, each time from another place."""

    def __init__(self, rng: random.Random) -> None:
        self._drawn = "".join(rng.choices("123456789", k=_DRAWN))
        self._at = 0

    def new(self, text: str) -> str:
        return _DIGITS.sub(lambda digits: self._next(len(digits[0])), text)

    def _next(self, count: int) -> str:
        self._at = (self._at + count) % (_DRAWN - 64)
        return self._drawn[self._at : self._at + min(count, 64)]


class _Clock:
    """A day in steps of up to a second, over and over."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def new(self, head: str) -> str:
        self._seconds = (self._seconds + 0.7) % 86_400
        at = int(self._seconds)
        return _CLOCK.sub(f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}", head)
