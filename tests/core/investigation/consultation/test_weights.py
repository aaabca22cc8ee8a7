"""A model and the engine on one change: two parties of it, a later one, and another's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.model import Citation, EvidenceKind
from core.evidence.model import FileState, Locus
from core.investigation.budget import Budget
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.consultation.weights import without_quarrel
from core.investigation.decision import Decision, Situation, Verdict
from core.investigation.isolation import Isolation
from core.investigation.reasoner import decide, look
from core.investigation.verdict.told_changes import tell_of_one_change
from core.text.redacted import redacted
from core.workflows.turn_recorder import unrecorded
from tests.core.investigation.causes.test_broken_by_change import changes, situation
from tests.core.investigation.consultation.cases import reasoner
from tests.core.investigation.sample_situations import LogLines, a_log
from tests.fakes.models.in_process import ScriptedModel, a_cause, opines

pytestmark = pytest.mark.unit

RELEASED = (597.0, "tokens 2.0 -> 2.1 deployed to prod")
EARLIER = (500.0, "books 7.1 -> 7.2 deployed to prod")
FAILS = LogLines(text="tokens answered 500 (path=/token)", at=600, count=90)
ALSO = LogLines(text="ERROR page 7 of the book is torn", at=601, count=40)
BREAKS = LogLines(text="ERROR token format v2 is not known", at=600, count=90)


def a_release(*earlier: tuple[float, str]) -> Situation:
    """The tokens fail since they were released; read, with a turn that may ask a model."""
    logs = (a_log("shop", FAILS), a_log("tokens", BREAKS), a_log("books", ALSO))
    known = situation(changes(*earlier, RELEASED), *logs)
    files = tuple(replace(file, state=FileState.PROCESSED) for file in known.files)
    budget = Budget(rounds=6)
    budget.take_round()
    return replace(known, files=files, budget=budget)


async def with_model(known: Situation, accused: str, *cited: str, trigger: str) -> Decision:
    cause = a_cause(accused, "bad release", *cited, probability=0.95, trigger=trigger)
    model = ScriptedModel([opines(cause, verdict="root_cause")])
    return await reasoner(model).decide(known, unrecorded())


async def settled_for_books(known: Situation, *cited: str) -> Decision:
    """What stands where the model blames the books for their release, and the engine others."""
    opinion = (await with_model(known, "books", *cited, trigger="changes.log:1")).opinion
    alone, looked = decide(known), look(known, Isolation())
    assert opinion is not None
    assert looked is not None
    leader = alone.hypotheses[0]
    books = replace(leader, cause=replace(leader.cause, service="books"), contradicting=())
    return without_quarrel(alone, replace(alone, hypotheses=(books,)), opinion, looked)


def test_the_engine_blames_who_was_released() -> None:
    decision = decide(a_release(EARLIER))
    leader = decision.hypotheses[0].cause
    assert (leader.service, leader.fault) == ("tokens", BROKEN_BY_CHANGE)
    assert decision.verdict is Verdict.ROOT_CAUSE


async def test_another_party_of_the_same_change_is_the_same_cause() -> None:
    """The model blames the vault, of which no file tells, for the very release."""
    lines = ("changes.log:1", "tokens.log:698", "shop.log:698")
    decision = await with_model(a_release(), "vault", *lines, trigger="changes.log:1")
    leader, *others = decision.hypotheses
    assert (leader.cause.service, leader.cause.fault) == ("vault", BROKEN_BY_CHANGE)
    assert all(other.cause.service != "tokens" or not other.is_alive for other in others)


async def test_that_both_were_changed_is_no_agreement() -> None:
    """The model blames an earlier release of somebody else."""
    known, lines = a_release(EARLIER), ("changes.log:1", "tokens.log:698", "shop.log:698")
    settled = await settled_for_books(known, *lines)
    assert settled.verdict is Verdict.NO_ROOT_CAUSE_YET
    assert "the model's cause from the engine's" in settled.missing[0].text


@pytest.mark.parametrize(("calls", "is_settled"), [((), False), ((("tokens", "books"),), True)])
async def test_who_was_changed_and_is_called_by_the_engines_cause_outranks_it(
    calls: tuple[tuple[str, str], ...],
    is_settled: bool,  # noqa: FBT001
) -> None:
    known = a_release(EARLIER)
    known = replace(known, calls=(*known.calls, *calls))
    lines = ("changes.log:1", "books.log:699", "shop.log:698")
    settled = await settled_for_books(known, *lines)
    assert (settled.verdict is Verdict.ROOT_CAUSE) is is_settled


def a_line(file: str, first: int, last: int, at: float) -> Citation:
    moment = a_release().at + timedelta(seconds=at)
    locus = Locus(file=file, line_start=first, line_end=last, first=moment, last=moment)
    text = redacted("changed")
    return Citation(text=text, locus=locus, weight=0, why=text, kind=EvidenceKind.CHANGE)


@pytest.mark.parametrize(
    ("later", "is_one"),
    [
        (a_line("deploys.log", 4, 7, 90), True),  # the same line
        (a_line("audit.log", 80, 80, 8), True),  # the same moment
        (a_line("deploys.log", 9, 9, 25), True),  # the next host
        (a_line("audit.log", 80, 80, 25), False),
        (a_line("deploys.log", 9, 9, 50), False),  # the next release
        (a_line("deploys.log", 2, 2, -25), False),
    ],
)
def test_what_tells_of_one_change(later: Citation, is_one: bool) -> None:  # noqa: FBT001
    change = a_line("deploys.log", 5, 5, 0)
    assert tell_of_one_change(change, later, a_release()) is is_one
