"""Turns archives of other formats into a tar with bsdtar, a program of its own, through pipes.

A 7z is read from both ends, so that the program needs a file: one in memory, since originals are
sealed and nothing of them is written to a disk. Source: bsdtar(1), measured on 3.6.2.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from core.errors import UnreadableEvidence
from integrations.limited_commands import limited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.evidence.model import Original

PROGRAM = "bsdtar"
SECONDS = 40  # of a processor; the unpacker looks at the wall clock
MEMORY = 512 * 2**20  # of addresses, with the dictionary that an archive asks for
MOST_BYTES = 256 * 2**20  # of an archive, which is held in memory
CHUNK_BYTES = 2**20
_COMMAND = (PROGRAM, "--create", "--file", "-", "--format", "gnutar", "@-")
_MOST_SAID = 64 * 2**10  # characters of what the program complains of


@dataclass(frozen=True)
class Bsdtar:
    """Implements `core.evidence.ports.ArchiveConverter`."""

    most_bytes: int = MOST_BYTES
    memory: int = MEMORY

    @property
    def is_available(self) -> bool:
        return shutil.which(PROGRAM) is not None and hasattr(os, "memfd_create")

    def as_tar(
        self, original: Original, *, tell: Callable[[UnreadableEvidence], None]
    ) -> Iterator[bytes]:
        if original.size > self.most_bytes:
            most = self.most_bytes // 2**20
            tell(UnreadableEvidence(f"of archives like this at most {most} MB are unpacked"))
            return
        with _in_memory(original) as archive, _in_memory() as complaints:
            last = b""
            for chunk in (chunks := _Converted(archive, complaints, self.memory)):
                if last:
                    yield last
                last = chunk
            if chunks.exit_code:
                complaints.seek(0)
                tell(_reason(complaints.read(_MOST_SAID)))
            if last:
                yield last


def _in_memory(original: Original | None = None) -> IO[bytes]:
    """A file without a name that is on no disk, with the content if one is given."""
    file = os.fdopen(os.memfd_create("archive"), "r+b")
    if original is not None:
        with original.open() as content:
            shutil.copyfileobj(content, file, CHUNK_BYTES)
        file.flush()
        file.seek(0)
    return file


@dataclass
class _Converted:
    """The tar. exit_code: of the program, at the end. Whoever stops reading ends the program."""

    archive: IO[bytes]
    complaints: IO[bytes]
    memory: int
    exit_code: int | None = None

    def __iter__(self) -> Iterator[bytes]:
        with subprocess.Popen(  # noqa: S603 - what comes of an archive is its input alone
            limited(_COMMAND, seconds=SECONDS, memory=self.memory),
            stdin=self.archive,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            start_new_session=True,  # without a terminal, on which it would ask for a password
        ) as process:
            try:
                while chunk := cast("IO[bytes]", process.stdout).read(CHUNK_BYTES):
                    yield chunk
                self.exit_code = process.wait()
            finally:
                process.kill()


def _reason(complaints: bytes) -> UnreadableEvidence:
    """Why not all came, in words of ours: those of the program quote the archive."""
    if b"encrypt" in complaints.lower():
        return UnreadableEvidence("the archive is encrypted: unpack it where its password is known")
    return UnreadableEvidence(
        "the archive is encrypted, damaged or cut off, or of a kind that bsdtar does not read"
    )
