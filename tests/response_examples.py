"""Each of the nine responses, the check that is asked for and what came of it, as cards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import (
    AskedCheck,
    InvestigationState,
    Solution,
    SolutionState,
    Usage,
)
from core.cases.model import (
    Check,
    Citation,
    EvidenceKind,
    Expectation,
    Prediction,
    PredictionOutcome,
    Trust,
    WorkingConclusion,
)
from core.conversation.cards.answer_cards import answer_card
from core.conversation.cards.check_cards import check_card, nothing_to_check, scored_card
from core.conversation.commands.queries import courtesy_card, recollection_card
from core.evidence.model import Locus
from core.investigation.answering.answers import CaseRecall
from core.investigation.answering.proposals import is_it, which
from core.investigation.answering.responses import (
    Answer,
    EscalationRequired,
    NeedsMoreData,
    PlanProposal,
    Problem,
    SolutionReady,
    StatusUpdate,
)
from core.investigation.memory.messages import CaseMessage
from core.investigation.verdict.asked_checks import read_output, told
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from datetime import datetime

    from core.cases.model import Question
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card
    from core.investigation.answering.responses import Response
    from core.redaction.engine import Redactor

_FULL, _ROOM = (
    RedactedText.format('"remaining connection slots"'),
    RedactedText.format("connections below the limit"),
)
_SLOW = RedactedText.format('"duration: > 1000 ms"')


def _expect(number: int, says: RedactedText, pattern: str, likely: float) -> Expectation:
    return Expectation(hypothesis=number, says=says, pattern=pattern, likely=likely)


SLOTS = Check(
    name="checkout/connection_pool_exhausted/confirm",
    ask=RedactedText.format("count the connections of checkout, and compare them with the limit"),
    command=RedactedText.format(
        "psql -c \"select count(*), current_setting('max_connections') from pg_stat_activity\""
    ),
    kind=EvidenceKind.CHECK,
    gain=0.41,
    expectations=(
        _expect(1, _FULL, "remaining connection slots", 0.85),
        _expect(2, _SLOW, "remaining connection slots", 0.1),
        _expect(0, _ROOM, "remaining connection slots", 0.1),
        _expect(2, _SLOW, r"duration: \d{4,}", 0.6),
    ),
)
QUERIES = Check(
    name="orders/slow_queries/confirm",
    ask=RedactedText.format("look for durations above 1,000 ms in the database log"),
    command=RedactedText.format(
        "grep -E 'duration: [0-9]{{4,}}' /var/log/postgresql/postgresql.log | tail"
    ),
    kind=EvidenceKind.CHECK,
    gain=0.2,
    expectations=(
        _expect(2, _SLOW, r"duration: \d{4,}", 0.85),
        _expect(0, RedactedText.format("none of that"), r"duration: \d{4,}", 0.1),
    ),
)
PODS = replace(
    QUERIES,
    name="orders/slow_queries/asked",
    ask=RedactedText.format("see whether a pod still at 2f9b answers without errors"),
    command=None,
)


def asked_view(view: CaseView, *, now: datetime) -> CaseView:
    """A check was asked for, and something is believed."""
    investigation = InvestigationState(
        checks=(AskedCheck(check=SLOTS, asked_at=now),),
        conclusion=WorkingConclusion(
            conclusion=RedactedText.format(
                "No root cause yet. Most likely: the pool of checkout, 72 %"
            ),
            confidence=Trust.MEDIUM,
            supporting=(),
            next_steps=(RedactedText.format("Bring the log of db, from 02:35 UTC"),),
            updated_at=now,
        ),
        spent=Usage(rounds=4, seconds=0.84),
    )
    return replace(view, investigation=investigation)


def fixable_view(view: CaseView, *, now: datetime) -> CaseView:
    """A fix is proposed, and nobody has said yet that it was done."""
    return replace(view, investigation=InvestigationState(solutions=(_fix(now),)))


def _fix(now: datetime) -> Solution:
    return Solution(
        number=1,
        hypothesis=1,
        text=RedactedText.format("set pool.size back to 40 and redeploy"),
        expects=RedactedText.format("pool_in_use below 30 and 5xx below 0.1 % within 5 min"),
        state=SolutionState.PROPOSED,
        proposed_at=now,
    )


def response_examples(
    view: CaseView, question: Question, *, now: datetime, redactor: Redactor
) -> dict[str, Card]:
    """By the name of its golden file."""
    case, pool, slow = view.case, *view.hypotheses[:2]

    def asked(words: RedactedText, response: Response) -> Card:
        worded = replace(question, text=words)
        return answer_card(case, worded, response, redactor=redactor, hypotheses=view.hypotheses)

    laid_open = replace(
        pool,
        supporting=(
            *pool.supporting,
            Citation(
                text=RedactedText.format("deployed 2f9c by kim"),
                locus=Locus(file="deploys.log", line_start=12, line_end=12),
                weight=1.1,
                why=RedactedText.format("somebody saw the deploy"),
                resolves=False,
            ),
        ),
        predictions=(
            Prediction(
                text=RedactedText.format("what calls checkout fails with it"),
                kind=EvidenceKind.LOG,
                outcome=PredictionOutcome.HELD,
                citations=(pool.supporting[2],),
            ),
            Prediction(
                text=RedactedText.format("every pod has its pool at the limit"),
                kind=EvidenceKind.METRIC,
                outcome=PredictionOutcome.FAILED,
                citations=(pool.contradicting[0],),
            ),
            Prediction(
                text=RedactedText.format("pool_in_use is at its limit since onset"),
                kind=EvidenceKind.METRIC,
            ),
        ),
    )
    output = redactor.clean("ok\nFATAL: remaining connection slots are reserved for superusers\n")
    return {
        "why": asked(
            RedactedText.format("why 1?"),
            Answer(
                text=RedactedText.format("1. {cause}, 72 %", cause=pool.statement),
                explained=laid_open,
            ),
        ),
        "plan": asked(
            RedactedText.format("what is the plan?"),
            PlanProposal(
                text=RedactedText.format("3 checks, the one that tells most first"),
                steps=(SLOTS, QUERIES, PODS),
            ),
        ),
        "clarification": asked(RedactedText.format("why checkout?"), which([pool, slow])),
        "confirmation": asked(RedactedText.format("was it the pool?"), is_it(pool)),
        "solution": asked(
            RedactedText.format("what next?"),
            SolutionReady(
                text=RedactedText.format("Cause 72 %: {cause}", cause=pool.statement),
                solution=_fix(now),
                hypothesis=pool,
                citations=pool.supporting[:2],
            ),
        ),
        "more-data": asked(
            RedactedText.format("what next?"),
            NeedsMoreData(
                text=RedactedText.format("To separate 1 from 2: {ask}", ask=SLOTS.ask),
                check=SLOTS,
                missing=(RedactedText.format("the log of db, from 02:35 UTC"),),
            ),
        ),
        "more-data-file": asked(
            RedactedText.format("what is missing?"),
            NeedsMoreData(text=RedactedText.format("Missing: the log of db, from 02:35 UTC.")),
        ),
        "escalation": asked(
            RedactedText.format("what next?"),
            EscalationRequired(
                text=RedactedText.format(
                    "Looked at new evidence 5 times, and nothing was decisive."
                    " Suggest whoever is on call for db."
                ),
                tried=(
                    RedactedText.format("{ask}: connections below the limit", ask=SLOTS.ask),
                    RedactedText.format("{ask}: none of that", ask=QUERIES.ask),
                ),
            ),
        ),
        "progress": asked(
            RedactedText.format("how far are you?"),
            StatusUpdate(
                text=RedactedText.format("Reading payments-worker.log; read 2 of 3 files"),
                lines=(
                    RedactedText.format("48 findings so far"),
                    RedactedText.format("Most likely: 1. {cause}, 72 %", cause=pool.statement),
                ),
            ),
        ),
        "problem": asked(
            RedactedText.format("what could not be read?"),
            Problem(
                text=RedactedText.format(
                    "Could not read trace.json (e10): not JSON after byte 8,192,"
                    " probably cut off while copying"
                ),
                safe=RedactedText.format("The case goes on without it; the file is kept."),
                step=RedactedText.format(
                    "Paste the lines that matter, or try again: evidence again e10"
                ),
            ),
        ),
        "check": check_card(case, [SLOTS, QUERIES, PODS], 1, hypotheses=view.hypotheses[:2]),
        "check-question": check_card(case, [PODS], 2, hypotheses=view.hypotheses[:2]),
        "check-none": nothing_to_check(case, None),
        "checked": scored_card(case, SLOTS, read_output(SLOTS, output, file="result-1.txt")),
        "checked-by-tap": scored_card(
            case, SLOTS, told(SLOTS, shown=False, by=RedactedText.format("@dana"))
        ),
        "recalled": recollection_card(
            case,
            CaseRecall(
                messages=(
                    CaseMessage(
                        seq=4,
                        at=now,
                        by="@dana",
                        text=RedactedText.format("the pool went from 40 to 10"),
                    ),
                    CaseMessage(
                        seq=6,
                        at=now,
                        by="system",
                        text=RedactedText.format("First error: 02:41:07 UTC."),
                    ),
                ),
                tried=(RedactedText.format("{ask}: connections below the limit", ask=SLOTS.ask),),
            ),
            now=now,
            redactor=redactor,
        ),
        "recalled-nothing": recollection_card(case, CaseRecall((), ()), now=now, redactor=redactor),
        "courtesy": courtesy_card(),
    }
