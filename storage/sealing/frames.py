"""Text compressed so that any part can be read alone: frames of zstd, and an index behind them.

    frames · size of each frame, 4 bytes · number of frames, 4 · bytes of content, 8 · magic, 8

Each frame holds 1 MiB of content, the last one the rest. Reading takes the memory of one frame.
"""

from __future__ import annotations

import io
import os
import struct
from typing import TYPE_CHECKING

import zstandard

from core.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from _typeshed import ReadableBuffer, WriteableBuffer

FRAME = 2**20
_MAGIC = b"FMTEXT\x00\x01"
_LEVEL = 3
_END = struct.Struct(">IQ8s")
_SIZE = struct.Struct(">I")


class FrameWriter:
    """Compresses a stream as it comes. write: takes all that it is handed, or raises."""

    def __init__(self, write: Callable[[ReadableBuffer], None]) -> None:
        self._write = write
        self._zstd = zstandard.ZstdCompressor(level=_LEVEL)
        self._rest = bytearray()
        self._sizes: list[int] = []
        self._content = 0

    def add(self, content: ReadableBuffer) -> None:
        """Add bytes; a frame is written once it is full."""
        self._rest += content
        while len(self._rest) >= FRAME:
            self._put(self._rest[:FRAME])
            del self._rest[:FRAME]

    def finish(self) -> None:
        """Write the last frame and the index; nothing can be added after them."""
        if self._rest:
            self._put(self._rest)
        sizes = b"".join(map(_SIZE.pack, self._sizes))
        self._write(sizes + _END.pack(len(self._sizes), self._content, _MAGIC))

    def _put(self, content: bytearray) -> None:
        frame = self._zstd.compress(content)
        self._write(frame)
        self._sizes.append(len(frame))
        self._content += len(content)


class Unframed(io.RawIOBase):
    """What was compressed, from any place on. Keeps the one frame that was read last.

    stream: seekable; it is closed with this one. Reading raises StoreUnavailable where it holds no
    frames of ours.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._starts, self.size = _index(stream)
        self._zstd = zstandard.ZstdDecompressor()
        self._position = 0
        self._frame = memoryview(b"")
        self._number = -1

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            message = "before the start"
            raise ValueError(message)
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Up to the end of a frame."""
        room = memoryview(buffer).cast("B")
        if self._position >= self.size:
            return 0
        number, within = divmod(self._position, FRAME)
        some = self._open(number)[within : within + len(room)]
        room[: len(some)] = some
        self._position += len(some)
        return len(some)

    def close(self) -> None:
        self._stream.close()
        super().close()

    def _open(self, number: int) -> memoryview:
        if number != self._number:
            start, end = self._starts[number : number + 2]
            self._stream.seek(start)
            try:
                frame = self._zstd.decompress(self._stream.read(end - start), FRAME)
            except zstandard.ZstdError as error:
                raise _damaged() from error
            if len(frame) != min(FRAME, self.size - number * FRAME):
                raise _damaged()
            self._frame, self._number = memoryview(frame), number
        return self._frame


def _index(stream: IO[bytes]) -> tuple[list[int], int]:
    """Where each frame begins and the last one ends, and the bytes of content."""
    size = stream.seek(0, os.SEEK_END)
    if size < _END.size:
        raise _damaged()
    stream.seek(-_END.size, os.SEEK_END)
    count, content, magic = _END.unpack(stream.read(_END.size))
    if magic != _MAGIC or count != -(-content // FRAME):
        raise _damaged()
    index_start = size - _END.size - count * _SIZE.size
    if index_start < 0:
        raise _damaged()
    stream.seek(index_start)
    starts = [0]
    for (frame_size,) in _SIZE.iter_unpack(stream.read(count * _SIZE.size)):
        starts.append(starts[-1] + frame_size)
    if starts[-1] != index_start:
        raise _damaged()
    return starts, content


def _damaged() -> StoreUnavailable:
    message = "the text of an original was changed on the disk, or cut off: it cannot be read"
    step = "Read the file again: `evidence again` and its number, such as e3."
    return StoreUnavailable(message, next_step=step)
