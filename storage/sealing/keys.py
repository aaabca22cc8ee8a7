"""Data keys: a key per content, wrapped for each holder who may open it.

The wrapping key of a holder is derived from the installation's secret (HKDF, RFC 5869), so that no
key but that secret has to be kept. A slot is one wrapped data key:

    magic and version, 8 bytes · id of the secret, 8 · nonce, 12 · AES-256-GCM of the data key, 48

The secret may be changed: slots name theirs by its id, and older secrets still open them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY_BYTES = 32
ID_BYTES = 8
NONCE_BYTES = 12
MAGIC = b"FMSLOT\x00\x01"
_HEADER = len(MAGIC) + ID_BYTES
SLOT_BYTES = _HEADER + NONCE_BYTES + KEY_BYTES + 16


def subkey(secret: bytes, purpose: str, *, salt: bytes = b"", length: int = KEY_BYTES) -> bytes:
    """A key for one purpose only; whoever has it knows nothing of the secret or of other keys."""
    derivation = HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=purpose.encode())
    return derivation.derive(secret)


def key_id(key: bytes) -> bytes:
    """An id of a key, from which the key cannot be derived."""
    return subkey(key, "faultmaven:key-id", length=ID_BYTES)


def new_data_key() -> bytes:
    """Random, for one content."""
    return os.urandom(KEY_BYTES)


def is_slot(slot: bytes) -> bool:
    """True if this was written as a slot, and neither overwritten nor cut off."""
    return len(slot) == SLOT_BYTES and slot.startswith(MAGIC)


class Keyring:
    """The installation's secret, and those that it had before."""

    def __init__(self, secret: bytes, *older: bytes) -> None:
        self._secret = secret
        self._current = key_id(secret)
        self._secrets = {key_id(known): known for known in older}
        self._secrets.pop(self._current, None)  # the current one is the last, also if named twice
        self._secrets[self._current] = secret

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.ids)})"

    def with_older(self, *older: bytes) -> Keyring:
        """The same, with secrets that it had before those known here."""
        return Keyring(self._secret, *older, *self._secrets.values())

    @property
    def current(self) -> bytes:
        """The secret that seals from now on."""
        return self._secret

    @property
    def ids(self) -> Sequence[str]:
        """Names of the secrets, oldest first."""
        return [secret_id.hex() for secret_id in self._secrets]

    def secret(self, secret_id: str) -> bytes:
        """The secret of which this is the id, or its beginning. Raises KeyError."""
        known = {ours.hex(): secret for ours, secret in self._secrets.items()}
        matching = [secret for name, secret in known.items() if name.startswith(secret_id)]
        if not matching:
            raise KeyError(secret_id)
        return matching[0]

    def is_current(self, slot: bytes) -> bool:
        """True if the slot was made with the current secret."""
        return is_slot(slot) and slot[len(MAGIC) : _HEADER] == self._current

    def wrap(self, data_key: bytes, *, holder: str) -> bytes:
        """A slot. holder: who may open what, as one text."""
        header, nonce = MAGIC + self._current, os.urandom(NONCE_BYTES)
        return header + nonce + _cipher(self._secret, holder).encrypt(nonce, data_key, header)

    def unwrap(self, slot: bytes, *, holder: str) -> bytes:
        """The data key. Raises StoreUnavailable where no secret of ours opens the slot."""
        header, nonce = slot[:_HEADER], slot[_HEADER : _HEADER + NONCE_BYTES]
        secret = self._secrets.get(header[len(MAGIC) :])
        if not is_slot(slot) or secret is None:
            raise StoreUnavailable(_not_ours(header), next_step=_BRING_BACK)
        try:
            return _cipher(secret, holder).decrypt(nonce, slot[_HEADER + NONCE_BYTES :], header)
        except InvalidTag as error:
            message = "the key of an original was changed on the disk: it opens nothing"
            raise StoreUnavailable(message, next_step=_RESTORE) from error


_BRING_BACK = (
    "Start with the FAULTMAVEN_SECRET_KEY (or `secret.key`) that the originals were stored with."
)
_RESTORE = "Restore the folder of the originals from a backup, or send the file again."


def _not_ours(header: bytes) -> str:
    if not header.startswith(MAGIC):
        return "the key of an original is damaged on the disk"
    name = header[len(MAGIC) :].hex()
    return (
        f"an original is sealed under the secret of the id {name}, which this installation does"
        " not have"
    )


def _cipher(secret: bytes, holder: str) -> AESGCM:
    return AESGCM(subkey(secret, f"faultmaven:originals:{holder}"))
