"""How do causes become hypotheses that share one posterior with *something else*, and live on?

A hypothesis is proposed; it is being tested once a prediction of it was tested or a second kind
of evidence speaks of it. A person who looked validates it: evidence alone, however strong, only
makes it a root cause (`sufficiency`). A person rejects it, or it does so itself where something
contradicts it and hardly any of the posterior is left; it comes back when evidence for it does.
Nothing but evidence with weights moves it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.cases.hypotheses import (
    Citation,
    EvidenceKind,
    Hypothesis,
    HypothesisState,
    Outcome,
    Prediction,
)
from core.investigation.causes.weighing import PRIOR, Weighed, statement
from core.investigation.checks.outcomes import check_citations, check_predictions
from core.investigation.decision import Situation
from core.investigation.ranking.faults import FAULTS
from core.investigation.verdict.citations import Shelf
from core.investigation.verdict.witnesses import BY_ITSELF, kinds_for

if TYPE_CHECKING:
    from datetime import datetime

    from core.cases.hypotheses import Cause
    from core.investigation.decision import Decision

CONFIRMED = 7.0  # nats: a person who looked outweighs what lines say
REFUSED = -9.0
SHOWN = 6  # hypotheses that are kept, besides those that people judged
REJECTS_ITSELF = 0.02  # share under which what is contradicted is given up
PATIENCE = 3  # later files that may say nothing for it
AGEING, AGED = 0.1, 0.5  # nats a file beyond that, and at most
# Fitted to whether shares come true, over incidents and windows without a fault, leaving one set of
# data out at a time (docs/explanation/root-cause.md). What only measurements show was picked out
# of hundreds of series, so that *something else* has a head start over it. Each prediction that
# held takes a part of that, and so does each further kind of evidence: that it picks the same
# service by chance is as unlikely as there are services.
TEMPERATURE = 0.45
DOUBT, RELIEF, RELIEVED = 4.0, 1.0, 3  # nats; nats for each that held; and so many at most
AGREED = 2.0  # nats for each kind of evidence beyond the first
_CONTRADICTED = -1.0  # nats of one line
_LEAST, _ANYWAY = 0.005, 2  # share under which nothing new is listed, but the best
_SAME_LINE = 0.15  # nats under which a line is not worth showing
_POD = re.compile(r"-[0-9a-f]{6,10}-[0-9a-z]{5}$")  # of a Deployment's pods
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def posterior(
    scores: Sequence[float], something_else: float = 0.0
) -> tuple[tuple[float, ...], float]:
    """Each cause's share and that of *something else*; together they are 1.

    scores, something_else: log-odds in nats.
    """
    every = [score / TEMPERATURE for score in (*scores, something_else)]
    top = max(every)
    weights = [math.exp(score - top) for score in every]
    total = math.fsum(weights)
    *shares, rest = (weight / total for weight in weights)
    return tuple(shares), rest


def form_hypotheses(
    ranked: Sequence[Weighed],
    situation: Situation,
    predictions: Mapping[str, tuple[Prediction, ...]] | None = None,
) -> tuple[tuple[Hypothesis, ...], float]:
    """The hypotheses, best first, and the share of something else. Numbers, verdicts stay.

    predictions: by the key of the cause.
    """
    earlier = situation.hypotheses
    forming = _Forming(situation, predictions or {})
    found = [forming.hypothesis(one) for one in _once_each(ranked)]
    formed = {identity(one.cause) for one in found}
    found += [one for one in earlier if judged(one) and identity(one.cause) not in formed]
    shelf = Shelf(situation)
    found = [shelf.resolved(one) for one in found]
    scores = [forming.score(one) for one in found]
    shares, _ = posterior(scores, _doubt(found, scores))
    rated = [replace(one, confidence=share) for one, share in zip(found, shares, strict=True)]
    best = sorted(rated, key=lambda one: -one.confidence)
    kept = [one for place, one in enumerate(best) if one.number or _is_worth(one, place)]
    placed = tuple(replace(one, rank=rank, state=_state(one)) for rank, one in enumerate(kept, 1))
    named = _numbered(placed, earlier)
    dated = tuple(_dated(one, earlier, at=situation.at) for one in named)
    return dated, 1.0 - math.fsum(one.confidence for one in dated)


def judged(hypothesis: Hypothesis) -> bool:
    """Has a person confirmed or rejected it?"""
    return hypothesis.verdict_by is not None


def lines_of(hypothesis: Hypothesis) -> tuple[Citation, ...]:
    """All lines, for and against."""
    return (*hypothesis.supporting, *hypothesis.contradicting)


def identity(cause: Cause) -> str:
    """The same for one fault at one service, however the two are spelt: nobody is listed twice."""
    service = _POD.sub("", (cause.service or "?").casefold())
    return "/".join(_BETWEEN_WORDS.sub("-", part.casefold()) for part in (service, cause.fault))


def hypotheses_in(decision: Decision) -> tuple[Hypothesis, ...]:
    """Those that a decision proposes, whichever reasoner made it: each once, by rank, open ones."""
    found: dict[str, Hypothesis] = {}
    for one in sorted(decision.hypotheses, key=lambda one: one.rank):
        if one.is_alive:
            found.setdefault(identity(one.cause), one)
    return tuple(found.values())


@dataclass(frozen=True)
class _Forming:
    """How candidates of one situation become hypotheses."""

    situation: Situation
    predictions: Mapping[str, tuple[Prediction, ...]]
    known: dict[str, Hypothesis] = field(init=False)

    def __post_init__(self) -> None:
        known = {identity(one.cause): one for one in self.situation.hypotheses}
        object.__setattr__(self, "known", known)

    def hypothesis(self, one: Weighed) -> Hypothesis:
        candidate = one.candidate
        before = self.known.get(identity(candidate.cause))
        number = before.number if before else 0
        lines = sorted(self._lines(one, number), key=lambda line: -abs(line.weight))
        asked = check_predictions(self.situation.course, number) if number else ()
        fresh = Hypothesis(
            number=number,
            cause=candidate.cause,
            statement=statement(candidate),
            state=before.state if before and judged(before) else HypothesisState.PROPOSED,
            confidence=0.0,
            rank=0,
            supporting=tuple(line for line in lines if line.weight > _SAME_LINE),
            contradicting=tuple(line for line in lines if line.weight < -_SAME_LINE),
            check=candidate.signature.check,
            predictions=(*self.predictions.get(candidate.cause.key, ()), *asked),
        )
        if before is None or not judged(before):
            return fresh
        return replace(fresh, verdict_by=before.verdict_by, verdict_why=before.verdict_why)

    def score(self, one: Hypothesis) -> float:
        """In nats: lines that resolve, what a person said, and its age."""
        lines = math.fsum(line.weight for line in lines_of(one) if line.resolves)
        told = _VERDICTS.get(one.state, 0.0) if judged(one) else 0.0
        return PRIOR + lines + told - self._age(one)

    def _lines(self, one: Weighed, number: int) -> list[Citation]:
        """Of the ranking, and what came of checks, each once."""
        known = {(line.text, line.why) for line in one.citations}
        checks = check_citations(self.situation.course, number) if number else ()
        fresh = (line for line in checks if (line.text, line.why) not in known)
        return [*one.citations, *fresh]

    def _age(self, one: Hypothesis) -> float:
        """What files that came since say nothing for takes a little from it."""
        before = self.known.get(identity(one.cause))
        if before is None or before.updated_at is None or judged(one):
            return 0.0
        if _support(one) != _support(before):
            return 0.0
        since = sum(file.received_at > before.updated_at for file in self.situation.files)
        return min(AGED, AGEING * max(0, since - PATIENCE))


_VERDICTS: Mapping[HypothesisState, float] = {
    HypothesisState.VALIDATED: CONFIRMED,
    HypothesisState.REJECTED: REFUSED,
}


def _doubt(found: Sequence[Hypothesis], scores: Sequence[float]) -> float:
    """The score of something else, by what the leader rests on."""
    if not found:
        return 0.0
    leader = max(zip(scores, found, strict=True), key=lambda pair: pair[0])[1]
    if judged(leader) or leader.cause.fault not in FAULTS:
        return 0.0
    held = sum(one.outcome is Outcome.HELD for one in leader.predictions)
    agreed = len(BY_ITSELF.intersection(kinds_for(leader))) - 1
    return max(0.0, DOUBT - RELIEF * min(held, RELIEVED) - AGREED * max(0, agreed))


def _once_each(ranked: Sequence[Weighed]) -> list[Weighed]:
    """Of the same cause under several spellings, the best."""
    found: dict[str, Weighed] = {}
    for one in ranked:
        known = found.get(identity(one.candidate.cause))
        if known is None or one.score > known.score:
            found[identity(one.candidate.cause)] = one
    return list(found.values())


def _state(one: Hypothesis) -> HypothesisState:
    """A person's verdict, or how far the evidence has taken it."""
    if judged(one):
        return one.state
    if one.confidence < REJECTS_ITSELF and _is_contradicted(one):
        return HypothesisState.REJECTED
    kinds = {line.kind for line in one.supporting if line.resolves} - {EvidenceKind.ALERT}
    tested = any(each.outcome is not Outcome.UNTESTED for each in one.predictions)
    is_tested = tested or len(kinds) > 1
    return HypothesisState.TESTING if is_tested else HypothesisState.PROPOSED


