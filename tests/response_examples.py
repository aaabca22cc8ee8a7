"""Each of the nine responses, the check that is asked for and what came of it, as cards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.hypotheses import (
    Check,
    Citation,
    EvidenceKind,
    Expectation,
    Outcome,
    Prediction,
    Trust,
    WorkingConclusion,
)
from core.cases.investigation_state import AskedCheck, Course, Solution, SolutionState, Spent
from core.conversation.cards.answer_cards import answer_card
from core.conversation.cards.check_cards import check_card, nothing_to_check, scored_card
from core.conversation.commands.recall_queries import courtesy_card, recollection_card
from core.evidence.model import Locus
from core.investigation.answering.proposals import is_it, which
from core.investigation.answering.recollection import Recollection
from core.investigation.answering.responses import (
    EscalationRequired,
    NeedsMoreData,
    PlanProposal,
    Problem,
    SolutionReady,
    StatusUpdate,
)
from core.investigation.checks.outcomes import read_output, told
from core.investigation.memory.model import Said
from core.investigation.model import Answer
from core.text.redacted import Clean

if TYPE_CHECKING:
    from datetime import datetime

    from core.cases.events import CaseView
    from core.cases.questions import Question
    from core.conversation.cards.card import Card
    from core.investigation.answering.responses import Response
    from core.redaction.engine import Redactor

_FULL, _ROOM = Clean.say('"remaining connection slots"'), Clean.say("connections below the limit")
_SLOW = Clean.say('"duration: > 1000 ms"')


def _expect(number: int, says: Clean, pattern: str, likely: float) -> Expectation:
    return Expectation(hypothesis=number, says=says, pattern=pattern, likely=likely)


SLOTS = Check(
    name="checkout/connection_pool_exhausted/confirm",
    ask=Clean.say("count the connections of checkout, and compare them with the limit"),
    command=Clean.say(
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
    ask=Clean.say("look for durations above 1,000 ms in the database log"),
    command=Clean.say("grep -E 'duration: [0-9]{{4,}}' /var/log/postgresql/postgresql.log | tail"),
    kind=EvidenceKind.CHECK,
    gain=0.2,
    expectations=(
        _expect(2, _SLOW, r"duration: \d{4,}", 0.85),
        _expect(0, Clean.say("nothing of that"), r"duration: \d{4,}", 0.1),
    ),
)
PODS = replace(
    QUERIES,
    name="orders/slow_queries/asked",
    ask=Clean.say("see whether a pod still at 2f9b answers without errors"),
    command=None,
)


def asked_view(view: CaseView, *, now: datetime) -> CaseView:
    """A check was asked for, and something is believed."""
    course = Course(
        checks=(AskedCheck(check=SLOTS, asked_at=now),),
        conclusion=WorkingConclusion(
            conclusion=Clean.say("No root cause yet. Most likely: the pool of checkout, 72 %"),
            confidence=Trust.MEDIUM,
            supporting=(),
            next_steps=(Clean.say("Bring the log of db, from 02:35 UTC"),),
            updated_at=now,
        ),
        spent=Spent(rounds=4, seconds=0.84),
    )
    return replace(view, course=course)


def fixable_view(view: CaseView, *, now: datetime) -> CaseView:
    """A fix is proposed, and nobody has said yet that it was done."""
    return replace(view, course=Course(solutions=(_fix(now),)))


def _fix(now: datetime) -> Solution:
    return Solution(
        number=1,
        hypothesis=1,
        text=Clean.say("set pool.size back to 40 and redeploy"),
        expects=Clean.say("pool_in_use below 30 and 5xx below 0.1 % within 5 min"),
        state=SolutionState.PROPOSED,
        proposed_at=now,
    )


def response_examples(
    view: CaseView, question: Question, *, now: datetime, redactor: Redactor
) -> dict[str, Card]:
    """By the name of its golden file."""
    case, pool, slow = view.case, *view.hypotheses[:2]

    def asked(words: Clean, response: Response) -> Card:
        said = replace(question, text=words)
        return answer_card(case, said, response, redactor=redactor, hypotheses=view.hypotheses)

    laid_open = replace(
        pool,
        supporting=(
            *pool.supporting,
            Citation(
                text=Clean.say("deployed 2f9c by kim"),
                locus=Locus(file="deploys.log", line_start=12, line_end=12),
                weight=1.1,
                why=Clean.say("somebody saw the deploy"),
                resolves=False,
            ),
        ),
        predictions=(
            Prediction(
                text=Clean.say("what calls checkout fails with it"),
                kind=EvidenceKind.LOG,
                outcome=Outcome.HELD,
                citations=(pool.supporting[2],),
            ),
            Prediction(
                text=Clean.say("every pod has its pool at the limit"),
                kind=EvidenceKind.METRIC,
                outcome=Outcome.FAILED,
                citations=(pool.contradicting[0],),
            ),
            Prediction(
                text=Clean.say("pool_in_use is at its limit since onset"), kind=EvidenceKind.METRIC
            ),
        ),
    )
    output = redactor.clean("ok\nFATAL: remaining connection slots are reserved for superusers\n")
    return {
        "why": asked(
            Clean.say("why 1?"),
            Answer(text=Clean.say("1. {cause}, 72 %", cause=pool.statement), explained=laid_open),
        ),
        "plan": asked(
            Clean.say("what is the plan?"),
            PlanProposal(
                text=Clean.say("3 checks, the one that tells most first"),
                steps=(SLOTS, QUERIES, PODS),
            ),
        ),
        "clarification": asked(Clean.say("why checkout?"), which([pool, slow])),
        "confirmation": asked(Clean.say("was it the pool?"), is_it(pool)),
        "solution": asked(
            Clean.say("what next?"),
            SolutionReady(
                text=Clean.say("Cause 72 %: {cause}", cause=pool.statement),
                solution=_fix(now),
                hypothesis=pool,
                citations=pool.supporting[:2],
            ),
        ),
        "more-data": asked(
            Clean.say("what next?"),
            NeedsMoreData(
                text=Clean.say("To separate 1 from 2: {ask}", ask=SLOTS.ask),
                check=SLOTS,
                missing=(Clean.say("the log of db, from 02:35 UTC"),),
            ),
        ),
        "more-data-file": asked(
            Clean.say("what is missing?"),
            NeedsMoreData(text=Clean.say("Missing: the log of db, from 02:35 UTC.")),
        ),
        "escalation": asked(
            Clean.say("what next?"),
            EscalationRequired(
                text=Clean.say(
                    "5 looks at new evidence, and none was decisive."
                    " Suggest whoever is on call for db."
                ),
                tried=(
                    Clean.say("{ask}: connections below the limit", ask=SLOTS.ask),
                    Clean.say("{ask}: nothing of that", ask=QUERIES.ask),
                ),
            ),
        ),
        "progress": asked(
            Clean.say("how far are you?"),
            StatusUpdate(
                text=Clean.say("Reading payments-worker.log; read 2 of 3 files"),
                told=(
                    Clean.say("48 findings so far"),
                    Clean.say("Most likely: 1. {cause}, 72 %", cause=pool.statement),
                ),
            ),
        ),
        "problem": asked(
            Clean.say("what could not be read?"),
            Problem(
                text=Clean.say(
                    "Could not read trace.json (e10): not JSON after byte 8,192,"
                    " probably cut off while copying"
                ),
                safe=Clean.say("The case goes on without it; the file is kept."),
                step=Clean.say("Paste the lines that matter, or try again: evidence again e10"),
            ),
        ),
        "check": check_card(case, [SLOTS, QUERIES, PODS], 1, hypotheses=view.hypotheses[:2]),
        "check-question": check_card(case, [PODS], 2, hypotheses=view.hypotheses[:2]),
        "check-none": nothing_to_check(case, None),
        "checked": scored_card(case, SLOTS, read_output(SLOTS, output, file="result-1.txt")),
        "checked-by-tap": scored_card(case, SLOTS, told(SLOTS, shown=False, by=Clean.say("@dana"))),
        "recalled": recollection_card(
            case,
            Recollection(
                said=(
                    Said(seq=4, at=now, by="@dana", text=Clean.say("the pool went from 40 to 10")),
                    Said(seq=6, at=now, by="system", text=Clean.say("First error: 02:41:07 UTC.")),
                ),
                tried=(Clean.say("{ask}: connections below the limit", ask=SLOTS.ask),),
            ),
            now=now,
            redactor=redactor,
        ),
        "recalled-nothing": recollection_card(
            case, Recollection((), ()), now=now, redactor=redactor
        ),
        "courtesy": courtesy_card(),
    }
