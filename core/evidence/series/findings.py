"""What was seen in series, in the words of who is on call, with the place of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.series.change_points import Shift, Sort
from core.evidence.series.correlation import Pair, find_pairs
from core.evidence.series.model import Series
from core.evidence.series.observations import Observation, moment
from core.evidence.series.wording import amount, place, spell, whole
from core.redaction.engine import Redactor
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.evidence.series.anomalies import Anomaly
    from core.evidence.series.gaps import Gap
    from core.evidence.series.stillness import Still

_MOST = {
    FindingKind.METRIC: 100,
    FindingKind.CORRELATION: 10,
    FindingKind.ANOMALY: 60,
    FindingKind.VANISHED: 20,
}
_SINCE_ONSET = 5.0  # times its strength
_MOST_EVENTS = 100  # of one anomaly


@dataclass(frozen=True)
class Told:
    """A finding, and the points (indices, end excluded) of its series that are events."""

    finding: Finding
    series: Series
    points: range


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Tells what was seen in one file. service: whose it is where no label says so."""

    file: str
    service: str | None
    redactor: Redactor
    dated: bool = False

    def tell(self, seen: Sequence[Observation]) -> list[Told]:
        """Strongest first: what moved, what moved together, what stood out, what fell silent."""
        moved = sorted((one for one in seen if one.shift is not None), key=_by_strength)
        shown = moved[: _MOST[FindingKind.METRIC]]
        strange = [(one, it) for one in seen for it in one.anomalies if not _is_told(one, it)]
        strange.sort(key=lambda pair: -pair[1].strength)
        stuck = [(one, it) for one in seen if (it := one.still) and not _is_seen(one, it)]
        silent = [(one, one.gap) for one in seen if one.gap is not None]
        return [
            *(self._moved(one, one.shift) for one in shown if one.shift is not None),
            *(self._down(one) for one in seen if _is_down(one.series)),
            *self._together([one.series for one in shown if one.shift]),
            *(self._stood_out(*pair) for pair in strange[: _MOST[FindingKind.ANOMALY]]),
            *(self._stuck(*pair) for pair in stuck[: _MOST[FindingKind.VANISHED]]),
            *(self._silent(*pair) for pair in silent[: _MOST[FindingKind.VANISHED]]),
        ]

    def _moved(self, one: Observation, shift: Shift) -> Told:
        series = one.series
        at = int(series.times.searchsorted(shift.at.timestamp()))
        said = self._change(series, shift)
        if one.place and one.moved > 1:
            said = Clean.join(", ", [said, place(one.place, one.moved, peers=one.peers)])
        coincides = next((it for it in one.anomalies if _is_told(one, it)), None)
        return self._finding(
            FindingKind.METRIC,
            series,
            said,
            (max(0, at - 1), at),
            (shift.at, shift.until or moment(series, -1)),
            count=len(series.values),
            data={
                "change": shift.sort.value,
                "before": shift.before,
                "after": shift.after,
                "strength": round(shift.strength, 2),
                "place": one.place,
                "moved": one.moved,
                "over": shift.until is not None,
                **({} if coincides is None else {"peak": float(series.times[coincides.peak])}),
            },
        )

    def _change(self, series: Series, shift: Shift) -> Clean:
        values = {
            "name": series.title(self.redactor),
            "before": amount(shift.before, series.unit),
            "after": amount(shift.after, series.unit),
            "at": spell(shift.at, dated=self.dated),
        }
        if shift.sort is Sort.SLOPE:
            if shift.after > shift.before:
                return Clean.say("{name}: climbs since {at}, {before} → {after}", **values)
            return Clean.say("{name}: falls since {at}, {before} → {after}", **values)
        if shift.sort is Sort.SCATTER:
            return Clean.say("{name}: scatter {before} → {after} at {at}", **values)
        if shift.until is not None:
            back = spell(shift.until, dated=self.dated)
            return Clean.say("{name}: {before} → {after} at {at}, back at {b}", b=back, **values)
        return Clean.say("{name}: {before} → {after} at {at}", **values)

    def _stood_out(self, one: Observation, strange: Anomaly) -> Told:
        series = one.series
        value = float(series.values[strange.peak])
        count = strange.last - strange.first + 1
        said = Clean.say(
            "{name}: {value} at {at}, where {usual} is usual",
            name=series.title(self.redactor),
            value=amount(value, series.unit),
            usual=amount(strange.usual, series.unit),
            at=spell(moment(series, strange.peak), dated=self.dated),
        )
        return self._finding(
            FindingKind.ANOMALY,
            series,
            said,
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

    def _stuck(self, one: Observation, still: Still) -> Told:
        series = one.series
        begun, ended = (moment(series, at) for at in (still.first, still.last))
        said = Clean.say(
            "{name}: stands still at {value} from {at} to {b}, where it always moves",
            name=series.title(self.redactor),
            value=amount(still.value, series.unit),
            at=spell(begun, dated=self.dated),
            b=spell(ended, dated=self.dated),
        )
        return self._finding(
            FindingKind.ANOMALY,
            series,
            said,
            (still.first, still.last),
            (begun, ended),
            count=still.last - still.first + 1,
            data={
                "value": still.value,
                "still": True,
                "peak": float(series.times[(still.first + still.last) // 2]),
            },
        )

    def _silent(self, one: Observation, gap: Gap) -> Told:
        name = one.series.title(self.redactor)
        since = spell(gap.since, dated=self.dated)
        if gap.until is None:
            said = Clean.say("{name}: nothing since {at}", name=name, at=since)
        else:
            until = spell(gap.until, dated=self.dated)
            said = Clean.say("{name}: nothing from {at} to {b}", name=name, at=since, b=until)
        said = Clean.say("{said}, {n} points missed", said=said, n=gap.missed)
        last = gap.index + (gap.until is not None)
        window = (gap.since, gap.until or gap.since)
        return self._finding(
            FindingKind.VANISHED, one.series, said, (gap.index, last), window, count=gap.missed
        )

    def _down(self, one: Observation) -> Told:
        """A scrape of one moment: what it says without a past to compare it with."""
        name = one.series.title(self.redactor)
        said = Clean.say("{name} is 0: its target did not answer", name=name)
        at = moment(one.series, -1)
        level = Level.ERROR
        return self._finding(
            FindingKind.METRIC, one.series, said, (0, 0), (at, at), count=1, level=level
        )

    def _together(self, series: Sequence[Series]) -> list[Told]:
        found = find_pairs(series)[: _MOST[FindingKind.CORRELATION]]
        return [self._pair(series[pair.first], series[pair.second], pair) for pair in found]

    def _pair(self, first: Series, second: Series, pair: Pair) -> Told:
        names = [one.title(self.redactor) for one in (first, second)]
        said = Clean.join(" and ", names)
        if pair.correlation > 0:
            said = Clean.say("{said} move together", said=said)
        else:
            said = Clean.say("{said} move against each other", said=said)
        said = Clean.say("{said} (r {r})", said=said, r=round(pair.correlation, 2))
        if pair.lag:
            said = Clean.say("{said}, the second {lag} s later", said=said, lag=whole(pair.lag))
        window = (moment(first, 0), moment(first, -1))
        return self._finding(
            FindingKind.CORRELATION,
            first,
            said,
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
        said: Clean,
        points: tuple[int, int],
        window: tuple[datetime, datetime],
        *,
        count: int,
        data: dict[str, float | str | int] | None = None,
        level: Level = Level.WARNING,
    ) -> Told:
        name = series.title(self.redactor).text
        span = series.span(*points)
        own = series.service
        finding = Finding(
            kind=kind,
            level=level,
            text=said,
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
        return Told(finding, series, _events(kind, points))


def _is_down(series: Series) -> bool:
    is_up = series.name == "up" or series.name.endswith("_up")
    return is_up and len(series.values) == 1 and float(series.values[0]) == 0.0


def _events(kind: FindingKind, points: tuple[int, int]) -> range:
    """A row of the table for each point that is anomalous or at a change, no more."""
    match kind:
        case FindingKind.ANOMALY:
            return range(points[0], min(points[1] + 1, points[0] + _MOST_EVENTS))
        case FindingKind.CORRELATION:
            return range(0)
        case FindingKind.VANISHED:
            return range(points[0], points[0] + 1)
        case _:
            return range(points[1], points[1] + 1)


def _is_seen(one: Observation, still: Still) -> bool:
    """Is where it stands still told already, as a change or as what stands out?"""
    overlap = any(it.first <= still.last and still.first <= it.last for it in one.anomalies)
    return overlap or _is_told(one, still)


def _is_told(one: Observation, strange: Anomaly | Still) -> bool:
    """Is the anomaly the very change that is told already?"""
    if one.shift is None:
        return False
    length = strange.last - strange.first + 1
    first = max(0, strange.first - length)
    last = min(len(one.series.times) - 1, strange.last + length)
    edges = (one.shift.at, one.shift.until)
    start, end = moment(one.series, first), moment(one.series, last)
    return any(edge is not None and start <= edge <= end for edge in edges)


def _by_strength(one: Observation) -> tuple[float, float, datetime]:
    shift = one.shift
    assert shift is not None  # noqa: S101 - for the type checker
    low, high = sorted((abs(shift.before), abs(shift.after)))
    ratio = math.inf if low == 0 < high else math.log(high / low) if low else 0.0
    # What moved since the onset tells more than what moved, as much, some time before.
    strength = shift.strength * (_SINCE_ONSET if one.place else 1.0)
    return -round(strength, 1), -ratio, shift.at
