"""Reads what `py-spy dump` prints: the threads of a process of Python, and what each is at.

Source: py-spy, src/dump.rs. faulthandler's dump of all threads is read, too: CPython,
Python/traceback.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.profiles.model import (
    MAX_THREADS,
    ProfileReading,
    ThreadState,
    plain_frame,
    shortened,
)

if TYPE_CHECKING:
    from core.evidence.profiles.text_lines import TextLines

_THREAD = re.compile(
    r"^Thread (?P<id>\d{1,20}|0x[0-9A-Fa-f]{1,16})(?:/\d+)? \((?P<state>[\w+ ]{1,40})\)"
    r'(?:: "(?P<name>.{0,200})")?'
)
_FAULT = re.compile(
    r"^(?:Current thread|Thread) (?P<id>0x[0-9A-Fa-f]{1,16})(?: \[(?P<name>.{1,100})\])?"
    r" \(most recent call first\):"
)
_CALL = re.compile(r"^    (?P<call>\S.{0,300}? \(.{1,300}?(?::\d{1,9})?\))$")
_FAULT_CALL = re.compile(
    r'^  File "(?P<file>.{1,400})", line (?P<line>\d{1,9}) in (?P<call>\S.{0,300})$'
)
_ACQUIRES = re.compile(r"^(?:acquire|_acquire_restore|__enter__|wait|_wait_for_tstate_lock|join)\b")
_MOST_FRAMES = 2_000


def read_python_threads(lines: TextLines) -> ProfileReading:
    """Each thread; where an idle one waits, its innermost frame tells."""
    threads: list[ThreadState] = []
    thread: ThreadState | None = None
    frames: list[str] = []
    for number, line in lines:
        header = _THREAD.match(line) or _FAULT.match(line)
        if header is not None:
            threads += _closed(thread, frames)
            thread, frames = _thread(header, number), []
        elif (call := _frame(line)) is not None and len(frames) < _MOST_FRAMES:
            frames.append(call)
    threads += _closed(thread, frames)
    return ProfileReading(threads=tuple(threads[:MAX_THREADS]), lines=lines.lines, size=lines.size)


def _frame(line: str) -> str | None:
    if (call := _CALL.match(line)) is not None:
        return call["call"]
    if (fault := _FAULT_CALL.match(line)) is not None:
        file = "/".join(fault["file"].split("/")[-2:])
        return f"{fault['call']} ({file}:{fault['line']})"
    return None


def _thread(header: re.Match[str], line: int) -> ThreadState:
    groups = header.groupdict()
    state = groups.get("state") or ""
    return ThreadState(
        name=groups.get("name") or groups["id"],
        state=state,
        frames=(),
        line=line,
        is_blocked="active" not in state,
    )


def _closed(thread: ThreadState | None, frames: list[str]) -> list[ThreadState]:
    """The thread with its frames; the innermost keeps its line, for there it waits."""
    if thread is None or not frames:
        return []
    outer = [plain_frame(frame) for frame in frames[:0:-1]]
    is_acquiring = bool(_ACQUIRES.match(frames[0]))
    return [
        ThreadState(
            name=thread.name,
            state=thread.state,
            frames=tuple(shortened([*outer, frames[0][:300]])),
            line=thread.line,
            lock_type=plain_frame(frames[0]) if is_acquiring else "",
            is_blocked=thread.is_blocked,
        )
    ]
