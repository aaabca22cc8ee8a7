"""Predicts what must be seen if a hypothesis is right, and tests it.

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

from core.cases.model import Citation, EvidenceKind, Prediction, PredictionOutcome
from core.evidence.signatures import Role, is_symptom, match, signals
from core.investigation.alerted_work import does_alerted_work
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.causes.scored_cause import EFFECTS_SEEN, ScoredCause, name_of
from core.investigation.causes.server_kinds import BROKER, CACHE
from core.investigation.causes.troubles import ServiceHealth, Trouble
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from core.evidence.model import Locus
    from core.evidence.signatures import Signature

say = sentences("investigation.predictions")

FAILED = -0.8  # nats that a failed prediction takes
_CLOCKS_DIFFER = "clock_skew"
_ALERTED_AFTER, _ALERTED_BEFORE = timedelta(minutes=30), timedelta(minutes=10)
_LATER = timedelta(minutes=15)  # an effect comes within this
_SLACK = timedelta(seconds=90)  # clocks and scrapes are not better than this
_FEW, _MOST = 1 / 3, 2 / 3  # of the services that have nothing to do with it
_QUEUES = frozenset({BROKER, CACHE})  # a cache is often one
_LEAST_OTHERS = 3
_SHOWN = 3  # lines of one prediction


@dataclass(frozen=True)
class Claim:
    """A candidate cause whose consequences are tested."""

    scored: ScoredCause
    watch: ServiceHealth

    @property
    def service(self) -> str:
        return self.scored.candidate.cause.service or ""

    @cached_property
    def began(self) -> datetime | None:
        """When it began, by the lines that propose it.

        What a dump shows to hold, without a time since when, holds since somebody suffers.
        """
        own = [
            trouble.since
            for trouble in self.watch.of_service.get(self.service, ())
            if self._proposes(trouble)
        ]
        moments = [moment for moment in (self.scored.candidate.first, *own) if moment]
        holds = any(feature.once_is_enough for feature in self.scored.candidate.seen)
        return min(moments, default=self.watch.began if holds else None)

    @property
    def knows_when(self) -> bool:
        """Whether it tells when it began, by a clock that may be believed."""
        is_believed = self.scored.candidate.cause.fault != _CLOCKS_DIFFER
        return is_believed and self.began is not None

    @cached_property
    def slack(self) -> timedelta:
        """The time by which two moments must differ to be ordered: at least a scrape interval."""
        own = (
            trouble
            for trouble in self.watch.of_service.get(self.service, ())
            if self._proposes(trouble)
        )
        steps = [
            (trouble.until - trouble.since) / 2
            for trouble in own
            if trouble.locus.series and trouble.since and trouble.until
        ]
        return max([_SLACK, *steps[:1]])

    def is_new(self, trouble: Trouble) -> bool:
        """Whether the trouble was not used to propose this cause."""
        own_kind = trouble.service == self.service and trouble.kind in self._own_kinds
        return not own_kind and not self._proposes(trouble)

    def follows(self, trouble: Trouble) -> bool:
        """Whether the trouble began with this cause or soon after."""
        if self.began is None or trouble.since is None:
            return False
        return self.began - self.slack <= trouble.since <= self.began + _LATER

    def is_after(self, trouble: Trouble) -> bool:
        """Whether a log complained of it only before this cause began."""
        if trouble.kind is not EvidenceKind.LOG or trouble.until is None or self.began is None:
            return False
        return trouble.until < self.began - self.slack

    def precedes(self, trouble: Trouble) -> bool:
        """Whether the trouble clearly began before this cause, but not long before."""
        if self.began is None or trouble.since is None:
            return False
        return self.began - _LATER <= trouble.since < self.began - self.slack

    def new(self, services: Collection[str], *, strong: bool = False) -> list[Trouble]:
        """Troubles of these services that are new evidence, the earliest first."""
        troubles = (
            trouble
            for trouble in self.watch.troubles
            if trouble.service in services and self.is_new(trouble)
        )
        return [trouble for trouble in troubles if trouble.is_strong or not strong]

    @cached_property
    def _own_kinds(self) -> frozenset[EvidenceKind]:
        """The kinds of evidence about the service itself that support the cause."""
        own = self.watch.of_service.get(self.service, ())
        kinds = {trouble.kind for trouble in own if self._proposes(trouble)}
        best = max(self.scored.citations, key=lambda line: line.weight, default=None)
        return frozenset(kinds | ({best.kind} if best else set()))

    def _proposes(self, trouble: Trouble) -> bool:
        """Whether the cause was suspected for it; what others suffer tests it, if cited or not."""
        key = _key(trouble.locus)
        is_own = trouble.service == self.service
        return key in (self._cited if is_own else self._suspected)

    @cached_property
    def _suspected(self) -> frozenset[tuple[str, int, str | None]]:
        candidate = self.scored.candidate
        if candidate.cause.fault == BROKEN_BY_CHANGE:
            return frozenset({_key(candidate.best.locus)})
        # What it says of itself needs nobody else's word, so that theirs can test it.
        own = [feature for feature in candidate.seen if feature.seen_by == self.service]
        loci = {_key(feature.locus) for feature in own or candidate.seen}
        lines = (line for line in self.scored.citations if line.weight > EFFECTS_SEEN)
        return frozenset(loci | {_key(line.locus) for line in lines if line.locus})

    @property
    def callers(self) -> frozenset[str]:
        """Who is known to ask it, or to read what it sends."""
        return self.watch.graph.callers(self.service) | self.consumers

    @property
    def feeling(self) -> frozenset[str]:
        """Who should suffer: who asks it, and what the alert is about.

        Where nobody tells who asks it, and the alert is of none that is watched, it is whoever is
        in trouble, tells no reason of its own, and does not stand behind it.
        """
        alerts = self.watch.situation.occurrences
        alerted = frozenset(alert.service for alert in alerts if alert.service)
        feel = (alerted | self.callers) - {self.service}
        is_watched = not self.watch.of_service.keys().isdisjoint(feel)
        if self.callers or is_watched or self.watch.quiet(feel, of_requests=True):
            return feel
        behind = self.watch.graph.dependencies(self.service)
        suffering = (
            name
            for name, troubles in self.watch.of_service.items()
            if not any(map(_tells_why, troubles))
        )
        return frozenset(suffering) - {self.service} - behind or feel

    @property
    def answers_alerted(self) -> list[Trouble]:
        """What is measured of its own answers, where the alert is about them."""
        alerted = {alert.service for alert in self.watch.situation.occurrences}
        own = self.watch.of_service.get(self.service, ()) if self.service in alerted else ()
        return [trouble for trouble in own if trouble.felt and trouble.locus.series]

    @property
    def may_be_felt(self) -> bool:
        """Whether somebody suffers since who may call it, as nobody tells who does."""
        if self.callers:
            return False
        behind = self.watch.graph.dependencies(self.service)
        others = self.watch.of_service.keys() - {self.service} - behind
        return any(
            trouble.felt and self.follows(trouble)
            for name in others
            for trouble in self.watch.of_service[name]
        )

    @property
    def is_sure_to_be_felt(self) -> bool:
        """Whether somebody must be slow or fail: of work that waits, nobody else need notice."""
        works = does_alerted_work(self.service, self.watch.field.directory)
        return not (works or self.may_be_felt or self.names_victims)

    @property
    def names_victims(self) -> bool:
        """Whether it cites others in trouble since, for more than their being its effects.

        A model names whom a cause harms where nobody told who calls it.
        """
        strong = (line for line in self.scored.citations if line.weight > EFFECTS_SEEN)
        cited = {_key(line.locus) for line in strong if line.locus}
        return any(
            trouble.service != self.service
            and _key(trouble.locus) in cited
            and self.follows(trouble)
            for trouble in self.watch.troubles
        )

    @property
    def consumers(self) -> frozenset[str]:
        """Who shares a broker with it: a message does its harm where it is read."""
        return frozenset().union(*map(self.watch.graph.callers, self._brokers))

    @property
    def reached(self) -> frozenset[str]:
        """Whom it may harm: who depends on it, or reads what it sends, and who depends on those.

        Nobody calls a batch job: it harms through what it calls.
        """
        graph, receivers = self.watch.graph, self.consumers - {self.service}
        if not graph.callers(self.service):
            receivers |= graph.callees(self.service)
        return graph.dependants(self.service).union(receivers, *map(graph.dependants, receivers))

    @property
    def heaps(self) -> list[Trouble]:
        """Work that piles up where it reads, if nobody calls it: who sends it need not notice."""
        if self.watch.graph.callers(self.service):
            return []
        own = (trouble for name in self._brokers for trouble in self.watch.of_service.get(name, ()))
        return [trouble for trouble in own if trouble.felt and not trouble.fails]

    @property
    def _brokers(self) -> list[str]:
        directory = self.watch.field.directory
        callees = sorted(self.watch.graph.callees(self.service))
        return [callee for callee in callees if directory.kind(callee) in _QUEUES]

    @cached_property
    def _cited(self) -> frozenset[tuple[str, int, str | None]]:
        lines = (line for line in self.scored.citations if line.weight > 0 and line.locus)
        return frozenset(_key(line.locus) for line in lines if line.locus)


def predict(scored: ScoredCause, watch: ServiceHealth) -> tuple[Prediction, ...]:
    """All predictions of a candidate, with their outcomes."""
    if scored.candidate.cause.service is None:
        return ()
    claim = Claim(scored, watch)
    return tuple(prediction for rule in _RULES for prediction in rule(claim))


def weighed_down(scored: ScoredCause, predictions: Iterable[Prediction]) -> ScoredCause:
    """The cause with the lines of its failed predictions against it."""
    lines = [line for prediction in predictions for line in contradictions(prediction)]
    return replace(scored, citations=(*scored.citations, *lines)) if lines else scored


def contradictions(prediction: Prediction) -> tuple[Citation, ...]:
    """A failed prediction as a line against: its first citation, in its words."""
    if prediction.outcome is not PredictionOutcome.FAILED or not prediction.citations:
        return ()
    words = say("expected_not_seen", text=prediction.text)
    return (replace(prediction.citations[0], weight=FAILED, why=words),)


def _effects(claim: Claim) -> Iterator[Prediction]:
    """Callers, or what the alert is about, are in trouble too: held if one of them is.

    Failed if they are measured and all are well: what was used to propose the cause tests nothing.
    """
    feel = claim.feeling
    if not feel:
        return
    text = say("callers_fail", name=name_of(claim.service))
    near = [trouble for trouble in claim.watch.troubles if trouble.service in feel]
    felt = [
        trouble
        for trouble in (*near, *claim.heaps, *claim.answers_alerted)
        if claim.follows(trouble)
    ]
    fresh = [trouble for trouble in felt if claim.is_new(trouble)]
    measured = claim.watch.quiet(feel, of_requests=True)
    if fresh:
        yield _held_by(text, fresh)
    elif measured and not felt and claim.knows_when and claim.is_sure_to_be_felt:
        yield _prediction_by(text, measured, PredictionOutcome.FAILED)
    else:
        yield Prediction(text=text, kind=EvidenceKind.METRIC)


def _time(claim: Claim) -> Iterator[Prediction]:
    """The cause is near the alert in time: yields only a failure, because a match proves little."""
    onset = claim.watch.situation.onset
    best = max(claim.scored.citations, key=lambda line: line.weight, default=None)
    if onset is None or claim.began is None or best is None or not claim.knows_when:
        return
    covered = max((file.last for file in claim.watch.situation.files if file.last), default=onset)
    early, late = onset - _ALERTED_AFTER, onset + _ALERTED_BEFORE + claim.slack
    is_covered = covered >= onset - claim.slack
    if not early <= claim.began <= late or not is_covered:
        words = "begins_near_alert" if is_covered else "continues_with_alert"
        text = say(words, at=onset)
        yield _prediction_by(
            text, [replace(best, kind=EvidenceKind.ALERT)], PredictionOutcome.FAILED
        )


def _order(claim: Claim) -> Iterator[Prediction]:
    """No effect comes before its cause; what nobody feels is none, nor what was over by then."""
    text = say("dependants_fail_after", name=name_of(claim.service))
    dependants = claim.watch.graph.dependants(claim.service)
    effects = claim.new(dependants, strong=True)
    early = [
        trouble
        for trouble in effects
        if trouble.felt and claim.precedes(trouble) and not claim.is_after(trouble)
    ]
    felt = [trouble for trouble in claim.new(dependants) if trouble.is_strong or trouble.felt]
    late = [trouble for trouble in felt if claim.follows(trouble)]
    if early and len({trouble.service for trouble in early}) > len(
        {trouble.service for trouble in late}
    ):
        yield _failed_by(text, early)
    elif late and not early:
        yield _held_by(text, late)


def _dependencies(claim: Claim) -> Iterator[Prediction]:
    """Nothing that the service depends on is in trouble that anybody feels."""
    behind = claim.watch.graph.dependencies(claim.service)
    watched = behind & claim.watch.watched.keys()
    if not watched:
        return
    text = say("callees_healthy", name=name_of(claim.service))
    fresh = [trouble for trouble in claim.new(watched, strong=True) if not trouble.is_slight]
    troubled = [trouble for trouble in fresh if claim.precedes(trouble) or claim.follows(trouble)]
    if not troubled:
        yield _held_quietly(text, claim, watched)
    elif any(claim.precedes(trouble) for trouble in troubled):
        yield _failed_by(text, [trouble for trouble in troubled if claim.precedes(trouble)])


def _elsewhere(claim: Claim) -> Iterator[Prediction]:
    """What does not depend on it stays well."""
    watch = claim.watch
    involved = claim.reached | watch.graph.dependencies(claim.service)
    nodes = {name for call in watch.situation.calls for name in call}
    others = (watch.watched.keys() & nodes) - involved - {claim.service}
    if not watch.situation.calls or len(others) < _LEAST_OTHERS or claim.began is None:
        return
    text = say("others_healthy", name=name_of(claim.service))
    troubled = [trouble for trouble in claim.new(others, strong=True) if claim.follows(trouble)]
    share = len({trouble.service for trouble in troubled}) / len(others)
    if share <= _FEW:
        yield _held_quietly(text, claim, others - {trouble.service for trouble in troubled})
    elif share >= _MOST:
        yield _failed_by(text, troubled)


def _itself(claim: Claim) -> Iterator[Prediction]:
    """Another kind of evidence about the same service shows it too."""
    kinds = claim.watch.watched.get(claim.service, frozenset())
    fresh = [
        trouble
        for trouble in claim.new({claim.service})
        if claim.follows(trouble) or claim.precedes(trouble)
    ]
    text = say("shows_elsewhere", name=name_of(claim.service))
    if fresh:
        yield _held_by(text, fresh)
    elif kinds:
        yield Prediction(text=text, kind=EvidenceKind.METRIC)


def _signature_probes(claim: Claim) -> Iterator[Prediction]:
    """The signature's confirming or refuting pattern, if a line of the log matches it."""
    signature = claim.scored.candidate.signature
    for probe, outcome in (
        (signature.confirm, PredictionOutcome.HELD),
        (signature.refute, PredictionOutcome.FAILED),
    ):
        if probe is None:
            continue
        lines = [
            trouble
            for trouble in claim.new({claim.service})
            if trouble.kind is EvidenceKind.LOG and probe.pattern.search(trouble.text.text[:2_000])
        ]
        if lines:
            cited = tuple(trouble.cited(probe.shows) for trouble in lines[:_SHOWN])
            text = _probe_text(signature, outcome)
            yield Prediction(text=text, kind=EvidenceKind.LOG, outcome=outcome, citations=cited)


