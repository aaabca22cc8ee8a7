"""The first rows of a verdict: who suffers, the trigger, its lines and what to do, each once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.cases.investigation_state import Solution, SolutionState
from core.cases.model import EvidenceKind, HypothesisState, Trust
from core.conversation.cards.hypothesis_cards import hypotheses_card
from core.conversation.cards.verdict_rows import root_cause
from core.text.redacted import RedactedText
from tests.examples import BROKEN, FOUND, NOW, OCCURRENCES, POOL, REDACTOR, SLOW, card

if TYPE_CHECKING:
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card

pytestmark = pytest.mark.unit

HURTS = "Hurts: checkout: 18 % of requests fail since 02:41:07 UTC, 0.1 % before; also cart"
TRIGGER = "Trigger: 02:40:00 UTC, 1 min before it hurt: deployed 2f9c: pool.size 40 -> 10"


def words(card: Card) -> list[str]:
    return [row.text.text for row in card.rows]


def rejected() -> CaseView:
    """A person said that it is not the cause; no turn has followed yet."""
    leader = replace(POOL, state=HypothesisState.REJECTED, verdict_by="dana")
    return replace(FOUND, hypotheses=(leader, SLOW))


def fix_of(text: str) -> Solution:
    return Solution(
        number=1,
        hypothesis=FOUND.hypotheses[0].number,
        text=REDACTOR.clean(text),
        expects=RedactedText.EMPTY,
        state=SolutionState.PROPOSED,
        proposed_at=NOW,
    )


def test_a_root_cause_is_told_with_who_suffers_its_trigger_and_its_lines() -> None:
    shown = hypotheses_card(FOUND, files=(BROKEN,), redactor=REDACTOR)
    assert words(shown)[:3] == [
        "#128 Root cause 91 %: The connection pool of checkout is exhausted since deploy 2f9c",
        HURTS,
        TRIGGER,
    ]
    assert words(shown)[3].startswith("Shown by: timeout waiting for connection")
    assert shown.rows[2].citation == "api.log:8790"


def test_the_lines_of_the_screen_stand_on_it_once() -> None:
    shown = hypotheses_card(FOUND, redactor=REDACTOR)
    everything = "\n".join(row.text.text for row in (*shown.rows, *shown.fold))
    for line in POOL.supporting:
        assert everything.count(line.text.text) == 1


def test_the_card_of_the_case_has_them_too() -> None:
    assert words(card(FOUND, occurrences=OCCURRENCES))[1:4] == [
        "Root cause 91 %: The connection pool of checkout is exhausted since deploy 2f9c",
        HURTS,
        TRIGGER,
    ]


def test_what_a_person_rejects_is_no_root_cause_any_more_before_the_next_turn() -> None:
    view = rejected()
    assert root_cause(view) is None
    for shown in (hypotheses_card(view, redactor=REDACTOR), card(view)):
        everything = "\n".join(words(shown))
        assert "Root cause" not in everything
        assert "Trigger" not in everything
        assert HURTS in everything


def test_what_a_person_confirms_is_the_root_cause() -> None:
    confirmed = replace(SLOW, state=HypothesisState.VALIDATED, verdict_by="dana")
    view = replace(FOUND, hypotheses=(POOL, confirmed))
    assert root_cause(view) == confirmed
    everything = "\n".join(words(hypotheses_card(view, redactor=REDACTOR)))
    assert "Root cause, confirmed: Slow queries on orders hold the connections" in everything
    assert "Trigger" not in everything  # it is the other's


def test_a_little_trust_makes_no_root_cause() -> None:
    conclusion = FOUND.investigation.conclusion
    assert conclusion is not None
    doubtful = replace(conclusion, confidence=Trust.MEDIUM)
    view = replace(FOUND, investigation=replace(FOUND.investigation, conclusion=doubtful))
    shown = words(hypotheses_card(view, redactor=REDACTOR))
    assert shown[0] == "#128 No root cause yet · 2 hypotheses, 1 rejected"
    assert any(row.startswith("Would settle it: compare pool_in_use") for row in shown)
    assert not any(row.startswith("Trigger: 0") for row in shown)


def test_what_was_not_read_is_said_where_there_is_room() -> None:
    short = replace(FOUND, hypotheses=(replace(POOL, supporting=POOL.supporting[3:]),))
    shown = words(hypotheses_card(short, files=(BROKEN,), redactor=REDACTOR))
    why = "not JSON after byte 8,192, probably cut off while copying"
    assert f"Not read: e10 trace.json, {why}" in shown


def test_a_change_that_the_trigger_tells_is_named_in_the_head_by_its_place_alone() -> None:
    statement = REDACTOR.clean("the change at checkout: deployed 2f9c: pool.size 40 -> 10")
    broken = replace(FOUND.hypotheses[0], statement=statement)
    shown = words(hypotheses_card(replace(FOUND, hypotheses=(broken,)), redactor=REDACTOR))
    assert shown[0] == "#128 Root cause 91 %: the change at checkout"
    conclusion = FOUND.investigation.conclusion
    assert conclusion is not None
    investigation = replace(FOUND.investigation, conclusion=replace(conclusion, is_tied=False))
    alone = replace(FOUND, hypotheses=(broken,), investigation=investigation)
    assert statement.text in words(hypotheses_card(alone, redactor=REDACTOR))[0]


def test_that_somebody_was_at_work_shows_no_failure_but_from_what_to_what_does() -> None:
    at_work = replace(
        POOL.supporting[0], text=REDACTOR.clean("cp pool.ini pool.old"), kind=EvidenceKind.CHANGE
    )
    values = replace(at_work, text=REDACTOR.clean("timeout: 30 → 2 (before: pool.ini:3)"))
    for line, is_shown in ((at_work, False), (values, True)):
        view = replace(FOUND, hypotheses=(replace(FOUND.hypotheses[0], supporting=(line,)),))
        shown = words(hypotheses_card(view, redactor=REDACTOR))
        assert any(row.startswith("Shown by") for row in shown) is is_shown


def test_what_speaks_against_the_leader_goes_before_what_is_hardly_possible() -> None:
    conclusion = FOUND.investigation.conclusion
    assert conclusion is not None
    doubtful = replace(conclusion, confidence=Trust.LOW, trigger=None)
    leader = replace(POOL, supporting=POOL.supporting[:1])
    for share, is_rival in ((0.3, True), (0.01, False)):
        rival = replace(SLOW, confidence=share)
        view = replace(
            FOUND,
            hypotheses=(leader, rival),
            investigation=replace(FOUND.investigation, conclusion=doubtful),
        )
        shown = words(hypotheses_card(view, redactor=REDACTOR))
        assert ("for: no line yet, unsupported" in shown) is is_rival
        assert any(row.startswith("against: ") for row in shown) is not is_rival


def test_the_first_step_of_a_fix_is_whole_and_others_stand_where_there_is_room() -> None:
    first = "take back: rabbitmqctl set_vm_memory_high_watermark absolute 96MB on every node there"
    for text, step in (
        (f"{first}; else give it more memory", first),
        (
            "set pool back from 2 to 20; else give it room",
            "set pool back from 2 to 20; else give it room",
        ),
    ):
        solution = fix_of(text)
        investigation = replace(FOUND.investigation, solutions=(solution,))
        view = replace(FOUND, investigation=investigation)
        shown = words(hypotheses_card(view, redactor=REDACTOR, is_kept=False))
        assert f"Do now: {step}" in shown


def test_that_no_change_was_seen_is_said() -> None:
    conclusion = FOUND.investigation.conclusion
    assert conclusion is not None
    alone = replace(conclusion, trigger=None)
    view = replace(FOUND, investigation=replace(FOUND.investigation, conclusion=alone))
    assert "Trigger: no change seen before it" in words(hypotheses_card(view, redactor=REDACTOR))


def test_where_nobody_suffers_both_cards_begin_with_that() -> None:
    conclusion = FOUND.investigation.conclusion
    assert conclusion is not None
    text = RedactedText.format("No impact found: around the alert nobody fails")
    harmless = replace(
        conclusion,
        conclusion=text,
        confidence=Trust.LOW,
        impact=None,
        trigger=None,
        harmless=True,
    )
    view = replace(FOUND, investigation=replace(FOUND.investigation, conclusion=harmless))
    step = "Do now: nothing for users; see why it fires, or whether it should"
    fired = f"Fired: {view.case.title.text}"
    assert words(hypotheses_card(view, redactor=REDACTOR)) == [f"#128 {text.text}", fired, step]
    near = replace(harmless, impact=conclusion.impact, trigger=conclusion.trigger, is_tied=True)
    seen = replace(FOUND, investigation=replace(FOUND.investigation, conclusion=near))
    _, _, line, change, _ = words(hypotheses_card(seen, redactor=REDACTOR))
    assert line.startswith("Seen: ")
    assert change.startswith("Changed: 02:40:00 UTC")
    assert change.endswith("deployed 2f9c: pool.size 40 -> 10")
    assert text.text in words(card(view, occurrences=OCCURRENCES))
    looked = replace(POOL, state=HypothesisState.VALIDATED, verdict_by="dana")
    confirmed = replace(view, hypotheses=(looked, SLOW))
    assert "No impact" not in "\n".join(words(card(confirmed, occurrences=OCCURRENCES)))
