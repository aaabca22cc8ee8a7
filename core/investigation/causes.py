"""Which causes does the evidence speak for, and how strongly? Deterministic; no model.

Each rule adds lines for or against with a weight in nats. A score is a log-odds against *something
else*, whose score is 0: with no evidence a named cause starts well below it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from core.clean import Clean
from core.investigation.model import Citation, Situation
from core.investigation.scene import Candidate, Scene
from core.investigation.sightings import Sighting
from core.redaction.engine import Redactor

PRIOR = -1.6  # of a named cause before any evidence
HEALED = -3.0
_ALL_ALONG = -1.8
_MILD = -0.7
_FEW = {1: -0.9, 2: -0.4}  # by number of lines
_MANY = ((100, 0.7), (10, 0.4))
_MORE_SIGNALS = 1.2  # at most, for further signals of the same fault
_SHORTLY = timedelta(minutes=30)
_BEFORE_ALERT = timedelta(minutes=20)
_AFTER_ALERT = timedelta(minutes=5)
_SLACK = timedelta(seconds=60)
_TOLD_LATER = timedelta(seconds=90)
_NAMES = Redactor(b"names of services")  # they hold no secret; whatever looks like one goes


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A candidate with its lines for and against. `score` is in nats, against *something else*."""

    candidate: Candidate
    citations: tuple[Citation, ...]
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
    alone = [_weigh(one, scene) for one in scene.candidates]
    weighed = [_compared(one, alone, scene) for one in alone]
    return tuple(sorted(weighed, key=_order))


def name_of(service: str | None) -> Clean:
    """A service's name, for our sentences."""
    return _NAMES.clean(service) if service else Clean.say("an unnamed service")


def _order(one: Weighed) -> tuple[float, int, str]:
    """Equal scores: the deeper fault, then the fault's name; never the service's, which may change."""
    return -one.score, -one.candidate.signature.depth, one.candidate.cause.fault


def _weigh(candidate: Candidate, scene: Scene) -> Weighed:
    found = (line for rule in _RULES for line in rule(candidate, scene))
    return Weighed(candidate=candidate, citations=tuple(found))


# -- rules on one candidate -------------------------------------------------------------------------


def _signals(candidate: Candidate, scene: Scene) -> Iterator[Citation]:
    """The best signal counts in full, further ones less and less."""
    names, left = set[str](), _MORE_SIGNALS
    for one in candidate.seen:
        if one.signal.name not in names:
            weight = one.signal.weight if not names else min(left, 0.4 * one.signal.weight)
            left -= weight if names else 0
            yield cite(one, weight, one.signal.says)
            names.add(one.signal.name)


def _mildness(candidate: Candidate, scene: Scene) -> Iterator[Citation]:
    if candidate.best.is_mild and not candidate.best.signal.final:
        yield cite(candidate.best, _MILD, Clean.say("a warning, or tried again by itself"))


def _volume(candidate: Candidate, scene: Scene) -> Iterator[Citation]:
    """One line may be chance, hundreds are not; but a process dies once."""
    count = candidate.count
    weight = next((weight for least, weight in _MANY if count >= least), _FEW.get(count, 0.0))
    if weight > 0:
        yield cite(_most_frequent(candidate), weight, Clean.say("{n} such lines", n=count))
    elif weight < 0 and not any(one.signal.final for one in candidate.seen):
        yield cite(candidate.best, weight, Clean.say("only {n} of it", n=count))


def _newness(candidate: Candidate, scene: Scene) -> Iterator[Citation]:
    """Something that was not there before weighs more than what was there all along."""
    one = _earliest(candidate)
    lead = one.quiet_before
    if lead is None or one.last is None or one.first is None:
        return
    if lead >= max(timedelta(seconds=10), one.span * 0.05):
        yield cite(one, 0.6, Clean.say("new: none in the {n} s before", n=int(lead.total_seconds())))
    elif one.span >= timedelta(minutes=2) and _is_steady(one):
        yield cite(one, _ALL_ALONG, Clean.say("there all along, at the same rate"))


def _recovery(candidate: Candidate, scene: Scene) -> Iterator[Citation]:
    """A failure that ended long before its log does is over, or was none."""
    one = max(candidate.seen, key=_end)
    quiet, onset = one.quiet_after, scene.situation.onset
    if quiet is None or one.first is None or one.last is None:
        return
    if quiet < max(timedelta(seconds=15), one.span * 0.25):
        return
    lasted = one.last - one.first
    near_alert = onset is not None and one.first - _SLACK <= onset <= one.last + _BEFORE_ALERT
    brief = lasted < one.span * 0.2 and not near_alert and not one.signal.final
    weight = HEALED if brief else -0.9
    minutes = round(quiet.total_seconds() / 60, 1)
    yield cite(one, weight, Clean.say("over: the log goes on for {n} min without it", n=minutes))


def _opposition(candidate: Candidate, scene: Scene) -> Iterator[Citation]:
    for one in scene.against(candidate):
        if one.last and candidate.last and one.last >= candidate.last:
            yield cite(one, -one.signal.weight, one.signal.says)


