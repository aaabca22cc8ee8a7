"""Detects profiles by their content, and other formats by the magic bytes of a file."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from core.evidence.detection.profiler_reports import score_profiler_report
from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best
from core.evidence.encoding import is_binary
from core.evidence.extractor import Detected, Head
from core.evidence.model import NO_EXTRACTOR, DataType
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

say = sentences("evidence.detection")

_WIRE_VARINT, _WIRE_BYTES = 0, 2
# Field → wire type, of message Profile in pprof's profile.proto.
_PPROF = {
    **dict.fromkeys((1, 2, 3, 4, 5, 6, 11), _WIRE_BYTES),
    **dict.fromkeys((7, 8, 9, 10, 12, 14, 15), _WIRE_VARINT),
    13: _WIRE_BYTES,
}
_PPROF_REPEATED_VARINT = 13  # comments: packed or not
_PPROF_TYPE = 1
_LEAST_FIELDS = 4
_MAX_PERIOD_US = 10_000_000

# Whose first frame is no date: so begin the rows of a table, which has semicolons, too.
_FOLDED = re.compile(
    r"^(?!\W?\d{1,4}[-./]\d{1,2}[-./]\d)[^\s;][^;]{0,300}(?:;[^;]{1,300}){0,500} \d+(?:\.\d+)?$"
)
_STACK = re.compile(r"^[^\s;][^;]{0,300};[^;]{1,300}")
_PERF_HEADER = re.compile(
    r"^\S.{0,80}\s\d+(?:/\d+)?\s+(?:\[\d+\]\s+)?\d+\.\d+:\s+(?:\d+\s+)?[\w:-]+:"
)
_PERF_FRAME = re.compile(r"^\s+[0-9a-f]{4,16} \S.{0,300} \(.{1,200}\)$")
_LEAST_FRAMES = 0.4
_LEAST_FOLDED = 0.9  # of the lines; a head may begin or end with a line that is none
_REPORT_LINES = 40  # lines within which a report shows its heading
_REPORT = re.compile(
    r"^\s*(?:flat\s+flat%\s+sum%|Flat profile:$|ncalls\s+tottime\s+percall|%\s+cumulative\s+self\b"
    r"|Line #\s+(?:Hits|Mem usage)\s|Performance counter stats for|# Overhead\s+|snapshot=\d+$"
    r"|jdk\.\w{3,40} \{$|--- (?:Execution profile ---|\d{1,20} \w{2,10} \(\d[\d.]{0,9}%\), \d)"
    r"|goroutine profile: total \d|heap profile: \d+: \d+ \[|--- (?:contention|mutex|threadcreate):"
    r"|(?:COST CENTRE|Weight\s+Self Weight)\s|Total Allocated|num\s+#instances\s+#bytes"
    r"|.{0,60}Time and Allocation Profiling Report|Samples:? .{0,40}of event|%Self\s+%Total)"
)
_V8 = re.compile(r"^(?:code-creation|code-move|tick|shared-library|v8-version|profiler|sfi-move),")

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
_UNAMBIGUOUS_SIZE = 6  # characters; a shorter mark may begin a text, so binary bytes must follow it
_TAR_MARK_AT = 257
_IMAGE_BRANDS = (b"ftypavif", b"ftypheic", b"ftypheix", b"ftypmif1")


def is_pprof(raw: bytes) -> bool:
    """Return whether a protocol buffer reads as pprof's Profile; its end may be cut off.

    Source: github.com/google/pprof, proto/profile.proto. Fields come in any order: Go writes the
    time or the period before the types of samples.
    """
    offset, fields, types = 0, 0, 0
    while offset < len(raw) and fields < 64:  # noqa: PLR2004 - enough to tell it from anything else
        key, offset = _varint(raw, offset)
        field, wire = key >> 3, key & 7
        if wire != _PPROF.get(field) and (field, wire) != (_PPROF_REPEATED_VARINT, _WIRE_VARINT):
            return False
        length, offset = _varint(raw, offset)
        if offset > len(raw):
            return False
        if field == _PPROF_TYPE and not types:
            if not _is_value_type(raw[offset : offset + length]):
                return False
            types = 1
        offset, fields = offset + (length if wire == _WIRE_BYTES else 0), fields + 1
    return fields >= _LEAST_FIELDS and types > 0


def is_gperftools(raw: bytes) -> bool:
    """Return whether a file begins with the header of a gperftools CPU profile.

    It is made of machine words: 0, 3 (how many follow), 0 (version), the period in us, 0.

    Source: gperftools, docs/cpuprofile-fileformat.html. Words have 4 or 8 bytes, in any order.
    """
    for layout in ("<5Q", ">5Q", "<5I", ">5I"):
        size = struct.calcsize(layout)
        if len(raw) < size:
            continue
        header, words, version, period, padding = struct.unpack(layout, raw[:size])
        if (header, words, version, padding) == (0, 3, 0, 0) and 0 < period <= _MAX_PERIOD_US:
            return True
    return False


def score_profile(sample: Sample) -> Likeness:
    """Score folded stacks with counts, and the reports that profilers print."""
    folded = sample.share(_FOLDED)
    return best(
        Likeness(0.97 * folded**2 if sample.any(_STACK) else 0.0, say.raw("stacks_and_counts")),
        _callgrind(sample),
        _perf_script(sample),
        _report(sample),
        score_profiler_report(sample),
    )


def is_folded(lines: Sequence[str]) -> bool:
    """Return whether nearly all lines are a stack and its count, and some have several frames.

    lines: of any length, for stacks are long.
    """
    folded = [line for line in lines if _FOLDED.match(line)]
    return any(map(_STACK.match, folded)) and len(folded) >= _LEAST_FOLDED * len(lines)


def is_perf_script(sample: Sample) -> bool:
    """Return whether it is what `perf script` prints: headers of samples, and frames below them."""
    return sample.any(_PERF_HEADER) and sample.share(_PERF_FRAME) > _LEAST_FRAMES


def detect_by_bytes(head: Head) -> Detected | None:
    """Detect a format by the bytes of the head; None where it is text."""
    if not head.raw.strip():
        return Detected(DataType.EMPTY, 1.0, NO_EXTRACTOR, say.raw("empty"))
    if not head.text.strip():  # spaces that only Unicode knows
        return Detected(DataType.EMPTY, 1.0, NO_EXTRACTOR, say.raw("empty"))
    return _by_magic(head.raw) or _binary(head)


def _is_value_type(raw: bytes) -> bool:
    """Return whether it has two indices into the string table (type, unit), zeros left out."""
    offset, fields = 0, set()
    while offset < len(raw):
        key, offset = _varint(raw, offset)
        _, offset = _varint(raw, offset)
        fields.add(key)
    return offset == len(raw) and bool(fields) and fields <= {1 << 3, 2 << 3}


def _varint(raw: bytes, offset: int) -> tuple[int, int]:
    """Return the number at an offset and where it ends: behind the end of `raw` for no number."""
    value = shift = 0
    while offset < len(raw) and shift < 64:  # noqa: PLR2004 - bits of the longest
        byte = raw[offset]
        value |= (byte & 0x7F) << shift
        offset, shift = offset + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte has no high bit
            return value, offset
    return value, len(raw) + 1


def _callgrind(sample: Sample) -> Likeness:
    has_keys = all(any(line.startswith(key) for line in sample.lines) for key in ("events:", "fn="))
    return Likeness(0.97, say.raw("callgrind")) if has_keys else UNLIKE


def _perf_script(sample: Sample) -> Likeness:
    return Likeness(0.96, say.raw("perf_samples")) if is_perf_script(sample) else UNLIKE


def _report(sample: Sample) -> Likeness:
    for line in sample.lines[:_REPORT_LINES]:
        if _REPORT.search(line):
            return Likeness(0.95, say.raw("profiler_report"))
    share = sample.share(_V8)
    return Likeness(0.95 * share, say.raw("v8_log"))


def _by_magic(raw: bytes) -> Detected | None:
    for data_type, marks in _MAGIC.items():
        for mark in marks:
            if raw.startswith(mark) and (_is_unambiguous(mark) or is_binary(raw)):
                actual_type = DataType.IMAGE if _is_webp(raw) else data_type
                return Detected(actual_type, _SURE, NO_EXTRACTOR, say.raw("first_bytes"))
    if raw.startswith(b"ustar", _TAR_MARK_AT):
        return Detected(DataType.ARCHIVE, _SURE, NO_EXTRACTOR, say.raw("tar"))
    if raw.startswith(_IMAGE_BRANDS, 4) or (raw.startswith(b"BM") and is_binary(raw)):
        return Detected(DataType.IMAGE, _SURE, NO_EXTRACTOR, say.raw("first_bytes"))
    return None


def _is_unambiguous(mark: bytes) -> bool:
    return len(mark) >= _UNAMBIGUOUS_SIZE or not (mark.isascii() and mark.decode().isprintable())


def _is_webp(raw: bytes) -> bool:
    return raw.startswith(b"RIFF") and raw[8:12] == b"WEBP"


def _binary(head: Head) -> Detected | None:
    if is_pprof(head.raw):
        return Detected(DataType.PROFILE, _SURE, NO_EXTRACTOR, say.raw("pprof"))
    if is_gperftools(head.raw):
        return Detected(DataType.PROFILE, _SURE, NO_EXTRACTOR, say.raw("gperftools"))
    if is_binary(head.raw):
        return Detected(DataType.BINARY, 0.9, NO_EXTRACTOR, say.raw("bytes_of_no_text"))
    return None
