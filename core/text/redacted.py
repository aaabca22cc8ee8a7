"""Text that has been through redaction, as a type of its own.

Only `core.redaction` can make one from text that came from outside. It does not decay into `str`
by formatting or joining: to forget redaction is a type error or a raised one, never a leak.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, LiteralString, Self

from pydantic_core import CoreSchema, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

_KEY: Final = object()
_CLAUSE_END: Final = re.compile(r"[,;:] | \(| — ")


class Clean:
    """Redacted text. `text` is the one way out, for whoever draws, sends or stores it."""

    __slots__ = ("text",)
    EMPTY: ClassVar[Clean]

    text: str

    def __init__(self, text: str, *, key: object) -> None:
        if key is not _KEY:
            message = "only core.redaction makes Clean text"
            raise TypeError(message)
        object.__setattr__(self, "text", text)

    def __setattr__(self, name: str, value: object) -> None:
        message = "Clean text does not change"
        raise TypeError(message)

    @classmethod
    def say(cls, words: LiteralString, /, **values: Clean | float | datetime | None) -> Self:
        """Our own words, with values filled in; `words` must be a literal of the source code.

        Values are Clean text, numbers and times; anything else is a TypeError.
        """
        spelt = {name: _spell(value) for name, value in values.items()}
        return cls(words.format(**spelt), key=_KEY)

    @classmethod
    def tag(cls, mark: LiteralString, number: int) -> Self:
        """A short name people say aloud: `#128`, `e7`."""
        return cls(f"{mark}{number}", key=_KEY)

    @classmethod
    def join(cls, separator: LiteralString, parts: list[Clean]) -> Self:
        """The parts in one text, with our own words between them."""
        return cls(separator.join(part.text for part in parts), key=_KEY)

    @classmethod
    def at(cls, moment: datetime, form: LiteralString = "%H:%M UTC") -> Self:
        """A time in UTC, spelt as `form` (strftime) says."""
        return cls(moment.astimezone(UTC).strftime(form), key=_KEY)

    def line(self) -> Clean:
        """On one line: any run of white space is one space."""
        return Clean(" ".join(self.text.split()), key=_KEY)

    def code(self) -> Clean:
        """As a Markdown code span, in which nothing of the text means anything (CommonMark 6.1)."""
        text = self.line().text
        fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
        pad = " " if text[:1] == "`" or text[-1:] == "`" or not text else ""
        return Clean(f"{fence}{pad}{text}{pad}{fence}", key=_KEY)

    def part(self, start: int, end: int) -> Clean:
        """The characters from `start` up to `end`: what is clean is clean in part."""
        return Clean(self.text[start:end], key=_KEY)

    def cut(self, length: int) -> Clean:
        """At most `length` characters, the last of them an ellipsis where something was cut."""
        if len(self.text) <= length:
            return self
        return Clean(self.text[: length - 1] + "…", key=_KEY)

    def clause(self, length: int) -> Clean:
        """Cut where a clause ends, if one ends within `length` characters."""
        if len(self.text) <= length:
            return self
        ends = [match.start() for match in _CLAUSE_END.finditer(self.text[: length + 1])]
        return Clean(self.text[: ends[-1]], key=_KEY) if ends else self.cut(length)

    def __str__(self) -> str:
        message = "Clean text does not decay into str: use .text where it is drawn, sent or stored"
        raise TypeError(message)

    def __format__(self, spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"Clean({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clean) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def digest(self) -> str:
        """SHA-256 of the text, the name by which events refer to it."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """How rows keep Clean text: as text, or by digest where the context collects `texts`."""
        return core_schema.with_info_plain_validator_function(
            _read,
            serialization=core_schema.plain_serializer_function_ser_schema(_write, info_arg=True),
        )

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return restored, (self.text,)


def restored(text: str) -> Clean:
    """Clean text again, from where it was stored. For storage and process boundaries only."""
    return Clean(text, key=_KEY)


def redacted(text: str) -> Clean:
    """The stamp that redaction puts on what it has been through. For core.redaction only."""
    return Clean(text, key=_KEY)


def _write(value: Clean, info: core_schema.SerializationInfo) -> str:
    texts = (info.context or {}).get("texts")
    if texts is None:
        return value.text
    texts[value.digest] = value
    return value.digest


def _read(value: object, info: core_schema.ValidationInfo) -> Clean:
    if isinstance(value, Clean):
        return value
    if not isinstance(value, str):
        message = "Clean text is stored as text"
        raise TypeError(message)
    texts = (info.context or {}).get("texts")
    if texts is None:
        return restored(value)
    found: Clean = texts.get(value, ERASED)
    return found


def _spell(value: object) -> str:
    if isinstance(value, Clean):
        return value.text
    if value is None:
        return "unknown"
    if isinstance(value, datetime):
        return f"{value:%H:%M:%S} UTC"
    if isinstance(value, int | float):
        return f"{value:,}"
    message = f"{type(value).__name__} is not clean"
    raise TypeError(message)


Clean.EMPTY = Clean("", key=_KEY)
ERASED: Final = Clean("(erased)", key=_KEY)