def _is_contradicted(one: Hypothesis) -> bool:
    failed = any(each.outcome is Outcome.FAILED for each in one.predictions)
    against = any(line.weight <= _CONTRADICTED for line in one.contradicting if line.resolves)
    return failed or against


def _is_worth(one: Hypothesis, place: int) -> bool:
    return place < SHOWN and (one.confidence >= _LEAST or place < _ANYWAY)


def _numbered(
    hypotheses: tuple[Hypothesis, ...], earlier: Sequence[Hypothesis]
) -> tuple[Hypothesis, ...]:
    """New ones get the next numbers, in their order."""
    last = max((one.number for one in earlier), default=0)
    numbered = []
    for one in hypotheses:
        last += one.number == 0
        numbered.append(one if one.number else replace(one, number=last))
    return tuple(numbered)


def _dated(one: Hypothesis, earlier: Sequence[Hypothesis], *, at: datetime) -> Hypothesis:
    """When it was proposed, and when what speaks for it last changed."""
    before = next((known for known in earlier if known.number == one.number), None)
    if before is None or before.proposed_at is None:
        return replace(one, proposed_at=at, updated_at=at)
    changed = _support(one) != _support(before)
    updated = at if changed else before.updated_at
    return replace(one, proposed_at=before.proposed_at, updated_at=updated)


def _support(one: Hypothesis) -> frozenset[tuple[str, str, str]]:
    """What speaks for it: the lines, and where they rest."""
    return frozenset(
        (line.text.text, line.why.text, line.locus.label if line.locus else "")
        for line in one.supporting
        if line.resolves
    )
