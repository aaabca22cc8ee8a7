"""Which minutes decide? The lines that speak loudest for the leader, around the onset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.clean import Clean
from core.evidence.model import Finding
from core.evidence.pictures.metric_plot import Panel, draw_panel
from core.evidence.pictures.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    SMALL,
    moment,
    plain,
    tell_times,
    write,
)
from core.evidence.series.model import Series
from core.investigation.model import Citation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

    from core.investigation.decision import Decision, Situation

MOST = 3  # panels
_BEFORE, _AFTER = timedelta(minutes=20), timedelta(minutes=40)  # of the onset that are shown
_TITLE = 104  # letters
_MINUTE = 60.0


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """A line for the leader, the finding it rests on, and its series where it is one."""

    line: Citation
    finding: Finding
    series: Series | None = None


def deciding(
    decision: Decision, situation: Situation, series: Mapping[tuple[str, str], Series]
) -> tuple[Deciding, ...]:
    """The weightiest lines that have a course over time. series: by file and title."""
    best = next(iter(decision.hypotheses), None)
    found: dict[tuple[str, int, str | None], Deciding] = {}
    lines = [line for line in (best.supporting if best else ()) if line.resolves and line.locus]
    for line in sorted(lines, key=lambda one: -one.weight):
        for one in _courses(line, situation, series):
            locus = one.finding.locus
            found.setdefault((locus.file, locus.line_start, locus.series), one)
    return tuple(found.values())[:MOST]


def draw_window(every: Sequence[Axes], drawn: Sequence[Deciding], situation: Situation) -> None:
    """Each on axes of its own, which share their times."""
    start, end = _window(drawn, situation)
    key: dict[str, Any] = {}
    for axes, one in zip(every, drawn, strict=True):
        if one.series is not None:
            draw_panel(axes, _panel(one, one.series), (start, end), key)
        else:
            _counts(axes, one)
        _onset(axes, situation, key)
    every[-1].set_xlim(moment(start), moment(end))
    tell_times(every[-1])
    if key:
        look: dict[str, Any] = {"frameon": False, "fontsize": SMALL, "labelcolor": INK}
        every[-1].figure.legend(
            key.values(), key.keys(), loc="outside lower left", ncols=len(key), **look
        )


def _courses(
    line: Citation, situation: Situation, series: Mapping[tuple[str, str], Series]
) -> Iterator[Deciding]:
    if line.locus is None:
        return
    for every in situation.findings.values():
        for one in every:
            if (one.locus.file, one.locus.series) != (line.locus.file, line.locus.series):
                continue
            if one.locus.series is not None:
                known = series.get((one.locus.file, one.locus.series))
                if known is not None:
                    yield Deciding(line=line, finding=one, series=known)
            elif one.locus.line_start == line.locus.line_start and len(one.buckets) > 1:
                yield Deciding(line=line, finding=one)


def _panel(one: Deciding, series: Series) -> Panel:
    return Panel(series, Clean.say("{text}", text=one.line.text.line().cut(_TITLE)), (one.finding,))


def _window(drawn: Sequence[Deciding], situation: Situation) -> tuple[datetime, datetime]:
    """Around the onset, or around when the first of it was seen."""
    seen = [one.finding.first for one in drawn if one.finding.first]
    middle = situation.onset or min(seen, default=situation.at)
    first = min([middle, *seen])
    return max(first, middle - timedelta(hours=2)) - _BEFORE, middle + _AFTER


def _counts(axes: Axes, one: Deciding) -> None:
    """How often the line was written, minute by minute."""
    plain(axes)
    minutes = sorted(one.finding.buckets)
    days = [minute * _MINUTE / 86_400 for minute in minutes]
    width = _MINUTE / 86_400 * 0.8
    counts = [one.finding.buckets[minute] for minute in minutes]
    axes.bar(days, counts, width=width, align="edge", color=BLUE)
    axes.margins(y=0.15)
    place: dict[str, Any] = {"transform": axes.transAxes, "va": "bottom", "ha": "left"}
    said = one.line.text.line().cut(_TITLE)
    write(axes, 0.0, 1.16, said, fontweight="bold", fontsize=SMALL, **place)
    words = Clean.say("lines a minute: {why}", why=one.line.why.line())
    write(axes, 0.0, 1.02, words.cut(_TITLE), color=FAINT, fontsize=SMALL, **place)


def _onset(axes: Axes, situation: Situation, key: dict[str, Any]) -> None:
    if situation.onset is not None:
        at = moment(situation.onset.astimezone(UTC))
        key["alert"] = axes.axvline(at, color=ORANGE, linewidth=1.4, linestyle=":")
