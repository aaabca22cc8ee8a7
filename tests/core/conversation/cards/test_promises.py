"""What people said they would do, and what we wait for by ourselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases.investigation_state import InvestigationState, SolutionState
from core.conversation.cards.story_cards import expected, is_promise, promised
from core.investigation.memory.messages import CaseMessage
from core.text.redacted import redacted
from tests.examples import CONFIRMED, NOW, QUIET, RESOLVE_AFTER
from tests.response_examples import fixable_view


@pytest.mark.parametrize(
    "text",
    [
        "I'll roll back api-2 at 03:05",
        "I\u2019ll look at the replica",
        "ok, will check again in ten",
        "ill restart it",
        "let me look at the dashboard",
        "on it",
        "we're going to drain eu-1",
        "I am going to page the dba",
        "gonna restart db-2",
        "leave it to me",
    ],
)
def test_a_promise(text: str) -> None:
    assert is_promise(text)


@pytest.mark.parametrize(
    "text",
    [
        "will it restart?",
        "it will restart by itself",
        "I'll need more coffee",
        "that will be all",
        "I will not touch it",
        "the pod restarted",
        "shall I roll back?",
        "",
    ],
)
def test_no_promise(text: str) -> None:
    assert not is_promise(text)


def test_what_we_say_is_no_promise_of_people() -> None:
    ours = CaseMessage(seq=1, at=NOW, by="system", text=redacted("I'll check at 03:05"))
    kims = replace(ours, seq=2, by="kim")
    assert [promise.by for promise in promised([ours, kims])] == ["kim"]


def test_a_fix_that_was_done_is_waited_for() -> None:
    view = fixable_view(CONFIRMED, now=NOW)
    (fix,) = view.investigation.solutions
    assert not list(expected(view, resolve_after=RESOLVE_AFTER))
    done = replace(fix, state=SolutionState.CONFIRMED, confirmed_at=NOW, confirmed_by="dana")
    view = replace(view, investigation=InvestigationState(solutions=(done,)))
    (promise,) = expected(view, resolve_after=RESOLVE_AFTER)
    assert (promise.by, promise.at) == (None, NOW)
    assert "whether fix 1 helped" in promise.text.text


def test_quiet_is_waited_for_until_it_is_due() -> None:
    (promise,) = expected(QUIET, resolve_after=RESOLVE_AFTER)
    due = NOW - timedelta(minutes=5) + RESOLVE_AFTER
    assert f"{due:%H:%M} UTC" in promise.text.text


@given(st.text(max_size=500))
def test_any_text_is_read(text: str) -> None:
    assert is_promise(text) in (True, False)
