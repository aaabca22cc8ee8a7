"""What people say, and what comes of it: on the whole product, its store in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind, verify_chain
from core.cases.model import CaseState
from core.conversation.cards.answer_cards import SETTLED
from core.conversation.cards.card import Card, Mark
from core.errors import StoreUnavailable
from core.jobs.model import JobState
from tests.fakes.chat import HOME, House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

POOL_LOG = "\n".join(
    [
        *(f"2026-01-01 00:0{minute}:05,000 INFO web: GET /cart 200" for minute in range(5)),
        *(
            f"2026-01-01 00:05:{second:02},000 ERROR db: sqlalchemy.exc.TimeoutError: QueuePool"
            " limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"
            for second in range(20)
        ),
    ]
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


async def with_hypotheses(house: House) -> None:
    await house.say("open checkout is slow")
    await house.say(f"evidence {POOL_LOG}")
    await house.work()


def case_card(house: House) -> Card:
    (shown,) = house.chat.shown("case")
    return shown


async def test_a_case_is_opened_owned_and_shown(house: House) -> None:
    (card,) = await house.say("open checkout is slow")
    assert "Open #1 · checkout is slow" in words_of(card)
    await house.work()
    assert case_card(house).key == card.key
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        events = await unit.cases.events(case.id)
    assert (case.owner, case.state) == ("dana", CaseState.DIAGNOSING)
    assert verify_chain(events) == case.head


async def test_pasted_lines_become_hypotheses_with_their_lines(house: House) -> None:
    await with_hypotheses(house)
    (card,) = await house.say("hypotheses")
    reply = words_of(card)
    assert "1. " in reply
    assert "pool" in reply.lower()
    assert "[pasted.txt:6]" in reply
    assert "Would settle it: " in reply
    assert "Something else — " in reply
    assert "pasted.txt:6" in words_of(case_card(house))


async def test_the_same_lines_again_are_known(house: House) -> None:
    await with_hypotheses(house)
    (card,) = await house.say(f"evidence {POOL_LOG}")
    assert "already" in words_of(card)


async def test_a_question_is_answered_where_it_was_asked(house: House) -> None:
    await with_hypotheses(house)
    corner = replace(HOME, thread="corner")
    (looking,) = await house.say("#1 ask first error?", place=corner)
    assert looking.mark is Mark.PROGRESS
    await house.work()
    (answer,) = house.chat.shown("answer")
    assert (answer.key, answer.version) == (looking.key, SETTLED)
    assert "dana asked: first error?" in words_of(answer)
    assert "pasted.txt:6" in words_of(answer)
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        questions = await unit.questions.of_case(case.id)
        shown = await unit.conversation.shown(corner, answer.key)
    assert all(question.answered_at for question in questions)
    assert shown is not None


async def test_plain_words_are_a_question(house: House) -> None:
    await with_hypotheses(house)
    (card,) = await house.say("why 1?")
    assert card.mark is Mark.PROGRESS
    await house.work()
    assert len(house.chat.shown("answer")) == 1


async def test_a_wrong_verb_is_taken_for_the_nearest_and_says_so(house: House) -> None:
    await with_hypotheses(house)
    note, card = await house.say("hypotesis")
    assert "hypotesis → hypotheses? Showing those." in words_of(note)
    assert card.key.startswith("hypotheses:")


async def test_a_confirmed_cause_is_resolved_with_its_fix_and_reported(house: House) -> None:
    await with_hypotheses(house)
    await house.say("confirm 1 it was the pool")
    await house.work()
    assert "Root cause, confirmed: " in words_of(case_card(house))
    (card,) = await house.say("resolve pool set to 40", by="lee")
    assert "Cause: " in words_of(card)
    assert "Fix: pool set to 40" in words_of(card)
    assert (len(card.rows), card.mark) == (4, Mark.RESOLVED)
    assert "`undo` within 10 minutes" in card.rows[-1].text.text
    (report,) = await house.say("report")
    text = report.fold[0].text.text
    assert "confirmed by `dana`" in text
    assert "`pool set to 40`, said by `lee`" in text


async def test_a_rejected_cause_says_who_and_why(house: House) -> None:
    await with_hypotheses(house)
    (note,) = await house.say("reject 1 pool is at 2 of 15", by="lee")
    assert "rejected: 1" in words_of(note)
    await house.work()
    reply = words_of(*await house.say("hypotheses"))
    assert "rejected by lee" in reply
    assert "why: pool is at 2 of 15" in reply
    assert "No cause yet: 1 rejected" in words_of(case_card(house))


async def test_reopening_brings_the_case_back(house: House) -> None:
    await with_hypotheses(house)
    await house.say("resolve done")
    (card,) = await house.say("reopen")
    assert "Open #1" in words_of(card)
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        kinds = [event.kind for event in await unit.cases.events(case.id)]
    assert kinds[-1] is EventKind.REOPENED


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("confirm 7", "no hypothesis 7; there is 1"),
        ("#9 status", "no case #9"),
        ("evidence e9", "no evidence e9"),
        ("reopen", "is open"),
        ("confirm", "number is missing"),
        ("ask", "needs a question"),
    ],
)
async def test_what_cannot_be_done_says_what_is_safe_and_what_next(
    house: House, line: str, typed: str
) -> None:
    await with_hypotheses(house)
    (card,) = await house.say(line)
    assert card.mark is Mark.REFUSED
    failed, safe, step = (row.text.text for row in card.rows)
    assert typed in failed
    assert safe == "Nothing was changed."
    assert step.startswith("Next: ")


async def test_a_resolved_case_takes_no_verdict(house: House) -> None:
    await with_hypotheses(house)
    await house.say("resolve done")
    (card,) = await house.say("confirm 1")
    assert "resolved already" in words_of(card)


async def test_several_open_cases_make_a_picker(house: House) -> None:
    await house.say("open checkout is slow", place=replace(HOME, thread="a"))
    await house.say("open search is down", place=replace(HOME, thread="b"))
    (card,) = await house.say("confirm 1 pool", place=replace(HOME, channel="elsewhere"))
    assert "Which case? 2 are open." in words_of(card)
    assert [(action.verb, action.argument) for action in card.actions] == [
        ("confirm", "#2 1 pool"),
        ("confirm", "#1 1 pool"),
    ]
    (card,) = await house.say("status", place=replace(HOME, thread="b"))
    assert "search is down" in words_of(card)


async def test_without_a_case_it_says_how_to_get_one(house: House) -> None:
    (card,) = await house.say("status")
    assert "no case is open" in words_of(card)
    assert "open checkout is slow" in words_of(card)
    (helped,) = await house.say("help")
    assert helped.mark is Mark.ANSWER


async def test_nothing_to_show_says_what_would_fill_it(house: House) -> None:
    await house.say("open checkout is slow")
    assert "Drop a file here" in words_of(*await house.say("evidence"))
    assert "drop a log here" in words_of(*await house.say("hypotheses"))


async def test_secrets_that_people_type_are_neither_stored_nor_shown(house: House) -> None:
    secret = "hunter2-s3cr3t-value"  # noqa: S105 - made up
    await house.say(f"open login fails with password={secret}")
    await house.say(f"evidence db password={secret} rejected")
    await house.say(f"ask is password={secret} right?")
    await house.say(f"resolve set password={secret}")
    await house.say(f"frobnicate password={secret}")
    await house.work()
    shown = [*house.chat.messages.values(), *await house.say("#1 report")]
    assert secret not in words_of(*shown)
    assert "«secret-" in words_of(*shown)
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        texts = (await unit.cases.texts(case.id)).values()
        kept = await unit.questions.of_case(case.id)
    assert not any(secret in text.text for text in [*texts, *(question.text for question in kept)])


async def test_a_failing_store_is_a_card_and_nothing_is_half_done(tmp_path: Path) -> None:
    broken = [False]

    async def seam(point: str) -> None:
        if broken[0] and point == "commit":
            message = "the disk is full"
            raise StoreUnavailable(message)

    house = in_memory(tmp_path, seam=seam)
    await house.say("open checkout is slow")
    broken[0] = True
    (card,) = await house.say("resolve done")
    assert "the disk is full" in words_of(card)
    broken[0] = False
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
    assert case.state is CaseState.CONSULTING


async def test_everything_asked_for_is_done_once_it_settles(house: House) -> None:
    await with_hypotheses(house)
    await house.say("why 1?")
    await house.say("what next?")
    await house.work()
    async with house.services.reading() as unit:
        counts = await unit.jobs.counts()
    assert counts[JobState.PENDING] == counts[JobState.DEAD] == 0
    assert len(house.chat.shown("answer")) == 2
