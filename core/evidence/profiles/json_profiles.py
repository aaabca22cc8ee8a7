"""Reads profiles in JSON: speedscope's, CPU and heap profiles of V8, and trace events.

Sources: speedscope's file-format-schema.json; the Chrome DevTools Protocol, domains Profiler and
HeapProfiler; the "Trace Event Format" of Chrome. Places are numbers of stacks or events.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import UnreadableEvidence
from core.evidence.profiles.call_events import (
    CallEvent,
    TimedCall,
    events_of_calls,
    stacks_of_events,
)
from core.evidence.profiles.model import (
    ProfileBuilder,
    ProfileKind,
    ProfileReading,
    WeightUnit,
    plain_frame,
    reading_of,
)
from core.evidence.profiles.v8_nodes import CallFrame, V8Node, node_stacks

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 32 * 2**20
_NO_SAMPLE = "a profile without a sample"
_MICROSECOND = 1e-6
_Document = TypeVar("_Document", bound=BaseModel)
_TIMES = {"nanoseconds": 1e-9, "microseconds": 1e-6, "milliseconds": 1e-3, "seconds": 1.0}
_Number = Annotated[float, Field(allow_inf_nan=False)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Frame(_Model):
    name: str
    file: str | None = None


class _Shared(_Model):
    frames: list[_Frame]


class _FrameEvent(_Model):
    type: Literal["O", "C"]
    frame: int
    at: _Number


class _SpeedscopeProfile(_Model):
    type: str
    unit: str = "none"
    samples: list[list[int]] = []
    weights: list[_Number] = []
    events: list[_FrameEvent] = []


class _Speedscope(_Model):
    shared: _Shared
    profiles: list[_SpeedscopeProfile]


class _CpuProfile(_Model):
    nodes: list[V8Node]
    samples: list[int] = []
    timeDeltas: list[_Number] = []  # noqa: N815 - as the protocol spells it


class _HeapNode(_Model):
    callFrame: CallFrame  # noqa: N815 - as the protocol spells it
    selfSize: _Number = 0  # noqa: N815 - as above
    children: list[_HeapNode] = []


class _HeapProfile(_Model):
    head: _HeapNode


class _TraceEvent(_Model):
    name: str = ""
    ph: str = ""
    ts: _Number = 0
    dur: _Number = 0
    pid: int | str = 0
    tid: int | str = 0
    args: Any = None


class _Trace(_Model):
    traceEvents: list[_TraceEvent]  # noqa: N815 - as the format spells it


def read_speedscope(raw: bytes) -> ProfileReading:
    """Every profile of the file, those of one unit together. Raises UnreadableEvidence."""
    document = _parsed(_Speedscope, raw)
    frames = [_label(frame.name, frame.file) for frame in document.shared.frames]
    builders: dict[str, ProfileBuilder] = {}
    for profile in document.profiles:
        unit = "seconds" if profile.unit in _TIMES else profile.unit
        builder = builders.setdefault(unit, ProfileBuilder(*_measured(unit)))
        scale = _TIMES.get(profile.unit, 1.0)
        for stack, weight, place, samples in _speedscope_stacks(profile, frames):
            builder.add(stack, weight * scale, place, samples=samples)
    return _reading(list(builders.values()), raw)


def read_cpu_profile(raw: bytes) -> ProfileReading:
    """A CPU profile of V8, by time where it has times. Raises UnreadableEvidence."""
    document = _parsed(_CpuProfile, raw)
    stacks = node_stacks(document.nodes)
    if not document.samples or len(document.samples) != len(document.timeDeltas):
        builder = ProfileBuilder(ProfileKind.CPU, WeightUnit.SAMPLES)
        for place, node in enumerate(document.nodes, start=1):
            builder.add(stacks[node.id], node.hitCount, place, samples=node.hitCount)
        return _reading([builder], raw)
    builder = ProfileBuilder(ProfileKind.CPU, WeightUnit.SECONDS)
    for place, (node_id, delta) in enumerate(
        zip(document.samples, document.timeDeltas, strict=True), start=1
    ):
        builder.add(stacks.get(node_id, ()), delta * _MICROSECOND, place, samples=1)
    return _reading([builder], raw)


def read_heap_profile(raw: bytes) -> ProfileReading:
    """A sampled heap profile of V8: memory in use. Raises UnreadableEvidence."""
    builder = ProfileBuilder(ProfileKind.HEAP, WeightUnit.BYTES)
    head = _parsed(_HeapProfile, raw).head
    place = 0
    waiting: list[tuple[_HeapNode, tuple[str, ...]]] = [(head, ())]
    while waiting:
        node, above = waiting.pop()
        place += 1
        frames = (*above, node.callFrame.label)
        builder.add(frames, node.selfSize, place)
        waiting += [(child, frames) for child in reversed(node.children)]
    if place == 1 and not head.selfSize:  # it sampled nothing while it ran
        return ProfileReading(size=len(raw), is_text=False, problem=_NO_SAMPLE)
    return _reading([builder], raw)


def read_trace_events(raw: bytes) -> ProfileReading:
    """Trace events: what begins and ends, by thread, on the clock. Raises UnreadableEvidence."""
    is_list = raw.lstrip()[:1] == b"["
    document = _parsed(_Trace, b'{"traceEvents":%s}' % raw if is_list else raw)
    threads: defaultdict[tuple[int | str, int | str], list[CallEvent]] = defaultdict(list)
    calls: defaultdict[tuple[int | str, int | str], list[TimedCall]] = defaultdict(list)
    for place, event in enumerate(document.traceEvents, start=1):
        thread, frame = (event.pid, event.tid), _label(event.name, _file_of(event))
        if event.ph in ("B", "E"):
            threads[thread].append(CallEvent(event.ts, frame, event.ph == "B", place))
        elif event.ph == "X":
            calls[thread].append(TimedCall(event.ts, max(0.0, event.dur), frame, place))
    builder = ProfileBuilder(ProfileKind.WALL, WeightUnit.SECONDS)
    every = chain(threads.values(), map(events_of_calls, calls.values()))
    for events in every:
        for stack, weight, place in stacks_of_events(events):
            builder.add(stack, weight * _MICROSECOND, place)
    return _reading([builder], raw)


def _speedscope_stacks(
    profile: _SpeedscopeProfile, frames: list[str]
) -> Iterator[tuple[list[str], float, int, int]]:
    """Each stack with its weight, its place, and how many samples it is."""
    if profile.events:
        events = [
            CallEvent(event.at, _at(frames, event.frame), event.type == "O", place)
            for place, event in enumerate(profile.events, start=1)
        ]
        for stack, weight, place in stacks_of_events(events):
            yield stack, weight, place, 0
        return
    weights = profile.weights or [1.0] * len(profile.samples)
    for place, (sample, weight) in enumerate(zip(profile.samples, weights, strict=False), start=1):
        yield [_at(frames, index) for index in sample], weight, place, 1


def _at(frames: list[str], index: int) -> str:
    if not 0 <= index < len(frames):
        raise UnreadableEvidence("a profile refers to a frame that it does not have")
    return frames[index]


def _measured(unit: str) -> tuple[ProfileKind, WeightUnit]:
    if unit == "bytes":
        return ProfileKind.ALLOC, WeightUnit.BYTES
    return ProfileKind.CPU, WeightUnit.SECONDS if unit == "seconds" else WeightUnit.SAMPLES


def _label(name: str, path: str | None) -> str:
    file = "/".join((path or "").replace("\\", "/").split("/")[-2:])
    return plain_frame(f"{name} ({file})" if file else name)


def _file_of(event: _TraceEvent) -> str | None:
    file = event.args.get("filename") if isinstance(event.args, dict) else None
    return file if isinstance(file, str) else None


def _parsed(model: type[_Document], raw: bytes) -> _Document:
    try:
        return model.model_validate_json(raw)
    except (ValidationError, RecursionError) as error:
        raise UnreadableEvidence("a profile in JSON that is cut off or broken") from error


def _reading(builders: list[ProfileBuilder], raw: bytes) -> ProfileReading:
    reading = reading_of(builders, lines=raw.count(b"\n") + 1, size=len(raw), is_text=False)
    if not reading.profiles:
        raise UnreadableEvidence(_NO_SAMPLE)
    return reading
