"""Which causes does the evidence speak for, and how strongly? Deterministic; no model.

A score is a log-odds in nats against *something else*, whose score is 0: with no evidence a named
cause starts well below it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.clean import Clean
from core.investigation.grounds import HEALED, cite, grounds
from core.investigation.model import Citation
from core.investigation.scene import Candidate, Scene
from core.investigation.sightings import Sighting
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from core.investigation.decision import Situation

PRIOR = -1.6  # of a named cause before any evidence
_STANDS = -0.4  # the least score of a cause that may explain another
_EFFECT = -1.4  # for a cause that a deeper one explains
_SYMPTOM = -2.2  # the same, where it is only a failed call
_EFFECTS_SEEN = 0.7
_TOLD_LATER = timedelta(seconds=90)  # a cause may be logged this long after its effect
_NAMES = Redactor(b"names of services")  # they hold no secret; whatever looks like one goes


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A candidate with its lines for and against, and the change that it followed.

    `score` is in nats, against *something else*. `explained_by` is the deeper cause it is due to.
    """

    candidate: Candidate
    citations: tuple[Citation, ...]
    change: Sighting | None = None
    explained_by: Candidate | None = None

    @property
    def score(self) -> float:
        return PRIOR + sum(one.weight for one in self.citations)

    @property
    def healed(self) -> bool:
        return any(one.weight <= HEALED for one in self.citations)


def rank_causes(situation: Situation) -> tuple[Weighed, ...]:
    """Every candidate cause, the best first."""
    scene = Scene(situation)
    alone = [_weighed(one, scene) for one in scene.candidates]
    weighed = [_compared(one, alone, scene) for one in alone]
    return tuple(sorted(weighed, key=_order))


def name_of(service: str | None) -> Clean:
    """A service's name, for our sentences."""
    return _NAMES.clean(service) if service else Clean.say("an unnamed service")


def _weighed(one: Candidate, scene: Scene) -> Weighed:
    return Weighed(candidate=one, citations=grounds(one, scene), change=scene.change_before(one))


def _order(one: Weighed) -> tuple[float, int, str]:
    """Equal scores: the deeper fault first. Never by service names: renaming changes nothing."""
    return -one.score, -one.candidate.signature.depth, one.candidate.cause.fault


def statement(candidate: Candidate) -> Clean:
    """What the candidate says, in words: `Disk full at db`."""
    signature, name = candidate.signature, name_of(candidate.cause.service)
    if candidate.cause.service is None:
        return signature.title
    if signature.symptom and candidate.told_by_itself:
        return Clean.say("{title}, seen by {service}", title=signature.title, service=name)
    if signature.after:
        return Clean.join("", [signature.before, name, signature.after])
    return Clean.say("{title} at {service}", title=signature.title, service=name)


def _compared(one: Weighed, others: list[Weighed], scene: Scene) -> Weighed:
    """With what a deeper fault takes from it, and what the failed calls of others add to it."""
    behind = [rival for rival in others if _explains(rival, one, scene)]
    found = list(one.citations)
    deepest = max(behind, key=lambda rival: rival.score, default=None)
    if deepest is not None:
        cause = deepest.candidate
        loss = _SYMPTOM if one.candidate.signature.symptom else _EFFECT
        words = Clean.say("explained by {fault}", fault=statement(cause))
        found.append(cite(cause.best, loss, words))
    caused = [rival for rival in others if _explains(one, rival, scene)]
    if caused:
        best = max(caused, key=lambda rival: rival.score).candidate.best
        found.append(cite(best, _EFFECTS_SEEN, Clean.say("what it would cause is seen")))
    explained_by = deepest.candidate if deepest else None
    return replace(one, citations=tuple(found), explained_by=explained_by)


def _explains(cause: Weighed, effect: Weighed, scene: Scene) -> bool:
    """Is `cause` a deeper fault, at a place and time where it would bring `effect` about?"""
    deep, shown = cause.candidate, effect.candidate
    stands = cause is not effect and cause.score > _STANDS and not cause.healed
    if not stands or not _is_deeper(deep, shown, scene):
        return False
    if deep.first and shown.first and deep.first > shown.first + _TOLD_LATER:
        return False
    places = {shown.cause.service, *shown.callers}
    behind = (scene.peers.is_behind(deep.cause.service, place) for place in places)
    if deep.cause.service in places or any(behind):
        return True
    # Nobody told us whom they call: then any fault of that time may be behind a failed call.
    return shown.signature.symptom and not any(map(scene.peers.is_caller, places))


def _is_deeper(one: Candidate, other: Candidate, scene: Scene) -> bool:
    """By the kind of fault; for faults of the same depth, by who calls whom."""
    if one.signature.depth != other.signature.depth:
        return one.signature.depth > other.signature.depth
    if one.cause.fault != other.cause.fault and not one.signature.symptom:
        return False
    callee, caller, peers = one.cause.service, other.cause.service, scene.peers
    if peers.is_behind(callee, caller):
        return not peers.is_behind(caller, callee)
    serves = peers.kind(callee) is not None and peers.kind(caller) is None
    return serves and one.told_by_itself and not peers.is_caller(caller)
