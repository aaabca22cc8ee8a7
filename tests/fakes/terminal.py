"""A terminal that only knows what our screen uses: lines, carriage return, up, erase below."""

from __future__ import annotations

import re
from io import StringIO

_TOKEN = re.compile(r"\x1b\[(\d*)([A-Za-z])|\x1b\[[\d;]*m|(.)", re.DOTALL)


class FakeTerminal(StringIO):
    """What a person sees: `seen` is every line from the top of the scroll-back."""

    def __init__(self, width: int = 80) -> None:
        super().__init__()
        self._width = width
        self._lines: list[str] = [""]
        self._row = self._column = 0

    @property
    def seen(self) -> list[str]:
        return [line.rstrip() for line in self._lines]

    def enter(self, text: str) -> None:
        """A person types a line; the terminal echoes it and its line feed."""
        self.write(f"{text}\n")

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        for count, command, character in _TOKEN.findall(text):
            if command:
                self._obey(command, int(count or 1))
            elif character:
                self._put(character)
        return len(text)

    def _obey(self, command: str, count: int) -> None:
        if command == "A":
            self._row = max(self._row - count, 0)
        elif command == "J":
            del self._lines[self._row + 1 :]
            self._lines[self._row] = self._lines[self._row][: self._column]

    def _put(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._row, self._column = self._row + 1, 0
            while len(self._lines) <= self._row:
                self._lines.append("")
        else:
            if self._column == self._width:  # only what comes after the last column wraps
                self._put("\n")
            line = self._lines[self._row].ljust(self._column)
            self._lines[self._row] = line[: self._column] + character + line[self._column + 1 :]
            self._column += 1