def _probe_text(signature: Signature, outcome: PredictionOutcome) -> RedactedText:
    """What the confirming probe shows; it is not seen where the refuting one matches."""
    if signature.confirm is not None:
        return signature.confirm.shows
    shown = signature.refute.shows if signature.refute else RedactedText.EMPTY
    if outcome is PredictionOutcome.HELD:
        return shown
    return say("not_that", what=shown)


_Rule = Callable[[Claim], Iterator[Prediction]]
_RULES: tuple[_Rule, ...] = (
    _effects,
    _time,
    _order,
    _dependencies,
    _elsewhere,
    _itself,
    _signature_probes,
)


def _held_by(text: RedactedText, troubles: Sequence[Trouble]) -> Prediction:
    return _decided(text, troubles, PredictionOutcome.HELD)


def _failed_by(text: RedactedText, troubles: Sequence[Trouble]) -> Prediction:
    return _decided(text, troubles, PredictionOutcome.FAILED)


def _decided(
    text: RedactedText, troubles: Sequence[Trouble], outcome: PredictionOutcome
) -> Prediction:
    """A prediction decided by the earliest trouble of each kind and service."""
    kinds: dict[EvidenceKind, Trouble] = {}
    services: dict[tuple[str, EvidenceKind], Trouble] = {}
    for trouble in troubles:
        kinds.setdefault(trouble.kind, trouble)
        services.setdefault((trouble.service, trouble.kind), trouble)
    shown = list(dict.fromkeys([*kinds.values(), *services.values()]))[:_SHOWN]
    citations = tuple(
        trouble.cited(say("of_service", name=name_of(trouble.service))) for trouble in shown
    )
    return Prediction(text=text, kind=shown[0].kind, outcome=outcome, citations=citations)


def _held_quietly(text: RedactedText, claim: Claim, services: Collection[str]) -> Prediction:
    """A prediction held by evidence that would show trouble of these services and shows none."""
    return _prediction_by(text, claim.watch.quiet(services), PredictionOutcome.HELD)


def _prediction_by(
    text: RedactedText, lines: Sequence[Citation], outcome: PredictionOutcome
) -> Prediction:
    """A prediction decided by these lines; untested if there are none."""
    if not lines:
        return Prediction(text=text, kind=EvidenceKind.METRIC)
    return Prediction(
        text=text, kind=lines[0].kind, outcome=outcome, citations=tuple(lines[:_SHOWN])
    )


def _tells_why(trouble: Trouble) -> bool:
    """Whether it names a failure of its own, rather than that something else fails."""
    known = (signals()[name] for name in match(trouble.text.text))
    return any(signal.role is Role.FOR and not is_symptom(signal) for signal in known)


def _key(locus: Locus) -> tuple[str, int, str | None]:
    return locus.file, locus.line_start, locus.series
