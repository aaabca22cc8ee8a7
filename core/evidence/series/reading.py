"""A file of measurements, in whatever format, becomes series."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import UnreadableEvidence
from core.evidence.reading.lines import read_text
from core.evidence.series.formats import (
    cloudwatch,
    exported_lines,
    exposition,
    otlp,
    prometheus_answer,
    tables,
)
from core.evidence.series.model import MAX_BYTES, Reading
from core.evidence.series.recognition import Format, find_format

if TYPE_CHECKING:
    from datetime import datetime

    from core.evidence.original import Original

_HEAD = 64 * 2**10
_WIDE_HEAD = 2**20  # where a heading of very many columns leaves no room for rows
_LEAST_LINES = 5
_DOCUMENTS = {
    Format.ANSWER: prometheus_answer.read,
    Format.CLOUDWATCH: cloudwatch.read,
    Format.OTLP: otlp.read,
}


def read_series(original: Original) -> Reading:
    """All that it measures. Of tables and scrapes larger than MAX_BYTES the beginning is read.

    Raises UnreadableEvidence where it is in no format we know, damaged, or too large a document.
    """
    raw, is_whole = _limited(original)
    is_wide = raw.count(b"\n", 0, _HEAD) < _LEAST_LINES
    chosen = find_format(raw[: _WIDE_HEAD if is_wide else _HEAD])
    if chosen is None:
        message = "no format of measurements that we know"
        raise UnreadableEvidence(message)
    if chosen in _DOCUMENTS:
        if not is_whole:
            message = f"metrics of more than {MAX_BYTES // 2**20} MiB in one document"
            raise UnreadableEvidence(message)
        return _DOCUMENTS[chosen](raw)
    raw = raw if is_whole else raw[: raw.rfind(b"\n") + 1]
    found = _of_lines(chosen, raw, original.written)
    return found if is_whole else _begun(found)


def _of_lines(chosen: Format, raw: bytes, written: datetime) -> Reading:
    if chosen is Format.EXPORT:
        return exported_lines.read(raw)
    reader = exposition.read if chosen is Format.EXPOSITION else tables.read
    return reader(raw, written=written)


def _begun(found: Reading) -> Reading:
    return replace(found, problem=f"only the first {MAX_BYTES // 2**20} MiB were read")


def _limited(original: Original) -> tuple[bytes, bool]:
    """Its text up to MAX_BYTES, and whether that is all of it."""
    chunks, size = [], 0
    for chunk in read_text(original):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            return b"".join(chunks)[:MAX_BYTES], False
    return b"".join(chunks), True
