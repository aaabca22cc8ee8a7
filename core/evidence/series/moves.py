"""Stores when each series moved and by how much as one finding a service, and reads it again.

The findings are read by `core.investigation.causes` and never shown: which series matter, and
since when, is known only when there is an alert.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.series.backlogs import is_worked_off
from core.evidence.series.digests import Digest, Move, make_digests
from core.evidence.series.families import Family, Quantity
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.evidence.series.model import Series
    from core.jobs.model import Scalar
    from core.redaction.engine import Redactor

say = sentences("evidence.series_moves")

MAX_SERVICES = 500
MAX_MOVES = 4_000  # of one file
HOST = "host"  # the family of whatever is measured of a machine
_MAX_INSTANCES, _MAX_NAMES = 20, 60  # of one service
_INSTANCE = re.compile(r"(?:^|[,;{ ])instance[=:]\"?([\w.:-]+)")
_STAYS = 20  # points from a move on, whose median tells whether it was more than a spike
_DIGITS = 6


@dataclass(frozen=True)
class SeriesMove:
    """One stored move of a series, with its place in the file.

    `at`, `until`: seconds since 1970. usual: the strength of the series' ordinary jumps. `stays` is
    the median of what follows the move, None where an older version stored it. is_worked_off: what
    it rose by was gone again by the end, at a steady pace.
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
    stays: float | None = None
    is_worked_off: bool = False

    @property
    def lasting(self) -> float:
        """The level that it moved to, or came back to where it was but a spike."""
        if self.stays is None:
            return self.after
        return min(self.after, self.stays, key=lambda level: abs(level - self.before))

    @property
    def is_worse(self) -> bool:
        """Whether it moved in the direction that is bad for its quantity."""
        return self.bad == 0 or self.strength * self.bad > 0


def make_move_findings(
    series: Sequence[Series], *, file: str, service: str | None, redactor: Redactor
) -> list[Finding]:
    """Make one finding for each service that has a name, in their order in the file.

    service: the owner of the file where no series names one.
    """
    groups: defaultdict[str, list[Digest]] = defaultdict(list)
    for digest in make_digests(series):
        owner = digest.owner or service
        if owner:
            groups[redactor.clean(owner).line().text].append(digest)
    room = _strength_threshold(groups.values())
    return [
        _finding(name, group, file, room, redactor)
        for name, group in list(groups.items())[:MAX_SERVICES]
        if name
    ]


def read_moves(data: Mapping[str, Scalar]) -> list[SeriesMove]:
    """Parse what `make_move_findings` stored; none where the data is of another finding."""
    return [_parse_move(row) for row in json.loads(str(data.get("moves", "[]")))]


def read_families(data: Mapping[str, Scalar]) -> dict[str, int]:
    """Parse the number of series of each family (or HOST), as `make_move_findings` stored it."""
    kept: dict[str, int] = json.loads(str(data.get("families", "{}")))
    return kept


def read_list(data: Mapping[str, Scalar], name: str) -> list[str]:
    """Parse the `instances` or the series' `names` that `make_move_findings` stored."""
    kept: list[str] = json.loads(str(data.get(name, "[]")))
    return kept


def _parse_move(kept: list[Any]) -> SeriesMove:
    """Parse one move. Rows, not records: field names would be most of what is stored."""
    move = SeriesMove(*kept)
    lines, place = (move.lines[0], move.lines[1]), (move.place[0], move.place[1])
    return replace(move, family=Family(move.family), lines=lines, place=place)


def _strength_threshold(groups: Iterable[list[Digest]]) -> float:
    """The strength from which on moves are stored, so that a file stores at most MAX_MOVES."""
    strengths = [
        abs(move.strength) for group in groups for digest in group for move in digest.moves
    ]
    return sorted(strengths)[-MAX_MOVES] if len(strengths) > MAX_MOVES else 0.0


def _finding(
    service: str, group: list[Digest], file: str, least: float, redactor: Redactor
) -> Finding:
    kept = [
        (digest, move) for digest in group for move in digest.moves if abs(move.strength) >= least
    ]
    first = min(float(digest.series.times[0]) for digest in group)
    last = max(float(digest.series.times[-1]) for digest in group)
    spans = [digest.series.span(0, len(digest.series.times) - 1) for digest in group]
    window = datetime.fromtimestamp(first, tz=UTC), datetime.fromtimestamp(last, tz=UTC)
    moved = len({id(digest) for digest, _ in kept})
    return Finding(
        kind=FindingKind.MOVES,
        level=Level.INFO,
        text=say("series_moved", n=moved, all=len(group)),
        locus=Locus(
            file=file,
            line_start=min(span.line_start for span in spans),
            line_end=max(span.line_end for span in spans),
            byte_start=min(span.byte_start for span in spans),
            byte_end=max(span.byte_end for span in spans),
            first=window[0],
            last=window[1],
        ),
        count=len(group),
        first=window[0],
        last=window[1],
        service=service,
        data={
            "moves": json.dumps([astuple(_to_series_move(*pair, redactor)) for pair in kept]),
            "traffic": _traffic(group),
            "families": json.dumps(_count_families(group)),
            "instances": json.dumps(_instances(group)),
            "names": json.dumps(sorted({digest.series.name for digest in group})[:_MAX_NAMES]),
        },
    )


def _to_series_move(digest: Digest, move: Move, redactor: Redactor) -> SeriesMove:
    times = digest.series.times
    begin = min(int(times.searchsorted(move.at)), len(times) - 1)
    end = max(begin, int(times.searchsorted(move.until, side="right")) - 1)
    span, kind = digest.series.span(begin, end), digest.quantity
    return SeriesMove(
        series=digest.series.title(redactor).text,
        family=kind.family,
        bad=kind.bad,
        of_host=kind.of_host,
        unit=redactor.clean(digest.series.unit).text,
        usual=_round_digits(digest.usual),
        at=float(times[begin]),
        until=float(times[end]),
        strength=_round_digits(move.strength),
        before=_round_digits(move.before),
        after=_round_digits(move.after),
        lines=(span.line_start, span.line_end),
        place=(span.byte_start, span.byte_end),
        stays=_round_digits(float(np.median(digest.series.values[begin : begin + _STAYS]))),
        is_worked_off=is_worked_off(digest.series.values, begin, move.before),
    )


def _instances(group: list[Digest]) -> list[str]:
    """The addresses that the series were scraped at."""
    labels = (digest.series.labels for digest in group)
    instances = (of_series.get("instance") or _packed_instance(of_series) for of_series in labels)
    return list(filter(None, dict.fromkeys(instances)))[:_MAX_INSTANCES]


def _packed_instance(labels: Mapping[str, str]) -> str:
    """From a column that holds all labels, as exports of dashboards have it."""
    packed = (_INSTANCE.search(value) for value in labels.values())
    return next((match[1] for match in packed if match), "")


def _traffic(group: list[Digest]) -> float | None:
    """The usual level of the busiest traffic series; None where there is none."""
    levels = [
        digest.level
        for digest in group
        if digest.quantity == Quantity(Family.TRAFFIC, 0) and digest.level >= 0
    ]
    return max(levels, default=None)


def _count_families(group: list[Digest]) -> dict[str, int]:
    """The number of series of each family; those of its host are one family."""
    return dict(
        Counter(
            HOST if digest.quantity.of_host else digest.quantity.family.value for digest in group
        )
    )


def _round_digits(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
