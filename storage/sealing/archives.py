"""The seal of an archive: by the installation's secret, or by a passphrase.

    magic and version, 8 bytes · which of the two, 1 · salt, 16 · a sealed stream (`chunks`)

The key of each archive is its own: derived from the secret and the salt by HKDF, or from the
passphrase and the salt by scrypt (RFC 7914), which makes guessing slow.
"""

from __future__ import annotations

import io
import os
from functools import partial
from typing import IO, TYPE_CHECKING, cast

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import StoreUnavailable, Tampered, Unreadable, WrongSecret, WrongUsage
from storage.sealing.chunks import HEADER, SealingWriter, Unsealed, data_key_id, is_sealed
from storage.sealing.disk import write_all
from storage.sealing.keys import KEY_BYTES, key_id, subkey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed import ReadableBuffer, WriteableBuffer

    from storage.sealing.keys import Keyring

MAGIC = b"FMARCH\x00\x01"
SECRET, PASSPHRASE = b"s", b"p"
SALT = 16
PURPOSE = "archive"
BUFFER = 2**16
_START = len(MAGIC) + 1 + SALT
_ROUNDS = 2**15  # 32 MB of memory for each guess
_DAMAGED = "the archive was changed, or cut off"
_AGAIN = "Do not rely on it: make it again with `faultmaven export --all`."


class SealedArchive(io.RawIOBase):
    """Seals what is written to it, up to `close`. passphrase: "" for the keyring's secret."""

    def __init__(self, file: IO[bytes], keyring: Keyring, passphrase: str) -> None:
        salt = os.urandom(SALT)
        kind = PASSPHRASE if passphrase else SECRET
        key = _of_passphrase(passphrase, salt) if passphrase else _of(keyring.current, salt)
        write_all(file, MAGIC + kind + salt)
        self._sealer = SealingWriter(partial(write_all, file), key, purpose=PURPOSE)

    def writable(self) -> bool:
        return True

    def write(self, content: ReadableBuffer) -> int:
        self._sealer.add(content)
        return memoryview(content).nbytes

    def finish(self) -> None:
        """Without it, what was written is not whole."""
        self._sealer.finish()


def open_archive(path: Path, keyring: Keyring, passphrase: str) -> IO[bytes]:
    """What was sealed, from its start. Raises Unreadable, WrongUsage, WrongSecret.

    Reading raises Tampered where it was changed, or cut off.
    """
    file = path.open("rb", buffering=0)
    try:
        start, header = file.read(_START), file.read(HEADER)
        _must_be_archive(path, start, header)
        key = _key_of(start, header, keyring, passphrase)
        behind = cast("IO[bytes]", _Behind(file))
        return io.BufferedReader(_Checked(behind, path.stat().st_size - _START, key), BUFFER)
    except BaseException:
        file.close()
        raise


def _must_be_archive(path: Path, start: bytes, header: bytes) -> None:
    """Raises Unreadable."""
    if not start.startswith(MAGIC[:-1]) or len(start) < _START or not is_sealed(header):
        message = f"{path.name} is no archive of FaultMaven"
        raise Unreadable(message, next_step="`faultmaven export --all FILE` makes one.")
    if not start.startswith(MAGIC):
        message = f"{path.name} is sealed in a way that this version does not know"
        raise Unreadable(message, next_step="Import it with the version that made it.")


def _key_of(start: bytes, header: bytes, keyring: Keyring, passphrase: str) -> bytes:
    kind, salt = start[len(MAGIC) : len(MAGIC) + 1], start[-SALT:]
    if kind == PASSPHRASE and not passphrase:
        message = "the archive is sealed with a passphrase"
        raise WrongUsage(message, next_step="Type it: faultmaven import ARCHIVE --passphrase")
    for key in _candidates(kind, salt, keyring, passphrase):
        if key_id(key) == data_key_id(header):
            return key
    if kind == PASSPHRASE:
        raise WrongUsage("that is not its passphrase", next_step="Type it once more.")
    message = "the archive is sealed under the secret of another installation"
    step = "Name that secret in FAULTMAVEN_OLD_SECRET_KEYS, or export with --passphrase."
    raise WrongSecret(message, next_step=step)


def _candidates(kind: bytes, salt: bytes, keyring: Keyring, passphrase: str) -> Iterator[bytes]:
    if kind == PASSPHRASE:
        yield _of_passphrase(passphrase, salt)
        return
    for secret_id in keyring.ids:
        yield _of(keyring.secret(secret_id), salt)


def _of(secret: bytes, salt: bytes) -> bytes:
    return subkey(secret, "faultmaven:archive", salt=salt)


def _of_passphrase(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=_ROUNDS, r=8, p=1).derive(passphrase.encode())


class _Behind(io.RawIOBase):
    """A file as if it began behind what names its key."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._file.seek(_START)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset + _START, whence) - _START

    def readinto(self, buffer: WriteableBuffer) -> int:
        return self._file.readinto(buffer)  # type: ignore[attr-defined,no-any-return]

    def close(self) -> None:
        self._file.close()
        super().close()


class _Checked(Unsealed):
    """Damage is of an archive, and of no original."""

    def __init__(self, stream: IO[bytes], size: int, key: bytes) -> None:
        try:
            super().__init__(stream, size, key, purpose=PURPOSE)
        except StoreUnavailable as error:
            raise Tampered(_DAMAGED, next_step=_AGAIN) from error

    def readinto(self, buffer: WriteableBuffer) -> int:
        try:
            return super().readinto(buffer)
        except StoreUnavailable as error:
            raise Tampered(_DAMAGED, next_step=_AGAIN) from error
