"""What do measurements say for or against a service as the cause? Each rule yields weighed lines.

The weights are judgements of ours, in nats, and much the same for all signs: weights that were
fitted to incidents of some systems ranked those of another no better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.hypotheses import Citation, EvidenceKind
from core.investigation.ranking.faults import FAULT_OF
from core.investigation.ranking.model import Exhibited, Portrait, Sign
from core.text.redacted import Clean

if TYPE_CHECKING:
    from core.investigation.ranking.field import Field

_LOCAL = (Sign.CPU, Sign.MEMORY, Sign.SATURATION)  # do not spread along calls
_BESIDE = (Sign.NETWORK, Sign.DISK, Sign.HOST, Sign.TRAFFIC, Sign.OTHER)
_STRONG, _SECOND, _WEAK = 0.7, 0.3, 0.3
_OWN, _FAILED = 0.4, 0.4
_ALERTED_ERRORS = 0.2  # more, where the alert is about failures
_EFFECTS = 0.3
_COVER = 1.5
_MUCH = 3.0  # suffering of all services together; of less, even all of it explains little
_REACHED = 0.7
_RARE = -0.7  # for each power of ten under the busiest service
_RAREST = 2.0
_ALERTED = -0.5
_FAILURE_WORDS = ("error", "fail", "availab", "5xx", "success", "down", "unreachable")
_SAYS = {
    Sign.CPU: Clean.say("its CPU rose"),
    Sign.MEMORY: Clean.say("its memory rose"),
    Sign.SATURATION: Clean.say("its queues or pools filled"),
    Sign.LATENCY: Clean.say("its answers take longer"),
    Sign.ERRORS: Clean.say("it fails more often"),
    Sign.ASKED: Clean.say("time is lost between it and its callers"),
    Sign.ASKING: Clean.say("time is lost between it and what it calls"),
    Sign.OWN: Clean.say("its own work takes longer"),
    Sign.FAILED: Clean.say("it fails though nothing it calls does"),
    Sign.LOGGED: Clean.say("its log has errors that it had not before"),
    Sign.NETWORK: Clean.say("its network traffic changed"),
    Sign.DISK: Clean.say("its disk traffic changed"),
    Sign.HOST: Clean.say("its host changed"),
    Sign.TRAFFIC: Clean.say("its requests changed"),
    Sign.OTHER: Clean.say("another of its figures changed"),
    Sign.WAITING: Clean.say("it waits longer for others"),
}


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A weighed line and the sign it is about; None where it is about the service's place."""

    citation: Citation
    sign: Sign | None
    shown: Exhibited


def grounds(service: str, field: Field) -> tuple[Ground, ...]:
    """All lines for and against a service that has a portrait."""
    portrait = field.portraits[service]
    return tuple(line for rule in _RULES for line in rule(portrait, field))


def says(sign: Sign) -> Clean:
    """What a sign means, in words."""
    return _SAYS[sign]


def _ground(
    shown: Exhibited,
    weight: float,
    why: Clean,
    sign: Sign | None = None,
    kind: EvidenceKind | None = None,
) -> Ground:
    citation = Citation(
        text=shown.text, locus=shown.locus, weight=weight, why=why, kind=kind or shown.kind
    )
    return Ground(citation=citation, sign=sign, shown=shown)


def _of(portrait: Portrait, sign: Sign, weight: float) -> Iterator[Ground]:
    found = portrait.signs.get(sign)
    if found is not None and found.strength > 0:
        yield _ground(found.shown, weight * found.strength, _SAYS[sign], sign)


def _local(portrait: Portrait, _field: Field) -> Iterator[Ground]:
    """What a service does to itself: the strongest counts in full, the others less."""
    ranked = sorted(_LOCAL, key=lambda sign: -portrait.strength(sign))
    for place, sign in enumerate(ranked):
        yield from _of(portrait, sign, _SECOND if place else _STRONG)


def _spreading(portrait: Portrait, field: Field) -> Iterator[Ground]:
    """What spreads from callees to callers counts as far as no callee shows it as well."""
    errors = _STRONG + (_ALERTED_ERRORS if _is_about_failures(field) else 0.0)
    weights = {
        Sign.LATENCY: _STRONG,
        Sign.ERRORS: errors,
        Sign.LOGGED: _STRONG,
        Sign.OWN: _OWN,
        Sign.FAILED: _FAILED,
    }
    for sign, weight in weights.items():
        yield from _of(portrait, sign, weight)
        share, callee = field.explained(portrait.service, sign)
        if callee is not None:
            shown = field.portraits[callee].signs[sign].shown
            loss = -weight * portrait.strength(sign) * share
            yield _ground(shown, loss, Clean.say("explained by what it calls"), sign)


