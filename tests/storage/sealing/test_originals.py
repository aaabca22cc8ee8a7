"""Sealed files as whoever reads and writes them sees them."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from core.errors import NotFound, StoreUnavailable
from storage.sealing.keys import new_data_key
from storage.sealing.originals import SealedBlank, SealedFile

if TYPE_CHECKING:
    from pathlib import Path

KEY = new_data_key().hex()


def _break(blank: SealedBlank) -> None:
    with blank.create() as stream:
        stream.write(b"half")
        raise ZeroDivisionError


@pytest.fixture
def blank(tmp_path: Path) -> SealedBlank:
    return SealedBlank(path=tmp_path / "of" / "a" / "file", key=KEY, purpose="text:file_1")


def left_in(blank: SealedBlank) -> list[str]:
    return [path.name for path in blank.path.parent.iterdir()]


def test_what_is_written_can_be_read(blank: SealedBlank) -> None:
    with blank.create() as stream:
        for n in range(3000):
            assert stream.write(f"line {n}\n".encode()) == len(f"line {n}\n")
        assert not blank.path.exists()
    original = blank.original()
    assert stat.S_IMODE(blank.path.stat().st_mode) == 0o600
    with original.open() as lines:
        assert sum(1 for _ in lines) == 3000
        lines.seek(0)
        assert lines.readline() == b"line 0\n"
        assert original.size == lines.seek(0, 2)
    assert KEY not in repr((blank, original))


def test_what_breaks_was_never_written(blank: SealedBlank) -> None:
    with pytest.raises(ZeroDivisionError):
        _break(blank)
    assert left_in(blank) == []
    with pytest.raises(NotFound):
        blank.original().open()


def test_what_is_never_closed_was_never_written(blank: SealedBlank) -> None:
    stream = blank.create()
    stream.write(b"half")
    del stream
    assert left_in(blank) == []


def test_it_takes_the_place_of_what_was_written_before(blank: SealedBlank) -> None:
    for text in (b"first", b"second"):
        with blank.create() as stream:
            stream.write(text)
    with blank.original().open() as stream:
        assert stream.read() == b"second"
    assert left_in(blank) == ["file"]


def test_it_is_no_text_of_another_file(blank: SealedBlank) -> None:
    with blank.create() as stream:
        stream.write(b"mine")
    other = SealedFile(path=blank.path, key=KEY, purpose="text:file_2")
    with other.open() as stream, pytest.raises(StoreUnavailable):
        stream.read()


@pytest.mark.parametrize("content", [b"", b"plain", b"x" * 100])
def test_what_is_not_sealed_is_said_so(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable):
        SealedFile(path=path, key=KEY).open()
    with pytest.raises(NotFound):
        _ = SealedFile(path=tmp_path / "gone", key=KEY).size
