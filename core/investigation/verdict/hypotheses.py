"""Turns causes into hypotheses that share one posterior with *something else*.

A hypothesis is proposed; it is being tested once a prediction of it was tested or a second kind of
evidence supports it. A person who looked validates it: evidence alone, however strong, only makes
it a root cause (`sufficiency`). A person rejects it, or it is rejected automatically if something
contradicts it and hardly any of the posterior is left; it returns with new evidence for it. It is
moved by weighted evidence, by what people say of it, and by its age.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import TurnPart
from core.cases.model import (
    Citation,
    EvidenceKind,
    Hypothesis,
    HypothesisState,
    Prediction,
    PredictionOutcome,
)
from core.investigation.causes.code_errors import tells_code_error
from core.investigation.causes.evidence_index import BY_MODEL
from core.investigation.causes.metric_features import FAULTS, SHOWN_ONLY
from core.investigation.causes.scored_cause import PRIOR, ScoredCause, statement
from core.investigation.decision import Situation
from core.investigation.isolation import UNSPARED, Isolation
from core.investigation.verdict.asked_checks import check_citations, check_predictions
from core.investigation.verdict.citations import (
    BY_ITSELF,
    CitableEvidence,
    kinds_for,
    witnesses,
)
from core.text.sentences import sentences

if TYPE_CHECKING:
    from datetime import datetime

    from core.cases.model import Cause
    from core.text.redacted import RedactedText

say = sentences("investigation.hypotheses")

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
# Share of the causes that are known: by how many tell of one, and where the service only fails or
# is slow, with a log that no signature explains. Counted in benchmarks/track_record.py.
WITNESSED, ALONE, UNEXPLAINED = 0.95, 0.7, 0.35
MANY = 3  # witnesses, each of another kind: they agree by themselves
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
    scaled = [score / TEMPERATURE for score in (*scores, something_else)]
    top = max(scaled)
    weights = [math.exp(score - top) for score in scaled]
    total = math.fsum(weights)
    *shares, rest = (weight / total for weight in weights)
    return tuple(shares), rest


def form_hypotheses(
    ranked: Sequence[ScoredCause],
    situation: Situation,
    predictions: Mapping[str, tuple[Prediction, ...]] | None = None,
    isolation: Isolation = UNSPARED,
    *,
    vouched: str | None = None,
) -> tuple[tuple[Hypothesis, ...], float]:
    """The hypotheses, best first, and the share of something else. Numbers, verdicts stay.

    predictions: by the key of the cause. vouched: the service for whose fault a model vouches. A
    hypothesis that cannot be formed is left out, and the others share the posterior.
    """
    earlier = situation.hypotheses
    forming = _HypothesisBuilder(situation, predictions or {})
    hypotheses = isolation.each(
        TurnPart.HYPOTHESIS, _deduplicate(ranked), forming.hypothesis, named=forming.name
    )
    formed = {identity(hypothesis.cause) for hypothesis in hypotheses}
    hypotheses += [
        hypothesis
        for hypothesis in earlier
        if judged(hypothesis) and identity(hypothesis.cause) not in formed
    ]
    evidence = CitableEvidence(situation)
    hypotheses = isolation.each(TurnPart.HYPOTHESIS, hypotheses, evidence.resolved, named=title)
    scores = [forming.score(hypothesis) for hypothesis in hypotheses]
    kept = _worth_keeping(hypotheses, scores)
    known = _foreseen(hypotheses, scores, vouched, _partners(situation))
    placed = tuple(
        replace(
            hypothesis,
            rank=rank,
            state=_state(hypothesis),
            confidence=hypothesis.confidence * known,
        )
        for rank, hypothesis in enumerate(kept, 1)
    )
    named = _number_new(placed, earlier)
    dated = tuple(_date(hypothesis, earlier, at=situation.at) for hypothesis in named)
    return dated, 1.0 - math.fsum(hypothesis.confidence for hypothesis in dated)


def _worth_keeping(hypotheses: Sequence[Hypothesis], scores: Sequence[float]) -> list[Hypothesis]:
    """Those that are listed, each with its share of what is known, best first."""
    shares, _ = posterior(scores, _doubt(hypotheses, scores))
    rated = [
        replace(hypothesis, confidence=share)
        for hypothesis, share in zip(hypotheses, shares, strict=True)
    ]
    best = sorted(rated, key=lambda hypothesis: -hypothesis.confidence)
    return [
        hypothesis
        for place, hypothesis in enumerate(best)
        if hypothesis.number or _is_worth(hypothesis, place)
    ]


def title(hypothesis: Hypothesis) -> RedactedText:
    """A short name: `hypothesis 2`, or its statement if it has no number yet."""
    if not hypothesis.number:
        return hypothesis.statement.line()
    return say("numbered", n=hypothesis.number)


def judged(hypothesis: Hypothesis) -> bool:
    """Whether a person has confirmed or rejected it."""
    return hypothesis.verdict_by is not None


def is_confirmed(hypothesis: Hypothesis) -> bool:
    """By a person who looked."""
    return judged(hypothesis) and hypothesis.state is HypothesisState.VALIDATED


def lines_of(hypothesis: Hypothesis) -> tuple[Citation, ...]:
    """All lines, for and against."""
    return (*hypothesis.supporting, *hypothesis.contradicting)


def identity(cause: Cause) -> str:
    """A key for one fault at one service, however they are spelt, so none is listed twice."""
    service = _POD.sub("", (cause.service or "?").casefold())
    return "/".join(_BETWEEN_WORDS.sub("-", part.casefold()) for part in (service, cause.fault))


@dataclass(frozen=True)
class _HypothesisBuilder:
    """Forms hypotheses from the candidates of one situation."""

    situation: Situation
    predictions: Mapping[str, tuple[Prediction, ...]]
    known: dict[str, Hypothesis] = field(init=False)

    def __post_init__(self) -> None:
        by_identity = {
            identity(hypothesis.cause): hypothesis for hypothesis in self.situation.hypotheses
        }
        object.__setattr__(self, "known", by_identity)

    def name(self, scored: ScoredCause) -> RedactedText:
        """The title people know; for a new candidate its statement."""
        before = self.known.get(identity(scored.candidate.cause))
        return title(before) if before else statement(scored.candidate)

    def hypothesis(self, scored: ScoredCause) -> Hypothesis:
        candidate = scored.candidate
        before = self.known.get(identity(candidate.cause))
        number = before.number if before else 0
        lines = sorted(self._lines(scored, number), key=lambda line: -abs(line.weight))
        predicted = check_predictions(self.situation.investigation, number) if number else ()
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
            predictions=(*self.predictions.get(candidate.cause.key, ()), *predicted),
        )
        if before is None or not judged(before):
            return fresh
        return replace(fresh, verdict_by=before.verdict_by, verdict_why=before.verdict_why)

    def score(self, hypothesis: Hypothesis) -> float:
        """The score in nats: lines that resolve, a person's verdict, and its age."""
        lines = math.fsum(line.weight for line in lines_of(hypothesis) if line.resolves)
        verdict = _VERDICTS.get(hypothesis.state, 0.0) if judged(hypothesis) else 0.0
        return PRIOR + lines + verdict - self._age(hypothesis)

    def _lines(self, scored: ScoredCause, number: int) -> list[Citation]:
        """The lines of the ranking and the outcomes of checks, each once."""
        cited = {(line.text, line.why) for line in scored.citations}
        checks = check_citations(self.situation.investigation, number) if number else ()
        fresh = (line for line in checks if (line.text, line.why) not in cited)
        return [*scored.citations, *fresh]

    def _age(self, hypothesis: Hypothesis) -> float:
        """The penalty, in nats, for later files that add nothing to its support."""
        before = self.known.get(identity(hypothesis.cause))
        if before is None or before.updated_at is None or judged(hypothesis):
            return 0.0
        if _support(hypothesis) != _support(before):
            return 0.0
        since = sum(file.received_at > before.updated_at for file in self.situation.files)
        return min(AGED, AGEING * max(0, since - PATIENCE))