def _lost_between(portrait: Portrait, _field: Field) -> Iterator[Ground]:
    """A slow way to a service is slow for all who call it, and for what it calls itself."""
    yield from _of(portrait, Sign.ASKED, _STRONG)
    yield from _of(portrait, Sign.ASKING, _STRONG * _STRONG)


def _beside(portrait: Portrait, _field: Field) -> Iterator[Ground]:
    best = max(_BESIDE, key=portrait.strength)
    yield from _of(portrait, best, _WEAK)


def _effects(portrait: Portrait, field: Field) -> Iterator[Ground]:
    """Callers that show what the service would do to them."""
    callers = [
        field.portraits[one]
        for one in sorted(field.callers.get(portrait.service, ()))
        if one in field.portraits
    ]
    own = max(portrait.strength(sign) for sign in (*_LOCAL, Sign.LATENCY))
    for sign, cause in ((Sign.LATENCY, own), (Sign.ERRORS, portrait.strength(Sign.ERRORS))):
        worst = max(callers, key=lambda one: one.strength(sign), default=None)
        if worst is None or sign not in worst.signs or cause <= 0:
            continue
        weight = _EFFECTS * min(cause, worst.strength(sign))
        yield _ground(worst.signs[sign].shown, weight, Clean.say("what calls it suffers too"))


def _waited_for(portrait: Portrait, field: Field) -> Iterator[Ground]:
    """Callers that wait longer for others while nothing of those is slow."""
    callers = [
        field.portraits[one]
        for one in sorted(field.callers.get(portrait.service, ()))
        if one in field.portraits and Sign.WAITING in field.portraits[one].signs
    ]
    worst = max(callers, key=lambda one: one.strength(Sign.WAITING), default=None)
    if worst is None:
        return
    beyond = worst.strength(Sign.WAITING) - portrait.strength(Sign.LATENCY)
    if beyond > 0:
        shown = worst.signs[Sign.WAITING].shown
        words = Clean.say("what calls it waits longer for others")
        yield _ground(shown, _WEAK * beyond, words, Sign.WAITING)


def _cover(portrait: Portrait, field: Field) -> Iterator[Ground]:
    """A good cause explains much of all that is seen: what suffers depends on it."""
    if portrait.suffering <= 0:
        return
    dependents = field.dependents(portrait.service)
    behind = [one for one in field.sufferers if one in dependents]
    share = sum(field.sufferers[one] for one in behind) / max(field.suffering, _MUCH)
    shown = _worst(portrait)
    words = Clean.say(
        "{n} of {all} services that suffer depend on it, or are it",
        n=len(behind),
        all=len(field.sufferers),
    )
    yield _ground(shown, _COVER * share, words)


def _rarity(portrait: Portrait, field: Field) -> Iterator[Ground]:
    """A service that hardly anybody asks seldom causes what many suffer from."""
    if portrait.traffic is None or field.busiest <= 0:
        return
    lead = math.log10(field.busiest / max(portrait.traffic, 1e-9))
    if lead > 0:
        words = Clean.say(
            "few requests reach it: {n} where the busiest has {all}",
            n=_rounded(portrait.traffic),
            all=_rounded(field.busiest),
        )
        yield _ground(_worst(portrait), _RARE * min(lead, _RAREST), words)


def _place(portrait: Portrait, field: Field) -> Iterator[Ground]:
    if portrait.service in field.reached:
        words = Clean.say("in what the alert is about, or behind it")
        yield _ground(_worst(portrait), _REACHED, words, kind=EvidenceKind.ALERT)
    behind = field.callees.get(portrait.service, frozenset()) & set(field.portraits)
    if portrait.service in field.alerted and behind:
        words = Clean.say("the alert is about it: where it shows is seldom where it begins")
        yield _ground(_worst(portrait), _ALERTED, words, kind=EvidenceKind.ALERT)


_Rule = Callable[[Portrait, "Field"], Iterator[Ground]]
_RULES: tuple[_Rule, ...] = (
    _local,
    _spreading,
    _lost_between,
    _beside,
    _effects,
    _waited_for,
    _cover,
    _rarity,
    _place,
)


def _worst(portrait: Portrait) -> Exhibited:
    """Where the strongest sign is seen; of equal ones, one that names a fault."""
    best = max(portrait.signs, key=lambda sign: (portrait.strength(sign), sign in FAULT_OF))
    return portrait.signs[best].shown


def _is_about_failures(field: Field) -> bool:
    told = (f"{one.name} {one.summary}".lower() for one in field.situation.occurrences)
    return any(word in text for text in told for word in _FAILURE_WORDS)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
