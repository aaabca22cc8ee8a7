"""A profile: stacks with the weight of each; a thread dump: what each thread does and waits for."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.text.sentences import sentences

say = sentences("evidence.profile_reading")

MAX_STACKS = 50_000  # of one profile; a busy hour of a large program has some thousands
MAX_DEPTH = 256  # frames of a stack: of a deeper recursion the middle is left out
MAX_NAME = 200  # characters of a frame
MAX_THREADS = 20_000
_LINE = re.compile(r":\d{1,9}(?=\)?$)|(?<=\))\+0x[0-9a-f]{1,16}$|\+0x[0-9a-f]{1,16}$")


class ProfileKind(StrEnum):
    """What the weight of a stack is a share of; of several in one file the first come first."""

    CPU = "cpu"
    WALL = "wall"  # time on the clock, waiting included
    HEAP = "heap"  # memory in use
    ALLOC = "alloc"  # memory that was asked for, whether it was given back or not
    LOCK = "lock"  # time waited for locks
    THREADS = "threads"  # threads, by where they are


class WeightUnit(StrEnum):
    """The unit of the weights of a profile."""

    SAMPLES = "samples"
    SECONDS = "seconds"
    BYTES = "bytes"
    OBJECTS = "objects"
    EVENTS = "events"
    THREADS = "threads"


@dataclass(frozen=True, slots=True)
class WeightedStack:
    """Frames from the outermost call inwards, their weight, and where the file first has them.

    place: the line of a text, from 1; the number of the stack in a binary format.
    """

    frames: tuple[str, ...]
    weight: float
    place: int = 1


@dataclass(frozen=True, kw_only=True)
class StackProfile:
    """The stacks of one measurement, each once.

    samples: how often was looked, where the format tells. totals: by frame the weight that the
    format itself gives for it and all that it calls; empty where the stacks tell.
    """

    kind: ProfileKind
    unit: WeightUnit
    stacks: tuple[WeightedStack, ...]
    samples: int = 0
    totals: Mapping[str, float] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """The weight of all stacks."""
        return math.fsum(stack.weight for stack in self.stacks)


@dataclass(frozen=True, kw_only=True)
class ThreadState:
    """One thread, or `count` alike: its stack from the outermost call inwards.

    waits_for, holds: locks, by an address or a name that the dump gives them. minutes: for how
    long it has been blocked, where the dump tells. line: where it begins in the file.
    """

    name: str
    state: str
    frames: tuple[str, ...]
    line: int
    waits_for: str | None = None
    lock_type: str = ""
    holds: frozenset[str] = frozenset()
    count: int = 1
    minutes: int = 0
    is_blocked: bool = False


@dataclass(frozen=True, kw_only=True)
class ReportedDeadlock:
    """A deadlock that the runtime itself reports: its line, and the names of the threads in it."""

    line: int
    text: str
    threads: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProfileReading:
    """What a file holds: profiles, or the threads of a process.

    lines: of a text, else 1. size: bytes. problem: what could not be read of it.
    """

    profiles: tuple[StackProfile, ...] = ()
    threads: tuple[ThreadState, ...] = ()
    deadlocks: tuple[ReportedDeadlock, ...] = ()
    lines: int = 1
    size: int = 0
    is_text: bool = True
    problem: str | None = None

    @property
    def records(self) -> int:
        """How many stacks and threads were read."""
        return sum(len(profile.stacks) for profile in self.profiles) + len(self.threads)


def plain_frame(name: str) -> str:
    """A frame without its line and offset, so that the same function of two builds is the same."""
    return _LINE.sub("", " ".join(name.split()))[:MAX_NAME] or "?"


class ProfileBuilder:
    """Collects the stacks of one profile, within bounds: the same stack is added up."""

    def __init__(self, kind: ProfileKind, unit: WeightUnit) -> None:
        self.kind, self.unit = kind, unit
        self.samples = 0
        self.omitted = 0
        self._weights: dict[tuple[str, ...], float] = {}
        self._places: dict[tuple[str, ...], int] = {}

    def add(
        self, frames: Sequence[str], weight: float, place: int = 1, *, samples: int = 0
    ) -> None:
        """Add a stack, outermost frame first. One without frames or a weight above 0 is nothing."""
        if not frames or not math.isfinite(weight) or weight <= 0:
            return
        stack = tuple(shortened(frames))
        if stack not in self._weights and len(self._weights) >= MAX_STACKS:
            self.omitted += 1
            return
        self._weights[stack] = self._weights.get(stack, 0.0) + weight
        self._places.setdefault(stack, place)
        self.samples += samples

    def build(self, *, totals: Mapping[str, float] | None = None) -> StackProfile:
        """The profile of what was added."""
        stacks = tuple(
            WeightedStack(frames, weight, self._places[frames])
            for frames, weight in self._weights.items()
        )
        return StackProfile(
            kind=self.kind,
            unit=self.unit,
            stacks=stacks,
            samples=self.samples,
            totals=totals or {},
        )

    @property
    def problem(self) -> str | None:
        """What of it was left out, in words."""
        return say.raw("too_many_stacks", n=MAX_STACKS) if self.omitted else None


def shortened(frames: Sequence[str]) -> Sequence[str]:
    """The frames; of more than MAX_DEPTH the outermost and the innermost."""
    if len(frames) <= MAX_DEPTH:
        return frames
    half = MAX_DEPTH // 2
    return [*frames[:half], *frames[-half:]]


def reading_of(
    builders: Sequence[ProfileBuilder], *, lines: int, size: int, is_text: bool = True
) -> ProfileReading:
    """The reading of a file that holds nothing but profiles; what is empty is left out."""
    problem = next((builder.problem for builder in builders if builder.problem), None)
    built = tuple(builder.build() for builder in builders)
    order = list(ProfileKind)
    profiles = tuple(
        sorted(
            (profile for profile in built if profile.stacks),
            key=lambda profile: order.index(profile.kind),
        )
    )
    return ProfileReading(
        profiles=profiles, lines=lines, size=size, is_text=is_text, problem=problem
    )
