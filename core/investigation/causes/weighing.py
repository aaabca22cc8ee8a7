"""Which causes does the evidence speak for, and how strongly? Deterministic; no model.

A score is a log-odds in nats against *something else*, whose score is 0: with no evidence a named
cause starts well below it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from core.cases.hypotheses import Citation
from core.investigation.causes.grounds import HEALED, change_grounds, cite, grounds
from core.investigation.causes.scene import Candidate, Scene
from core.investigation.causes.sightings import Sighting
from core.investigation.ranking.faults import FAULTS, SHOWN_ONLY
from core.investigation.ranking.field import Field
from core.investigation.ranking.model import Sign
from core.investigation.ranking.suspects import Suspect, suspects
from core.redaction.engine import Redactor
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.investigation.decision import Situation

PRIOR = -1.6  # of a named cause before any evidence
_STANDS = -0.4  # the least score of a cause that may explain another
_EFFECT = -1.4  # for a cause that a deeper one explains
_SYMPTOM = -2.2  # the same, where it is only a failed call
_SHOWN_LOSS = -0.8  # of its evidence, for a service that is merely slow or failing
_CHANGED = 0.5  # of what was measured: what a change before it adds at most
_EFFECTS_SEEN = 0.7
_MOST_SUPPORT = 2.0  # of measurements, for what a log says by name
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
    """Every candidate cause, the best first.

    What a log says by name is a cause of its own; what was measured of the service supports it.
    Where no log names a fault of a service, its measurements make it a candidate.
    """
    scene = Scene(situation)
    measured = {one.candidate.cause.service: one for one in suspects(Field(situation))}
    told = [_weighed(one, scene) for one in scene.candidates]
    named = {one.candidate.cause.service for one in told if _names_a_fault(one)}
    alone = [_supported(one, measured.get(one.candidate.cause.service)) for one in told]
    alone += [_suspected(one, scene) for service, one in measured.items() if service not in named]
    return tuple(sorted(_all_compared(alone, scene), key=_order))


@lru_cache(maxsize=4096)  # a turn names the same few services over and over
def name_of(service: str | None) -> Clean:
    """A service's name, for our sentences."""
    return _NAMES.clean(service) if service else Clean.say("an unnamed service")


def _weighed(one: Candidate, scene: Scene) -> Weighed:
    return Weighed(candidate=one, citations=grounds(one, scene), change=scene.change_before(one))


def _names_a_fault(one: Weighed) -> bool:
    """Does a log say what is wrong there, and not only that a call failed?"""
    return one.score > PRIOR and not one.candidate.signature.symptom and not one.healed


def _supported(one: Weighed, suspect: Suspect | None) -> Weighed:
    """With what was measured of the service: it says where, the log says what."""
    if suspect is None or not _names_a_fault(one):
        return one
    lines = [line.citation for line in suspect.grounds if line.sign not in (None, Sign.LOGGED)]
    total = sum(line.weight for line in lines)
    scale = _MOST_SUPPORT / max(total, _MOST_SUPPORT)
    scaled = (replace(line, weight=line.weight * scale) for line in lines)
    return replace(one, citations=(*one.citations, *scaled))


def _suspected(one: Suspect, scene: Scene) -> Weighed:
    """A service that only measurements speak of, with the change before it."""
    change = scene.change_before(one.candidate)
    shown = sum(line.citation.weight for line in one.grounds if line.sign is not None)
    changed = (
        replace(line, weight=min(line.weight, max(0.0, _CHANGED * shown)))
        for line in change_grounds(one.candidate, scene)
    )
    return Weighed(candidate=one.candidate, citations=(*one.citations, *changed), change=change)


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


def _all_compared(every: list[Weighed], scene: Scene) -> Iterator[Weighed]:
    """Each with all that may explain it, or be explained by it.

    What was only measured is weighed against all else that was, by how much each moved: of many
    services these are most pairs.
    """
    told = [one for one in every if not _is_measured(one)]
    standing, standing_told = (list(filter(_stands, those)) for those in (every, told))
    for one in every:
        if _is_measured(one):
            yield _compared(one, told, standing_told, scene)
        else:
            yield _compared(one, every, standing, scene)


def _compared(
    one: Weighed, others: list[Weighed], standing: list[Weighed], scene: Scene
) -> Weighed:
    """With what a deeper fault takes from it, and what the failed calls of others add to it.

    standing: those of the others that may explain another.
    """
    behind = [rival for rival in standing if _explains(rival, one, scene)]
    found = list(one.citations)
    deepest = max(behind, key=lambda rival: rival.score, default=None)
    if deepest is not None:
        cause = deepest.candidate
        loss = _loss(one)
        words = Clean.say("explained by {fault}", fault=statement(cause))
        found.append(cite(cause.best, loss, words))
    caused = [rival for rival in others if _explains(one, rival, scene)] if _stands(one) else []
    if caused:
        best = max(caused, key=lambda rival: rival.score).candidate.best
        found.append(cite(best, _EFFECTS_SEEN, Clean.say("what it would cause is seen")))
    explained_by = deepest.candidate if deepest else None
    return replace(one, citations=tuple(found), explained_by=explained_by)


def _loss(one: Weighed) -> float:
    """Of what a deeper fault explains. What only shows, as all that it brings about does."""
    if one.candidate.signature.symptom:
        return _SYMPTOM
    if one.candidate.cause.fault in SHOWN_ONLY:
        return min(_EFFECT, _SHOWN_LOSS * (one.score - PRIOR))
    return _EFFECT


def _stands(one: Weighed) -> bool:
    """Is it believed enough to explain another?"""
    return one.score > _STANDS and not one.healed


def _explains(cause: Weighed, effect: Weighed, scene: Scene) -> bool:
    """Is `cause`, which stands, deeper, and where and when it would bring `effect` about?"""
    deep, shown = cause.candidate, effect.candidate
    if cause is effect or not _is_deeper(deep, shown, scene):
        return False
    if deep.first and shown.first and deep.first > shown.first + _TOLD_LATER:
        return False
    places = {shown.cause.service, *shown.callers}
    behind = (scene.peers.is_behind(deep.cause.service, place) for place in places)
    if deep.cause.service in places or any(behind):
        return True
    # Nobody told us whom they call: then any fault of that time may be behind a failed call.
    is_shown = shown.signature.symptom or _is_measured(effect)
    return is_shown and not any(map(scene.peers.is_caller, places))


def _is_measured(one: Weighed) -> bool:
    return one.candidate.cause.fault in FAULTS


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
