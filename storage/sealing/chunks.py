"""Content sealed in chunks: any part can be read alone, and every change is detected.

    magic and version, 8 bytes · id of the data key, 8 · salt, 16 · chunks

Each chunk is AES-256-GCM of 1 MiB, the last one of the rest (of nothing, where nothing is left).
Its nonce is its number; header, number and whether it is the last are authenticated with it, so
that a chunk that was changed, moved, dropped or added does not open. Every stream has a key of its
own, derived from the data key, the salt and what the stream is for: a number never meets the same
key twice. The shape is that of STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import StoreUnavailable
from storage.sealing.keys import ID_BYTES, NONCE_BYTES, key_id, subkey

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from _typeshed import ReadableBuffer, WriteableBuffer

MAGIC = b"FMSEAL\x00\x01"
CHUNK = 2**20
TAG = 16
SALT_BYTES = 16
HEADER = len(MAGIC) + ID_BYTES + SALT_BYTES
RESTORE = "Restore the folder of the originals from a backup, or send the file again."


def is_sealed(header: bytes) -> bool:
    """True if content that begins like this is sealed."""
    return len(header) == HEADER and header.startswith(MAGIC)


def data_key_id(header: bytes) -> bytes:
    """The id of the data key that opens it, as `keys.key_id` computes it."""
    return header[len(MAGIC) : len(MAGIC) + ID_BYTES]


def sealed_size(size: int) -> int:
    """Bytes on the disk of `size` bytes of content."""
    return HEADER + size + TAG * max(1, -(-size // CHUNK))


def content_size(size: int) -> int:
    """Bytes of content in `size` bytes on the disk. Raises StoreUnavailable: no content has it."""
    body = size - HEADER
    content = body - TAG * -(-body // (CHUNK + TAG))
    if body < TAG or sealed_size(content) != size:
        raise _damaged()
    return content


@dataclass(frozen=True)
class _Cipher:
    """The chunks of one stream."""

    header: bytes
    aead: AESGCM

    @classmethod
    def of(cls, header: bytes, data_key: bytes, purpose: str) -> _Cipher:
        salt = header[-SALT_BYTES:]
        return cls(header, AESGCM(subkey(data_key, f"faultmaven:stream:{purpose}", salt=salt)))

    def seal(self, number: int, content: bytearray, *, last: bool) -> bytes:
        nonce = number.to_bytes(NONCE_BYTES, "big")
        return self.aead.encrypt(nonce, content, self.header + nonce + bytes([last]))

    def unseal(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        nonce = number.to_bytes(NONCE_BYTES, "big")
        try:
            return self.aead.decrypt(nonce, sealed, self.header + nonce + bytes([last]))
        except InvalidTag as error:
            raise _damaged() from error


class SealingWriter:
    """Seals a stream as it comes. write: takes all that it is handed, or raises."""

    def __init__(
        self, write: Callable[[ReadableBuffer], None], data_key: bytes, *, purpose: str
    ) -> None:
        header = MAGIC + key_id(data_key) + os.urandom(SALT_BYTES)
        self._write = write
        self._cipher = _Cipher.of(header, data_key, purpose)
        self._rest = bytearray()
        self._number = 0
        write(header)

    def add(self, content: ReadableBuffer) -> None:
        """Add bytes; a chunk is written once more bytes follow it."""
        self._rest += content
        while len(self._rest) > CHUNK:
            self._put(self._rest[:CHUNK], last=False)
            del self._rest[:CHUNK]

    def finish(self) -> None:
        """Write the last chunk; nothing can be added after it."""
        self._put(self._rest, last=True)

    def _put(self, content: bytearray, *, last: bool) -> None:
        self._write(self._cipher.seal(self._number, content, last=last))
        self._number += 1


class Unsealed(io.RawIOBase):
    """What was sealed, from any place on. Keeps the one chunk that was read last.

    stream: at its start, unbuffered; it is closed with this one. size: of it, in bytes.
    Reading raises StoreUnavailable where the content was changed since it was sealed.
    """

    def __init__(self, stream: IO[bytes], size: int, data_key: bytes, *, purpose: str) -> None:
        self._stream = stream
        self._size = content_size(size)
        header = stream.read(HEADER)
        if not is_sealed(header) or data_key_id(header) != key_id(data_key):
            raise _damaged()
        self._cipher = _Cipher.of(header, data_key, purpose)
        self._position = 0
        self._chunk = memoryview(b"")
        self._number = -1

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if start + offset < 0:
            message = "before the start"
            raise ValueError(message)
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Up to the end of a chunk; the whole of a stream is checked only by reading its end."""
        room = memoryview(buffer).cast("B")
        if self._position >= self._size > 0:
            return 0
        number, within = divmod(self._position, CHUNK)
        some = self._open(number)[within : within + len(room)]
        room[: len(some)] = some
        self._position += len(some)
        return len(some)

    def close(self) -> None:
        self._stream.close()
        super().close()

    def _open(self, number: int) -> memoryview:
        if number != self._number:
            last = number == max(0, (self._size - 1) // CHUNK)
            sealed = self._read(number)
            self._chunk = memoryview(self._cipher.unseal(number, sealed, last=last))
            self._number = number
        return self._chunk

    def _read(self, number: int) -> bytes:
        try:
            self._stream.seek(HEADER + number * (CHUNK + TAG))
            return self._stream.read(CHUNK + TAG)
        except OSError as error:
            message = f"an original cannot be read: {error.strerror or type(error).__name__}"
            raise StoreUnavailable(message) from error


def _damaged() -> StoreUnavailable:
    message = "an original was changed on the disk, or cut off: it cannot be read"
    return StoreUnavailable(message, next_step=RESTORE)
