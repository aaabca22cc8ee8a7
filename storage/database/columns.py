"""Column types: one for each kind of value of the domain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic_core import PydanticSerializationError
from sqlalchemy import BigInteger, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

from core.clock import from_micros, micros
from core.errors import RowDamaged
from core.text.redacted import RedactedText, restore_redacted
from storage.database.seal import closed, opened, opened_bytes, seal_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

Value = TypeVar("Value")
Name = TypeVar("Name", bound=StrEnum)

LONGEST_KEY = 200  # characters; PostgreSQL takes no index row over 2,704 bytes


def storable(text: str) -> str:
    """The text without what databases refuse: NUL becomes its picture, a lone surrogate `?`."""
    if text.isascii():
        return text.replace("\0", "␀")
    return text.replace("\0", "␀").encode("utf-8", "replace").decode()


class MomentColumn(TypeDecorator[datetime]):
    """A time, as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


class LengthColumn(TypeDecorator[timedelta]):
    """A length of time, in microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        return None if value is None else value // timedelta.resolution

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        return None if value is None else value * timedelta.resolution


class WordsColumn(TypeDecorator[str]):
    """Text that came from outside; at rest it is sealed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else closed(storable(value), dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else opened(value, dialect)


class BodyColumn(TypeDecorator[bytes]):
    """Bytes that came from outside; at rest they are sealed."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        seal = seal_of(dialect)
        return seal.close_bytes(value) if seal and value is not None else value

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else opened_bytes(bytes(value), dialect)


class CleanWords(TypeDecorator[RedactedText]):
    """Redacted text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: RedactedText | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value.text)

    def process_result_value(self, value: str | None, dialect: Dialect) -> RedactedText | None:
        return None if value is None else restore_redacted(value)


class Key(TypeDecorator[str]):
    """Text to find rows by, of any length: a long one rests as its hash, and is found by it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or len(value) <= LONGEST_KEY:
            return None if value is None else storable(value)
        return "sha256:" + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


class Named(TypeDecorator[Name]):
    """One member of an enum, by its value."""

    impl = Text
    cache_ok = True

    def __init__(self, members: type[Name]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: Name | None, dialect: Dialect) -> str | None:
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Name | None:
        try:
            return None if value is None else self.members(value)
        except ValueError as error:
            message = f"a row of the database names no {self.members.__name__} that we write"
            raise RowDamaged(message) from error


class Shaped(TypeDecorator[Value]):
    """A value of the domain as JSON; `adapter` reads and writes it.

    sealed: it holds text that came from outside.
    """

    impl = Text
    cache_ok = True

    def __init__(self, adapter: TypeAdapter[Value], *, sealed: bool = False) -> None:
        super().__init__()
        self.adapter = adapter
        self.sealed = sealed

    def process_bind_param(self, value: Value | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return closed(self._spelt(value), dialect) if self.sealed else self._spelt(value)

    def _spelt(self, value: Value) -> str:
        try:
            return self.adapter.dump_json(value).decode()
        except PydanticSerializationError:  # a lone surrogate somewhere in it has no UTF-8
            plain = self.adapter.dump_python(value, mode="json")
            return storable(json.dumps(plain, ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Value | None:
        return None if value is None else self.adapter.validate_json(opened(value, dialect))


def is_sealed(kind: TypeEngine[Any]) -> bool:
    """Whether values of the column type are sealed where they rest."""
    return isinstance(kind, WordsColumn | BodyColumn) or (isinstance(kind, Shaped) and kind.sealed)


class PlainJson(TypeDecorator[Mapping[str, Any]]):
    """Plain JSON that comes back exactly as it was hashed; NaN, which has no JSON, is refused."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Mapping[str, Any] | None:
        if value is None:
            return None
        plain: Mapping[str, Any] = json.loads(value)
        return plain
