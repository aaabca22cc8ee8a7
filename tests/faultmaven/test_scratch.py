"""What files say in plain text lies on the disk only as long as a command needs it."""

from __future__ import annotations

import errno
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from core.errors import StoreUnavailable
from faultmaven.scratch import scratch_folder


def fill(folder: Path) -> None:
    assert folder.stat().st_mode & 0o077 == 0
    (folder / "text").write_text("password=hunter2")


def test_it_is_gone_at_the_end() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with scratch_folder() as folder:
        fill(folder)
    assert not folder.exists()
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_little_is_kept_in_memory_and_much_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)

    def parent(expected: int | None, memory: Path = tmp_path) -> Path:
        with scratch_folder(expected=expected, memory=memory) as folder:
            fill(folder)
            return folder.parent

    free = shutil.disk_usage(tmp_path).free
    disk = Path(tempfile.gettempdir())
    assert parent(1_000) == tmp_path
    assert parent(None) == parent(2**30) == parent(free // 2) == disk
    assert parent(1_000, memory=tmp_path / "absent") == disk
    monkeypatch.setenv("TMPDIR", str(disk))
    assert parent(1_000) == disk
    assert list(tmp_path.iterdir()) == []


def test_and_when_the_command_is_told_to_stop() -> None:
    with pytest.raises(SystemExit) as ended, scratch_folder() as folder:  # noqa: PT012
        fill(folder)
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.code == 128 + signal.SIGTERM
    assert not folder.exists()


def test_a_full_disk_is_said_so() -> None:
    with pytest.raises(StoreUnavailable, match="is full") as caught, scratch_folder():
        raise OSError(errno.ENOSPC, "No space left on device")
    assert "TMPDIR" in caught.value.next_step
    with pytest.raises(PermissionError), scratch_folder():
        raise PermissionError(errno.EACCES, "Permission denied")
