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

from core.errors import SecretChanged, StoreUnavailable, WrongSecret
from storage.sealing.keys import subkey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Dialect

    from storage.sealing.keys import Keyring

MAGIC = "sealed:1:"  # then the id of the secret, and a colon
ID_LETTERS = 8
_KEY_BYTES = 64  # two keys of AES-256


class ColumnSeal:
    """Closes values with the current secret of a keyring, and opens them with each of its secrets.

    The keys are derived from the secrets, for this use alone.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._ciphers = {
            secret_id[:ID_LETTERS]: AESSIV(
                subkey(keyring.secret(secret_id), "faultmaven:database", length=_KEY_BYTES)
            )
            for secret_id in keyring.ids
        }
        self.secret_id = list(self._ciphers)[-1]
        self.mark = f"{MAGIC}{self.secret_id}:"

    def __repr__(self) -> str:
        return f"Seal({self.mark})"

    @property
    def ids(self) -> Sequence[str]:
        """Names of the secrets, oldest first."""
        return list(self._ciphers)

    def knows(self, secret_id: str) -> bool:
        """Whether it opens what was sealed under this secret."""
        return secret_id in self._ciphers

    def close(self, text: str) -> str:
        """In letters, for a column of text. What is empty stays empty: rows are found by that."""
        if not text:
            return text
        sealed = self._current.encrypt(text.encode("utf-8", "surrogatepass"), None)
        return self.mark + base64.b64encode(sealed).decode()

    def close_bytes(self, body: bytes) -> bytes:
        return self.mark.encode() + self._current.encrypt(body, None) if body else body

    def open(self, text: str) -> str:
        """Raises StoreUnavailable where no secret of ours closed it."""
        if not text.startswith(MAGIC):
            return text
        secret_id, _, written = text.removeprefix(MAGIC).partition(":")
        try:
            sealed = base64.b64decode(written, validate=True)
        except binascii.Error as error:
            raise _not_ours() from error
        return self._opened(secret_id, sealed).decode("utf-8", "surrogatepass")

    def open_bytes(self, body: bytes) -> bytes:
        """Raises StoreUnavailable where no secret of ours closed it."""
        if not body.startswith(MAGIC.encode()):
            return body
        secret_id, _, sealed = body.removeprefix(MAGIC.encode()).partition(b":")
        return self._opened(secret_id.decode(errors="replace"), sealed)

    def is_former(self, value: str | bytes | None) -> bool:
        """Whether a value as it rests is sealed, and not under the current secret."""
        if not isinstance(value, str):
            value = bytes(value or b"")[: len(self.mark)].decode(errors="replace")
        return value.startswith(MAGIC) and not value.startswith(self.mark)

    def moved(self, value: str | bytes) -> str | bytes:
        """A value as it rests, closed with the current secret. Raises StoreUnavailable."""
        if isinstance(value, str):
            return self.close(self.open(value)) if value.startswith(MAGIC) else value
        is_sealed = bytes(value).startswith(MAGIC.encode())
        return self.close_bytes(self.open_bytes(bytes(value))) if is_sealed else value

    @property
    def _current(self) -> AESSIV:
        return self._ciphers[self.secret_id]

    def _opened(self, secret_id: str, sealed: bytes) -> bytes:
        cipher = self._ciphers.get(secret_id)
        if cipher is None and len(secret_id) == ID_LETTERS and secret_id.isalnum():
            raise sealed_under(secret_id, ours=self.secret_id)
        if cipher is None:
            raise _not_ours()
        try:
            return cipher.decrypt(sealed, None)
        except (InvalidTag, ValueError) as error:
            raise _not_ours() from error


def sealed_under(secret_id: str, *, ours: str) -> SecretChanged:
    """That somebody changed the secret beside this process, with the ids of both."""
    message = (
        f"the secret was changed: the database is sealed under the one of the id {secret_id} now,"
        f" this process still has {ours}"
    )
    return SecretChanged(message)


def _not_ours() -> StoreUnavailable:
    message = "the database was sealed under another secret, or was changed on the disk"
    return StoreUnavailable(message, next_step=WrongSecret.next_step)


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
    if not body.startswith(MAGIC.encode()):
        return body
    seal = _SEALS.get(dialect)
    if seal is None:
        raise _not_ours()
    return seal.open_bytes(body)


def opened(text: str, dialect: Dialect) -> str:
    """What rests there as text. Raises StoreUnavailable without the seal that closed it."""
    if not text.startswith(MAGIC):
        return text
    seal = _SEALS.get(dialect)
    if seal is None:
        raise _not_ours()
    return seal.open(text)
