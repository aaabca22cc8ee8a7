"""Draws the series with the strongest findings around the onset, as a picture.

A panel a series, one axis of times: before and after are level lines, what stands out is marked by
shape and colour, silence by hatching. All words in it are Clean.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from core.evidence.model import Finding, FindingKind
from core.evidence.pictures.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    SMALL,
    TITLE,
    Form,
    Picture,
    apply_plain_style,
    drawable_text,
    label_times,
    moment,
    new_figure,
    render,
    write,
)
from core.evidence.series.findings import DATED_FROM, format_amount, format_time
from core.evidence.series.model import Series
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from core.redaction.engine import Redactor

say = sentences("evidence.metric_plot")

MOST_PANELS = 4
_HEAD, _PANEL = 0.75, 1.55  # inches
_DRAWN = 1_500  # points of a series: two for each pixel
_LEAST_AROUND = 40  # points before and after what is shown
_AROUND = 0.3  # of the time between the first and the last of what is shown
_LETTERS, _BOLD_LETTERS = 120, 104  # that fit into a line
_HOLE = 3.5  # times the usual step
_KINDS = (FindingKind.METRIC, FindingKind.ANOMALY, FindingKind.VANISHED)


@dataclass(frozen=True)
class Panel:
    """One series with what was found in it."""

    series: Series
    title: RedactedText
    findings: tuple[Finding, ...]


def draw(
    series: Sequence[Series],
    findings: Sequence[Finding],
    *,
    redactor: Redactor,
    onset: datetime | None = None,
    form: Form = "png",
) -> Picture:
    """The picture of one file's series (as `prepared`) and findings (as its extraction has them).

    Where nothing was found the first series are drawn as they are.
    """
    panels = _panels(series, findings, redactor)
    figure = new_figure(_HEAD + _PANEL * max(1, len(panels)))
    figure.suptitle(
        drawable_text(_headline(panels, onset)),
        x=0.01,
        ha="left",
        fontsize=TITLE,
        fontweight="bold",
        color=INK,
        parse_math=False,
    )
    if panels:
        _fill(figure, panels, onset)
    return render(figure, form)


def _panels(
    series: Sequence[Series], findings: Sequence[Finding], redactor: Redactor
) -> list[Panel]:
    """The series of the first findings, which are the strongest, each with all of its own."""
    by_title = {finding.title(redactor): finding for finding in series if len(finding.times)}
    drawable = [finding for finding in findings if finding.kind in _KINDS]
    order = list(dict.fromkeys(finding.locus.series for finding in drawable))
    titles = {title.text: title for title in by_title}
    chosen = [titles[name] for name in order if name in titles] or list(by_title)
    panels = [
        Panel(
            by_title[title],
            title,
            tuple(finding for finding in drawable if finding.locus.series == title.text),
        )
        for title in chosen[:MOST_PANELS]
    ]
    return sorted(panels, key=_began)


def _began(panel: Panel) -> float:
    """Return when its first change began: the panel that moved first is on top."""
    began = panel.findings[0].first if panel.findings else None
    return 0.0 if began is None else began.timestamp()


def _headline(panels: Sequence[Panel], onset: datetime | None) -> RedactedText:
    if not panels:
        return say("nothing_measured")
    if not any(panel.findings for panel in panels):
        return say("nothing_moved")
    if onset is None:
        return say("what_moved")
    return say("what_moved_with_onset", at=RedactedText.at(onset, "%Y-%m-%d %H:%M:%S UTC"))


def _fill(figure: Figure, panels: Sequence[Panel], onset: datetime | None) -> None:
    every = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    start, end = _window(panels)
    key: dict[str, Any] = {}
    for axes, panel in zip(every, panels, strict=True):
        draw_panel(axes, panel, (start, end), key)
        if onset is not None and start <= onset <= end:
            line = axes.axvline(moment(onset), color=INK, linewidth=1.2, linestyle=":")
            key["onset"] = line
    every[-1].set_xlim(moment(start), moment(end))
    label_times(every[-1])
    if key:
        figure.legend(
            key.values(),
            key.keys(),
            loc="outside lower left",
            ncols=len(key),
            frameon=False,
            fontsize=SMALL,
            labelcolor=INK,
        )


def _window(panels: Sequence[Panel]) -> tuple[datetime, datetime]:
    """All that is told, with some of the usual before and after it."""
    first = min(float(panel.series.times[0]) for panel in panels)
    last = max(float(panel.series.times[-1]) for panel in panels)
    edges = [
        edge.timestamp()
        for panel in panels
        for finding in panel.findings
        for edge in _edges(finding)
    ]
    step = max(_step(panel.series) for panel in panels)
    if edges:
        around = max(_AROUND * (max(edges) - min(edges)), _LEAST_AROUND * step)
        first, last = max(first, min(edges) - around), min(last, max(edges) + around)
    margin = max(0.01 * (last - first), step)
    return (
        datetime.fromtimestamp(max(0.0, first - margin), tz=UTC),
        datetime.fromtimestamp(last + margin, tz=UTC),
    )


def _edges(finding: Finding) -> list[datetime]:
    """Return when the finding began, and when it ended unless it lasts."""
    ends = finding.last if finding.kind is not FindingKind.METRIC or _is_over(finding) else None
    return [edge for edge in (finding.first, ends) if edge is not None]


def _is_over(finding: Finding) -> bool:
    return finding.data.get("over") is True


def _step(series: Series) -> float:
    return float(np.median(np.diff(series.times))) if len(series.times) > 1 else 60.0


def draw_panel(
    axes: Axes, panel: Panel, window: tuple[datetime, datetime], key: dict[str, Any]
) -> None:
    """One series on axes of its own. key: what the legend is to explain, by what it says."""
    apply_plain_style(axes)
    times, values = _thinned(panel.series, window)
    times, values = _broken(times, values)
    days = times / 86_400
    few = len(days) <= _DRAWN // 10
    axes.plot(days, values, color=BLUE, linewidth=1.3, marker="." if few else "", markersize=3)
    axes.margins(y=0.12)
    axes.yaxis.set_major_locator(_few_ticks())
    axes.yaxis.set_major_formatter(lambda value, _: format_amount(float(value)).text)
    for finding in panel.findings:
        match finding.kind:
            case FindingKind.METRIC:
                _mark_change(axes, finding, window, key)
            case FindingKind.ANOMALY:
                _mark_points(axes, panel.series, finding, key)
            case _:
                _mark_silence(axes, finding, window, key)
    _entitle(axes, panel, dated=window[1] - window[0] > DATED_FROM)


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - see style

    return MaxNLocator(nbins=3, min_n_ticks=2)


def _entitle(axes: Axes, panel: Panel, *, dated: bool) -> None:
    """Above the panel: which series, and under it what is said of it first."""
    place = {"transform": axes.transAxes, "va": "bottom", "ha": "left"}
    heading = _said(panel, dated=dated)
    lift = 1.16 if heading else 1.02
    write(
        axes, 0.0, lift, panel.title.cut(_BOLD_LETTERS), fontweight="bold", fontsize=SMALL, **place
    )
    if heading:
        write(axes, 0.0, 1.02, heading.cut(_LETTERS), color=FAINT, fontsize=SMALL, **place)


def _said(panel: Panel, *, dated: bool) -> RedactedText:
    """The first finding without its series' name; how many more there are."""
    if not panel.findings:
        return RedactedText.EMPTY
    text = panel.findings[0].text
    start = len(panel.title.text)
    shown = text.part(start, len(text.text)) if text.text.startswith(panel.title.text) else text
    shown = shown.part(2, len(shown.text)) if shown.text.startswith(": ") else shown
    strange = [finding for finding in panel.findings[1:] if finding.kind is FindingKind.ANOMALY]
    rest = sorted(finding.first for finding in strange if finding.first is not None)
    if not rest:
        return shown
    times = RedactedText.join(", ", [format_time(at, dated=dated) for at in rest[:3]])
    return say("stands_out_at", said=shown, times=times)


