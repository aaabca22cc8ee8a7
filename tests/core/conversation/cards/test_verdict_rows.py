"""The first rows of a verdict: who suffers, the trigger, its lines and what to do, each once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.cases.model import HypothesisState, Trust
from core.conversation.cards.hypothesis_cards import hypotheses_card
from core.conversation.cards.verdict_rows import root_cause
from core.text.redacted import RedactedText
from tests.examples import BROKEN, FOUND, OCCURRENCES, POOL, REDACTOR, SLOW, card

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
    assert words(hypotheses_card(view, redactor=REDACTOR)) == [f"#128 {text.text}"]
    contained = replace(harmless, impact=conclusion.impact)
    seen = replace(FOUND, investigation=replace(FOUND.investigation, conclusion=contained))
    assert words(hypotheses_card(seen, redactor=REDACTOR))[1].startswith("Seen: ")
    assert text.text in words(card(view, occurrences=OCCURRENCES))
    looked = replace(POOL, state=HypothesisState.VALIDATED, verdict_by="dana")
    confirmed = replace(view, hypotheses=(looked, SLOW))
    assert "No impact" not in "\n".join(words(card(confirmed, occurrences=OCCURRENCES)))
