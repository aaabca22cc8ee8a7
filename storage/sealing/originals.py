"""Sealed files as readers see them; path and key can be passed to another process."""

from __future__ import annotations

import io
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core.errors import NotFound, StoreUnavailable
from storage.sealing.chunks import SealingWriter, Unsealed, content_size
from storage.sealing.disk import keep, make_folder, temporary, write_all
from storage.sealing.frames import FrameWriter, Unframed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import IO

    from _typeshed import ReadableBuffer

CONTENT = "content"
BUFFER = 2**16  # for whoever reads line by line


@dataclass(frozen=True, kw_only=True)
class SealedFile:
    """Content that rests sealed. key: its data key, in hexadecimal."""

    path: Path
    key: str = field(repr=False)
    purpose: str = CONTENT

    @property
    def size(self) -> int:
        """Of the content, in bytes. Raises NotFound, StoreUnavailable."""
        with _errors_of_reading():
            return content_size(self.path.stat().st_size)

    @property
    def written(self) -> datetime:
        with _errors_of_reading():
            return datetime.fromtimestamp(self.path.stat().st_mtime, tz=UTC)

    def open(self) -> IO[bytes]:
        """Open the content. Reading raises StoreUnavailable where it was changed after sealing."""
        with _errors_of_reading():
            stream = self.path.open("rb", buffering=0)
        try:
            size = self.path.stat().st_size
            raw = Unsealed(stream, size, bytes.fromhex(self.key), purpose=self.purpose)
        except BaseException:
            stream.close()
            raise
        return io.BufferedReader(raw, BUFFER)


@dataclass(frozen=True, kw_only=True)
class CompressedFile:
    """Content that rests compressed, and sealed."""

    sealed: SealedFile

    @property
    def size(self) -> int:
        """Of the content, in bytes. Raises NotFound, StoreUnavailable."""
        with self._unframed() as frames:
            return frames.size

    @property
    def written(self) -> datetime:
        return self.sealed.written

    def open(self) -> IO[bytes]:
        """Open the content. Reading raises StoreUnavailable where it was changed after sealing."""
        return io.BufferedReader(self._unframed(), BUFFER)

    def _unframed(self) -> Unframed:
        stream = self.sealed.open()
        try:
            return Unframed(stream)
        except BaseException:
            stream.close()
            raise


@dataclass(frozen=True, kw_only=True)
class SealedBlank:
    """Where a text is about to be written, compressed and sealed.

    It appears when it is closed without error. plain: where earlier versions left it, sealed only.
    """

    path: Path
    key: str = field(repr=False)
    purpose: str
    plain: Path | None = None

    def create(self) -> IO[bytes]:
        """Raises StoreUnavailable, then and when it is written to."""
        make_folder(self.path.parent)
        return cast("IO[bytes]", _Sealing(self))

    def original(self) -> CompressedFile | SealedFile:
        if self.plain is not None and not self.path.exists() and self.plain.exists():
            return SealedFile(path=self.plain, key=self.key, purpose=self.purpose)
        sealed = SealedFile(path=self.path, key=self.key, purpose=self.purpose)
        return CompressedFile(sealed=sealed)


@dataclass(frozen=True, kw_only=True)
class SealedShelf:
    """What is derived of one file: a table, in which there is no text, and its text, sealed."""

    table: Path
    rendition: SealedBlank


class _Sealing(io.RawIOBase):
    """A stream compressed and sealed as it is written. Without a clean close, no file appears."""

    def __init__(self, blank: SealedBlank) -> None:
        self._path, self._plain = blank.path, blank.plain
        self._ending = ExitStack()
        self._file = self._ending.enter_context(temporary(blank.path.parent))
        with self._abandoned_where_it_breaks():
            key = bytes.fromhex(blank.key)
            self._sealer = SealingWriter(partial(write_all, self._file), key, purpose=blank.purpose)
            self._frames = FrameWriter(self._sealer.add)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._abandon()
        self.close()

    def __del__(self) -> None:
        self._abandon()

    def writable(self) -> bool:
        return True

    def write(self, content: ReadableBuffer) -> int:
        with self._abandoned_where_it_breaks():
            self._frames.add(content)
        return memoryview(content).nbytes

    def close(self) -> None:
        if not self.closed:
            with self._abandoned_where_it_breaks():
                self._frames.finish()
                self._sealer.finish()
                keep(self._file, self._path)
                if self._plain is not None:
                    self._plain.unlink(missing_ok=True)
            self._abandon()

    def _abandon(self) -> None:
        """Remove the temporary file of a stream that was not closed."""
        super().close()
        self._ending.close()

    @contextmanager
    def _abandoned_where_it_breaks(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._abandon()
            raise


@contextmanager
def _errors_of_reading() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        message = "the original is not there any more"
        raise NotFound(message, next_step="Send the file again, or restore a backup.") from error
    except OSError as error:
        message = f"an original cannot be read: {error.strerror or type(error).__name__}"
        raise StoreUnavailable(message) from error