def _alert_time(candidate: Candidate, scene: Scene) -> Iterator[Citation]:
    onset, first, last = scene.situation.onset, candidate.first, candidate.last
    if onset is None or first is None or last is None:
        return
    one = _earliest(candidate)
    if onset - _BEFORE_ALERT <= first <= onset + _AFTER_ALERT:
        yield cite(one, 0.8, Clean.say("began about when the alert did, {at}", at=onset))
    elif first > onset + _AFTER_ALERT:
        yield cite(one, -1.0, Clean.say("began after the alert, {at}", at=onset))
    elif last < onset - _BEFORE_ALERT:
        yield cite(one, -2.0, Clean.say("was over before the alert, {at}", at=onset))


def _alert_place(candidate: Candidate, scene: Scene) -> Iterator[Citation]:
    alerted = {one.service for one in scene.situation.occurrences if one.service}
    service = candidate.cause.service
    if service is None or not alerted & set(scene.peers.known):
        return
    behind = any(scene.peers.is_behind(service, caller) for caller in alerted)
    if service in alerted or behind:
        yield cite(candidate.best, 0.4, Clean.say("in what the alert is about, or behind it"))
    elif scene.situation.calls and not alerted & candidate.callers:
        yield cite(candidate.best, -0.8, Clean.say("nothing the alert is about depends on it"))


def _change(candidate: Candidate, scene: Scene) -> Iterator[Citation]:
    """A change just before weighs for what changes break, and a little for everything else."""
    found = [one for one in scene.changes_before(candidate, within=_SHORTLY) if one.signal.weight > 1]
    if not found:
        return
    latest = found[-1]
    if candidate.cause.fault == "bad_deploy" and latest.signal.name != "deploy":
        return
    helped = any(one.signal.change_helps for one in candidate.seen)
    weight = latest.signal.weight if helped else 0.4
    yield cite(latest, weight, Clean.say("changed shortly before, at {at}", at=latest.first))


_Rule = Callable[[Candidate, Scene], Iterator[Citation]]
_RULES: tuple[_Rule, ...] = (
    _signals,
    _mildness,
    _volume,
    _newness,
    _recovery,
    _opposition,
    _alert_time,
    _alert_place,
    _change,
)


# -- rivals ---------------------------------------------------------------------------------------


def _compared(one: Weighed, others: list[Weighed], scene: Scene) -> Weighed:
    """With what a deeper fault takes from it, and what the failed calls of others add to it."""
    behind = [rival for rival in others if _explains(rival, one, scene)]
    found = list(one.citations)
    deepest = max(behind, key=lambda rival: rival.score, default=None)
    if deepest is not None:
        cause = deepest.candidate
        loss = -2.2 if one.candidate.signature.symptom else -1.4
        words = Clean.say("explained by {fault}", fault=statement(cause))
        found.append(cite(cause.best, loss, words))
    caused = [rival for rival in others if _explains(one, rival, scene)]
    if caused:
        best = max(caused, key=lambda rival: rival.score).candidate.best
        found.append(cite(best, 0.7, Clean.say("what it would cause is seen")))
    explained_by = deepest.candidate if deepest else None
    return replace(one, citations=tuple(found), explained_by=explained_by)


def _explains(cause: Weighed, effect: Weighed, scene: Scene) -> bool:
    """Is `cause` a deeper fault, at a place and time where it would bring `effect` about?"""
    deep, shown = cause.candidate, effect.candidate
    if cause is effect or cause.score <= -0.4 or cause.healed or not _is_deeper(deep, shown):
        return False
    if deep.first and shown.first and deep.first > shown.first + _TOLD_LATER:
        return False
    places = {shown.cause.service, *shown.callers}
    near = deep.cause.service in places or any(
        scene.peers.is_behind(deep.cause.service, place) for place in places
    )
    return near or (shown.signature.symptom and not scene.situation.calls)


def _is_deeper(one: Candidate, other: Candidate) -> bool:
    if one.cause.fault == other.cause.fault:
        return one.told_by_itself and not other.told_by_itself
    return one.signature.depth > other.signature.depth


# -- small things -----------------------------------------------------------------------------------


def statement(candidate: Candidate) -> Clean:
    """What the candidate says, in words: `Disk full at db`."""
    title, service = candidate.signature.title, candidate.cause.service
    return Clean.say("{title} at {service}", title=title, service=name_of(service)) if service else title


def cite(one: Sighting, weight: float, why: Clean) -> Citation:
    """A line for (weight above 0) or against."""
    return Citation(text=one.finding.text, locus=one.finding.locus, weight=weight, why=why)


def _most_frequent(candidate: Candidate) -> Sighting:
    return max(candidate.seen, key=lambda one: one.count)


def _earliest(candidate: Candidate) -> Sighting:
    return min(candidate.seen, key=lambda one: one.first.timestamp() if one.first else math.inf)


def _end(one: Sighting) -> float:
    return one.last.timestamp() if one.last else -math.inf


def _is_steady(one: Sighting) -> bool:
    """Does its rate in the file's second half resemble that in the first?"""
    if one.file.first is None or one.file.last is None or len(one.finding.buckets) < 2:
        return False
    middle = (one.file.first.timestamp() + one.file.last.timestamp()) / 120
    late = sum(count for minute, count in one.finding.buckets.items() if minute >= middle)
    early = sum(one.finding.buckets.values()) - late
    return early > 0 and 0.4 <= late / early <= 2.5
