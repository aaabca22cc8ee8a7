"""What does a file keep of each service's series for the ranking of causes? One finding a service.

Such a finding is read by `core.investigation.ranking`, and told by nobody: whom to tell about, and
since when, is known only when there is an alert.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.series.digests import Digest, digests
from core.evidence.series.families import Family, Quantity
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.evidence.model import Scalar
    from core.evidence.series.digests import Move
    from core.evidence.series.model import Series
    from core.redaction.engine import Redactor

MAX_SERVICES = 500
MAX_MOVES = 4_000  # of one file
HOST = "host"  # the family of whatever is measured of a machine
_DIGITS = 6


@dataclass(frozen=True)
class Moved:
    """A series that moved, as it is kept: one of its moves with its place in the file.

    `at`, `until`: seconds since 1970. usual: the strength of the series' ordinary jumps.
    """

    series: str
    family: Family
    bad: int
    of_host: bool
    unit: str
    usual: float
    at: float
    until: float
    strength: float
    before: float
    after: float
    lines: tuple[int, int]
    place: tuple[int, int]

    @property
    def worse(self) -> bool:
        """Did it move in the direction that is bad for its sort?"""
        return self.bad == 0 or self.strength * self.bad > 0


def tell_moves(
    series: Sequence[Series], *, file: str, service: str | None, redactor: Redactor
) -> list[Finding]:
    """One finding a service that has a name, in their order in the file.

    service: whose the file is where no series says whose it is.
    """
    groups: defaultdict[str, list[Digest]] = defaultdict(list)
    for one in digests(series):
        owner = one.owner or service
        if owner:
            groups[redactor.clean(owner).line().text].append(one)
    room = _strong_enough(groups.values())
    return [
        _finding(name, group, file, room, redactor)
        for name, group in list(groups.items())[:MAX_SERVICES]
        if name
    ]


def read_moves(data: Mapping[str, Scalar]) -> list[Moved]:
    """As `tell_moves` wrote them; none where it is another finding's data."""
    return [_moved(one) for one in json.loads(str(data.get("moves", "[]")))]


def read_families(data: Mapping[str, Scalar]) -> dict[str, int]:
    """How many series of each family (or HOST) the service has, as `tell_moves` wrote it."""
    kept: dict[str, int] = json.loads(str(data.get("families", "{}")))
    return kept


def _moved(kept: list[Any]) -> Moved:
    """Rows, not records: the names of the fields would be most of what is kept."""
    one = Moved(*kept)
    lines, place = (one.lines[0], one.lines[1]), (one.place[0], one.place[1])
    return replace(one, family=Family(one.family), lines=lines, place=place)


def _strong_enough(groups: Iterable[list[Digest]]) -> float:
    """The strength from which on moves are kept: there is room for MAX_MOVES of a file."""
    every = [abs(move.strength) for group in groups for one in group for move in one.moves]
    return sorted(every)[-MAX_MOVES] if len(every) > MAX_MOVES else 0.0


def _finding(
    service: str, group: list[Digest], file: str, least: float, redactor: Redactor
) -> Finding:
    kept = [(one, move) for one in group for move in one.moves if abs(move.strength) >= least]
    first = min(float(one.series.times[0]) for one in group)
    last = max(float(one.series.times[-1]) for one in group)
    spans = [one.series.span(0, len(one.series.times) - 1) for one in group]
    window = datetime.fromtimestamp(first, tz=UTC), datetime.fromtimestamp(last, tz=UTC)
    moved = len({id(one) for one, _ in kept})
    return Finding(
        kind=FindingKind.MOVES,
        level=Level.INFO,
        text=Clean.say("{n} of {all} series moved at some time", n=moved, all=len(group)),
        locus=Locus(
            file=file,
            line_start=min(one.line_start for one in spans),
            line_end=max(one.line_end for one in spans),
            byte_start=min(one.byte_start for one in spans),
            byte_end=max(one.byte_end for one in spans),
            first=window[0],
            last=window[1],
        ),
        count=len(group),
        first=window[0],
        last=window[1],
        service=service,
        data={
            "moves": json.dumps([astuple(_kept(*pair, redactor)) for pair in kept]),
            "traffic": _traffic(group),
            "families": json.dumps(_counts(group)),
        },
    )


def _kept(one: Digest, move: Move, redactor: Redactor) -> Moved:
    times = one.series.times
    begin = min(int(times.searchsorted(move.at)), len(times) - 1)
    end = max(begin, int(times.searchsorted(move.until, side="right")) - 1)
    span, kind = one.series.span(begin, end), one.quantity
    return Moved(
        series=one.series.title(redactor).text,
        family=kind.family,
        bad=kind.bad,
        of_host=kind.of_host,
        unit=redactor.clean(one.series.unit).text,
        usual=_short(one.usual),
        at=float(times[begin]),
        until=float(times[end]),
        strength=_short(move.strength),
        before=_short(move.before),
        after=_short(move.after),
        lines=(span.line_start, span.line_end),
        place=(span.byte_start, span.byte_end),
    )


def _traffic(group: list[Digest]) -> float | None:
    """The usual level of its busiest series of traffic; None where it has none."""
    levels = [
        one.level for one in group if one.quantity == Quantity(Family.TRAFFIC, 0) and one.level >= 0
    ]
    return max(levels, default=None)


def _counts(group: list[Digest]) -> dict[str, int]:
    """How many series of each family it has; those of its host are one family."""
    return dict(
        Counter(HOST if one.quantity.of_host else one.quantity.family.value for one in group)
    )


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
