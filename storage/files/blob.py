"""One content and those who hold it: put, held, let go, each whole or not at all.

Every change happens under the lock of its folder, in an order that a crash may break off anywhere:
slots come before the content and go before it, so that what rests can be opened by whoever holds
it, and what nobody can open is garbage that the next change or sweep removes.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import NotFound, StoreUnavailable
from storage.files.slots import Slots, is_unclaimed
from storage.sealing.chunks import HEADER, SealingWriter, data_key_id, is_sealed
from storage.sealing.disk import errors_of_disk, keep, locked, sync_folder, temporary, write_all
from storage.sealing.keys import key_id, new_data_key
from storage.sealing.originals import CONTENT, SealedFile

if TYPE_CHECKING:
    from datetime import datetime
    from typing import IO

    from storage.sealing.keys import Keyring

SLOTS = ".keys"
PIECE = 2**20


@dataclass(frozen=True)
class Blob:
    """path: where the content rests; slots: who can open it."""

    path: Path
    slots: Slots

    @classmethod
    def at(cls, path: Path, *, tenant_id: str, keyring: Keyring) -> Blob:
        """The blob at a path, whether or not its content exists."""
        label = f"{tenant_id}:{path.name}"
        return cls(path, Slots(path.with_name(path.name + SLOTS), label, keyring))

    def put(self, sealed: IO[bytes], data_key: bytes) -> str:
        """Store the content with one more unclaimed slot; returns the slot's name.

        sealed: the same content, under a key that is not known.

        Where nobody can open what rests already, the new takes its place, for all its holders too.
        """
        with locked(self.path.parent):
            known = self._data_key()
            if known is not None:
                return self.slots.make_unclaimed(known)
            for name in self.slots.names():
                self.slots.make(name, data_key)
            slot = self.slots.make_unclaimed(data_key)
            keep(sealed, self.path)
            return slot

    def hold(self, case_id: str) -> None:
        """Raises NotFound, StoreUnavailable."""
        if self.is_sealed and self.slots.is_made(case_id, currently=True):
            return
        with locked(self.path.parent):
            if self.is_plain:
                self._seal(case_id)
                return
            if case_id in self.slots:
                self.slots.make(case_id, self.slots.open(case_id))  # with the secret of now
                return
            data_key = self._data_key()
            if data_key is None:
                raise self._not_found()
            self.slots.make(case_id, data_key)
            for name in self.slots.unclaimed()[:1]:
                self.slots.remove(name)

    def disclaim(self, slot: str) -> None:
        """Remove this unclaimed slot, and with the last slot the content. None: no change."""
        if not self.path.parent.is_dir():
            return
        with locked(self.path.parent):
            is_removed = is_unclaimed(slot) and self.slots.remove(slot)
            if is_removed and self.slots.is_empty():
                self._destroy()

    def release(self, case_id: str) -> None:
        """Remove a holder's slot, and with the last one the content. Raises StoreUnavailable."""
        if not self.path.parent.is_dir():
            return
        with locked(self.path.parent):
            if self.is_plain:
                message = "an original of an earlier version is not sealed yet"
                raise StoreUnavailable(message)  # others may hold it
            self.slots.remove(case_id)
            if self.slots.is_empty():
                self._destroy()

    def sweep(self, before: datetime) -> bool:
        """Forget what was put before and was never claimed; True where nothing is left."""
        with locked(self.path.parent):
            if self.is_plain:
                return False
            for name in self.slots.unclaimed(before=before):
                self.slots.remove(name)
            if not self.slots.is_empty():
                return False
            self._destroy()
            return True

    def original(self, case_id: str) -> SealedFile:
        """Raises NotFound, StoreUnavailable."""
        if not self.path.is_file():
            raise self._not_found()
        if not self.is_sealed:  # of an earlier version: whoever asks for it held it
            self.hold(case_id)
        return SealedFile(path=self.path, key=self.slots.open(case_id).hex())

    def _seal(self, case_id: str) -> None:
        """An original of before they were sealed; it keeps the time at which it was written."""
        data_key, times = new_data_key(), self.path.stat()
        for name in {*self.slots.names(), case_id}:
            self.slots.make(name, data_key)
        with temporary(self.path.parents[1]) as file, self.path.open("rb") as plain:
            sealer = SealingWriter(lambda piece: write_all(file, piece), data_key, purpose=CONTENT)
            while piece := plain.read(PIECE):
                sealer.add(piece)
            sealer.finish()
            os.utime(file.fileno(), ns=(times.st_atime_ns, times.st_mtime_ns))
            keep(file, self.path)

    def _destroy(self) -> None:
        self.slots.clear()
        with errors_of_disk():
            self.path.unlink(missing_ok=True)
            sync_folder(self.path.parent)

    def _data_key(self) -> bytes | None:
        """The data key of the stored content, from any slot."""
        header = self._header()
        if not is_sealed(header):
            return None
        fitting = (key for key in self.slots.data_keys() if key_id(key) == data_key_id(header))
        return next(fitting, None)

    @property
    def is_plain(self) -> bool:
        """Of before originals were sealed; not one whose header was changed since."""
        if not self.path.is_file() or self.is_sealed:
            return False
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.path.name

    @property
    def is_sealed(self) -> bool:
        return is_sealed(self._header())

    def _header(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                return file.read(HEADER)
        except FileNotFoundError:
            return b""

    def _not_found(self) -> NotFound:
        message = f"no content {self.path.name}"
        return NotFound(message, next_step="Send the file again, or restore a backup.")
