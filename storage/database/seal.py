"""Encryption of what came from outside: a copy of the database's disk reveals none of it.

Deliveries and utterances are kept as they came, because they must be tried again after a crash,
and redaction may get better. AES-SIV (RFC 5297) gives the same text the same form, so that rows are
still found by what is in a sealed column; who sees the database sees which values are equal, and
how long they are. A value that was stored before there were seals is read as it is.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from core.errors import StoreUnavailable
from storage.sealing.keys import key_id, subkey

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

_MAGIC = "sealed:1:"
_KEY_BYTES = 64  # two keys of AES-256


class ColumnSeal:
    """Closes and opens values with a key of its own, derived from the installation's secret."""

    def __init__(self, secret: bytes) -> None:
        self._mark = f"{_MAGIC}{key_id(secret).hex()[:8]}:"
        self._cipher = AESSIV(subkey(secret, "faultmaven:database", length=_KEY_BYTES))

    def __repr__(self) -> str:
        return f"Seal({self._mark})"

    def close(self, text: str) -> str:
        """In letters, for a column of text. What is empty stays empty: rows are found by that."""
        if not text:
            return text
        sealed = self._cipher.encrypt(text.encode("utf-8", "surrogatepass"), None)
        return self._mark + base64.b64encode(sealed).decode()

    def close_bytes(self, body: bytes) -> bytes:
        return self._mark.encode() + self._cipher.encrypt(body, None) if body else body

    def open(self, text: str) -> str:
        """Raises StoreUnavailable where another secret closed it."""
        if not text.startswith(_MAGIC):
            return text
        try:
            sealed = base64.b64decode(text.removeprefix(self._mark), validate=True)
        except binascii.Error as error:
            raise _not_ours() from error
        return self._opened(sealed).decode("utf-8", "surrogatepass")

    def open_bytes(self, body: bytes) -> bytes:
        """Raises StoreUnavailable where another secret closed it."""
        if not body.startswith(_MAGIC.encode()):
            return body
        return self._opened(body.removeprefix(self._mark.encode()))

    def _opened(self, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed, None)
        except (InvalidTag, ValueError) as error:
            raise _not_ours() from error


def _not_ours() -> StoreUnavailable:
    message = "the database was sealed under another secret, or was changed on the disk"
    return StoreUnavailable(
        message,
        next_step="Start with the FAULTMAVEN_SECRET_KEY (or `secret.key`) that it was made with.",
    )


# Columns are made once for the process, seals for each database: an engine's dialect is its own.
_SEALS: WeakKeyDictionary[Dialect, ColumnSeal] = WeakKeyDictionary()


def seal_columns(dialect: Dialect, seal: ColumnSeal) -> None:
    """From now on, sealed columns of this engine are."""
    _SEALS[dialect] = seal


def seal_of(dialect: Dialect) -> ColumnSeal | None:
    """None where nothing is sealed."""
    return _SEALS.get(dialect)


def closed(text: str, dialect: Dialect) -> str:
    """The text as it rests in this engine's database."""
    seal = _SEALS.get(dialect)
    return seal.close(text) if seal else text


def opened_bytes(body: bytes, dialect: Dialect) -> bytes:
    """As `opened`, of bytes."""
    if not body.startswith(_MAGIC.encode()):
        return body
    seal = _SEALS.get(dialect)
    if seal is None:
        raise _not_ours()
    return seal.open_bytes(body)


def opened(text: str, dialect: Dialect) -> str:
    """What rests there as text. Raises StoreUnavailable without the seal that closed it."""
    if not text.startswith(_MAGIC):
        return text
    seal = _SEALS.get(dialect)
    if seal is None:
        raise _not_ours()
    return seal.open(text)
