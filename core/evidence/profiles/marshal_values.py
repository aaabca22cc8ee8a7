"""Reads the few types of marshal that profiles of Python are made of; never with marshal itself.

Python's own reader is not made for bytes of strangers. Dictionaries are lists of pairs here: no key
is hashed, which takes exponential time for tuples that refer to each other.
Source: CPython, Python/marshal.c, versions 2 to 5.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from core.errors import UnreadableEvidence

Value = None | bool | int | float | str | tuple["Value", ...] | list[tuple["Value", "Value"]]

MAX_VALUES = 3_000_000
_MAX_DEPTH = 8
_IS_REFERENCED = 0x80
_END = object()  # of a dictionary
_SHORT_TEXTS, _TEXTS = b"zZ", b"aAus"
_CONSTANTS: dict[bytes, Value] = {b"N": None, b"T": True, b"F": False}


@dataclass
class MarshalReader:
    """Reads one value from its bytes."""

    raw: bytes
    at: int = 0
    values: int = 0
    references: list[Value | object] = field(default_factory=list)

    def read(self) -> Value:
        """The value. Raises UnreadableEvidence for other types, and for what is cut off."""
        value = self._value(0)
        if value is _END:
            raise UnreadableEvidence("a profile of Python that ends before it begins")
        return value  # type: ignore[return-value] # the end is no value

    def _value(self, depth: int) -> Value | object:
        self.values += 1
        if depth > _MAX_DEPTH or self.values > MAX_VALUES:
            raise UnreadableEvidence("a profile of Python that is too deep or too large")
        code = self._take(1)[0]
        kind = bytes([code & ~_IS_REFERENCED])
        if kind == b"r":
            return self._referred()
        if kind == b"0":
            return _END
        slot = None
        if code & _IS_REFERENCED:
            slot = len(self.references)
            self.references.append(_END)
        value = self._content(kind, depth)
        if slot is not None:
            self.references[slot] = value
        return value

    def _content(self, kind: bytes, depth: int) -> Value:
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind in (b"i", b"g"):
            return self._number(kind)
        if kind in (b"(", b")"):
            return self._tuple(self._size(kind == b")"), depth)
        if kind == b"{":
            return self._pairs(depth)
        if kind == b"l":
            return self._long()
        if kind in (b"z", b"Z", b"a", b"A", b"u", b"s", b"t"):
            return self._take(self._size(kind in (b"z", b"Z"))).decode("utf-8", errors="replace")
        raise UnreadableEvidence("no profile of Python: it holds values of other types")

    def _number(self, kind: bytes) -> int | float:
        layout = "<i" if kind == b"i" else "<d"
        number: int | float = struct.unpack(layout, self._take(struct.calcsize(layout)))[0]
        return number

    def _tuple(self, size: int, depth: int) -> tuple[Value, ...]:
        if size > len(self.raw) - self.at:
            raise UnreadableEvidence("a profile of Python that is cut off")
        return tuple(self._inner(depth) for _ in range(size))

    def _pairs(self, depth: int) -> list[tuple[Value, Value]]:
        pairs: list[tuple[Value, Value]] = []
        while (key := self._value(depth + 1)) is not _END:
            pairs.append((key, self._inner(depth)))  # type: ignore[arg-type] # it is not the end
        return pairs

    def _inner(self, depth: int) -> Value:
        value = self._value(depth + 1)
        if value is _END:
            raise UnreadableEvidence("a profile of Python that is broken")
        return value  # type: ignore[return-value] # as above

    def _long(self) -> int:
        digits = int.from_bytes(self._take(4), "little", signed=True)
        size = abs(digits)
        if size > 5:  # noqa: PLR2004 - of 15 bits each: larger counts there are not
            raise UnreadableEvidence("a profile of Python with a number beyond all counts")
        digit = [int.from_bytes(self._take(2), "little") for _ in range(size)]
        number = sum(value << (15 * place) for place, value in enumerate(digit))
        return -number if digits < 0 else number

    def _referred(self) -> Value:
        index = int.from_bytes(self._take(4), "little")
        if not 0 <= index < len(self.references) or self.references[index] is _END:
            raise UnreadableEvidence("a profile of Python that refers to what it does not have")
        return self.references[index]  # type: ignore[return-value] # the end is ruled out

    def _size(self, is_short: bool) -> int:  # noqa: FBT001 - two widths of one number

        if is_short:
            return self._take(1)[0]
        return int.from_bytes(self._take(4), "little")

    def _take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self.raw):
            raise UnreadableEvidence("a profile of Python that is cut off")
        taken, self.at = self.raw[self.at : end], end
        return taken
