"""The whole of a case in chat: `why`, `timeline`, `handoff`, and in plain words to who is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.conversation.cards.card import CASE_LINES, Card, Mark
from core.conversation.cards.story_cards import SHOWN, telling
from core.evidence.timeline import EntryKind
from tests.examples import NOW, REDACTOR
from tests.fakes.chat import House, in_memory, words_of
from tests.story_examples import timeline

if TYPE_CHECKING:
    from pathlib import Path

POOL_LOG = "\n".join(
    [
        *(f"2026-01-01 00:0{minute}:05,000 INFO web: GET /cart 200" for minute in range(5)),
        "2026-01-01 00:04:30,000 INFO web: deployed version 2.4.1",
        *(
            f"2026-01-01 00:05:{second:02},000 ERROR db: sqlalchemy.exc.TimeoutError: QueuePool"
            " limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"
            for second in range(20)
        ),
    ]
)


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    return house


async def with_hypotheses(house: House) -> None:
    await house.say(f"evidence {POOL_LOG}")
    await house.work()


async def told(house: House, line: str) -> Card:
    """The one card that answers at once, with nothing left to be done."""
    (card,) = await house.say(line)
    assert card.mark is Mark.ANSWER
    return card


async def test_why_is_answered_at_once_with_every_line(house: House) -> None:
    await with_hypotheses(house)
    card = await told(house, "why 1")
    assert card.rows[0].text.text.startswith("#1 1. ")
    assert any(row.citation for row in card.rows)
    assert [(action.verb, action.argument) for action in card.actions] == [("run", "1")]
    assert words_of(await told(house, "why")) == words_of(card)


async def test_why_of_a_number_that_is_none_says_which_there_are(house: House) -> None:
    (card,) = await house.say("why 1")
    assert "has no hypotheses yet" in words_of(card)
    await with_hypotheses(house)
    (card,) = await house.say("why 9")
    assert "has no hypothesis 9; there is 1" in words_of(card)


async def test_why_with_more_words_is_a_question(house: House) -> None:
    await with_hypotheses(house)
    (card,) = await house.say("why is it slow")
    assert card.mark is Mark.PROGRESS


async def test_a_timeline_merges_files_and_people(house: House) -> None:
    await with_hypotheses(house)
    reply = words_of(await told(house, "timeline"))
    assert "Onset" in reply
    assert "deployed version 2.4.1" in reply
    assert "dana opened the case" in reply


async def test_a_timeline_has_its_time(house: House) -> None:
    await with_hypotheses(house)
    late = words_of(await told(house, "timeline since 00:05"))
    assert "deployed version" not in late, "of the day that the files tell of"
    assert "First error" in late
    assert "deployed version" in words_of(await told(house, "timeline last 10 minutes"))
    (card,) = await house.say("timeline of my life")
    assert "what follows is no time" in words_of(card)


async def test_a_timeline_without_anything_asks_for_a_log(tmp_path: Path) -> None:
    house = in_memory(tmp_path)
    (card,) = await house.say("timeline")
    assert "no case is open" in words_of(card)


def test_a_long_timeline_shows_the_newest_of_machines_and_people() -> None:
    entries = timeline(now=NOW, redactor=REDACTOR).entries
    shown = telling(entries)
    assert len(shown) == SHOWN
    assert list(shown) == sorted(shown, key=lambda entry: entry.at)
    assert {EntryKind.CHANGE, EntryKind.ERROR, EntryKind.ALERT, EntryKind.PERSON} <= {
        entry.sort for entry in shown
    }
    assert not {EntryKind.NEW, EntryKind.METRIC} & {entry.sort for entry in shown}


async def test_a_hand_off_has_open_questions_then_promises_then_the_state(house: House) -> None:
    await with_hypotheses(house)
    card = await told(house, "handoff")
    strong = [row.text.text.split(" (")[0] for row in card.rows if row.strong]
    assert strong[0].startswith("#1 hand-off")
    assert strong[1] == "Open questions"
    assert strong[2].startswith("Promised")
    assert strong[3] == "State"
    assert "Is it 1?" in words_of(card)


@pytest.mark.parametrize(
    "words",
    [
        "catch me up",
        "cath me up",
        "can you fill me in",
        "recap pls",
        "bring me up to speed",
        "tldr",
        "what did i miss?",
        "sumarize this",
    ],
)
async def test_who_is_late_is_told_in_five_lines(house: House, words: str) -> None:
    await with_hypotheses(house)
    card = await told(house, words)
    assert len(card.rows) == CASE_LINES - 1
    reply = words_of(card)
    assert "checkout is slow" in reply
    for part in ("Believed: 1. ", "Tried: nothing yet", "Asked of you: "):
        assert part in reply


@pytest.mark.parametrize("words", ["hand off", "hand over please", "notes for the next shift"])
async def test_a_hand_off_in_plain_words(house: House, words: str) -> None:
    assert "#1 hand-off" in words_of(await told(house, words))


async def test_who_owns_it(house: House) -> None:
    assert "#1 is owned by dana" in words_of(await told(house, "whos looking at this?"))
