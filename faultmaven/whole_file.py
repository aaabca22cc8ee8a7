"""Atomic writes of files that only this account may read."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def whole_file(out: Path) -> Iterator[IO[bytes]]:
    """Write beside `out`, and rename when the block ends well; else leave nothing."""
    with tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}-", delete=False) as file:
        try:
            yield file.file
            file.flush()
            Path(file.name).replace(out)
        finally:
            Path(file.name).unlink(missing_ok=True)


def write_picture(out: Path, content: bytes) -> None:
    """Raises WrongUsage where it cannot be written."""
    try:
        with whole_file(out) as file:
            file.write(content)
    except OSError as error:
        message = f"the picture could not be written: {error.strerror}"
        raise WrongUsage(message, next_step="Name a file in a folder you may write to.") from error
