"""Reads what cProfile and profile dump: functions with their own and total time, and callers.

It has no stacks: one is made for each function, through its heaviest callers. Source: pstats.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import UnreadableEvidence
from core.evidence.profiles.marshal_values import MarshalReader, Value
from core.evidence.profiles.model import (
    ProfileBuilder,
    ProfileKind,
    ProfileReading,
    WeightUnit,
    plain_frame,
)

_MAX_CALLS = 500_000  # between functions
_DEPTH = 40  # frames of a stack that is made


@dataclass(frozen=True, slots=True)
class _TimedFunction:
    """A function with its calls, own and total seconds, and its callers with their total."""

    calls: int
    own: float
    total: float
    callers: Mapping[str, float]


def read_python_stats(raw: bytes) -> ProfileReading:
    """One profile in seconds. Raises UnreadableEvidence for what is none."""
    functions = _functions(MarshalReader(raw).read())
    builder = ProfileBuilder(ProfileKind.CPU, WeightUnit.SECONDS)
    for place, (name, function) in enumerate(functions.items(), start=1):
        builder.add(_stack(name, functions), function.own, place)
    whole = {name: function.total for name, function in functions.items()}
    profile = builder.build(totals=whole)
    if not profile.stacks:
        raise UnreadableEvidence("a profile of Python in which no time passed")
    return ProfileReading(
        profiles=(profile,), size=len(raw), is_text=False, problem=builder.problem
    )


def _functions(value: Value) -> dict[str, _TimedFunction]:
    functions: dict[str, _TimedFunction] = {}
    room = _MAX_CALLS
    for key, stats in _pairs(value):
        if not isinstance(stats, tuple) or len(stats) != 5:  # noqa: PLR2004 - as pstats has them
            raise UnreadableEvidence("no profile of Python: its figures are not those of pstats")
        callers = _callers(stats[4], room)
        room -= len(callers)
        functions[_label(key)] = _TimedFunction(
            int(_number(stats[1])), _number(stats[2]), _number(stats[3]), callers
        )
    return functions


def _callers(value: Value, room: int) -> dict[str, float]:
    """Callers with the total time of their calls. room: of how many."""
    pairs = _pairs(value)
    if len(pairs) > room:
        raise UnreadableEvidence("a profile of Python with too many calls")
    callers = {}
    for key, stats in pairs:
        total = stats[-1] if isinstance(stats, tuple) and stats else stats
        callers[_label(key)] = _number(total)
    return callers


def _stack(name: str, functions: Mapping[str, _TimedFunction]) -> list[str]:
    """From the outermost caller to the function, each by who calls it most."""
    frames = [name]
    while len(frames) < _DEPTH and frames[-1] in functions:
        above = functions[frames[-1]].callers
        callers = [caller for caller in above if caller not in frames and caller in functions]
        if not callers:
            break
        frames.append(max(callers, key=lambda caller: (above[caller], caller)))
    return frames[::-1]


def _label(key: Value) -> str:
    """`render_cart (shop.py)`; what is built in is `<built-in method …>` in a file `~`."""
    if not isinstance(key, tuple) or len(key) != 3:  # noqa: PLR2004 - file, line, name
        raise UnreadableEvidence("no profile of Python: its functions are not those of pstats")
    path, _, name = key
    if not isinstance(path, str) or not isinstance(name, str):
        raise UnreadableEvidence("no profile of Python: a function without a name")
    file = "/".join(path.replace("\\", "/").split("/")[-2:])
    return plain_frame(name if file in ("", "~") else f"{name} ({file})")


def _number(value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableEvidence("no profile of Python: a figure is none")
    return float(value)


def _pairs(value: Value) -> list[tuple[Value, Value]]:
    if not isinstance(value, list):
        raise UnreadableEvidence("no profile of Python: it is no table of functions")
    return value
