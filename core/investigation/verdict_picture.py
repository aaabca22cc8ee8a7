"""Draws a verdict as one picture: the graph of causes, and below it the decisive time window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.cases.model import Citation, EvidenceKind
from core.evidence.model import Finding
from core.evidence.pictures.metric_plot import Panel, draw_panel
from core.evidence.pictures.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    SMALL,
    Form,
    Picture,
    apply_plain_style,
    label_times,
    moment,
    new_figure,
    render,
    write,
)
from core.evidence.series.model import Series
from core.investigation.causes_picture import boxes, draw_graph, size_of
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

    from core.investigation.decision import Decision, Situation

say = sentences("investigation.verdict_picture")

_COLUMN, _ROW, _PANEL, _HEAD = 3.2, 0.95, 1.55, 0.8  # inches
_NARROWEST, _WIDEST = 8.0, 14.0


def draw_verdict(
    decision: Decision,
    situation: Situation,
    *,
    series: Mapping[tuple[str, str], Series],
    form: Form = "png",
) -> Picture:
    """Renders the picture. series: those of the case's metrics, by file and title."""
    drawn = boxes(decision, situation)
    telling = deciding(decision, situation, series)
    columns, rows = size_of(drawn)
    heights = [_HEAD + _ROW * rows, *[_PANEL] * len(telling)]
    width = min(_WIDEST, max(_NARROWEST, _COLUMN * columns))
    figure = new_figure(sum(heights), width=width)
    panels = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes in panels[1:-1]:
        axes.sharex(panels[-1])
    draw_graph(panels[0], drawn, decision, situation)
    if telling:
        draw_window(list(panels[1:]), telling, decision, situation)
    return render(figure, form)


MOST = 3  # panels
_BEFORE, _AFTER = timedelta(minutes=20), timedelta(minutes=40)  # of the onset that are shown
_MARGIN = timedelta(minutes=1)
_TITLE = 104  # letters
_MINUTE = 60.0


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """A line for the leader, the finding it rests on, and its series if it has one."""

    line: Citation
    finding: Finding
    series: Series | None = None


def deciding(
    decision: Decision, situation: Situation, series: Mapping[tuple[str, str], Series]
) -> tuple[Deciding, ...]:
    """The weightiest lines that can be plotted over time. series: by file and title."""
    best = next(iter(decision.hypotheses), None)
    panels: dict[tuple[str, int, str | None], Deciding] = {}
    lines = [line for line in (best.supporting if best else ()) if line.resolves and line.locus]
    for line in sorted(lines, key=lambda citation: -citation.weight):
        for panel in _courses(line, situation, series):
            locus = panel.finding.locus
            panels.setdefault((locus.file, locus.line_start, locus.series), panel)
    return tuple(panels.values())[:MOST]


def draw_window(
    panels: Sequence[Axes], drawn: Sequence[Deciding], decision: Decision, situation: Situation
) -> None:
    """Draws each decisive line on axes of its own; all share the time axis."""
    start, end = _window(drawn, situation)
    changed = _changed(decision, situation)
    key: dict[str, Any] = {}
    for axes, panel in zip(panels, drawn, strict=True):
        if panel.series is not None:
            draw_panel(axes, _panel(panel, panel.series), (start, end), key)
        else:
            _counts(axes, panel)
        _mark(axes, situation.onset, key, say("alert").text, (ORANGE, ":"))
        _mark(axes, changed, key, say("change").text, (GREEN, "-."))
        axes.tick_params(labelbottom=axes is panels[-1])
        axes.xaxis.get_offset_text().set_visible(False)
    panels[-1].set_xlim(moment(start), moment(end))
    label_times(panels[-1])
    panels[-1].xaxis.get_offset_text().set_visible(True)
    if key:
        look: dict[str, Any] = {"frameon": False, "fontsize": SMALL, "labelcolor": INK}
        panels[-1].figure.legend(
            key.values(), key.keys(), loc="outside lower left", ncols=len(key), **look
        )


def _courses(
    line: Citation, situation: Situation, series: Mapping[tuple[str, str], Series]
) -> Iterator[Deciding]:
    """The plottable findings that a line refers to."""
    if line.locus is None:
        return
    for findings in situation.findings.values():
        for finding in findings:
            if (finding.locus.file, finding.locus.series) != (line.locus.file, line.locus.series):
                continue
            if finding.locus.series is not None:
                plotted = series.get((finding.locus.file, finding.locus.series))
                if plotted is not None:
                    yield Deciding(line=line, finding=finding, series=plotted)
            elif finding.locus.line_start == line.locus.line_start and len(finding.buckets) > 1:
                yield Deciding(line=line, finding=finding)


def _panel(panel: Deciding, series: Series) -> Panel:
    """A panel titled with the name of the series, which the finding's text begins with."""
    text, name = panel.finding.text, panel.finding.locus.series or ""
    title = text.part(0, len(name)) if text.text.startswith(name) else text.line()
    return Panel(series, title.cut(_TITLE), (panel.finding,))


def _window(drawn: Sequence[Deciding], situation: Situation) -> tuple[datetime, datetime]:
    """The time span to show: around the onset, or the first finding, within the evidence."""
    seen = [panel.finding.first for panel in drawn if panel.finding.first]
    middle = situation.onset or min(seen, default=situation.at)
    began = [file.first for file in situation.files if file.first]
    ended = [file.last for file in situation.files if file.last]
    start = max(middle - _BEFORE, min(began, default=middle - _BEFORE))
    end = min(middle + _AFTER, max(ended, default=middle + _AFTER))
    return min(start, middle) - _MARGIN, max(end, middle) + _MARGIN


def _counts(axes: Axes, panel: Deciding) -> None:
    """Draws how often the line was written, minute by minute."""
    apply_plain_style(axes)
    minutes = sorted(panel.finding.buckets)
    days = [minute * _MINUTE / 86_400 for minute in minutes]
    width = _MINUTE / 86_400 * 0.8
    counts = [panel.finding.buckets[minute] for minute in minutes]
    axes.bar(days, counts, width=width, align="edge", color=BLUE)
    axes.margins(y=0.15)
    place: dict[str, Any] = {"transform": axes.transAxes, "va": "bottom", "ha": "left"}
    title = panel.line.text.line().cut(_TITLE)
    write(axes, 0.0, 1.16, title, fontweight="bold", fontsize=SMALL, **place)
    words = say("lines_a_minute", why=panel.line.why.line())
    write(axes, 0.0, 1.02, words.cut(_TITLE), color=FAINT, fontsize=SMALL, **place)


def _mark(
    axes: Axes, at: datetime | None, key: dict[str, Any], label: str, look: tuple[str, str]
) -> None:
    """Draws a vertical line across the panel, told apart by its dashes and the legend."""
    if at is not None:
        colour, style = look
        line = axes.axvline(
            moment(at.astimezone(UTC)), color=colour, linewidth=1.4, linestyle=style
        )
        key[label] = line


def _changed(decision: Decision, situation: Situation) -> datetime | None:
    """When the change happened that the leader cites."""
    best = next(iter(decision.hypotheses), None)
    lines = [line for line in (best.supporting if best else ()) if line.kind is EvidenceKind.CHANGE]
    loci = {(line.locus.file, line.locus.line_start) for line in lines if line.locus}
    findings = (finding for of_file in situation.findings.values() for finding in of_file)
    times = [
        finding.last or finding.first
        for finding in findings
        if (finding.locus.file, finding.locus.line_start) in loci and finding.first is not None
    ]
    return max((at for at in times if at is not None), default=None)