_VERDICTS: Mapping[HypothesisState, float] = {
    HypothesisState.VALIDATED: CONFIRMED,
    HypothesisState.REJECTED: REFUSED,
}


def _leader(hypotheses: Sequence[Hypothesis], scores: Sequence[float]) -> Hypothesis | None:
    """The hypothesis of the highest score."""
    pairs = zip(scores, hypotheses, strict=True)
    return max(pairs, key=lambda pair: pair[0], default=(0.0, None))[1]


def _foreseen(
    hypotheses: Sequence[Hypothesis],
    scores: Sequence[float],
    vouched: str | None,
    partners: frozenset[str] = frozenset(),
) -> float:
    """The share of all causes that are among these; nobody thought of the rest.

    Of incidents that were never met, that is a few where several witnesses agree, a model that
    vouches for the leader among them, and many where one speaks alone, however loudly. Most are
    missing where a log complains of what nothing known explains: whoever fails of another complains
    as loudly. Of partners no log could say why, however long one looks.
    """
    leader = _leader(hypotheses, scores)
    if leader is None or judged(leader):
        return 1.0
    if vouched is not None and leader.cause.service == vouched:
        return WITNESSED
    if _is_unexplained(leader) and leader.cause.service not in partners:
        return UNEXPLAINED
    held = any(each.outcome is PredictionOutcome.HELD for each in leader.predictions)
    agreed = witnesses(leader)
    return WITNESSED if agreed >= MANY or (held and agreed > 1) else ALONE


