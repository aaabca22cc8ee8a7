"""How is a JSON text built, even where it is cut off? Which keys lie where.

Read token by token, without recursion: a text of brackets alone takes as long as any other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

MAX_DEPTH = 12  # deeper keys are not looked at
_TOKEN = re.compile(r'\s*+(?:"((?:[^"\\]|\\.)*+)("?)|([\[\]{},:])|([^\s\[\]{},:"]++))', re.DOTALL)
_SCALAR = re.compile(
    r"true|false|null|NaN|-?Infinity|-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][-+]?\d++)?"
)
_CLOSES = {"}": "{", "]": "["}
ROOT = ""
_LONGEST_VALUE = 200


@dataclass
class Outline:
    """What is in a text of one JSON document, or of several one after the other.

    `objects`: where objects are (`data[].spans[]`; ROOT is the document itself) → the keys they
    have. `lists`: where arrays are. `values`: some strings, by where they are. `sound`: nothing
    in it is no JSON, as far as it goes. `whole`: and it ends where a document ends.
    """

    objects: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lists: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    documents: int = 0
    sound: bool = True
    whole: bool = False


def outline(text: str) -> Outline:
    """Of a text that begins with a bracket."""
    reading = _Reading()
    for token in _TOKEN.finditer(text):
        if not reading.take(token):
            reading.found.sound = False
            break
    reading.found.whole = reading.found.sound and not reading.open and reading.found.documents > 0
    return reading.found


class _Reading:
    """Where in the text we are: the open brackets, each with its place and what may come."""

    def __init__(self) -> None:
        self.found = Outline()
        self.open: list[tuple[str, str]] = []  # bracket, place
        self.key: str | None = None  # of the value to come
        self.is_named = False  # a colon came after it
        self.after_value = False

    def take(self, token: re.Match[str]) -> bool:
        text, closed, mark, bare = token.groups()
        if text is not None:
            return self._string(text) if closed else True
        if mark:
            return self._mark(mark)
        is_cut = token.end() == len(token.string) and bool(self.open)
        return self._scalar(bare) or is_cut

    def _mark(self, mark: str) -> bool:
        if mark in "{[":
            return self._opens(mark)
        if mark in _CLOSES:
            return self._closes(mark)
        if mark == ":":
            fine, self.is_named = self.key is not None and not self.is_named, True
            return fine
        fine = self.after_value and bool(self.open)
        self.after_value, self.key, self.is_named = False, None, False
        return fine

    def _opens(self, mark: str) -> bool:
        place = self._place()
        if place is None:
            return False
        self.open.append((mark, place))
        if len(self.open) <= MAX_DEPTH:
            if mark == "{":
                self.found.objects[place]
            else:
                self.found.lists.add(place)
        self.key, self.after_value, self.is_named = None, False, False
        return True

    def _closes(self, mark: str) -> bool:
        if not self.open or self.open[-1][0] != _CLOSES[mark] or self.key is not None:
            return False
        self.open.pop()
        self._value_ends()
        return True

    def _string(self, text: str) -> bool:
        if self.open and self.open[-1][0] == "{" and self.key is None:
            self.key = text
            if len(self.open) <= MAX_DEPTH:
                self.found.objects[self.open[-1][1]].add(text[:_LONGEST_VALUE])
            return not self.after_value
        place = self._place()
        if place is None or not self.open:
            return False
        if len(self.open) <= MAX_DEPTH:
            self.found.values.setdefault(place, text[:_LONGEST_VALUE])
        self._value_ends()
        return True

    def _scalar(self, text: str) -> bool:
        fine = bool(self.open) and self._place() is not None and bool(_SCALAR.fullmatch(text))
        self._value_ends()
        return fine

    def _place(self) -> str | None:
        """Of a value that comes now; None where none may come."""
        if self.after_value and self.open:
            return None
        if not self.open:
            return ROOT
        bracket, place = self.open[-1]
        if bracket == "{" and not self.is_named:
            return None
        if len(self.open) > MAX_DEPTH:
            return place
        step = "[]" if bracket == "[" else f".{(self.key or '')[:_LONGEST_VALUE]}"
        return f"{place}{step}".lstrip(".")

    def _value_ends(self) -> None:
        self.key, self.after_value, self.is_named = None, bool(self.open), False
        if not self.open:
            self.found.documents += 1
