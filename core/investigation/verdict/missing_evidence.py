"""The evidence that would help next, and the one question that is asked of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.model import DataType
from core.investigation.causes.evidence_index import EvidenceIndex
from core.investigation.causes.metric_features import ERRORS, signature_of
from core.investigation.causes.scored_cause import name_of
from core.investigation.decision import Verdict
from core.investigation.verdict.hypotheses import judged
from core.investigation.verdict.next_checks import question_of
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.cases.model import Check, Hypothesis
    from core.investigation.causes.scored_cause import ScoredCause
    from core.investigation.decision import Situation
    from core.text.redacted import RedactedText

say = sentences("investigation.missing_evidence")

_MOST = 4


def missing_evidence(
    situation: Situation, hypotheses: Sequence[Hypothesis], ranked: Sequence[ScoredCause]
) -> tuple[RedactedText, ...]:
    """The evidence that would help, the most useful first."""
    missing = list(_unread_peers(situation, ranked))
    best = next((hypothesis for hypothesis in hypotheses if hypothesis.is_alive), None)
    if best is not None:
        missing += _to_bring(best, ranked, situation)
    if best is None:
        missing += _first_things(situation)
    if not any(match.is_telling for match in EvidenceIndex(situation).changes):
        missing.append(say("wants_changes"))
    return tuple(dict.fromkeys(missing))[:_MOST]


def next_question(
    hypotheses: Sequence[Hypothesis],
    missing: Sequence[RedactedText],
    verdict: Verdict,
    checks: Sequence[Check] = (),
) -> RedactedText | None:
    """The one question to ask of people now; None if nothing is open. checks: best first."""
    open_ones = [hypothesis for hypothesis in hypotheses if hypothesis.is_alive]
    if verdict is Verdict.ROOT_CAUSE and judged(open_ones[0]):
        return None
    if checks:
        return question_of(checks[0], hypotheses, verdict)
    return say("bring", what=missing[0]) if missing else None


def _to_bring(
    best: Hypothesis, ranked: Sequence[ScoredCause], situation: Situation
) -> Iterator[RedactedText]:
    """The evidence that would tell more about the fault of the best hypothesis."""
    if best.cause.fault == ERRORS and _has_log_of(best.cause.service, situation):
        yield say("log_of_whom_it_calls")
        return
    candidates = (
        scored.candidate for scored in ranked if scored.candidate.cause.key == best.cause.key
    )
    signature = next(
        (candidate.signature for candidate in candidates), signature_of(best.cause.fault)
    )
    if signature is not None:
        yield signature.bring


def _has_log_of(service: str | None, situation: Situation) -> bool:
    return any(
        file.service == service and file.data_type is DataType.LOG for file in situation.files
    )


def _unread_peers(situation: Situation, ranked: Sequence[ScoredCause]) -> list[RedactedText]:
    """The logs of services that callers complain about and that nobody has brought."""
    brought = {file.service for file in situation.files}
    unread = []
    for scored in ranked[:2]:
        candidate = scored.candidate
        service, told_by_callers = candidate.cause.service, not candidate.told_by_itself
        if not candidate.signature.symptom or scored.explained_by is not None:
            continue
        if told_by_callers and service not in brought:
            unread.append(say("log_of", name=name_of(service)))
        elif not told_by_callers:
            unread.append(say("log_of_callee", name=name_of(service)))
    return unread


def _first_things(situation: Situation) -> list[RedactedText]:
    """The evidence to bring while there is no hypothesis."""
    services = list(
        dict.fromkeys(
            occurrence.service for occurrence in situation.occurrences if occurrence.service
        )
    )
    if not situation.files and services:
        return [say("log_before_alert", name=name_of(services[0]))]
    if not situation.files:
        return [say("log_of_failing")]
    return [
        say("log_of_callees"),
        say("log_before_error"),
    ]
