"""The slots beside a content: a folder of data keys, each wrapped for one holder.

Besides those of cases there are unclaimed slots: one for each time the content was put and no
case has taken it yet. Whoever calls this holds the lock of the content.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import NotFound, StoreUnavailable
from storage.sealing.disk import HALF_WRITTEN, erase, errors_of_disk, make_folder, write_whole
from storage.sealing.keys import Keyring, is_slot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

UNCLAIMED = ".put-"


def is_unclaimed(name: str) -> bool:
    """Whether a slot of this name is one that no case has taken."""
    return name.startswith(UNCLAIMED)


@dataclass(frozen=True)
class Slots:
    """label: of whose content they are, as one text."""

    folder: Path
    label: str
    keyring: Keyring

    def names(self) -> list[str]:
        """Holders, and what nobody has claimed yet, the oldest first."""
        return [path.name for path in self._paths() if is_slot(path.read_bytes())]

    def is_empty(self) -> bool:
        """True where nobody can open the content any more."""
        return not any(is_slot(path.read_bytes()) for path in self._unsorted())

    def unclaimed(self, *, before: datetime | None = None) -> list[str]:
        """Names of unclaimed slots. before: only those made before it."""
        return [
            path.name
            for path in self._paths()
            if is_unclaimed(path.name)
            and (before is None or path.stat().st_mtime < before.timestamp())
        ]

    def __contains__(self, name: str) -> bool:
        return self.is_made(name)

    def is_made(self, name: str, *, currently: bool = False) -> bool:
        """True if the holder has a slot. currently: one made with the current secret."""
        try:
            slot = (self.folder / name).read_bytes()
        except OSError:
            return False
        return self.keyring.is_current(slot) if currently else is_slot(slot)

    def open(self, name: str) -> bytes:
        """The data key. Raises NotFound where there is no such slot, StoreUnavailable."""
        try:
            slot = (self.folder / name).read_bytes()
        except FileNotFoundError:
            slot = b""
        except OSError as error:
            message = f"the key of an original cannot be read: {error.strerror}"
            raise StoreUnavailable(message) from error
        if not any(slot):  # also one that was overwritten, to be removed
            message = "this case does not hold the original"
            raise NotFound(message, next_step="Send the file again.")
        return self.keyring.unwrap(slot, holder=self._holder(name))

    def data_keys(self) -> Iterator[bytes]:
        """The data keys of all slots that open, whichever is found first."""
        for path in self._unsorted():
            try:
                yield self.open(path.name)
            except (NotFound, StoreUnavailable):
                continue  # of another secret, or being removed: who can open it will

    def make(self, name: str, data_key: bytes) -> None:
        """Write a holder's slot, or replace its key."""
        make_folder(self.folder)
        write_whole(self.folder / name, self.keyring.wrap(data_key, holder=self._holder(name)))

    def make_unclaimed(self, data_key: bytes) -> str:
        """Add an unclaimed slot, which the next case that takes the content uses up; its name."""
        name = f"{UNCLAIMED}{secrets.token_hex(8)}"
        self.make(name, data_key)
        return name

    def remove(self, name: str) -> bool:
        """Remove a slot; False where it does not exist."""
        path = self.folder / name
        is_there = path.exists()
        if is_there:
            erase(path)
        return is_there

    def clear(self) -> None:
        """Remove all slots and their folder."""
        if not self.folder.is_dir():
            return
        with errors_of_disk():
            for path in self.folder.iterdir():
                erase(path)
            self.folder.rmdir()

    def _holder(self, name: str) -> str:
        return f"{self.label}:{'' if is_unclaimed(name) else name}"

    def _paths(self) -> list[Path]:
        return sorted(self._unsorted(), key=lambda path: (path.stat().st_mtime_ns, path.name))

    def _unsorted(self) -> Iterator[Path]:
        """Of thousands that are unclaimed, one is found without a look at all of them."""
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            for entry in entries:
                if not entry.name.startswith(HALF_WRITTEN):
                    yield self.folder / entry.name
