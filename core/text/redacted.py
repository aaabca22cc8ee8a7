"""Redacted text as a type of its own, what of it can be shown, and quantities in words.

What orders a screen about, turns round or hides what is read, or cannot be sent at all gives way
to a sign that something stood there. Sources: Unicode, general categories (UAX #44) and the use
of joiners (UAX #31, section 2.3).

Only `core.redaction` can make one from text that came from outside. It does not decay into `str`
by formatting or joining: to forget redaction is a type error or a raised one, never a leak.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, LiteralString, Self

from pydantic_core import CoreSchema, core_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import GetCoreSchemaHandler

_KEY: Final = object()
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
_LONG_WORD = 16  # characters
_BETWEEN_WORDS: Final = re.compile(r"[\s,;(/=]")
_CLAUSE_END: Final = re.compile(r"[,;:] | \(| — ")


def storable(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses, and halves of characters, which UTF-8 does.

    Each of them becomes U+FFFD: one would make the message that holds it fail for ever, and those
    that are committed together with it.
    """
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def storable_document(value: Any) -> Any:
    """The same for every text in a JSON document. Raises RecursionError where it is too deep."""
    match value:
        case str():
            return storable(value)
        case dict():
            return {
                storable_document(name): storable_document(part) for name, part in value.items()
            }
        case list():
            return [storable_document(part) for part in value]
        case _:
            return value


