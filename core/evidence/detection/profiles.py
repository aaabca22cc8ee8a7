"""Is this a profile? The binary formats by their structure, the texts by their lines."""

from __future__ import annotations

import re
import struct

from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best

_VARINT, _BYTES = 0, 2
# Field → wire type, of message Profile in pprof's profile.proto.
_PPROF = {
    **dict.fromkeys((1, 2, 3, 4, 5, 6, 11), _BYTES),
    **dict.fromkeys((7, 8, 9, 10, 12, 14, 15), _VARINT),
    13: _BYTES,
}
_PPROF_REPEATED_VARINT = 13  # comments: packed or not
_LEAST_FIELDS = 4
_HEADER_WORDS = 5
_MAX_PERIOD_US = 10_000_000

_FOLDED = re.compile(r"^[^\s;][^;]{0,300}(?:;[^;]{1,300}){0,500} \d+(?:\.\d+)?$")
_STACK = re.compile(r"^[^\s;][^;]{0,300};[^;]{1,300}")
_PERF_HEAD = re.compile(
    r"^\S.{0,80}\s\d+(?:/\d+)?\s+(?:\[\d+\]\s+)?\d+\.\d+:\s+(?:\d+\s+)?[\w:-]+:"
)
_PERF_FRAME = re.compile(r"^\s+[0-9a-f]{4,16} \S.{0,300} \(.{1,200}\)$")
_SOME = 0.4
_REPORT_BEGINS = 40  # lines within which a report shows its heading
_REPORT = re.compile(
    r"^\s*(?:flat\s+flat%\s+sum%|Flat profile:$|ncalls\s+tottime\s+percall|%\s+cumulative\s+self\b"
    r"|Line #\s+(?:Hits|Mem usage)\s|Performance counter stats for|# Overhead\s+|snapshot=\d+$"
    r"|jdk\.\w{3,40} \{$|--- (?:Execution profile ---|\d{1,20} \w{2,10} \(\d[\d.]{0,9}%\), \d)"
    r"|goroutine profile: total \d|heap profile: \d+: \d+ \[|--- (?:contention|mutex|threadcreate):"
    r"|(?:COST CENTRE|Weight\s+Self Weight)\s|Total Allocated|num\s+#instances\s+#bytes"
    r"|.{0,60}Time and Allocation Profiling Report|Samples:? .{0,40}of event|%Self\s+%Total)"
)
_V8 = re.compile(r"^(?:code-creation|code-move|tick|shared-library|v8-version|profiler|sfi-move),")


def is_pprof(raw: bytes) -> bool:
    """A protocol buffer that reads as a Profile from its first byte on; the end may be cut off.

    Source: github.com/google/pprof, proto/profile.proto. Its first field is a sample type.
    """
    at, seen = 0, 0
    if not raw.startswith(b"\x0a"):
        return False
    while at < len(raw) and seen < 64:  # noqa: PLR2004 - enough to tell it from anything else
        key, at = _varint(raw, at)
        field, wire = key >> 3, key & 7
        if wire != _PPROF.get(field) and (field, wire) != (_PPROF_REPEATED_VARINT, _VARINT):
            return False
        length, at = _varint(raw, at)
        if at > len(raw):
            return False
        if seen == 0 and not _is_value_type(raw[at : at + length]):
            return False
        at, seen = at + (length if wire == _BYTES else 0), seen + 1
    return seen >= _LEAST_FIELDS


def _is_value_type(raw: bytes) -> bool:
    """Two indices into the string table: type, unit. Zeros are left out."""
    at, fields = 0, set()
    while at < len(raw):
        key, at = _varint(raw, at)
        _, at = _varint(raw, at)
        fields.add(key)
    return at == len(raw) and bool(fields) and fields <= {1 << 3, 2 << 3}


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """The number and where it ends; behind the end of `raw` where there is none."""
    value = shift = 0
    while at < len(raw) and shift < 64:  # noqa: PLR2004 - bits of the longest
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte has no high bit
            return value, at
    return value, len(raw) + 1


def is_gperftools(raw: bytes) -> bool:
    """A header of machine words: 0, 3 (how many follow), 0 (version), the period in us, 0.

    Source: gperftools, docs/cpuprofile-fileformat.html. Words are of 4 or 8 bytes, in any order.
    """
    for layout in ("<5Q", ">5Q", "<5I", ">5I"):
        size = struct.calcsize(layout)
        if len(raw) < size:
            continue
        header, words, version, period, padding = struct.unpack(layout, raw[:size])
        if (header, words, version, padding) == (0, 3, 0, 0) and 0 < period <= _MAX_PERIOD_US:
            return True
    return False


def profile(sample: Sample) -> Likeness:
    """Stacks with counts, and the reports that profilers print."""
    folded = sample.share(_FOLDED)
    return best(
        Likeness(
            0.97 * folded**2 if sample.any(_STACK) else 0.0, "it has a stack and a count a line"
        ),
        _callgrind(sample),
        _perf_script(sample),
        _report(sample),
    )


def _callgrind(sample: Sample) -> Likeness:
    has = all(any(line.startswith(key) for line in sample.lines) for key in ("events:", "fn="))
    return Likeness(0.97, "it is written by callgrind") if has else UNLIKE


def _perf_script(sample: Sample) -> Likeness:
    frames, heads = sample.share(_PERF_FRAME), sample.any(_PERF_HEAD)
    return Likeness(0.96, "it lists samples of perf") if heads and frames > _SOME else UNLIKE


def _report(sample: Sample) -> Likeness:
    for line in sample.lines[:_REPORT_BEGINS]:
        if _REPORT.search(line):
            return Likeness(0.95, "it is the report of a profiler")
    share = sample.share(_V8)
    return Likeness(0.95 * share, "it is a log of V8's profiler")
