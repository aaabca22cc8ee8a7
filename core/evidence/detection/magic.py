"""What do a file's first bytes say it is? Signatures of formats, and bytes that no text has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.detection.profiles import is_gperftools, is_pprof
from core.evidence.extractor import NOBODY, Detected
from core.evidence.model import DataType
from core.evidence.reading.encoding import is_binary

if TYPE_CHECKING:
    from core.evidence.extractor import Head

_SURE = 0.99
_MAGIC = {
    DataType.IMAGE: (
        b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*",
        b"\0\0\1\0", b"8BPS\0\1", b"\0\0\0\x0cJXL ", b"\xff\x0a", b"\0\0\0\x0cjP  ",
    ),
    DataType.ARCHIVE: (
        b"PK\3\4", b"PK\5\6", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd",
        b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\7", b"\x04\x22\x4d\x18", b"!<arch>\n", b"MSCF\0\0\0\0",
        b"LZIP", b"\x1f\x9d", b"070701", b"070707", b"\xed\xab\xee\xdb", b"hsqs",
    ),
    DataType.PROFILE: (
        b"PERFILE2", b"PERFFILE", b"FLR\0", b"JAVA PROFILE 1.0.", b"go 1.", b"nettrace",
    ),
    DataType.BINARY: (
        b"\x7fELF", b"SQLite format 3\0", b"%PDF-1.", b"%PDF-2.", b"PAR1", b"MZ",
        b"\xca\xfe\xba\xbe",
        b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\0asm", b"wOFF", b"wOF2",
        b"\0\1\0\0\0", b"OTTO\0", b"ID3", b"OggS", b"fLaC", b"RIFF", b"\xd4\xc3\xb2\xa1",
        b"\xa1\xb2\xc3\xd4", b"\x0a\x0d\x0d\x0a", b"Obj\1", b"ORC", b"REDIS0", b"LPKSHHRH",
        b"ElfFile\0", b"\xd0\xcf\x11\xe0", b"\x30\x82", b"\x93NUMPY", b"\x89HDF", b"MDMP",
        b"regf", b"ARROW1", b"LUKS\xba\xbe", b"KDMV", b"dex\n", b"DIRC", b"PACK\0\0\0",
    ),
}  # fmt: skip
_SHORT = 6  # A mark of fewer characters may begin a text, too: bytes that no text has must follow.
_TAR_MARK_AT = 257
_BRANDED = (b"ftypavif", b"ftypheic", b"ftypheix", b"ftypmif1")
_EMPTY = Detected(DataType.EMPTY, 1.0, NOBODY, "it has nothing in it")


def by_bytes(head: Head) -> Detected | None:
    """None where it is text."""
    if not head.raw.strip():
        return _EMPTY
    if not head.text.strip():  # spaces that only Unicode knows
        return _EMPTY
    return _signed(head.raw) or _binary(head)


def _signed(raw: bytes) -> Detected | None:
    for data_type, marks in _MAGIC.items():
        for mark in marks:
            if raw.startswith(mark) and (_is_clear(mark) or is_binary(raw)):
                said = DataType.IMAGE if _is_webp(raw) else data_type
                return Detected(said, _SURE, NOBODY, "its first bytes say so")
    if raw.startswith(b"ustar", _TAR_MARK_AT):
        return Detected(DataType.ARCHIVE, _SURE, NOBODY, "it has the mark of tar")
    if raw.startswith(_BRANDED, 4) or (raw.startswith(b"BM") and is_binary(raw)):
        return Detected(DataType.IMAGE, _SURE, NOBODY, "its first bytes say so")
    return None


def _is_clear(mark: bytes) -> bool:
    return len(mark) >= _SHORT or not (mark.isascii() and mark.decode().isprintable())


def _is_webp(raw: bytes) -> bool:
    return raw.startswith(b"RIFF") and raw[8:12] == b"WEBP"


def _binary(head: Head) -> Detected | None:
    if is_pprof(head.raw):
        return Detected(DataType.PROFILE, _SURE, NOBODY, "it is a profile of pprof's")
    if is_gperftools(head.raw):
        return Detected(DataType.PROFILE, _SURE, NOBODY, "it is a CPU profile of gperftools'")
    if is_binary(head.raw):
        return Detected(DataType.BINARY, 0.9, NOBODY, "it has bytes that no text has")
    return None