def _mark_change(
    axes: Axes, finding: Finding, window: tuple[datetime, datetime], key: dict[str, Any]
) -> None:
    before, after = finding.data.get("before"), finding.data.get("after")
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return
    sort = finding.data.get("change")
    if finding.first is None or sort == "scatter":
        return
    at, start, end = (moment(edge) for edge in (finding.first, *window))
    until = moment(finding.last) if _is_over(finding) and finding.last is not None else end
    look: dict[str, Any] = {"linewidth": 1.6, "zorder": 3}
    key[say("level_before").text] = axes.plot(
        [start, at], [before] * 2, color=INK, dashes=(4, 3), **look
    )[0]
    levels = [before, after] if sort == "slope" else [after, after]
    key[say("level_after").text] = axes.plot(
        [at, until], levels, color=ORANGE, dashes=(7, 2), **look
    )[0]


def _mark_points(axes: Axes, series: Series, finding: Finding, key: dict[str, Any]) -> None:
    if finding.first is None or finding.last is None:
        return
    axes.axvspan(
        moment(finding.first),
        moment(finding.last + timedelta(seconds=1)),
        color=ORANGE,
        alpha=0.15,
        lw=0,
    )
    peak = finding.data.get("peak")
    if isinstance(peak, int | float):
        at = min(int(np.searchsorted(series.times, peak)), len(series.times) - 1)
        look: dict[str, Any] = {
            "color": ORANGE,
            "markeredgecolor": INK,
            "markersize": 7,
            "linestyle": "none",
        }
        marks = axes.plot(series.times[at] / 86_400, series.values[at], marker="D", **look)
        key[say("stands_out").text] = marks[0]


def _mark_silence(
    axes: Axes, finding: Finding, window: tuple[datetime, datetime], key: dict[str, Any]
) -> None:
    if finding.first is None or finding.last is None:
        return
    end = finding.last if finding.last > finding.first else window[1]
    key[say("no_data").text] = axes.axvspan(
        moment(finding.first), moment(end), facecolor="none", edgecolor=FAINT, hatch="///", lw=0
    )


def _broken(times: Any, values: Any) -> tuple[Any, Any]:
    """With a hole where nothing was measured, so that no line crosses it."""
    steps = np.diff(times)
    if not len(steps):
        return times, values
    holes = np.flatnonzero(steps > _HOLE * np.median(steps)) + 1
    return np.insert(times, holes, np.nan), np.insert(values, holes, np.nan)


def _thinned(series: Series, window: tuple[datetime, datetime]) -> tuple[Any, Any]:
    """The points of the window; of too many the lowest and the highest of each small stretch."""
    inside = (series.times >= window[0].timestamp()) & (series.times <= window[1].timestamp())
    times, values = series.times[inside], series.values[inside]
    if len(times) <= 2 * _DRAWN:
        return times, values
    stretch = -(-len(times) // (_DRAWN // 2))
    whole = len(times) // stretch * stretch
    blocks = values[:whole].reshape(-1, stretch)
    first = np.arange(0, whole, stretch)
    kept = np.unique(np.concatenate((first + blocks.argmin(axis=1), first + blocks.argmax(axis=1))))
    return times[kept], values[kept]
