"""What people say on a platform is done once, and answered where and to whom it belongs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.access import Standing
from core.cases.events import EventKind
from core.cases.model import Case, CaseState
from core.conversation.cards.card import Card, Mark
from core.conversation.messages.message import MessageKind
from core.jobs.kinds import CHAT_HEAR
from core.jobs.model import JobState
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.fakes.chat import HOME, LOFT, House, in_memory, words_of
from tests.fakes.recognisers import ThreadNotes

if TYPE_CHECKING:
    from pathlib import Path

    from core.places import Place

THREAD = replace(LOFT, thread="t1")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


async def opened(house: House, place: Place = THREAD) -> Case:
    """A case at home in a thread."""
    await house.hear("open checkout is slow", place)
    await house.work()
    (case,) = await cases(house)
    return case


async def cases(house: House) -> list[Case]:
    async with house.services.reading() as unit:
        return await unit.cases.listing()


async def kinds(house: House, case: Case) -> list[EventKind]:
    async with house.services.reading() as unit:
        return [event.kind for event in await unit.cases.events(case.id)]


def replies(house: House) -> list[Card]:
    return house.pigeon.shown("reply")


async def test_a_case_opened_in_a_thread_is_at_home_there_and_shown_once(house: House) -> None:
    case = await opened(house)
    (card,) = house.pigeon.shown("case")
    assert card.case_number == case.number
    assert not replies(house)
    (terminal,) = house.chat.shown("case")
    assert terminal.case_number == case.number


async def test_a_case_opened_in_a_channel_gets_a_thread_of_its_own(house: House) -> None:
    await house.hear("open checkout is slow", LOFT, manner=MessageKind.COMMAND, handle="for P1")
    await house.work()
    (case,) = await cases(house)
    ((destination, opening),) = house.pigeon.opened
    assert (destination.place, opening.number) == (LOFT, case.number)
    async with house.services.reading() as unit:
        homes = await unit.conversation.bindings(case.id)
        assert {home.place.platform for home in homes} == {"terminal", "pigeon"}
        (home,) = [binding for binding in homes if binding.place.platform == "pigeon"]
        assert home.place.thread
        assert home.opens is None
        assert await unit.conversation.case_at(home.place) == case.id
    await house.hear("confirm 1", home.place, manner=MessageKind.MESSAGE)
    await house.work()
    assert "no hypotheses yet" in words_of(*replies(house))


async def test_a_repeated_delivery_is_taken_up_once(house: House) -> None:
    case = await opened(house)
    house.heard -= 1
    assert not await house.hear("open checkout is slow", THREAD)
    await house.work()
    assert await cases(house) == [case]


async def test_what_is_said_where_no_case_is_at_home_is_not_even_kept(house: House) -> None:
    assert not await house.hear("why is it slow?", THREAD, manner=MessageKind.MESSAGE)
    await opened(house)
    elsewhere = replace(LOFT, thread="t2")
    assert not await house.hear("why is it slow?", elsewhere, manner=MessageKind.MESSAGE)
    assert not await house.hear("why is it slow?", LOFT, manner=MessageKind.MESSAGE)


async def test_a_question_in_the_thread_is_answered_there(house: House) -> None:
    await opened(house)
    await house.hear("what changed?", THREAD, manner=MessageKind.MESSAGE)
    await house.work()
    (answer,) = house.pigeon.shown("answer")
    assert "@dana asked: what changed?" in words_of(answer)
    assert not house.chat.shown("answer")


async def test_talk_among_people_is_noted_and_keeps_the_case_open(house: House) -> None:
    case = await opened(house)
    calls = len(house.pigeon.calls)
    await house.hear("looking at db-2 now", THREAD, by="P2", manner=MessageKind.MESSAGE)
    await house.work()
    assert EventKind.NOTED in await kinds(house, case)
    assert house.pigeon.calls[calls:] == ["profile"], "who reads there was asked a moment ago"


async def test_a_case_has_one_card_in_its_thread_also_when_it_ends_and_comes_back(
    house: House,
) -> None:
    await opened(house)
    for line in ("resolve rolled back", "reopen"):
        await house.hear(line, THREAD)
        await house.work()
    assert len(house.pigeon.shown("case")) == 1
    (ended,) = replies(house)
    assert "#1 is resolved." in words_of(ended)
    assert "Fix: rolled back" in words_of(ended)
    (back,) = house.pigeon.shown("news")
    assert back.broadcast
    assert "Reopened by @dana after 0 s. Resolved before with: rolled back" in words_of(back)


async def test_what_waits_from_before_a_channel_was_switched_to_mentions_is_let_be(
    house: House,
) -> None:
    case = await opened(house)
    await house.hear("what changed?", THREAD, manner=MessageKind.MESSAGE)
    async with house.services.unit() as unit:
        await unit.incoming.set_mention_only(LOFT, on=True)
    await house.work()
    assert not house.pigeon.shown("answer")
    assert EventKind.ASKED not in await kinds(house, case)


async def test_a_slash_command_is_answered_to_who_typed_it_alone(house: House) -> None:
    await opened(house)
    await house.hear("status", LOFT, manner=MessageKind.COMMAND, handle="for P1")
    await house.work()
    ((handle, card),) = house.pigeon.whispers
    assert (handle, card.case_number) == ("for P1", 1)
    assert not replies(house)


async def test_what_one_person_was_shown_is_kept_for_more_and_loses_what_is_deleted(
    house: House,
) -> None:
    await opened(house)
    line = "2026-03-04T02:41:07Z ERROR billing: timeout waiting for connection\n"
    await house.hear(f"evidence {line * 9}", THREAD)
    await house.work()
    await house.hear("evidence e1", LOFT, manner=MessageKind.COMMAND, handle="for P1")
    await house.work()
    (_, alone) = house.pigeon.whispers[-1]

    async def kept() -> str:
        async with house.services.reading() as unit:
            shown = await unit.conversation.shown(LOFT, alone.key)
        assert shown is not None
        assert shown.is_ephemeral
        return words_of(shown.card)

    assert "timeout waiting for connection" in await kept()
    edits = house.pigeon.calls.count("edit")
    await house.hear("evidence delete e1", THREAD)
    await house.work()
    assert "timeout waiting for connection" not in await kept()
    assert house.pigeon.calls.count("edit") > edits


async def test_a_report_is_for_everyone_where_the_case_is_at_home(house: House) -> None:
    await opened(house)
    await house.hear("report", LOFT, manner=MessageKind.COMMAND, handle="for P1")
    await house.work()
    assert not house.pigeon.whispers
    (report,) = replies(house)
    assert "# Case #1" in words_of(report)


async def test_of_what_is_said_by_name_refusals_and_typos_are_for_one_person(
    house: House,
) -> None:
    await opened(house)
    await house.hear("why 7", THREAD, handle="for P1")
    await house.hear("hypotesis", THREAD, handle="for P1")
    await house.work()
    assert [handle for handle, _ in house.pigeon.whispers] == ["for P1"] * 2
    alone = words_of(*(card for _, card in house.pigeon.whispers))
    assert "no hypotheses yet" in alone
    assert "hypotesis → hypotheses?" in alone
    (reply,) = house.pigeon.shown("reply")
    assert reply.rows[0].text.text.startswith("#1 No root cause yet")


async def test_an_expired_handle_is_answered_aloud_only_where_a_case_is_at_home(
    house: House,
) -> None:
    await opened(house)
    house.pigeon.expired.add("old")
    await house.hear("status", LOFT, manner=MessageKind.COMMAND, handle="old")
    await house.work()
    assert not replies(house)
    await house.hear("status", THREAD, manner=MessageKind.BUTTON, handle="old")
    await house.work()
    assert len(replies(house)) == 1


async def test_asking_twice_is_answered_twice(house: House) -> None:
    await opened(house)
    for _ in range(2):
        await house.hear("hypotheses", THREAD)
        await house.work()
    assert len(replies(house)) == 2


async def press(house: House, verb: str, *, by: str = "P1") -> list[str]:
    """What a person is shown who presses a button now."""
    before = len(house.pigeon.whispers)
    house.clock.advance(1)
    await house.hear("", THREAD, verb=verb, by=by, manner=MessageKind.BUTTON, handle=f"for {by}")
    await house.work()
    return [words_of(card) for _, card in house.pigeon.whispers[before:]]


async def test_a_check_is_posted_once_though_its_button_is_pressed_twice(house: House) -> None:
    await opened(house)
    await house.hear(f"evidence {POOL_LOG}", THREAD)
    await house.work()
    first, second = await press(house, "run"), await press(house, "run")
    assert ["check 1" in words for words in first] == [True]
    assert ["it stands above" in words for words in second] == [True]
    assert ["check 1" in words for words in await press(house, "run", by="P2")] == [True]
    house.clock.advance(61)
    assert ["check 1" in words for words in await press(house, "run")] == [True]


async def test_a_button_that_is_pressed_again_after_news_shows_the_news(house: House) -> None:
    await opened(house)
    await house.hear(f"evidence {POOL_LOG}", THREAD)
    await house.work()
    await press(house, "run")
    house.clock.advance(1)
    await house.hear("reject 1", THREAD)
    await house.work()
    assert not any("it stands above" in words for words in await press(house, "run"))


async def test_guests_read_but_do_not_command(house: House) -> None:
    case = await opened(house)
    await house.hear("status", LOFT, by="G1", manner=MessageKind.COMMAND, handle="for G1")
    await house.hear(
        "resolve it is fine", LOFT, by="G1", manner=MessageKind.COMMAND, handle="for G1"
    )
    await house.work()
    (_, status), (_, refused) = house.pigeon.whispers
    assert status.mark is Mark.WATCHING
    assert refused.mark is Mark.REFUSED
    assert "guests may read along, but not command" in words_of(refused)
    (case,) = await cases(house)
    assert case.state.is_open


async def test_strangers_are_those_whom_the_platform_does_not_know(house: House) -> None:
    await opened(house)
    await house.hear("resolve it is fine", THREAD, by="X9")
    await house.work()
    assert "people from outside this workspace" in words_of(*replies(house))
    async with house.services.reading() as unit:
        identity = await unit.people.identity("pigeon", "main", "X9")
    assert identity is not None
    assert identity.profile.standing is Standing.STRANGER


async def test_bots_are_not_answered(house: House) -> None:
    await opened(house)
    await house.hear("status", THREAD, by="B1")
    await house.work()
    assert not replies(house)


async def test_a_guest_who_only_talks_is_not_lectured(house: House) -> None:
    case = await opened(house)
    await house.hear("why is it slow?", THREAD, by="G1", manner=MessageKind.MESSAGE)
    await house.work()
    assert not replies(house)
    assert EventKind.NOTED in await kinds(house, case)


async def test_somebody_is_asked_about_once_a_day(house: House) -> None:
    await opened(house)
    await house.hear("status", THREAD)
    await house.work()
    assert house.pigeon.calls.count("profile") == 1
    house.clock.advance(25 * 3600)
    await house.hear("status", THREAD)
    await house.work()
    assert house.pigeon.calls.count("profile") == 2


async def test_who_resolves_is_said_by_name(house: House) -> None:
    await opened(house)
    await house.hear("resolve pool set to 40", THREAD)
    await house.work()
    (case,) = await cases(house)
    assert (case.state, case.resolved_by) == (CaseState.RESOLVED, "@dana")


async def test_the_picker_repeats_what_was_said(house: House) -> None:
    await opened(house, replace(LOFT, thread="t1"))
    await house.hear("open search is down", replace(LOFT, thread="t2"))
    await house.work()
    await house.hear("ask what changed lately?", LOFT, manner=MessageKind.MENTION)
    await house.work()
    (which,) = replies(house)
    picked = which.actions[0]
    await house.hear(f"{picked.verb} {picked.argument}", LOFT, manner=MessageKind.BUTTON, by="P2")
    await house.work()
    (answer,) = house.pigeon.shown("answer")
    assert "@lee asked: what changed lately?" in words_of(answer)


async def test_mentions_only_leaves_people_alone(house: House) -> None:
    case = await opened(house)
    await house.hear("listen mentions", THREAD)
    await house.work()
    assert "mentions, commands, buttons and files only" in words_of(*replies(house))
    assert not await house.hear("why is it slow?", THREAD, manner=MessageKind.MESSAGE)
    await house.hear("listen all", THREAD)
    await house.work()
    assert await house.hear("why is it slow?", THREAD, manner=MessageKind.MESSAGE)
    assert case.state.is_open


async def test_a_job_that_is_cut_off_after_its_effects_does_them_once(tmp_path: Path) -> None:
    broken = {"left": 0}

    async def seam(name: str) -> None:
        if name == "finish" and broken["left"]:
            broken["left"] -= 1
            raise ConnectionError

    house = in_memory(tmp_path, seam=seam)
    await opened(house)
    broken["left"] = 3
    await house.hear("what changed?", THREAD)
    await house.work()
    house.clock.advance(300)
    await house.work()
    async with house.services.reading() as unit:
        (case,) = await unit.cases.listing()
        assert len(await unit.questions.of_case(case.id)) == 1
        done = await unit.jobs.listing(JobState.DONE)
    assert sum(job.kind == CHAT_HEAR.name for job in done) == 2


async def test_the_terminal_still_talks_as_before(house: House) -> None:
    (card,) = await house.say("open checkout is slow", place=HOME)
    assert card.case_number == 1
    await house.work()
    assert not house.pigeon.calls


class BrokenFiles:
    """A port with a bug."""

    def of_tenant(self, tenant_id: str) -> BrokenFiles:
        return self

    async def put(self, chunks: object, *, limit: int) -> tuple[str, int]:
        message = "a secret of the port"
        raise ZeroDivisionError(message)


async def test_a_bug_of_ours_is_an_apology_with_a_number(house: House) -> None:
    await opened(house)
    object.__setattr__(house.services, "file_store", BrokenFiles())
    await house.hear("evidence 02:41 ERROR boom", THREAD)
    await house.work()
    (card,) = replies(house)
    assert card.mark is Mark.REFUSED
    assert "#1: Sorry, that failed: an error of ours." in words_of(card)
    async with house.services.reading() as unit:
        (job,) = await unit.jobs.listing(JobState.DEAD)
    assert (job.kind, "a secret" in str(job.problem)) == (CHAT_HEAR.name, False)


async def test_a_question_by_command_is_answered_where_the_case_is_at_home(house: House) -> None:
    await opened(house)
    await house.hear("ask what changed?", LOFT, manner=MessageKind.COMMAND, handle="for P1")
    await house.work()
    async with house.services.reading() as unit:
        (case,) = await unit.cases.listing()
        (question,) = await unit.questions.of_case(case.id)
    assert question.place == THREAD
    assert len(house.pigeon.shown("answer")) == 1
    ((_, card),) = house.pigeon.whispers
    assert "the answer comes in its thread" in words_of(card)


async def test_a_flood_from_one_person_is_stopped_and_said_once(house: House) -> None:
    await opened(house)
    for _ in range(103):
        house.clock.advance(0.1)
        await house.hear("status", LOFT, manner=MessageKind.COMMAND, handle="for P2", by="P2")
    await house.hear("status", LOFT, manner=MessageKind.COMMAND, handle="for P1")
    await house.work()
    refused = [card for _, card in house.pigeon.whispers if card.mark is Mark.REFUSED]
    assert len(refused) == 1
    assert "more than 100 a minute" in words_of(*refused)
    assert len(house.pigeon.whispers) == 102
    assert house.pigeon.whispers[-1][0] == "for P1"


async def test_an_admin_of_the_settings_commands_also_as_a_guest(house: House) -> None:
    await opened(house)
    rules = replace(house.services.rules, admins=frozenset({"pigeon:G1"}))
    object.__setattr__(house.services, "rules", rules)
    await house.hear("resolve it is fine", LOFT, by="G1", manner=MessageKind.COMMAND, handle="x")
    await house.work()
    (case,) = await cases(house)
    assert case.state is CaseState.RESOLVED


async def test_one_whom_the_platform_cannot_name_keeps_nobody_waiting(house: House) -> None:
    await opened(house)
    house.pigeon.unknowable.add("P2")
    await house.hear("status", LOFT, by="P2", manner=MessageKind.COMMAND, handle="for P2")
    await house.hear("hypotheses", LOFT, by="P2", manner=MessageKind.COMMAND, handle="for P2")
    await house.hear("status", LOFT, manner=MessageKind.COMMAND, handle="for P1")
    await house.work()
    assert [handle for handle, _ in house.pigeon.whispers] == ["for P1"]
    house.pigeon.unknowable.clear()
    house.clock.advance(300)
    await house.work()
    for_them = [card for handle, card in house.pigeon.whispers if handle == "for P2"]
    assert [card.rows[0].text.text[:4] for card in for_them] == ["Open", "#1 N"]


async def test_where_we_may_not_ask_who_people_are_they_are_told_and_so_is_the_admin(
    house: House,
) -> None:
    await opened(house)
    house.pigeon.refusing.add("profile")
    await house.hear("status", LOFT, by="P2", manner=MessageKind.COMMAND, handle="for P2")
    await house.work()
    ((_, card),) = house.pigeon.whispers
    assert card.mark is Mark.REFUSED
    assert "scope" in words_of(card)
    (notice,) = house.chat.shown("notice")
    assert "pigeon does not say who people are" in words_of(notice)


async def test_a_button_of_long_ago_says_that_it_is_forgotten(house: House) -> None:
    await opened(house)
    await house.hear("again utt_gone #1", THREAD, manner=MessageKind.BUTTON, handle="for P1")
    await house.work()
    ((_, card),) = house.pigeon.whispers
    assert card.mark is Mark.REFUSED


async def test_what_was_typed_into_a_form_is_not_guessed_at(house: House) -> None:
    await opened(house)
    await house.hear("pool set to 40, ok?", THREAD, manner=MessageKind.FORM, verb="resolve")
    await house.work()
    (case,) = await cases(house)
    assert case.state is CaseState.RESOLVED
    assert case.solution is not None
    assert case.solution.text == "pool set to 40, ok?"


async def test_a_second_case_opened_in_a_cases_thread_gets_one_of_its_own(house: House) -> None:
    first = await opened(house)
    await house.hear("open search is down", THREAD)
    await house.work()
    ((destination, opening),) = house.pigeon.opened
    assert (destination.place, opening.number) == (LOFT, 2)
    async with house.services.reading() as unit:
        assert await unit.conversation.case_at(THREAD) == first.id


async def test_what_is_long_is_looked_at_while_others_are_heard(tmp_path: Path) -> None:
    notes = ThreadNotes()
    house = in_memory(tmp_path, recogniser=notes)
    case = await opened(house)
    talk = "it began after the deploy, as the graphs say\n" * 50
    await house.hear(talk, THREAD, manner=MessageKind.MESSAGE)
    await house.hear(f"correct {talk}", THREAD)
    await house.work()
    assert {EventKind.NOTED, EventKind.CORRECTED} <= {*await kinds(house, case)}
    assert notes.threads
    assert not notes.held_the_loop
