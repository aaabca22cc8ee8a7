"""Which minutes decide? The lines that speak loudest for the leader, around the onset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.cases.hypotheses import Citation, EvidenceKind
from core.evidence.model import Finding
from core.evidence.pictures.metric_plot import Panel, draw_panel
from core.evidence.pictures.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    SMALL,
    moment,
    plain,
    tell_times,
    write,
)
from core.evidence.series.model import Series
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

    from core.investigation.decision import Decision, Situation

MOST = 3  # panels
_BEFORE, _AFTER = timedelta(minutes=20), timedelta(minutes=40)  # of the onset that are shown
_MARGIN = timedelta(minutes=1)
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


def draw_window(
    every: Sequence[Axes], drawn: Sequence[Deciding], decision: Decision, situation: Situation
) -> None:
    """Each on axes of its own, which share their times."""
    start, end = _window(drawn, situation)
    changed = _changed(decision, situation)
    key: dict[str, Any] = {}
    for axes, one in zip(every, drawn, strict=True):
        if one.series is not None:
            draw_panel(axes, _panel(one, one.series), (start, end), key)
        else:
            _counts(axes, one)
        _mark(axes, situation.onset, key, "alert", ORANGE)
        _mark(axes, changed, key, "change", GREEN)
        axes.tick_params(labelbottom=axes is every[-1])
        axes.xaxis.get_offset_text().set_visible(False)
    every[-1].set_xlim(moment(start), moment(end))
    tell_times(every[-1])
    every[-1].xaxis.get_offset_text().set_visible(True)
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
    """Titled as the series is called, which a finding's text begins with."""
    text, name = one.finding.text, one.finding.locus.series or ""
    title = text.part(0, len(name)) if text.text.startswith(name) else text.line()
    return Panel(series, title.cut(_TITLE), (one.finding,))


def _window(drawn: Sequence[Deciding], situation: Situation) -> tuple[datetime, datetime]:
    """Around the onset, or around when the first of it was seen, as far as evidence goes."""
    seen = [one.finding.first for one in drawn if one.finding.first]
    middle = situation.onset or min(seen, default=situation.at)
    began = [file.first for file in situation.files if file.first]
    ended = [file.last for file in situation.files if file.last]
    start = max(middle - _BEFORE, min(began, default=middle - _BEFORE))
    end = min(middle + _AFTER, max(ended, default=middle + _AFTER))
    return min(start, middle) - _MARGIN, max(end, middle) + _MARGIN


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


def _mark(axes: Axes, at: datetime | None, key: dict[str, Any], said: str, colour: str) -> None:
    """A line across the panel; told apart by its dots, and in the legend."""
    if at is not None:
        style = ":" if said == "alert" else "-."
        line = axes.axvline(
            moment(at.astimezone(UTC)), color=colour, linewidth=1.4, linestyle=style
        )
        key[said] = line


def _changed(decision: Decision, situation: Situation) -> datetime | None:
    """When the change came that the leader follows."""
    best = next(iter(decision.hypotheses), None)
    lines = [line for line in (best.supporting if best else ()) if line.kind is EvidenceKind.CHANGE]
    loci = {(line.locus.file, line.locus.line_start) for line in lines if line.locus}
    found = (one for every in situation.findings.values() for one in every)
    times = [
        one.last or one.first
        for one in found
        if (one.locus.file, one.locus.line_start) in loci and one.first is not None
    ]
    return max((at for at in times if at is not None), default=None)
