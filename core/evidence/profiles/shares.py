"""The functions that a profile's weight goes to, and its heaviest path."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.evidence.profiles.model import StackProfile, WeightedStack

_STAYS = 0.5  # of a path's weight that its next frame must have to belong to it
_LONGEST = 64  # frames of a path
# Who starts threads, loads modules and runs loops: above every stack, and nobody's work.
_RUNNER = re.compile(
    r"(?x)^(?:<module>.*|main|\(root\)|\(anonymous\)\ .*node:internal.*|all|_start"
    r"|.*\(<frozen\ .*|.*\bnode:internal/.*|__libc_start.*|__clone\d?\b.*|clone\d?|start_thread\b.*"
    r"|runtime\.(?:main|goexit|mcall|systemstack|mstart\d?|park_m|schedule|gcBgMarkWorker)"
    r"|Thread\.run\ .*|Thread\._bootstrap.*|_bootstrap(?:_inner)?\ .*"
    r"|java\.lang\.Thread\.run\w*|.*\$\$Lambda.*)$"
)
# Of the language itself, or of its runtime.
_LIBRARY = re.compile(
    r"^(?:java|javax|jdk|sun|com\.sun|kotlin|scala)\."
    r"|^(?:bufio|bytes|compress|context|crypto|encoding|fmt|internal|io|math|net|os|reflect|regexp"
    r"|runtime|slices|sort|strconv|strings|sync|syscall|time)[./]"
    r"|^(?:byte|char|double|float|int|long|short|boolean)\[\]"
    r"|\((?:threading|queue|selectors|socket|ssl|asyncio/\w+|concurrent/\w+|multiprocessing/\w+)\.py"
    r"|/(?:threading|queue|selectors|socket|ssl)\.py\b|<frozen "
)
_IDLE = re.compile(r"^\((?:idle|program|garbage\ collector)\)$|^swapper\b|^cpuidle_|^do_idle\b")


@dataclass(frozen=True, kw_only=True)
class FunctionShare:
    """How much of a profile goes to one function.

    own: its weight by itself. total: with all that it calls. caller: who mostly calls it, None for
    an outermost one. place: that of its heaviest stack.
    """

    function: str
    own: float
    total: float
    caller: str | None
    place: int


def is_runner(frame: str) -> bool:
    """Whether a frame only starts or awaits the work of others."""
    return bool(_RUNNER.match(frame)) or is_idle(frame)


def is_library(frame: str) -> bool:
    """Whether a function or a class is of the language itself, not of the program."""
    return bool(_LIBRARY.search(frame))


def is_idle(frame: str) -> bool:
    """Whether a frame says that nothing was done, or nothing of the program's own."""
    return bool(_IDLE.match(frame))


def function_shares(profile: StackProfile) -> list[FunctionShare]:
    """Every function, the one with the most weight of its own first."""
    own: defaultdict[str, float] = defaultdict(float)
    totals: defaultdict[str, float] = defaultdict(float)
    calls: defaultdict[str, defaultdict[str | None, float]] = defaultdict(_no_calls)
    heaviest: dict[str, WeightedStack] = {}
    for stack in profile.stacks:
        own[stack.frames[-1]] += stack.weight
        for frame in dict.fromkeys(stack.frames):
            totals[frame] += stack.weight
            if frame not in heaviest or heaviest[frame].weight < stack.weight:
                heaviest[frame] = stack
        for frame, caller in _callers(stack):
            calls[frame][caller] += stack.weight
    totals.update(profile.totals)
    shares = (
        FunctionShare(
            function=frame,
            own=own.get(frame, 0.0),
            total=max(totals[frame], own.get(frame, 0.0)),
            caller=_most(calls[frame]),
            place=stack.place,
        )
        for frame, stack in heaviest.items()
    )
    return sorted(shares, key=lambda share: (-share.own, -share.total, share.function))


def heaviest_path(profile: StackProfile) -> tuple[tuple[str, ...], float]:
    """The frames from the outermost one inwards that most of the weight passes, and its weight.

    At each step it goes on to the heaviest call, as long as that has half of what came so far.
    """
    path: list[str] = []
    stacks: list[WeightedStack] = [
        stack for stack in profile.stacks if not is_idle(stack.frames[-1])
    ]
    weight = sum(stack.weight for stack in stacks)
    while len(path) < _LONGEST:
        branches: defaultdict[str, list[WeightedStack]] = defaultdict(list)
        for stack in stacks:
            if len(stack.frames) > len(path):
                branches[stack.frames[len(path)]].append(stack)
        if not branches:
            break
        weights = {frame: sum(each.weight for each in of) for frame, of in branches.items()}
        frame = max(weights, key=lambda name: (weights[name], name))
        if weights[frame] < _STAYS * weight:
            break
        path.append(frame)
        stacks, weight = branches[frame], weights[frame]
    return tuple(path), weight if path else 0.0


def work_of(path: Iterable[str]) -> list[str]:
    """The frames of a path that do something, without repetitions of recursion."""
    frames = [frame for frame in path if not is_runner(frame)]
    return [frame for before, frame in pairwise(["", *frames]) if frame != before]


def _no_calls() -> defaultdict[str | None, float]:
    return defaultdict(float)


def _callers(stack: WeightedStack) -> Iterable[tuple[str, str | None]]:
    """Each frame once, with the nearest frame above it that is another function."""
    callers: dict[str, str | None] = {}
    before: str | None = None
    for frame, inner in pairwise([None, *stack.frames]):
        if frame != inner:
            before = frame
        assert inner is not None  # noqa: S101 - for the type checker
        callers[inner] = before
    return callers.items()


def _most(calls: Mapping[str | None, float]) -> str | None:
    return max(calls, key=lambda name: (calls[name], name or ""), default=None)
