"""Tells the formats of profiles apart by how they begin."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from core.evidence.detection.json_exports import outline
from core.evidence.detection.profiles import is_folded, is_perf_script, is_pprof
from core.evidence.detection.sample import MAX_LINES, Sample
from core.evidence.encoding import is_binary

if TYPE_CHECKING:
    from core.evidence.extractor import Head


class ProfileFormat(StrEnum):
    """The formats of profiles that are read, as people call them."""

    PPROF = "pprof"
    PYTHON_STATS = "cProfile"
    SPEEDSCOPE = "speedscope"
    CPU_PROFILE = "V8 CPU profile"
    HEAP_PROFILE = "V8 heap profile"
    TRACE_EVENTS = "trace events"
    FOLDED = "folded stacks"
    PERF_SCRIPT = "perf script"
    GO_HEAP = "Go heap profile"
    GO_LOCKS = "Go lock profile"
    GOROUTINE_COUNTS = "goroutine profile"
    GOROUTINES = "goroutine dump"
    JAVA_THREADS = "Java thread dump"
    CLASS_HISTOGRAM = "Java class histogram"
    JFR_EVENTS = "JFR events"
    JFR_SUMMARY = "JFR summary"
    PYTHON_THREADS = "Python thread dump"


_JSON_PATHS = (
    (ProfileFormat.SPEEDSCOPE, "shared.frames"),
    (ProfileFormat.CPU_PROFILE, "nodes[].callFrame"),
    (ProfileFormat.HEAP_PROFILE, "head.callFrame"),
    (ProfileFormat.TRACE_EVENTS, "traceEvents"),
)
_TRACE_KEYS = frozenset({"ph", "ts", "pid"})
_FIRST_LINES = 40
# How one of the first lines begins. Of a log that quotes such a dump, other lines come before it.
_MARKS = (
    (ProfileFormat.JAVA_THREADS, re.compile(r"^Full thread dump (?:Java|OpenJDK|\S+ \d)"), 6),
    (
        ProfileFormat.GOROUTINE_COUNTS,
        re.compile(r"^(?:goroutine|threadcreate) profile: total \d"),
        1,
    ),
    (ProfileFormat.GO_HEAP, re.compile(r"^heap profile: \d+: \d+ \["), 1),
    (ProfileFormat.GO_LOCKS, re.compile(r"^--- (?:mutex|contention):"), 1),
    (ProfileFormat.GOROUTINES, re.compile(r"^goroutine \d+(?: gp=\S+ m=\S+.*)? \[[^\]]+\]:$"), 1),
    (ProfileFormat.CLASS_HISTOGRAM, re.compile(r"^\s*num\s+#instances\s+#bytes"), 4),
    (ProfileFormat.JFR_EVENTS, re.compile(r"^jdk\.\w{3,60} \{$"), 1),
    (ProfileFormat.JFR_SUMMARY, re.compile(r"^ Event Type\s+Count\s+Size \(bytes\)"), 8),
    (ProfileFormat.PYTHON_THREADS, re.compile(r"^Process \d+: .*$"), 1),
    (
        ProfileFormat.PYTHON_THREADS,
        re.compile(r"^(?:Current thread|Thread) 0x[0-9a-f]+.*\(most recent call first\):"),
        1,
    ),
)
_SPEEDSCOPE_SCHEMA = "speedscope.app/file-format-schema"
_PY_SPY = re.compile(r"^Thread (?:\d+|0x[0-9A-Fa-f]+)(?:/\d+)? \([\w+ ]+\)")


def detect_format(head: Head) -> ProfileFormat | None:
    """The format of a file with this head; None where it is no profile that is read here."""
    if is_pprof(head.raw):
        return ProfileFormat.PPROF
    if is_binary(head.raw):
        return ProfileFormat.PYTHON_STATS if _is_python_stats(head.raw) else None
    if head.text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return _json_format(head.text)
    return _marked(head) or _by_lines(head)


def _json_format(text: str) -> ProfileFormat | None:
    document = outline(text.strip().removeprefix("\ufeff"))
    if not document.sound:
        return None
    paths = {*document.objects, *document.lists}
    paths |= {
        f"{path}.{key}".lstrip(".") for path, keys in document.objects.items() for key in keys
    }
    for form, path in _JSON_PATHS:
        if path in paths:
            return form
    if _SPEEDSCOPE_SCHEMA in document.values.get("$schema", ""):  # its frames may come last
        return ProfileFormat.SPEEDSCOPE
    is_events = any(keys >= _TRACE_KEYS for keys in document.objects.values())
    return ProfileFormat.TRACE_EVENTS if is_events else None


def _marked(head: Head) -> ProfileFormat | None:
    lines = head.lines[:_FIRST_LINES]
    for form, mark, within in _MARKS:
        if any(mark.match(line) for line in lines[:within]) and _is_confirmed(form, lines):
            return form
    return None


def _is_confirmed(form: ProfileFormat, lines: list[str]) -> bool:
    """Whether a mark that others may use, too, is followed by threads."""
    is_named = form is ProfileFormat.PYTHON_THREADS and lines[0].startswith("Process ")
    return not is_named or any(map(_PY_SPY.match, lines))


def _by_lines(head: Head) -> ProfileFormat | None:
    sample = Sample.of(head)
    if is_perf_script(sample):
        return ProfileFormat.PERF_SCRIPT
    return ProfileFormat.FOLDED if is_folded(head.lines[:MAX_LINES]) else None


def _is_python_stats(raw: bytes) -> bool:
    """Whether bytes begin like a dictionary of marshal whose first key is a tuple of three."""
    if len(raw) < 12 or raw[0] & 0x7F != ord("{"):  # noqa: PLR2004 - a key and a value
        return False
    kind, size = raw[1] & 0x7F, raw[2:6]
    is_small = kind == ord(")") and size[0] == 3  # noqa: PLR2004 - file, line, name
    return is_small or (kind == ord("(") and size == b"\x03\0\0\0")
