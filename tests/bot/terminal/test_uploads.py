"""Paths typed in the terminal: the files they name, their names as evidence, their services."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.terminal.uploads import (
    BYTES_TOGETHER,
    CHUNK_BYTES,
    HIDDEN,
    LEAVES,
    MOST_TOGETHER,
    Upload,
    all_uploads,
    chunks,
    in_batches,
    uploads,
    without_common_folder,
)


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


def test_a_folder_may_be_deeper_than_calls_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth = sys.getrecursionlimit() + 100
    monkeypatch.chdir(tmp_path)  # no call takes so long a path
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    put(Path(), "deep.log")
    os.chdir(tmp_path)
    try:
        (upload,) = all_uploads([tmp_path])
    finally:
        subprocess.run(["/bin/rm", "-rf", "d"], check=True)
    assert upload.service == "d"


def test_an_empty_folder_stands_for_nothing(tmp_path: Path) -> None:
    assert list(uploads([tmp_path])) == []


async def test_content_comes_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * (CHUNK_BYTES + 1))
    assert [len(piece) async for piece in chunks(path)] == [CHUNK_BYTES, 1]
    path.write_bytes(b"")
    assert [piece async for piece in chunks(path)] == []


def test_small_files_go_together(tmp_path: Path) -> None:
    put(tmp_path, *(f"{number:03}.log" for number in range(2 * MOST_TOGETHER + 1)))
    batches = list(in_batches(uploads([tmp_path])))
    assert [len(batch) for batch in batches] == [MOST_TOGETHER, MOST_TOGETHER, 1]
    assert [upload for batch in batches for upload in batch] == list(uploads([tmp_path]))


def test_a_large_file_goes_by_itself(tmp_path: Path) -> None:
    put(tmp_path, "1.log", "2.log", "3.log")
    (tmp_path / "2.log").write_bytes(bytes(BYTES_TOGETHER))
    assert [len(batch) for batch in in_batches(uploads([tmp_path]))] == [1, 1, 1]


def test_no_files_are_no_batch() -> None:
    assert list(in_batches([])) == []


def test_what_a_shell_noted_is_read_though_it_is_hidden(tmp_path: Path) -> None:
    put(tmp_path, "db-1/.bash_history", "db-1/.env", ".ssh/.bash_history", ".env.production")
    read = {upload.name for upload in uploads([tmp_path])}
    assert read == {"db-1/.bash_history", "db-1/.env", ".env.production"}


def test_what_is_hidden_is_named_once_and_not_read(tmp_path: Path) -> None:
    put(tmp_path, "top.log", ".git/x", ".git/y/z", "db/.hidden")
    named = {upload.name: upload.problem for upload in all_uploads([tmp_path])}
    assert named == {".git": HIDDEN, "db/.hidden": HIDDEN, "top.log": ""}


def test_a_link_is_followed_only_within_its_folder(tmp_path: Path) -> None:
    put(tmp_path, "secret.key", "case/api.log")
    (tmp_path / "case" / "inside.log").symlink_to("api.log")
    (tmp_path / "case" / "outside.log").symlink_to("../secret.key")
    (tmp_path / "link").symlink_to(tmp_path / "case")
    problems = {"api.log": "", "inside.log": "", "outside.log": LEAVES}
    for folder in (tmp_path / "case", tmp_path / "link"):
        assert {upload.name: upload.problem for upload in all_uploads([folder])} == problems
    (by_itself,) = all_uploads([tmp_path / "case" / "outside.log"])
    assert by_itself.problem == ""


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (("files/a.log", "files/b", "t.json"), [("a.log", None), ("b", None), ("t.json", None)]),
        (("x/web/a.log", "x/b.log"), [("b.log", None), ("web/a.log", "web")]),
        (
            ("orders/a.log", "orders/b.log"),
            [("orders/a.log", "orders"), ("orders/b.log", "orders")],
        ),
        (("web/a.log", "files/b.log"), [("files/b.log", "files"), ("web/a.log", "web")]),
    ],
)
def test_a_folder_that_only_holds_the_files_names_no_service(
    tmp_path: Path, given: tuple[str, ...], read: list[tuple[str, str | None]]
) -> None:
    for name in given:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    kept = without_common_folder(list(all_uploads([tmp_path])))
    assert sorted((upload.name, upload.service) for upload in kept) == read
