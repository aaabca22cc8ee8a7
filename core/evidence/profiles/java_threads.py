"""Reads thread dumps of Java, as jstack, `jcmd Thread.print` and a signal make them.

Source: HotSpot's src/hotspot/share/runtime/threads.cpp and javaThread.cpp, JDK 8 to 21.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.evidence.profiles.model import (
    MAX_THREADS,
    ProfileReading,
    ReportedDeadlock,
    ThreadState,
    plain_frame,
    shortened,
)

if TYPE_CHECKING:
    from core.evidence.profiles.text_lines import TextLines

_THREAD = re.compile(r'^"(?P<name>.{0,300}?)"(?: #\d+.*| .*\b(?:prio|nid|tid)=.*)$')
_STATE = re.compile(r"^\s+java\.lang\.Thread\.State: (\w+)")
_CALL = re.compile(r"^\s+at ([^\s(]+)\(")
_LOCK = re.compile(
    r"^\s+- (?P<how>waiting to lock|waiting to re-lock in wait\(\)|waiting on|parking to wait for"
    r"|locked) +<(?P<lock>0x[0-9a-f]+)>(?: \(an? (?P<type>[^)]{1,300})\))?"
)
_DEADLOCK = re.compile(r"^Found (?:one|a total of|\d+) (?:Java-level )?deadlocks?[:.]?")
_REPORTED = re.compile(r'^"(.{0,300})":\s*$')
_STACKS_AGAIN = "Java stack information for the threads listed above"
_MOST_FRAMES = 2_000
_JAVA_LEVEL = "Java-level deadlock"


@dataclass
class _OpenThread:
    """A thread whose lines are being read; frames innermost first."""

    name: str
    line: int
    state: str = ""
    frames: list[str] = field(default_factory=list)
    waits_for: str | None = None
    lock_type: str = ""
    released: set[str] = field(default_factory=set)
    holds: set[str] = field(default_factory=set)

    def close(self) -> ThreadState:
        return ThreadState(
            name=self.name,
            state=self.state,
            frames=tuple(shortened(self.frames[::-1])),
            line=self.line,
            waits_for=self.waits_for,
            lock_type=self.lock_type,
            holds=frozenset(self.holds - self.released),
            is_blocked=self.waits_for is not None,
        )


@dataclass
class _JavaDump:
    """The threads and deadlocks of a dump, line by line."""

    threads: list[ThreadState] = field(default_factory=list)
    deadlocks: list[ReportedDeadlock] = field(default_factory=list)
    thread: _OpenThread | None = None
    reported: list[str] = field(default_factory=list)  # of the deadlock that is being read
    is_reporting: bool = False
    is_repeating: bool = False

    def read(self, number: int, line: str) -> None:
        if not line.strip():
            return
        if _DEADLOCK.match(line):
            self._begin_deadlock(number, line)
        elif line.startswith(_STACKS_AGAIN):
            self.is_repeating = True
            self._end_deadlock()
        elif self.is_reporting:
            self._read_deadlock(line)
        elif not self.is_repeating:
            self._read_thread(number, line)

    def end(self) -> None:
        """Close what is open."""
        if self.thread is not None and len(self.threads) < MAX_THREADS:
            self.threads.append(self.thread.close())
        self.thread = None
        self._end_deadlock()

    def _begin_deadlock(self, number: int, line: str) -> None:
        self.end()
        self.is_repeating = False
        if _JAVA_LEVEL in line:
            self.is_reporting = True
            self.deadlocks.append(ReportedDeadlock(line=number, text=line.strip()))

    def _read_deadlock(self, line: str) -> None:
        name = _REPORTED.match(line)
        if name is not None:
            self.reported.append(name[1])

    def _end_deadlock(self) -> None:
        if self.is_reporting:
            last = self.deadlocks[-1]
            names = tuple(dict.fromkeys(self.reported))[:MAX_THREADS]
            self.deadlocks[-1] = ReportedDeadlock(line=last.line, text=last.text, threads=names)
        self.is_reporting, self.reported = False, []

    def _read_thread(self, number: int, line: str) -> None:
        header = _THREAD.match(line)
        if header is not None:
            self.end()
            self.thread = _OpenThread(header["name"], number)
        elif self.thread is None:
            return
        elif (call := _CALL.match(line)) is not None:
            if len(self.thread.frames) < _MOST_FRAMES:
                self.thread.frames.append(plain_frame(call[1]))
        elif (lock := _LOCK.match(line)) is not None:
            _take_lock(self.thread, lock)
        elif (state := _STATE.match(line)) is not None:
            self.thread.state = state[1]


def read_java_threads(lines: TextLines) -> ProfileReading:
    """Threads with what they hold and wait for, and the deadlocks that the machine reports."""
    dump = _JavaDump()
    for number, line in lines:
        dump.read(number, line)
    dump.end()
    return ProfileReading(
        threads=tuple(dump.threads),
        deadlocks=tuple(dump.deadlocks),
        lines=lines.lines,
        size=lines.size,
    )


def _take_lock(thread: _OpenThread, lock: re.Match[str]) -> None:
    """What it waits for; who waits to be notified has released the lock meanwhile."""
    match lock["how"]:
        case "locked":
            thread.holds.add(lock["lock"])
        case "waiting to lock" | "waiting to re-lock in wait()":
            thread.waits_for, thread.lock_type = lock["lock"], lock["type"] or ""
        case _:
            thread.released.add(lock["lock"])
