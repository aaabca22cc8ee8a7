"""Draws the causes of a decision as a graph of services.

Callers stand to the left of what they call. A box shows its service, when trouble began there and
in which order, and the best cause ranked for it; the likelier the cause, the thicker the frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.cases.model import Hypothesis
from core.evidence.pictures.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    PAPER,
    SMALL,
    entitle,
    write,
)
from core.investigation.causes.scored_cause import name_of
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.decision import Verdict
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes

    from core.investigation.decision import Decision, Situation

say = sentences("investigation.causes_picture")

MOST = 14  # services that are drawn
_ROWS = 5  # of one column, before another begins
_WIDE, _HIGH = 0.86, 0.62  # of a box, where columns and rows are 1 apart
_NAME, _CAUSE = 24, 32  # letters that fit into a box
_THIN, _THICK = 0.8, 4.2  # points of a frame
_EVEN = 1 / 2


@dataclass(frozen=True, kw_only=True)
class Box:
    """A service and its place; `nth` is its position among those in trouble, 0 for none."""

    service: str
    column: int
    row: float
    began: datetime | None = None
    nth: int = 0
    alerted: bool = False
    cause: Hypothesis | None = None


def boxes(decision: Decision, situation: Situation) -> tuple[Box, ...]:
    """The services worth drawing: blamed ones, alerted ones, and what stands between them."""
    chosen = _chosen(decision, situation)
    columns = _columns(chosen, situation.calls)
    watch = ServiceHealth(situation)
    began = {name: _began(watch, name) for name in chosen}
    order = sorted((at, name) for name, at in began.items() if at is not None)
    turns = {name: nth for nth, (_, name) in enumerate(order, start=1)}
    alerted = {occurrence.service for occurrence in situation.occurrences}
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
    """The number of columns and rows that the boxes take."""
    if not drawn:
        return 1, 1.0
    return max(box.column for box in drawn) + 1, max(box.row for box in drawn) + 1


def draw_graph(axes: Axes, drawn: Sequence[Box], decision: Decision, situation: Situation) -> None:
    """Draws the boxes, the calls between them and a headline on the given axes."""
    axes.set_axis_off()
    columns, rows = size_of(drawn)
    axes.set_xlim(-_WIDE / 2 - 0.1, columns - 1 + _WIDE / 2 + 0.1)
    axes.set_ylim(rows - 1 + _EVEN + 0.1, -_EVEN - 0.1)
    entitle(axes, headline(decision))
    by_service = {box.service: box for box in drawn}
    for caller, callee in dict.fromkeys(situation.calls):
        if caller in by_service and callee in by_service:
            _arrow(axes, by_service[caller], by_service[callee])
    for box in drawn:
        _box(axes, box)


def _chosen(decision: Decision, situation: Situation) -> list[str]:
    """At most `MOST` services: those with causes, then alerted ones, then neighbours."""
    blamed = [
        hypothesis.cause.service for hypothesis in _alive(decision) if hypothesis.cause.service
    ]
    alerted = [occurrence.service for occurrence in situation.occurrences if occurrence.service]
    first = list(dict.fromkeys([*blamed, *alerted]))
    neighbours = [
        name
        for call in situation.calls
        if any(service in first for service in call)
        for name in call
    ]
    return list(dict.fromkeys([*first, *neighbours]))[:MOST]


def _causes(decision: Decision) -> dict[str, Hypothesis]:
    """The best hypothesis of each service."""
    best: dict[str, Hypothesis] = {}
    for hypothesis in _alive(decision):
        if hypothesis.cause.service:
            best.setdefault(hypothesis.cause.service, hypothesis)
    return best


def _alive(decision: Decision) -> list[Hypothesis]:
    return [hypothesis for hypothesis in decision.hypotheses if hypothesis.is_alive]


def _columns(chosen: Sequence[str], calls: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The column of each service: its depth in the calls; cycles are cut where they close."""
    calls_between = [(a, b) for a, b in calls if a in chosen and b in chosen and a != b]
    depth = dict.fromkeys(chosen, 0)
    for _ in chosen:
        for caller, callee in calls_between:
            depth[callee] = min(len(chosen) - 1, max(depth[callee], depth[caller] + 1))
        if not _moves(depth, calls_between):
            break
    levels = sorted(set(depth.values()))
    return {name: levels.index(at) for name, at in depth.items()}


def _moves(depth: Mapping[str, int], calls: Iterable[tuple[str, str]]) -> bool:
    """Whether some callee is not yet to the right of its caller."""
    return any(depth[callee] <= depth[caller] for caller, callee in calls)


