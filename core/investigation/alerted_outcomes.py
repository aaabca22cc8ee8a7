"""What the alert's own expression counts as failed is a failure wherever it is measured.

`sum(rate(bags_total{dest="manual"}[1m])) / sum(rate(bags_total[1m])) > 0.15`: nothing in a bag that
goes to be sorted by hand looks like an error, but somebody has said that it is one.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.alerts.expression import FailureShare, expression_of, failure_share
from core.alerts.model import SERVICE_LABELS
from core.evidence.model import Finding, FindingKind
from core.evidence.series.families import Family
from core.evidence.series.moves import read_families

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.alerts.model import Occurrence
    from core.investigation.decision import Situation

    _Shares = Sequence[tuple[str | None, FailureShare]]

_APART = re.compile(r"(?<=[a-z])(?=[A-Z])|[_-]")  # where words of a name begin
_FAILS = re.compile(
    r"(?i)\b(?:fail(?:s|ed|ing|ures?)?|errors?|refus(?:ed|als?)|reject(?:ed|ions?)?|lost|dropp(?:ed|ing)"
    r"|stuck|closed|undelivered|unsent|unavailable|down)\b"
)
_LABEL = re.compile(r"(\w{1,80})=\\?\"([^\"\\]{0,200})\\?\"")
_WORD = re.compile(r"[a-z0-9]+")
_PLACES = frozenset({*SERVICE_LABELS, "instance", "pod", "host", "node", "server"})
_AMBIGUOUS = frozenset({Family.OTHER.value, Family.TRAFFIC.value})
_SERIES, _FAMILY, _BAD = range(3)  # of a stored move
_LEAST_SHARE = 0.01  # an alert that fires at less is no sign that anybody suffers


def shares_alerted(situation: Situation) -> Iterator[tuple[Occurrence, FailureShare]]:
    """The alerts that watch which share of something fails, with that share."""
    for alert in situation.occurrences:
        share = failure_share(expression_of((alert.notes or {}).get("graph", "")))
        if share is not None and share.least >= _LEAST_SHARE:
            yield alert, share


def tells_of_failures(situation: Situation) -> bool:
    """Whether an alert says in its own words that work fails: `Gates stay closed`, `OrdersLost`."""
    return any(
        _FAILS.search(_APART.sub(" ", f"{alert.name} {alert.summary}"))
        for alert in situation.occurrences
    )


def with_alerted_outcomes(situation: Situation) -> Situation:
    """The situation in which series that an alert counts as failures are some.

    Of a panel that names no place, these are of the service that the alert is about.
    """
    shares = [(alert.service, share) for alert, share in shares_alerted(situation)]
    counted = [(service, share) for service, share in shares if share.outcomes]
    if not counted:
        return situation
    findings = {
        file: tuple(read for finding in of_file for read in _read_as_failures(finding, counted))
        for file, of_file in situation.findings.items()
    }
    return replace(situation, findings=findings)


def _read_as_failures(finding: Finding, shares: _Shares) -> Iterator[Finding]:
    """The finding with its failures told; those of the alert's service apart from the rest."""
    if finding.kind is not FindingKind.MOVES:
        yield finding
        return
    moves: list[list[Any]] = json.loads(str(finding.data.get("moves", "[]")))
    owners = {move[_SERIES]: _owner(move, finding.service, shares) for move in moves}
    for service in dict.fromkeys([finding.service, *owners.values()]):
        own = [move for move in moves if owners[move[_SERIES]] == service]
        if own or service == finding.service:
            yield _with_moves(finding, service, own, shares)


def _with_moves(
    finding: Finding, service: str | None, moves: list[list[Any]], shares: _Shares
) -> Finding:
    read = [_told(move, shares) for move in moves]
    failing = {row[_SERIES] for row, move in zip(read, moves, strict=True) if row != move}
    families = read_families(finding.data) if service == finding.service else {}
    if failing:
        families[Family.ERRORS.value] = families.get(Family.ERRORS.value, 0) + len(failing)
    data = {**finding.data, "moves": json.dumps(read), "families": json.dumps(families)}
    return replace(finding, service=service, data=data)


def _told(move: list[Any], shares: _Shares) -> list[Any]:
    """A stored move, a failure where an alert counts its series as one."""
    if not _counts(move, shares):
        return move
    failing = list(move)
    failing[_FAMILY], failing[_BAD] = Family.ERRORS.value, 1
    return failing


def _owner(move: list[Any], owner: str | None, shares: _Shares) -> str | None:
    """Whose a series is: of the service that is alerted, where it is counted and names no place."""
    places = {label for label, _ in _LABEL.findall(move[_SERIES])} & _PLACES
    about = (service for service, share in shares if service and _is_of(share, move[_SERIES]))
    return next(about, owner) if not places else owner


def _counts(move: list[Any], shares: _Shares) -> bool:
    is_open = move[_FAMILY] in _AMBIGUOUS
    return is_open and any(_is_of(share, move[_SERIES]) for _, share in shares)


def _is_of(share: FailureShare, series: str) -> bool:
    """By its labels, or by a panel's name that spells them: `rc 88`, `bags {dest=mes}`."""
    labels = dict(_LABEL.findall(series))
    if share.counts(labels):
        return bool(share.words & set(_WORD.findall(series.lower())))
    spelt = {
        outcome.label: value[1]
        for outcome in share.outcomes
        if (value := re.search(rf"(?i)\b{outcome.label}[ =:]+([\w.-]{{1,40}})\s*$", series))
    }
    return share.counts(spelt)
