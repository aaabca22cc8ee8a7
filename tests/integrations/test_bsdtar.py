from __future__ import annotations

import base64
import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from core.evidence.archives import conversion
from core.evidence.archives.bounds import ArchiveBounds
from core.evidence.archives.conversion import archive_converter, tar_chunks
from core.evidence.lines import verified
from integrations.bsdtar import Bsdtar
from tests.core.evidence.archives.archives import LINES, BytesOriginal, a_tar, a_zip, opened
from tests.servers import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.errors import UnreadableEvidence
    from core.evidence.model import Original

MEMBERS = {"api/app.log": LINES * 300, "values.yaml": b"pool: 10\n"}
# `7z a -p… -mhe=on`, p7zip 16.02: even the names are encrypted.
ENCRYPTED = base64.b64decode(
    "N3q8ryccAASf9sMIgAAAAAAAAAAuAAAAAAAAAJvCZY8KUsMiHBRtChM0QGbdg5Z/"  # pragma: allowlist secret
    "v98qb8KRB2/A2c/teJSJKWD3Qm5CXtQ7tQn7s5m2no97UT8puzLRF6BXxBFylc9v"  # pragma: allowlist secret
    "zQyZapuaMOWpwQSonagxuA1OkFlIBXIOgT9wuWNtK9aA+6Io6HyO+SGnikZbp9B1"  # pragma: allowlist secret
    "gm5VU3v30uYd0tBXfE6rVxcGEAEJcAAHCwEAASQG8QcBElMPW79GY+2rUCOK7jPp"  # pragma: allowlist secret
    "Alh6CQxiCgH1RtPLAAA="  # pragma: allowlist secret
)


@pytest.fixture(scope="module", autouse=True)
def _bsdtar() -> None:
    program("bsdtar")


def packed(members: dict[str, bytes], *options: str) -> bytes:
    """The members as a 7z, as the program itself writes one."""
    command = ("bsdtar", "--create", "--file", "-", "--format", "7zip", *options, "@-")
    return subprocess.run(command, input=a_tar(members), capture_output=True, check=True).stdout


def told_of(archive: bytes, converter: Bsdtar) -> list[str]:
    errors: list[UnreadableEvidence] = []
    for _ in converter.as_tar(BytesOriginal(archive), tell=errors.append):
        pass
    return [str(error) for error in errors]


def test_a_7z_gives_its_members() -> None:
    unpacked = opened(packed(MEMBERS), name="logs.7z")
    assert unpacked.contents == MEMBERS
    assert unpacked.problem == ""


def test_a_7z_in_a_zip_is_a_member_and_counts_among_the_nested() -> None:
    inner = packed(MEMBERS)
    assert opened(a_zip({"logs.7z": inner})).contents == {"logs.7z": inner}
    none_nested = opened(a_zip({"logs.7z": inner}), bounds=ArchiveBounds(nested=0))
    assert none_nested.contents == {}
    assert "over the limit of archives in it" in none_nested.problem


def test_an_encrypted_one_asks_nobody_for_its_password() -> None:
    began = time.monotonic()
    assert told_of(ENCRYPTED, Bsdtar()) == [
        "the archive is encrypted: unpack it where its password is known"
    ]
    assert time.monotonic() - began < 30  # it waits for nobody


def test_a_cut_off_one_says_so() -> None:
    [reason] = told_of(packed(MEMBERS)[:200], Bsdtar())
    assert "damaged or cut off" in reason


@pytest.mark.parametrize("at", range(32, 232, 10))
def test_a_damaged_one_ends(at: int) -> None:
    archive = bytearray(packed(MEMBERS))
    archive[at % len(archive)] ^= 0xFF
    told_of(bytes(archive), Bsdtar())  # nothing is raised, and nothing hangs


def test_its_memory_is_bounded() -> None:
    wide = "7zip:compression=lzma2,compression-level=9"  # wants 64 MiB to unpack
    archive = packed({"api/app.log": LINES * 30_000}, "--options", wide)
    assert told_of(archive, Bsdtar(memory=64 * 2**20))
    assert not told_of(archive, Bsdtar())


def test_a_large_one_is_not_held_in_memory() -> None:
    assert told_of(packed(MEMBERS), Bsdtar(most_bytes=100)) == [
        "of archives like this at most 0 MB are unpacked"
    ]


def test_whoever_stops_reading_ends_the_program() -> None:
    archive = packed({f"{n}.log": os.urandom(2**20) for n in range(6)})
    chunks = Bsdtar().as_tar(BytesOriginal(archive), tell=print)
    assert next(iter(chunks))
    chunks.close()  # type: ignore[attr-defined]
    running = subprocess.run(("pgrep", "-P", str(os.getpid()), "bsdtar"), check=False)
    assert running.returncode


class Endless:
    """Implements `ArchiveConverter`: a bomb."""

    is_available = True

    def as_tar(
        self, original: Original, *, tell: Callable[[UnreadableEvidence], None]
    ) -> Iterator[bytes]:
        while original.size:
            yield bytes(2**20)


def test_a_bomb_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "ALWAYS_UNPACKED_BYTES", 8 * 2**20)
    bomb = verified(BytesOriginal(b"7z\xbc\xaf\x27\x1c" + bytes(600)))
    assert sum(map(len, tar_chunks(bomb, Endless()))) <= 8 * 2**20
    assert bomb.problems == [
        "the archive unpacks to more than its size warrants: the rest was not read"
    ]


def test_without_the_program_it_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    archive_converter.cache_clear()
    assert archive_converter() is None
    archive_converter.cache_clear()
