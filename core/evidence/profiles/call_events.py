"""Calls that begin and end, as stacks with the time that each took by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.profiles.model import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class CallEvent:
    """A call that begins or ends, in the unit of its file. place: its number there, from 1."""

    at: float
    frame: str
    begins: bool
    place: int


@dataclass(frozen=True, slots=True)
class TimedCall:
    """A call with its duration, in the unit of its file. place: its number there, from 1."""

    at: float
    duration: float
    frame: str
    place: int


def stacks_of_events(events: Iterable[CallEvent]) -> Iterator[tuple[list[str], float, int]]:
    """Each stack with the time until the next event, and its place. events: of one thread.

    An end without its beginning is passed over; calls that never end last until the last event.
    """
    frames: list[str] = []
    before, place = 0.0, 1
    for event in sorted(events, key=lambda each: each.at):
        if frames and event.at > before:
            yield frames[:MAX_DEPTH], event.at - before, place
        before, place = event.at, event.place
        if event.begins:
            frames.append(event.frame)
        elif event.frame in frames[-MAX_DEPTH:]:
            while frames.pop() != event.frame:
                pass


def events_of_calls(calls: Iterable[TimedCall]) -> Iterator[CallEvent]:
    """Beginnings and ends of the calls of one thread: one that begins within another ends in it."""
    within: list[TimedCall] = []
    for call in sorted(calls, key=lambda each: (each.at, -each.duration)):
        while within and call.at >= within[-1].at + within[-1].duration:
            yield _end(within.pop())
        yield CallEvent(call.at, call.frame, begins=True, place=call.place)
        within.append(call)
    while within:
        yield _end(within.pop())


def _end(call: TimedCall) -> CallEvent:
    return CallEvent(call.at + call.duration, call.frame, begins=False, place=call.place)
