"""`helped`: whom it counts for, that the last word counts, and what it is asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind
from core.cases.feedback import SuggestionKind
from core.cases.ports import gather
from core.conversation.reports.timeline import whole_timeline
from tests.core.workflows.test_case_memories import FIX, a_case, resolved
from tests.core.workflows.test_knowledge_search import RUNBOOK, bring, fires, with_alert
from tests.fakes.chat import House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.cases.feedback import Feedback
    from core.conversation.cards.card import Card


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


async def press(house: House, card: Card, label: str, number: int = 1) -> Card:
    """The button of that label, as a platform sends it."""
    (action,) = (each for each in card.actions if each.label.text == label)
    (reply,) = await house.say(f"{action.verb} #{number} {action.argument}")
    return reply


async def spoken(house: House, number: int = 1) -> list[Feedback]:
    async with house.services.reading() as unit:
        return await unit.feedback.of_case((await unit.cases.by_number(number)).id)


async def kinds(house: House) -> list[EventKind]:
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        return [event.kind for event in await unit.cases.events(case.id)]


async def test_a_runbook_helped_or_not_and_the_last_word_counts(house: House) -> None:
    document = await bring(house)
    await with_alert(house, "PostgresReplicaLagging", "replica 2 is 300 s behind")
    (card,) = await house.say("runbook")
    reply = await press(house, card, "Helped")
    assert "#1 noted: runbook PostgresReplicaLagging helped." in words_of(reply)
    assert "Helped 1, did not 0." in words_of(reply)
    assert "#1 noted before: " in words_of(await press(house, card, "Helped"))
    assert (await kinds(house)).count(EventKind.FEEDBACK_GIVEN) == 1
    assert "Helped 0, did not 1." in words_of(await press(house, card, "Did not help"))
    (word,) = await spoken(house)
    assert (word.suggestion.name, word.helped) == (document.id, False)
    (again,) = await house.say("runbook")
    assert "Helped 0, did not 1." in words_of(again)
    assert (await kinds(house)).count(EventKind.RUNBOOK_OPENED) == 1


async def test_after_a_runbook_one_tap_says_which_step(house: House) -> None:
    await bring(house)
    await with_alert(house, "PostgresReplicaLagging", "replica 2 is 300 s behind")
    (card,) = await house.say("runbook")
    reply = await press(house, card, "Did not help")
    assert "3. Restart the replica." in words_of(reply)
    assert [action.label.text for action in reply.actions] == [
        f"Step {number} did not" for number in (1, 2, 3)
    ]
    noted = words_of(await press(house, reply, "Step 3 did not"))
    assert "#1 noted: step 3, “Restart the replica.”, did not help." in noted
    await bring(house, RUNBOOK.replace("Restart", "Promote"))
    changed = words_of(await press(house, reply, "Step 3 did not"))
    assert "the runbook has changed since" in changed
    (missing,) = await house.say("helped step 9")
    assert "no runbook was suggested in #1" in words_of(missing)


async def test_typed_it_is_about_the_runbook_of_the_case(house: House) -> None:
    await bring(house)
    await fires(house, "PostgresReplicaLagging", "replica 2 is 300 s behind")
    (reply,) = await house.say("helped #1 step 3 no")
    assert "“Restart the replica.”, did not help" in words_of(reply)
    (missing,) = await house.say("helped #1 step 9")
    assert "the runbook has 3 steps, and no step 9" in words_of(missing)
    (refused,) = await house.say("helped #1 everything")
    assert "Or: helped step 3 no" in words_of(refused)


async def test_what_did_not_help_is_not_proposed_first_in_the_next_case(house: House) -> None:
    await resolved(house, 1)
    await a_case(house, 2)
    (related,) = await house.say("related #2")
    reply = words_of(await press(house, related, "#1 did not", 2))
    assert f"#2 noted: what fixed #1, “{FIX}”, did not help." in reply
    await a_case(house, 3)
    (related,) = await house.say("related #3")
    assert f"Fixed before: {FIX} (#1, 14 min; worked 1 of 1; helped 0, did not 1)" in words_of(
        related
    )
    async with house.services.reading() as unit:
        view = await unit.cases.view((await unit.cases.by_number(3)).id)
    assert [solution.record for solution in view.investigation.solutions] == [None]
    (unknown,) = await house.say("helped #2 case 9")
    assert "no fix of #9 is known here" in words_of(unknown)


async def test_a_check_that_was_suggested_helped_and_the_timeline_tells(house: House) -> None:
    await a_case(house, 1, confirms=False)
    (card,) = await house.say("run")
    await press(house, card, "Check helped")
    (word,) = await spoken(house)
    assert word.suggestion.kind is SuggestionKind.CHECK
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        dossier = await gather(unit, case.id)
    entries = whole_timeline(dossier, redactor=house.services.redactor(case.id)).entries
    assert any(entry.text.text.endswith("helped") for entry in entries)
    (missing,) = await house.say("helped check 1 @00000000 yes")
    assert "no check of 1 was suggested" in words_of(missing)


async def test_of_two_runbooks_that_fit_as_well_the_one_that_helped_is_shown(house: House) -> None:
    for topic in ("kafka lag", "full disk", "certificate", "queue depth", "memory"):
        await bring(house, f"# {topic}\n\nLook at {topic} and call us.\n", source=f"{topic}.md")
    await bring(house)
    await bring(house, f"{RUNBOOK}\n3. Call us.\n", source="dc/PostgresReplicaLagging.md")
    await with_alert(house, "PostgresReplicaLagging", "replica 2 is 300 s behind")
    (card,) = await house.say("runbook")
    await press(house, card, "Did not help")
    (other,) = await house.say("runbook")
    assert card.rows[0].citation != other.rows[0].citation
    await press(house, other, "Did not help")
    await press(house, card, "Helped")
    (again,) = await house.say("runbook")
    assert again.rows[0].citation == card.rows[0].citation
