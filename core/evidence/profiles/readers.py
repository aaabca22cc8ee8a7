"""Reads a profile in its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import UnreadableEvidence
from core.evidence.lines import read_raw
from core.evidence.profiles.folded import read_folded
from core.evidence.profiles.formats import ProfileFormat
from core.evidence.profiles.go_text import (
    read_go_heap,
    read_go_locks,
    read_goroutine_counts,
    read_goroutines,
)
from core.evidence.profiles.java_heap import read_class_histogram
from core.evidence.profiles.java_threads import read_java_threads
from core.evidence.profiles.jfr_text import read_jfr_events, read_jfr_summary
from core.evidence.profiles.json_profiles import (
    read_cpu_profile,
    read_heap_profile,
    read_speedscope,
    read_trace_events,
)
from core.evidence.profiles.perf_script import read_perf_script
from core.evidence.profiles.pprof import read_pprof
from core.evidence.profiles.python_stats import read_python_stats
from core.evidence.profiles.python_threads import read_python_threads
from core.evidence.profiles.text_lines import TextLines

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.evidence.model import Original
    from core.evidence.profiles.model import ProfileReading

MAX_BYTES = 32 * 2**20  # of a format that is read as a whole
_WHOLE: dict[ProfileFormat, Callable[[bytes], ProfileReading]] = {
    ProfileFormat.PPROF: read_pprof,
    ProfileFormat.PYTHON_STATS: read_python_stats,
    ProfileFormat.SPEEDSCOPE: read_speedscope,
    ProfileFormat.CPU_PROFILE: read_cpu_profile,
    ProfileFormat.HEAP_PROFILE: read_heap_profile,
    ProfileFormat.TRACE_EVENTS: read_trace_events,
}
_BY_LINE: dict[ProfileFormat, Callable[[TextLines], ProfileReading]] = {
    ProfileFormat.FOLDED: read_folded,
    ProfileFormat.PERF_SCRIPT: read_perf_script,
    ProfileFormat.GO_HEAP: read_go_heap,
    ProfileFormat.GO_LOCKS: read_go_locks,
    ProfileFormat.GOROUTINE_COUNTS: read_goroutine_counts,
    ProfileFormat.GOROUTINES: read_goroutines,
    ProfileFormat.JAVA_THREADS: read_java_threads,
    ProfileFormat.CLASS_HISTOGRAM: read_class_histogram,
    ProfileFormat.JFR_EVENTS: read_jfr_events,
    ProfileFormat.JFR_SUMMARY: read_jfr_summary,
    ProfileFormat.PYTHON_THREADS: read_python_threads,
}


def read_profile(original: Original, form: ProfileFormat) -> ProfileReading:
    """What the file holds. Raises UnreadableEvidence where that is nothing."""
    if form in _WHOLE:
        raw = read_raw(original, MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            message = f"a profile of more than {MAX_BYTES // 2**20} MB: bring one of a shorter time"
            raise UnreadableEvidence(message)
        return _WHOLE[form](raw)
    reading = _BY_LINE[form](TextLines(original))
    if not reading.records and not reading.problem:
        raise UnreadableEvidence("a profile without a stack")
    return reading
