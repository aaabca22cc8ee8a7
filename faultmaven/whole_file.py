"""Atomic writes of files that only this account may read."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

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
