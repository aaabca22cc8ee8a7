"""A file appears under its name when all of it is there, and for this account alone."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def whole_file(out: Path) -> Iterator[IO[bytes]]:
    """Written beside `out`; takes its name when the block ends well, else nothing is left."""
    with tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}-", delete=False) as file:
        try:
            yield file.file
            file.flush()
            Path(file.name).replace(out)
        finally:
            Path(file.name).unlink(missing_ok=True)