def _places(chosen: Sequence[str], columns: Mapping[str, int]) -> dict[str, tuple[int, float]]:
    """Column and row of each service, rows centred; without calls, in rows of `_ROWS`."""
    if len(set(columns.values())) <= 1:
        return {name: (nth // _ROWS, float(nth % _ROWS)) for nth, name in enumerate(chosen)}
    by_column: dict[int, list[str]] = {}
    for name in chosen:
        by_column.setdefault(columns[name], []).append(name)
    tallest = max(map(len, by_column.values()))
    return {
        name: (column, nth + (tallest - len(names)) / 2)
        for column, names in by_column.items()
        for nth, name in enumerate(names)
    }


def _began(watch: ServiceHealth, service: str) -> datetime | None:
    """When the earliest trouble of a service began."""
    return min(
        (trouble.since for trouble in watch.of_service.get(service, ()) if trouble.since),
        default=None,
    )


def headline(decision: Decision) -> RedactedText:
    """What the graph says: the root cause, or the likeliest, with its share."""
    alive = _alive(decision)
    if not alive:
        return say("no_cause_yet")
    best, share = alive[0], min(99, round(alive[0].confidence * 100))
    statement = best.statement.line().cut(70)
    if decision.verdict is Verdict.ROOT_CAUSE:
        return say("root_cause", said=statement, share=share)
    return say("most_likely", said=statement, share=share)


def _arrow(axes: Axes, caller: Box, callee: Box) -> None:
    """Draws a call from edge to edge; one that points backwards is bent."""
    forward = callee.column > caller.column
    start = (caller.column + (_WIDE / 2 if forward else 0), caller.row)
    end = (callee.column - (_WIDE / 2 if forward else 0), callee.row)
    bend = "arc3" if forward else "arc3,rad=0.3"
    look = {"arrowstyle": "-|>", "color": FAINT, "lw": 1.0, "connectionstyle": bend}
    axes.annotate("", xy=end, xytext=start, arrowprops=look, zorder=1)


def _box(axes: Axes, box: Box) -> None:
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - see style

    colour, thickness = frame_of(box)
    frame = FancyBboxPatch(
        (box.column - _WIDE / 2, box.row - _HIGH / 2),
        _WIDE,
        _HIGH,
        boxstyle="round,pad=0,rounding_size=0.05",
        facecolor=PAPER,
        edgecolor=colour,
        linewidth=thickness,
        zorder=2,
    )
    axes.add_patch(frame)
    lines = _lines(box)
    step = _HIGH / (len(lines) + 1)
    for nth, (text, look) in enumerate(lines, start=1):
        at = box.row - _HIGH / 2 + nth * step
        write(axes, box.column, at, text, ha="center", va="center", zorder=3, **look)


def frame_of(box: Box) -> tuple[str, float]:
    """The colour of a box's frame and its thickness in points: the likelier, the thicker."""
    share = box.cause.confidence if box.cause else 0.0
    colour = ORANGE if box.cause and box.cause.rank == 1 else BLUE if box.cause else FAINT
    return colour, _THIN + (_THICK - _THIN) * share


def box_lines(box: Box) -> list[RedactedText]:
    """The words in a box."""
    return [text for text, _ in _lines(box)]


def _lines(box: Box) -> list[tuple[RedactedText, dict[str, object]]]:
    """The lines in a box: the name, when trouble began, and the cause."""
    name = name_of(box.service).cut(_NAME)
    if box.alerted:
        name = say("alerted", name=name)
    lines: list[tuple[RedactedText, dict[str, object]]] = [(name, {"fontweight": "bold"})]
    if box.began is not None:
        at = RedactedText.at(box.began, "%H:%M:%S")
        words = say("trouble_since", n=box.nth, at=at)
        lines.append((words, {"fontsize": SMALL, "color": INK}))
    if box.cause is not None:
        lines.append((_cause(box.cause), {"fontsize": SMALL, "color": INK}))
    return lines


def _cause(hypothesis: Hypothesis) -> RedactedText:
    """The cause in a box: its number, its statement without the service, and its share."""
    share = min(99, max(1, round(hypothesis.confidence * 100)))
    statement = hypothesis.statement.line()
    place = f" at {hypothesis.cause.service}"
    if statement.text.endswith(place):  # which the box says already
        statement = statement.part(0, len(statement.text) - len(place))
    statement = statement.cut(_CAUSE)
    return RedactedText.format(
        "{n}. {said} {share} %", n=hypothesis.number, said=statement, share=share
    )
