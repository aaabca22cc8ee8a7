"""Turns observations of series into findings, worded for the person on call, with their places."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.series.change_points import ChangeKind, Shift
from core.evidence.series.model import Series
from core.evidence.series.observations import Observation, Pair, SeriesGap, find_pairs, moment
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.series.anomalies import Anomaly, Plateau

say = sentences("evidence.series")

_MOST = {
    FindingKind.METRIC: 100,
    FindingKind.CORRELATION: 10,
    FindingKind.ANOMALY: 60,
    FindingKind.VANISHED: 20,
}
_SINCE_ONSET = 5.0  # times its strength
_MOST_EVENTS = 100  # of one anomaly


@dataclass(frozen=True)
class SeriesFinding:
    """A finding, and the points (indices, end exclusive) of its series that become events."""

    finding: Finding
    series: Series
    points: range


@dataclass(frozen=True, kw_only=True)
class SeriesFindingWriter:
    """Writes the findings of one file. service: the owner where no label names one."""

    file: str
    service: str | None
    redactor: Redactor
    dated: bool = False

    def tell(self, seen: Sequence[Observation]) -> list[SeriesFinding]:
        """Write findings of changes, correlations, anomalies, plateaus and gaps, in this order."""
        moved = sorted(
            (observation for observation in seen if observation.shift is not None),
            key=_strength_key,
        )
        shown = moved[: _MOST[FindingKind.METRIC]]
        strange = [
            (observation, anomaly)
            for observation in seen
            for anomaly in observation.anomalies
            if not _is_reported_change(observation, anomaly)
        ]
        strange.sort(key=lambda pair: -pair[1].strength)
        stuck = [
            (observation, still)
            for observation in seen
            if (still := observation.still) and not _is_already_reported(observation, still)
        ]
        silent = [
            (observation, observation.gap) for observation in seen if observation.gap is not None
        ]
        return [
            *(
                self._change_finding(observation, observation.shift)
                for observation in shown
                if observation.shift is not None
            ),
            *(
                self._down_finding(observation)
                for observation in seen
                if _is_down(observation.series)
            ),
            *self._correlation_findings(
                [observation.series for observation in shown if observation.shift]
            ),
            *(self._anomaly_finding(*pair) for pair in strange[: _MOST[FindingKind.ANOMALY]]),
            *(self._plateau_finding(*pair) for pair in stuck[: _MOST[FindingKind.VANISHED]]),
            *(self._gap_finding(*pair) for pair in silent[: _MOST[FindingKind.VANISHED]]),
        ]

    def _change_finding(self, observation: Observation, shift: Shift) -> SeriesFinding:
        series = observation.series
        at = int(series.times.searchsorted(shift.at.timestamp()))
        text = self._change_text(series, shift)
        if observation.place and observation.moved > 1:
            text = RedactedText.join(
                ", ",
                [text, format_rank(observation.place, observation.moved, peers=observation.peers)],
            )
        coincides = next(
            (
                anomaly
                for anomaly in observation.anomalies
                if _is_reported_change(observation, anomaly)
            ),
            None,
        )
        return self._finding(
            FindingKind.METRIC,
            series,
            text,
            (max(0, at - 1), at),
            (shift.at, shift.until or moment(series, -1)),
            count=len(series.values),
            data={
                "change": shift.sort.value,
                "before": shift.before,
                "after": shift.after,
                "strength": round(shift.strength, 2),
                "place": observation.place,
                "moved": observation.moved,
                "over": shift.until is not None,
                **({} if coincides is None else {"peak": float(series.times[coincides.peak])}),
            },
        )

    def _change_text(self, series: Series, shift: Shift) -> RedactedText:
        name, at = series.title(self.redactor), format_time(shift.at, dated=self.dated)
        before, after = (format_amount(level, series.unit) for level in (shift.before, shift.after))
        if shift.sort is ChangeKind.SLOPE:
            words = "climbs" if shift.after > shift.before else "falls"
            return say(words, name=name, at=at, before=before, after=after)
        if shift.sort is ChangeKind.SCATTER:
            return say("scatter", name=name, at=at, before=before, after=after)
        if shift.until is not None:
            back = format_time(shift.until, dated=self.dated)
            return say("moved_and_back", name=name, at=at, before=before, after=after, b=back)
        return say("moved", name=name, at=at, before=before, after=after)

    def _anomaly_finding(self, observation: Observation, strange: Anomaly) -> SeriesFinding:
        series = observation.series
        value = float(series.values[strange.peak])
        count = strange.last - strange.first + 1
        text = say(
            "unusual",
            name=series.title(self.redactor),
            value=format_amount(value, series.unit),
            usual=format_amount(strange.usual, series.unit),
            at=format_time(moment(series, strange.peak), dated=self.dated),
        )
        return self._finding(
            FindingKind.ANOMALY,
            series,
            text,
            (strange.first, strange.last),
            (moment(series, strange.first), moment(series, strange.last)),
            count=count,
            data={
                "value": value,
                "usual": strange.usual,
                "strength": round(strange.strength, 2),
                "peak": float(series.times[strange.peak]),
            },
        )

    def _plateau_finding(self, observation: Observation, still: Plateau) -> SeriesFinding:
        series = observation.series
        begun, ended = (moment(series, at) for at in (still.first, still.last))
        text = say(
            "stands_still",
            name=series.title(self.redactor),
            value=format_amount(still.value, series.unit),
            at=format_time(begun, dated=self.dated),
            b=format_time(ended, dated=self.dated),
        )
        return self._finding(
            FindingKind.ANOMALY,
            series,
            text,
            (still.first, still.last),
            (begun, ended),
            count=still.last - still.first + 1,
            data={
                "value": still.value,
                "still": True,
                "peak": float(series.times[(still.first + still.last) // 2]),
            },
        )

    def _gap_finding(self, observation: Observation, gap: SeriesGap) -> SeriesFinding:
        name = observation.series.title(self.redactor)
        since = format_time(gap.since, dated=self.dated)
        if gap.until is None:
            text = say("nothing_since", name=name, at=since)
        else:
            until = format_time(gap.until, dated=self.dated)
            text = say("nothing_between", name=name, at=since, b=until)
        text = say("points_missed", said=text, n=gap.missed)
        last = gap.index + (gap.until is not None)
        window = (gap.since, gap.until or gap.since)
        return self._finding(
            FindingKind.VANISHED,
            observation.series,
            text,
            (gap.index, last),
            window,
            count=gap.missed,
        )

    def _down_finding(self, observation: Observation) -> SeriesFinding:
        """A finding of a single scrape, which has no past to compare with."""
        name = observation.series.title(self.redactor)
        text = say("target_did_not_answer", name=name)
        at = moment(observation.series, -1)
        level = Level.ERROR
        return self._finding(
            FindingKind.METRIC, observation.series, text, (0, 0), (at, at), count=1, level=level
        )

    def _correlation_findings(self, series: Sequence[Series]) -> list[SeriesFinding]:
        pairs = find_pairs(series)[: _MOST[FindingKind.CORRELATION]]
        return [self._pair(series[pair.first], series[pair.second], pair) for pair in pairs]

    def _pair(self, first: Series, second: Series, pair: Pair) -> SeriesFinding:
        names = [series.title(self.redactor) for series in (first, second)]
        words = "move_together" if pair.correlation > 0 else "move_against"
        text = say(words, first=names[0], second=names[1])
        text = RedactedText.format("{said} (r {r})", said=text, r=round(pair.correlation, 2))
        if pair.lag:
            text = say("second_later", said=text, lag=whole(pair.lag))
        window = (moment(first, 0), moment(first, -1))
        return self._finding(
            FindingKind.CORRELATION,
            first,
            text,
            (0, len(first.times) - 1),
            window,
            count=len(first.times),
            data={
                "with": names[1].text,
                "correlation": round(pair.correlation, 3),
                "lag_s": round(pair.lag, 3),
            },
        )

    def _finding(
        self,
        kind: FindingKind,
        series: Series,
        text: RedactedText,
        points: tuple[int, int],
        window: tuple[datetime, datetime],
        *,
        count: int,
        data: dict[str, float | str | int] | None = None,
        level: Level = Level.WARNING,
    ) -> SeriesFinding:
        name = series.title(self.redactor).text
        span = series.span(*points)
        own = series.service
        finding = Finding(
            kind=kind,
            level=level,
            text=text,
            locus=Locus(
                file=self.file,
                line_start=span.line_start,
                line_end=span.line_end,
                byte_start=span.byte_start,
                byte_end=span.byte_end,
                series=name,
                first=window[0],
                last=window[1],
            ),
            count=count,
            first=window[0],
            last=window[1],
            service=self.redactor.clean(own).text if own else self.service,
            data={"series": name, **(data or {})},
        )
        return SeriesFinding(finding, series, _events(kind, points))


def _is_down(series: Series) -> bool:
    is_up = series.name == "up" or series.name.endswith("_up")
    return is_up and len(series.values) == 1 and float(series.values[0]) == 0.0


def _events(kind: FindingKind, points: tuple[int, int]) -> range:
    """The points that become rows of the event table: those that are anomalous or at a change."""
    match kind:
        case FindingKind.ANOMALY:
            return range(points[0], min(points[1] + 1, points[0] + _MOST_EVENTS))
        case FindingKind.CORRELATION:
            return range(0)
        case FindingKind.VANISHED:
            return range(points[0], points[0] + 1)
        case _:
            return range(points[1], points[1] + 1)


def _is_already_reported(observation: Observation, still: Plateau) -> bool:
    """Whether a plateau is already reported as a change or an anomaly."""
    overlap = any(
        anomaly.first <= still.last and still.first <= anomaly.last
        for anomaly in observation.anomalies
    )
    return overlap or _is_reported_change(observation, still)


def _is_reported_change(observation: Observation, strange: Anomaly | Plateau) -> bool:
    """Whether an anomaly or plateau is the same event as the change already reported."""
    if observation.shift is None:
        return False
    length = strange.last - strange.first + 1
    first = max(0, strange.first - length)
    last = min(len(observation.series.times) - 1, strange.last + length)
    edges = (observation.shift.at, observation.shift.until)
    start, end = moment(observation.series, first), moment(observation.series, last)
    return any(edge is not None and start <= edge <= end for edge in edges)


def _strength_key(observation: Observation) -> tuple[float, float, datetime]:
    shift = observation.shift
    assert shift is not None  # noqa: S101 - for the type checker
    low, high = sorted((abs(shift.before), abs(shift.after)))
    ratio = math.inf if low == 0 < high else math.log(high / low) if low else 0.0
    # What moved since the onset tells more than what moved, as much, some time before.
    strength = shift.strength * (_SINCE_ONSET if observation.place else 1.0)
    return -round(strength, 1), -ratio, shift.at


DATED_FROM = timedelta(hours=20)  # of a file: from here on its times are told with their date


def format_amount(value: float, unit: str = "") -> RedactedText:
    """Format a value with four significant figures. unit: `/s` or nothing."""
    scaled = _scaled(value)
    return RedactedText.format("{said}/s", said=scaled) if unit == "/s" else scaled


def format_rank(at: int, of: int, *, peers: int) -> RedactedText:
    """Word the rank among series that moved. at: from 1. peers: how many moved at the same time."""
    if at == 1 and not peers:
        return say("first_to_move", n=of)
    if at == 1:
        if peers == 1:
            return say("first_to_move_with_other", n=of)
        return say("first_to_move_with_others", p=peers, n=of)
    return say("nth_to_move", k=at, n=of)


def format_time(at: datetime, *, dated: bool) -> RedactedText:
    """Format a time; with its date where a file spans days."""
    return (
        RedactedText.at(at, "%Y-%m-%d %H:%M UTC") if dated else RedactedText.at(at, "%H:%M:%S UTC")
    )


def whole(value: float) -> float:
    """The value as an int where it is integral."""
    return int(value) if value == int(value) else value


def _scaled(value: float) -> RedactedText:
    size = abs(value)
    if size >= 1e15:  # noqa: PLR2004 - no prefix that people know
        return RedactedText.format("{n}", n=float(f"{value:.3g}"))
    if size >= 1e12:  # noqa: PLR2004
        return RedactedText.format("{n} T", n=_rounded(value / 1e12))
    if size >= 1e9:  # noqa: PLR2004
        return RedactedText.format("{n} G", n=_rounded(value / 1e9))
    if size >= 1e6:  # noqa: PLR2004
        return RedactedText.format("{n} M", n=_rounded(value / 1e6))
    return RedactedText.format("{n}", n=_rounded(value))


def _rounded(value: float) -> float:
    return whole(float(f"{value:.4g}"))
