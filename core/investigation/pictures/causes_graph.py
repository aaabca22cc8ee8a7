"""Who calls whom, who was in trouble first, and which causes are ranked where? Drawn as a graph.

Callers stand to the left of what they call. A box says its service, when trouble began there and
in which order, and the best cause that is ranked for it; its frame is the thicker the likelier.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.cases.hypotheses import Hypothesis
from core.evidence.pictures.style import (
    BLUE,
    FAINT,
    GRID,
    INK,
    ORANGE,
    PAPER,
    SMALL,
    entitle,
    write,
)
from core.investigation.causes.troubles import Watch
from core.investigation.causes.weighing import name_of
from core.investigation.model import Verdict
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes

    from core.investigation.decision import Decision, Situation

MOST = 14  # services that are drawn
_ROWS = 5  # of one column, before another begins
_WIDE, _HIGH = 0.86, 0.62  # of a box, where columns and rows are 1 apart
_NAME, _CAUSE = 24, 32  # letters that fit into a box
_THIN, _THICK = 0.8, 4.2  # points of a frame
_EVEN = 1 / 2


@dataclass(frozen=True, kw_only=True)
class Box:
    """A service with its place; `nth` is its turn among those in trouble, 0 for none."""

    service: str
    column: int
    row: float
    began: datetime | None = None
    nth: int = 0
    alerted: bool = False
    cause: Hypothesis | None = None


def boxes(decision: Decision, situation: Situation) -> tuple[Box, ...]:
    """The services worth drawing: blamed, alerted, and what stands between them."""
    chosen = _chosen(decision, situation)
    columns = _columns(chosen, situation.calls)
    watch = Watch(situation)
    began = {name: _began(watch, name) for name in chosen}
    order = sorted((at, name) for name, at in began.items() if at is not None)
    turns = {name: nth for nth, (_, name) in enumerate(order, start=1)}
    alerted = {one.service for one in situation.occurrences}
    causes = _causes(decision)
    return tuple(
        Box(
            service=name,
            column=column,
            row=row,
            began=began[name],
            nth=turns.get(name, 0),
            alerted=name in alerted,
            cause=causes.get(name),
        )
        for name, (column, row) in _places(chosen, columns).items()
    )


def size_of(drawn: Sequence[Box]) -> tuple[int, float]:
    """Columns and rows that the boxes take."""
    if not drawn:
        return 1, 1.0
    return max(one.column for one in drawn) + 1, max(one.row for one in drawn) + 1


def draw_graph(axes: Axes, drawn: Sequence[Box], decision: Decision, situation: Situation) -> None:
    """On axes of its own."""
    axes.set_axis_off()
    columns, rows = size_of(drawn)
    axes.set_xlim(-_WIDE / 2 - 0.1, columns - 1 + _WIDE / 2 + 0.1)
    axes.set_ylim(rows - 1 + _EVEN + 0.1, -_EVEN - 0.1)
    entitle(axes, _headline(decision))
    known = {one.service: one for one in drawn}
    for caller, callee in dict.fromkeys(situation.calls):
        if caller in known and callee in known:
            _arrow(axes, known[caller], known[callee])
    for one in drawn:
        _box(axes, one)


def _chosen(decision: Decision, situation: Situation) -> list[str]:
    """At most `MOST`: those with causes first, then alerted ones, then their neighbours."""
    blamed = [one.cause.service for one in _alive(decision) if one.cause.service]
    alerted = [one.service for one in situation.occurrences if one.service]
    first = list(dict.fromkeys([*blamed, *alerted]))
    near = [name for call in situation.calls if any(one in first for one in call) for name in call]
    return list(dict.fromkeys([*first, *near]))[:MOST]


def _causes(decision: Decision) -> dict[str, Hypothesis]:
    """The best of each service."""
    best: dict[str, Hypothesis] = {}
    for one in _alive(decision):
        if one.cause.service:
            best.setdefault(one.cause.service, one)
    return best


def _alive(decision: Decision) -> list[Hypothesis]:
    return [one for one in decision.hypotheses if one.is_alive]


def _columns(chosen: Sequence[str], calls: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How many calls deep a service is; circles are cut where they close."""
    known = [(a, b) for a, b in calls if a in chosen and b in chosen and a != b]
    depth = dict.fromkeys(chosen, 0)
    for _ in chosen:
        for caller, callee in known:
            depth[callee] = min(len(chosen) - 1, max(depth[callee], depth[caller] + 1))
        if not _moves(depth, known):
            break
    levels = sorted(set(depth.values()))
    return {name: levels.index(at) for name, at in depth.items()}


