"""What must be seen if a hypothesis is right, and could have been otherwise? And was it?

Each prediction is tested against evidence that was not used to propose the hypothesis: other
services, or another kind of evidence of the same one. One that held adds no weight, because the
ranking weighs the same evidence already; one that failed contradicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from core.cases.hypotheses import Citation, EvidenceKind, Outcome, Prediction
from core.investigation.causes.troubles import Trouble, Watch
from core.investigation.causes.weighing import Weighed, name_of
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from core.evidence.model import Locus

FAILED = -0.8  # nats that a failed prediction takes
_ALERTED_AFTER, _ALERTED_BEFORE = timedelta(minutes=30), timedelta(minutes=10)
_LATER = timedelta(minutes=15)  # an effect comes within this
_SLACK = timedelta(seconds=90)  # clocks and scrapes are not better than this
_FEW, _MOST = 1 / 3, 2 / 3  # of the services that have nothing to do with it
_LEAST_OTHERS = 3
_SHOWN = 3  # lines of one prediction
_MEASURED = frozenset({EvidenceKind.METRIC, EvidenceKind.TRACE})  # would show any trouble


@dataclass(frozen=True)
class Claim:
    """A candidate cause, taken at its word."""

    one: Weighed
    watch: Watch

    @property
    def service(self) -> str:
        return self.one.candidate.cause.service or ""

    @cached_property
    def began(self) -> datetime | None:
        """When it began, by the lines that propose it."""
        own = [it.since for it in self.watch.of_service.get(self.service, ()) if self._proposes(it)]
        told = [moment for moment in (self.one.candidate.first, *own) if moment]
        return min(told, default=None)

    @cached_property
    def slack(self) -> timedelta:
        """How far apart two moments must be to tell which came first: a scrape at least."""
        own = (it for it in self.watch.of_service.get(self.service, ()) if self._proposes(it))
        steps = [
            (it.until - it.since) / 2 for it in own if it.locus.series and it.since and it.until
        ]
        return max([_SLACK, *steps[:1]])

    def is_new(self, trouble: Trouble) -> bool:
        """Is it evidence that was not used to propose this?"""
        own_kind = trouble.service == self.service and trouble.kind in self._own_kinds
        return not own_kind and not self._proposes(trouble)

    def follows(self, trouble: Trouble) -> bool:
        """Did it begin with this, or soon after?"""
        if self.began is None or trouble.since is None:
            return False
        return self.began - self.slack <= trouble.since <= self.began + _LATER

    def precedes(self, trouble: Trouble) -> bool:
        """Did it clearly begin before this, though not long before?"""
        if self.began is None or trouble.since is None:
            return False
        return self.began - _LATER <= trouble.since < self.began - self.slack

    def new(self, services: Collection[str], *, strong: bool = False) -> list[Trouble]:
        """Troubles of these services that are new evidence, the earliest first."""
        found = (it for it in self.watch.troubles if it.service in services and self.is_new(it))
        return [it for it in found if it.is_strong or not strong]

    @cached_property
    def _own_kinds(self) -> frozenset[EvidenceKind]:
        """Of the evidence about the service itself that speaks for it."""
        own = self.watch.of_service.get(self.service, ())
        told = {it.kind for it in own if self._proposes(it)}
        best = max(self.one.citations, key=lambda line: line.weight, default=None)
        return frozenset(told | ({best.kind} if best else set()))

    def _proposes(self, trouble: Trouble) -> bool:
        return _key(trouble.locus) in self._cited

    @cached_property
    def _cited(self) -> frozenset[tuple[str, int, str | None]]:
        lines = (line for line in self.one.citations if line.weight > 0 and line.locus)
        return frozenset(_key(line.locus) for line in lines if line.locus)


def predict(one: Weighed, watch: Watch) -> tuple[Prediction, ...]:
    """All that can be said in advance of a candidate, and what became of it."""
    if one.candidate.cause.service is None:
        return ()
    claim = Claim(one, watch)
    return tuple(prediction for rule in _RULES for prediction in rule(claim))


def weighed_down(one: Weighed, predictions: Iterable[Prediction]) -> Weighed:
    """With what its failed predictions take from it."""
    lines = [line for prediction in predictions for line in contradictions(prediction)]
    return replace(one, citations=(*one.citations, *lines)) if lines else one


def contradictions(prediction: Prediction) -> tuple[Citation, ...]:
    """A failed prediction as a line against: its first citation, in its words."""
    if prediction.outcome is not Outcome.FAILED or not prediction.citations:
        return ()
    words = Clean.say("it should be that {text}; it is not", text=prediction.text)
    return (replace(prediction.citations[0], weight=FAILED, why=words),)


def _effects(claim: Claim) -> Iterator[Prediction]:
    """Whoever calls it feels it, or what the alert is about: held where one of these does.

    Failed where they are measured, and all are well: what was used to propose it tests nothing.
    """
    alerted = {one.service for one in claim.watch.situation.occurrences if one.service}
    feel = (alerted | claim.watch.callers(claim.service)) - {claim.service}
    if not feel:
        return
    text = Clean.say(
        "what calls {name}, or what the alert is about, fails or slows with it",
        name=name_of(claim.service),
    )
    felt = [it for it in claim.watch.troubles if it.service in feel and claim.follows(it)]
    found = [it for it in felt if claim.is_new(it)]
    measured = [line for line in claim.watch.quiet(feel) if line.kind in _MEASURED]
    if found:
        yield _held_by(text, found)
    elif measured and not felt and claim.began is not None:
        yield _with(text, measured, Outcome.FAILED)
    else:
        yield Prediction(text=text, kind=EvidenceKind.METRIC)


def _time(claim: Claim) -> Iterator[Prediction]:
    """It is about the time of the alert. That it is proves little; that it is not, a lot."""
    onset = claim.watch.situation.onset
    best = max(claim.one.citations, key=lambda line: line.weight, default=None)
    if onset is None or claim.began is None or best is None:
        return
    covered = max((it.last for it in claim.watch.situation.files if it.last), default=onset)
    early, late = onset - _ALERTED_AFTER, onset + _ALERTED_BEFORE + claim.slack
    if not early <= claim.began <= late or covered < onset - claim.slack:
        text = Clean.say("it goes on when the alert fires, {at}", at=onset)
        yield _with(text, [replace(best, kind=EvidenceKind.ALERT)], Outcome.FAILED)


def _order(claim: Claim) -> Iterator[Prediction]:
    """No effect comes before its cause."""
    text = Clean.say("nothing that depends on {name} began before it", name=name_of(claim.service))
    effects = claim.new(claim.watch.dependants(claim.service), strong=True)
    early = [it for it in effects if claim.precedes(it)]
    late = [it for it in effects if claim.follows(it)]
    if early and len({it.service for it in early}) > len({it.service for it in late}):
        yield _failed_by(text, early)
    elif late and not early:
        yield _held_by(text, late)


def _dependencies(claim: Claim) -> Iterator[Prediction]:
    """Where the fault is, nothing behind it is in trouble."""
    behind = claim.watch.dependencies(claim.service)
    watched = behind & claim.watch.watched.keys()
    if not watched:
        return
    text = Clean.say("what {name} itself calls is well", name=name_of(claim.service))
    fresh = claim.new(watched, strong=True)
    troubled = [it for it in fresh if claim.precedes(it) or claim.follows(it)]
    if not troubled:
        yield _held_quietly(text, claim, watched)
    elif any(claim.precedes(it) for it in troubled):
        yield _failed_by(text, [it for it in troubled if claim.precedes(it)])


def _elsewhere(claim: Claim) -> Iterator[Prediction]:
    """What does not depend on it stays well."""
    watch = claim.watch
    involved = watch.dependants(claim.service) | watch.dependencies(claim.service)
    others = watch.watched.keys() - involved - {claim.service}
    if not watch.situation.calls or len(others) < _LEAST_OTHERS or claim.began is None:
        return
    text = Clean.say("what does not depend on {name} stays well", name=name_of(claim.service))
    troubled = [it for it in claim.new(others, strong=True) if claim.follows(it)]
    share = len({it.service for it in troubled}) / len(others)
    if share <= _FEW:
        yield _held_quietly(text, claim, others - {it.service for it in troubled})
    elif share >= _MOST:
        yield _failed_by(text, troubled)


def _itself(claim: Claim) -> Iterator[Prediction]:
    """Another kind of evidence about the same service shows it too."""
    kinds = claim.watch.watched.get(claim.service, frozenset())
    fresh = [it for it in claim.new({claim.service}) if claim.follows(it) or claim.precedes(it)]
    text = Clean.say("other evidence of {name} itself changes with it", name=name_of(claim.service))
    if fresh:
        yield _held_by(text, fresh)
    elif kinds:
        yield Prediction(text=text, kind=EvidenceKind.METRIC)


def _probes(claim: Claim) -> Iterator[Prediction]:
    """What its signature says would confirm or refute it, where a line tells that by chance."""
    signature = claim.one.candidate.signature
    for probe, outcome in ((signature.confirm, Outcome.HELD), (signature.refute, Outcome.FAILED)):
        if probe is None:
            continue
        lines = [
            it
            for it in claim.new({claim.service})
            if it.kind is EvidenceKind.LOG and probe.pattern.search(it.text.text[:2_000])
        ]
        if lines:
            cited = tuple(it.cited(probe.shows) for it in lines[:_SHOWN])
            said = Clean.say("looking shows: {what}", what=probe.shows)
            yield Prediction(text=said, kind=EvidenceKind.LOG, outcome=outcome, citations=cited)


_Rule = Callable[[Claim], Iterator[Prediction]]
_RULES: tuple[_Rule, ...] = (
    _effects,
    _time,
    _order,
    _dependencies,
    _elsewhere,
    _itself,
    _probes,
)


def _held_by(text: Clean, troubles: Sequence[Trouble]) -> Prediction:
    return _decided(text, troubles, Outcome.HELD)


def _failed_by(text: Clean, troubles: Sequence[Trouble]) -> Prediction:
    return _decided(text, troubles, Outcome.FAILED)


def _decided(text: Clean, troubles: Sequence[Trouble], outcome: Outcome) -> Prediction:
    """By the earliest trouble of each kind, of each service."""
    kinds: dict[EvidenceKind, Trouble] = {}
    services: dict[tuple[str, EvidenceKind], Trouble] = {}
    for one in troubles:
        kinds.setdefault(one.kind, one)
        services.setdefault((one.service, one.kind), one)
    shown = list(dict.fromkeys([*kinds.values(), *services.values()]))[:_SHOWN]
    citations = tuple(it.cited(Clean.say("of {name}", name=name_of(it.service))) for it in shown)
    return Prediction(text=text, kind=shown[0].kind, outcome=outcome, citations=citations)


def _held_quietly(text: Clean, claim: Claim, services: Collection[str]) -> Prediction:
    """By what would show trouble of these services, and shows none."""
    return _with(text, claim.watch.quiet(services), Outcome.HELD)


def _with(text: Clean, lines: Sequence[Citation], outcome: Outcome) -> Prediction:
    """By these lines; untested where there are none."""
    if not lines:
        return Prediction(text=text, kind=EvidenceKind.METRIC)
    return Prediction(
        text=text, kind=lines[0].kind, outcome=outcome, citations=tuple(lines[:_SHOWN])
    )


def _key(locus: Locus) -> tuple[str, int, str | None]:
    return locus.file, locus.line_start, locus.series
