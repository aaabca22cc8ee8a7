"""Paths typed in the terminal: the files they name, their names as evidence, their services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.terminal.uploads import CHUNK_BYTES, Upload, chunks, uploads

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_a_file_stands_for_itself(tmp_path: Path) -> None:
    put(tmp_path, "db.log")
    path = tmp_path / "db.log"
    assert list(uploads([path])) == [Upload(path=path, name="db.log", service=None)]


def test_a_folder_stands_for_its_files_and_names_their_service(tmp_path: Path) -> None:
    put(tmp_path, "top.log", "checkout/api.log", "checkout/old/api.log", ".git/x", "db/.hidden")
    files = [(upload.name, upload.service) for upload in uploads([tmp_path])]
    assert files == [
        ("checkout/api.log", "checkout"),
        ("checkout/old/api.log", "checkout"),
        ("top.log", None),
    ]


def test_an_empty_folder_stands_for_nothing(tmp_path: Path) -> None:
    assert list(uploads([tmp_path])) == []


async def test_content_comes_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * (CHUNK_BYTES + 1))
    assert [len(piece) async for piece in chunks(path)] == [CHUNK_BYTES, 1]
    path.write_bytes(b"")
    assert [piece async for piece in chunks(path)] == []