def _moves(depth: Mapping[str, int], calls: Iterable[tuple[str, str]]) -> bool:
    return any(depth[callee] <= depth[caller] for caller, callee in calls)


def _places(chosen: Sequence[str], columns: Mapping[str, int]) -> dict[str, tuple[int, float]]:
    """Each column from the top, its rows centred; without calls, in rows of `_ROWS`."""
    if len(set(columns.values())) <= 1:
        return {name: (nth // _ROWS, float(nth % _ROWS)) for nth, name in enumerate(chosen)}
    every: dict[int, list[str]] = {}
    for name in chosen:
        every.setdefault(columns[name], []).append(name)
    tallest = max(map(len, every.values()))
    return {
        name: (column, nth + (tallest - len(names)) / 2)
        for column, names in every.items()
        for nth, name in enumerate(names)
    }


def _began(watch: Watch, service: str) -> datetime | None:
    return min((one.since for one in watch.of_service.get(service, ()) if one.since), default=None)


def _headline(decision: Decision) -> Clean:
    alive = _alive(decision)
    if not alive:
        return Clean.say("No root cause yet: nothing known was seen")
    best, share = alive[0], min(99, round(alive[0].confidence * 100))
    said = best.statement.line().cut(70)
    if decision.verdict is Verdict.ROOT_CAUSE:
        return Clean.say("Root cause: {said}, {share} %", said=said, share=share)
    return Clean.say("No root cause yet. Most likely: {said}, {share} %", said=said, share=share)


def _arrow(axes: Axes, caller: Box, callee: Box) -> None:
    """From edge to edge; back over a circle it bends."""
    forward = callee.column > caller.column
    start = (caller.column + (_WIDE / 2 if forward else 0), caller.row)
    end = (callee.column - (_WIDE / 2 if forward else 0), callee.row)
    bend = "arc3" if forward else "arc3,rad=0.3"
    look = {"arrowstyle": "-|>", "color": FAINT, "lw": 1.0, "connectionstyle": bend}
    axes.annotate("", xy=end, xytext=start, arrowprops=look, zorder=1)


def _box(axes: Axes, one: Box) -> None:
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - see style

    share = one.cause.confidence if one.cause else 0.0
    colour = ORANGE if one.cause and one.cause.rank == 1 else BLUE if one.cause else GRID
    frame = FancyBboxPatch(
        (one.column - _WIDE / 2, one.row - _HIGH / 2),
        _WIDE,
        _HIGH,
        boxstyle="round,pad=0,rounding_size=0.05",
        facecolor=PAPER,
        edgecolor=colour if one.cause else FAINT,
        linewidth=_THIN + (_THICK - _THIN) * share,
        zorder=2,
    )
    axes.add_patch(frame)
    lines = _lines(one)
    step = _HIGH / (len(lines) + 1)
    for nth, (said, look) in enumerate(lines, start=1):
        at = one.row - _HIGH / 2 + nth * step
        write(axes, one.column, at, said, ha="center", va="center", zorder=3, **look)


def _lines(one: Box) -> list[tuple[Clean, dict[str, object]]]:
    """Its name, when it began there, and the cause."""
    name = name_of(one.service).cut(_NAME)
    if one.alerted:
        name = Clean.say("{name} (alert)", name=name)
    lines: list[tuple[Clean, dict[str, object]]] = [(name, {"fontweight": "bold"})]
    if one.began is not None:
        at = Clean.at(one.began, "%H:%M:%S")
        said = Clean.say("trouble no. {n}, since {at}", n=one.nth, at=at)
        lines.append((said, {"fontsize": SMALL, "color": INK}))
    if one.cause is not None:
        lines.append((_cause(one.cause), {"fontsize": SMALL, "color": INK}))
    return lines


def _cause(one: Hypothesis) -> Clean:
    share = min(99, max(1, round(one.confidence * 100)))
    said = one.statement.line()
    place = f" at {one.cause.service}"
    if said.text.endswith(place):  # which the box says already
        said = said.part(0, len(said.text) - len(place))
    said = said.cut(_CAUSE)
    return Clean.say("{n}. {said} {share} %", n=one.number, said=said, share=share)