class RedactedText:
    """Redacted text. `text` is the one way out, for whoever draws, sends or stores it."""

    __slots__ = ("text",)
    EMPTY: ClassVar[RedactedText]

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
    def format(
        cls, words: LiteralString, /, **values: RedactedText | float | datetime | None
    ) -> Self:
        """Our own words, with values filled in; `words` must be a literal of the source code.

        Values are Clean text, numbers and times; anything else is a TypeError.
        """
        return cls(_filled(words, values), key=_KEY)

    @classmethod
    def tag(cls, mark: LiteralString, number: int) -> Self:
        """A short name people say aloud: `#128`, `e7`."""
        return cls(f"{mark}{number}", key=_KEY)

    @classmethod
    def join(cls, separator: LiteralString, parts: list[RedactedText]) -> Self:
        """The parts in one text, with our own words between them."""
        return cls(separator.join(part.text for part in parts), key=_KEY)

    @classmethod
    def at(cls, moment: datetime, form: LiteralString = "%H:%M UTC") -> Self:
        """A time in UTC, spelt as `form` (strftime) says."""
        return cls(moment.astimezone(UTC).strftime(form), key=_KEY)

    def line(self) -> RedactedText:
        """On one line: any run of white space is one space."""
        return RedactedText(" ".join(self.text.split()), key=_KEY)

    def code(self) -> RedactedText:
        """As a Markdown code span, in which nothing of the text means anything (CommonMark 6.1)."""
        text = self.line().text
        fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
        pad = " " if text[:1] == "`" or text[-1:] == "`" or not text else ""
        return RedactedText(f"{fence}{pad}{text}{pad}{fence}", key=_KEY)

    def part(self, start: int, end: int) -> RedactedText:
        """The characters from `start` up to `end`: what is clean is clean in part."""
        return RedactedText(self.text[start:end], key=_KEY)

    def cut(self, length: int) -> RedactedText:
        """At most `length` characters, the last of them an ellipsis where something was cut."""
        if len(self.text) <= length:
            return self
        return RedactedText(self.text[: length - 1] + "…", key=_KEY)

    def cut_after_word(self, length: int) -> RedactedText:
        """As `cut`, but where a word ends, if one ends shortly before."""
        if len(self.text) <= length:
            return self
        end = self.text.rfind(" ", max(1, length - _LONG_WORD), length)
        return RedactedText(self.text[: end if end > 0 else length - 1] + "…", key=_KEY)

    def cut_inside(self, length: int) -> RedactedText:
        """At most `length` characters: its beginning and its end, which often tells the reason."""
        if len(self.text) <= length:
            return self
        tail = len(self.text) - length * 2 // 5
        begins = _BETWEEN_WORDS.search(self.text, tail, tail + _LONG_WORD)
        rest = self.text[begins.start() if begins else tail :]
        return RedactedText(self.cut_after_word(length - len(rest)).text + rest, key=_KEY)

    def clause(self, length: int) -> RedactedText:
        """Cut where a clause ends, if one ends within `length` characters; in no parenthesis."""
        if len(self.text) <= length:
            return self
        ends = [match.start() for match in _CLAUSE_END.finditer(self.text[: length + 1])]
        ends = [end for end in ends if self.text.count("(", 0, end) <= self.text.count(")", 0, end)]
        return RedactedText(self.text[: ends[-1]], key=_KEY) if ends else self.cut(length)

    def __str__(self) -> str:
        message = "Clean text does not decay into str: use .text where it is drawn, sent or stored"
        raise TypeError(message)

    def __format__(self, spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"Clean({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RedactedText) and self.text == other.text

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
        """Store it as text, or by digest where the context collects `texts`."""
        return core_schema.with_info_plain_validator_function(
            _read,
            serialization=core_schema.plain_serializer_function_ser_schema(_write, info_arg=True),
        )

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return restore_redacted, (self.text,)


def restore_redacted(text: str) -> RedactedText:
    """Clean text again, from where it was stored. For storage and process boundaries only."""
    return RedactedText(text, key=_KEY)


def redacted(text: str) -> RedactedText:
    """The stamp that redaction puts on what it has been through. For core.redaction only."""
    return RedactedText(text, key=_KEY)


def worded(
    words: str, values: Mapping[str, RedactedText | float | datetime | None]
) -> RedactedText:
    """`RedactedText.format`, of words from our package's own data: sentences and intents."""
    return RedactedText(_filled(words, values), key=_KEY)


def _filled(words: str, values: Mapping[str, object]) -> str:
    return words.format(**{name: _spell(value) for name, value in values.items()})


def _write(value: RedactedText, info: core_schema.SerializationInfo) -> str:
    texts = (info.context or {}).get("texts")
    if texts is None:
        return value.text
    texts[value.digest] = value
    return value.digest


def _read(value: object, info: core_schema.ValidationInfo) -> RedactedText:
    if isinstance(value, RedactedText):
        return value
    if not isinstance(value, str):
        message = "Clean text is stored as text"
        raise TypeError(message)
    texts = (info.context or {}).get("texts")
    if texts is None:
        return restore_redacted(value)
    text: RedactedText = texts.get(value, ERASED)
    return text


def _spell(value: object) -> str:
    if isinstance(value, RedactedText):
        return value.text
    if value is None:
        return "unknown"
    if isinstance(value, datetime):
        return f"{value:%H:%M:%S} UTC"
    if isinstance(value, int | float):
        return f"{value:,}"
    message = f"{type(value).__name__} is not clean"
    raise TypeError(message)


RedactedText.EMPTY = RedactedText("", key=_KEY)
ERASED: Final = RedactedText("(erased)", key=_KEY)


REPLACED = "\ufffd"
UNBROKEN = "\u00a0"  # a space at which no line ends
_SPACES = "\t\u2028\u2029"  # the latter two end lines on some screens, and on others do not
# Cc: control. Cf: bidirectional overrides and what cannot be seen. Cs: half a character.
_ILLEGIBLE = {"Cc", "Cf", "Cs"}
_JOINERS = "\u200c\u200d"
_WRITTEN = "LMS"  # letters, the marks upon them, and signs such as emoji


def legible(text: str) -> str:
    """The text without what would deceive; its lines stay lines."""
    text = text.replace("\r\n", "\n")
    if text.isprintable():  # of all that is replaced, nothing is
        return text
    return "".join(
        character if character.isprintable() else _shown(text, at)
        for at, character in enumerate(text)
    )


def one_line(text: str) -> str:
    """The same on one line: any run of white space is one space; what must not break does not."""
    return re.sub(rf"[^\S{UNBROKEN}]+", " ", legible(text)).strip()


def _shown(text: str, at: int) -> str:
    character = text[at]
    if character == "\n":
        return character
    if character in _SPACES:
        return " "
    if character in _JOINERS:
        return character if _joins(text, at) else REPLACED
    return REPLACED if unicodedata.category(character) in _ILLEGIBLE else character


def _joins(text: str, at: int) -> bool:
    """Some scripts, and emoji of several parts, cannot be written without; ASCII can."""
    beside = (*text[max(at - 1, 0) : at], *text[at + 1 : at + 2])
    return any(
        not character.isascii() and unicodedata.category(character)[0] in _WRITTEN
        for character in beside
    )
