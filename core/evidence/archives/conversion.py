"""Archives that another program turns into a tar, where one is installed: 7z, rar, cab."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, cast

from core.evidence.compression import ALWAYS_UNPACKED_BYTES, MAX_RATIO
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.evidence.lines import WatchedOriginal
    from core.evidence.ports import ArchiveConverter

say = sentences("evidence.archives")

ENTRY_POINT_GROUP = "faultmaven.archives"
_CONVERTED = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\7", b"MSCF\0\0\0\0")


def is_convertible(head: bytes) -> bool:
    """Whether a file that begins like this can be unpacked here, by way of a tar."""
    return head.startswith(_CONVERTED) and archive_converter() is not None


@cache
def archive_converter() -> ArchiveConverter | None:
    """The first that can work here; None where none can."""
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        converter = cast("Callable[[], ArchiveConverter]", entry_point.load())()
        if converter.is_available:
            return converter
    return None


def tar_chunks(original: WatchedOriginal, converter: ArchiveConverter) -> Iterator[bytes]:
    """The same members as a tar, in chunks; no more of it than the size of the archive warrants."""
    left = max(ALWAYS_UNPACKED_BYTES, MAX_RATIO * original.size)
    for chunk in converter.as_tar(original, tell=lambda error: original.tell(str(error))):
        left -= len(chunk)
        if left < 0:
            original.tell(say.raw("unpacks_to_too_much"))
            return
        yield chunk
