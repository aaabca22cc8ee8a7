"""What is this file? Its content decides; its name only where the content could be either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.extractor import Detected, Extractor, Head
from core.evidence.model import DataType

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAGIC = {
    DataType.IMAGE: (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"),
    DataType.ARCHIVE: (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"),
    DataType.BINARY: (b"\x7fELF", b"SQLite format 3\0", b"%PDF", b"\xca\xfe\xba\xbe", b"PAR1"),
}
_TAR_MARK_AT = 257


def detect(head: Head, extractors: Iterable[Extractor]) -> Detected:
    """What the file with this head is: by its bytes, else by the extractor most sure of it."""
    known = _by_bytes(head)
    if known is not None:
        return known
    claims = [claim for one in extractors if (claim := one.detect(head)) is not None]
    return max(claims, key=lambda claim: claim.confidence, default=_UNKNOWN)


_UNKNOWN = Detected(DataType.BINARY, 0.0, "none", "no extractor knows it")
_EMPTY = Detected(DataType.EMPTY, 1.0, "none", "there is nothing in it")


def _by_bytes(head: Head) -> Detected | None:
    if not head.raw.strip():
        return _EMPTY
    for data_type, marks in _MAGIC.items():
        if head.raw.startswith(marks):
            return Detected(data_type, 0.99, "none", "its first bytes say so")
    if head.raw.startswith(b"ustar", _TAR_MARK_AT):
        return Detected(DataType.ARCHIVE, 0.99, "none", "its first bytes say so")
    if _is_binary(head.raw):
        return _binary(head.raw, head.name)
    if not head.text.strip():  # spaces that only Unicode knows
        return _EMPTY
    return None


def _is_binary(head: bytes) -> bool:
    """Control characters that no text has; damage in a text is rarer than that."""
    control = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    return control > 0.02 * len(head) or b"\0\0\0\0" in head


def _binary(head: bytes, name: str) -> Detected:
    if name.endswith((".pprof", ".pb.gz", ".prof")) or b"cpu\x12" in head or b"nanoseconds" in head:
        return Detected(DataType.PROFILE, 0.7, "none", "bytes that no text has")
    return Detected(DataType.BINARY, 0.9, "none", "bytes that no text has")
