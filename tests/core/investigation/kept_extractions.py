"""What recorded files say, read once a run: a dozen modules of tests look at the same hundred.

To read them all takes twenty seconds of a processor, and each process of a run would.
"""

from __future__ import annotations

import os
import pickle
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from core.evidence.model import Extraction, PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable

OF_THE_KEPT = Redactor(b"k" * 32)
RUN_FOLDER = "PYTEST_RUN_FOLDER"  # of all processes of the run; set by tests/conftest.py


@cache
def kept_extraction(path: Path, *, name: str, service: str | None) -> Extraction:
    """Of the file as `name`; not to be used in tests of reading, which read for themselves."""

    def read() -> Extraction:
        return extract(PlainFile(path), name=name, service=service, redactor=OF_THE_KEPT)

    if not (run := os.environ.get(RUN_FOLDER)):
        return read()
    key = sha256(repr((str(path), name, service)).encode()).hexdigest()
    return _kept(Path(run) / "extractions" / key, read)


def _kept(place: Path, read: Callable[[], Extraction]) -> Extraction:
    if place.exists():
        extraction = pickle.loads(place.read_bytes())  # noqa: S301 - our own, of this run
        assert isinstance(extraction, Extraction)
        return extraction
    extraction = read()
    place.parent.mkdir(exist_ok=True)
    written = place.with_suffix(f".{os.getpid()}")
    written.write_bytes(pickle.dumps(extraction))
    written.replace(place)  # whole for whoever looks, whichever of two was first
    return extraction