def _partners(situation: Situation) -> frozenset[str]:
    """Who is called, and brought neither a log nor a figure."""
    known = {file.service for file in situation.files}
    known |= {each.service for findings in situation.findings.values() for each in findings}
    return frozenset(callee for _, callee in situation.graph.calls if callee not in known)


def _is_unexplained(hypothesis: Hypothesis) -> bool:
    """Whether it says that a service fails or is slow by itself, and its log only complains."""
    is_shown = hypothesis.cause.fault in SHOWN_ONLY and EvidenceKind.LOG in kinds_for(hypothesis)
    return is_shown and not any(
        tells_code_error(line.text.text) for line in hypothesis.supporting if line.weight > 0
    )


def _doubt(hypotheses: Sequence[Hypothesis], scores: Sequence[float]) -> float:
    """The score of something else, depending on the support of the leader."""
    leader = _leader(hypotheses, scores)
    if leader is None or judged(leader) or leader.cause.fault not in FAULTS:
        return 0.0
    held = sum(prediction.outcome is PredictionOutcome.HELD for prediction in leader.predictions)
    agreed = len(BY_ITSELF.intersection(kinds_for(leader))) - 1
    return max(0.0, DOUBT - RELIEF * min(held, RELIEVED) - AGREED * max(0, agreed))


def _deduplicate(ranked: Sequence[ScoredCause]) -> list[ScoredCause]:
    """The best of the causes that have the same identity."""
    best: dict[str, ScoredCause] = {}
    for scored in ranked:
        before = best.get(identity(scored.candidate.cause))
        if before is None or scored.score > before.score:
            best[identity(scored.candidate.cause)] = scored
    return list(best.values())


def _state(hypothesis: Hypothesis) -> HypothesisState:
    """A person's verdict, or how far the evidence has taken it."""
    if judged(hypothesis):
        return hypothesis.state
    if hypothesis.confidence < REJECTS_ITSELF and _is_contradicted(hypothesis):
        return HypothesisState.REJECTED
    kinds = {line.kind for line in hypothesis.supporting if line.resolves} - {EvidenceKind.ALERT}
    tested = any(
        prediction.outcome is not PredictionOutcome.UNTESTED
        for prediction in hypothesis.predictions
    )
    is_tested = tested or len(kinds) > 1
    return HypothesisState.TESTING if is_tested else HypothesisState.PROPOSED


def _is_contradicted(hypothesis: Hypothesis) -> bool:
    failed = any(
        prediction.outcome is PredictionOutcome.FAILED for prediction in hypothesis.predictions
    )
    against = any(
        line.weight <= _CONTRADICTED for line in hypothesis.contradicting if line.resolves
    )
    return failed or against


def _is_worth(hypothesis: Hypothesis, place: int) -> bool:
    """Whether it is listed: what a model alone proposes is, so that people see where it differs."""
    is_likely = hypothesis.confidence >= _LEAST or hypothesis.cause.signal == BY_MODEL
    return place < SHOWN and (is_likely or place < _ANYWAY)


def _number_new(
    hypotheses: tuple[Hypothesis, ...], earlier: Sequence[Hypothesis]
) -> tuple[Hypothesis, ...]:
    """Gives new hypotheses the next numbers, in their order."""
    last = max((hypothesis.number for hypothesis in earlier), default=0)
    numbered = []
    for hypothesis in hypotheses:
        last += hypothesis.number == 0
        numbered.append(hypothesis if hypothesis.number else replace(hypothesis, number=last))
    return tuple(numbered)


def _date(hypothesis: Hypothesis, earlier: Sequence[Hypothesis], *, at: datetime) -> Hypothesis:
    """Sets when it was proposed, and when its support last changed."""
    before = next(
        (candidate for candidate in earlier if candidate.number == hypothesis.number), None
    )
    if before is None or before.proposed_at is None:
        return replace(hypothesis, proposed_at=at, updated_at=at)
    changed = _support(hypothesis) != _support(before)
    updated = at if changed else before.updated_at
    return replace(hypothesis, proposed_at=before.proposed_at, updated_at=updated)


def _support(hypothesis: Hypothesis) -> frozenset[tuple[str, str, str]]:
    """The supporting lines and their places."""
    return frozenset(
        (line.text.text, line.why.text, line.locus.label if line.locus else "")
        for line in hypothesis.supporting
        if line.resolves
    )


def leading_cause(hypotheses: Sequence[Hypothesis]) -> Cause | None:
    """Of the hypothesis that a person confirmed, else of the first that nothing rejected."""
    alive = sorted(
        (hypothesis for hypothesis in hypotheses if hypothesis.is_alive),
        key=lambda hypothesis: (not is_confirmed(hypothesis), hypothesis.rank),
    )
    return alive[0].cause if alive else None
