"""What every store must know of where cases are at home, and what is shown and asked there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.clock import micros
from core.conversation.messages.message import OutboundState
from core.errors import NotFound
from tests.contracts.samples import (
    CONTEXT,
    HERE,
    NOON,
    ROOM,
    THREAD,
    a_binding,
    a_card,
    a_message,
    a_question,
    an_opening,
    an_outbound,
    later,
    new_case,
    resolve,
)

if TYPE_CHECKING:
    from core.workflows.services import Store


class TestConversation:
    async def test_a_case_is_bound_once_to_each_place(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        here, thread = a_binding(case_id), a_binding(case_id, THREAD)
        async with store.unit(CONTEXT) as unit:
            for binding in (here, thread, here):
                await unit.conversation.bind(binding)
            assert await unit.conversation.bindings(case_id) == [here, thread]

    async def test_a_place_means_its_only_open_case_or_else_its_last(self, store: Store) -> None:
        first, second = await new_case(store), await new_case(store)
        async with store.unit(CONTEXT) as unit:
            assert await unit.conversation.case_at(HERE) is None
            await unit.conversation.bind(a_binding(first.case.id))
            assert await unit.conversation.case_at(HERE) == first.case.id
            assert await unit.conversation.case_at(THREAD) is None
            await unit.conversation.bind(a_binding(second.case.id))
            assert await unit.conversation.case_at(HERE) is None
        await resolve(store, second)
        async with store.reading(CONTEXT) as unit:
            assert await unit.conversation.case_at(HERE) == first.case.id
        await resolve(store, first)
        async with store.reading(CONTEXT) as unit:
            assert await unit.conversation.case_at(HERE) == second.case.id

    async def test_what_was_sent_of_a_case_is_forgotten(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        mine = replace(a_card(), case_number=7)
        sent, waiting = an_outbound(case_id, card=mine), an_outbound(case_id, card=mine)
        other = an_outbound(card=replace(mine, key="other", case_number=8))
        async with store.unit(CONTEXT) as unit:
            for queued in (sent, waiting, other):
                await unit.conversation.put_outbound(queued)
            for queued in (sent, other):
                await unit.conversation.mark_outbound(queued.id, OutboundState.SENT)
            await unit.conversation.forget_sent(sent.place, case_number=7)
            left = (await unit.conversation.outbound(sent.id)).card
            assert (left.key, left.version, left.rows) == (mine.key, mine.version, ())
            assert (await unit.conversation.outbound(waiting.id)).card == mine
            assert (await unit.conversation.outbound(other.id)).card.rows

    async def test_a_place_to_be_made_is_no_home_yet(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        opening, channel = an_opening(case_id), ROOM.place
        made = replace(channel, thread="1700.1")
        async with store.unit(CONTEXT) as unit:
            for binding in (opening, a_binding(case_id), opening, a_binding(case_id, channel)):
                await unit.conversation.bind(binding)
            assert await unit.conversation.bindings(case_id) == [opening, a_binding(case_id)]
            assert await unit.conversation.case_at(channel) is None
            assert await unit.conversation.case_places("slack") == []
            assert await unit.conversation.open_cases_in(channel) == []
        for _ in range(2):
            async with store.unit(CONTEXT) as unit:
                await unit.conversation.rebind(opening, made)
        home = replace(opening, place=made, opens=None, made_from=ROOM)
        async with store.reading(CONTEXT) as unit:
            assert await unit.conversation.bindings(case_id) == [home, a_binding(case_id)]
            assert await unit.conversation.case_at(made) == case_id
            assert await unit.conversation.case_at(channel) is None
            assert await unit.conversation.case_places("slack") == [home]
            assert await unit.conversation.open_cases_in(channel) == [case_id]

    async def test_the_place_made_may_be_the_channel_itself(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        opening = an_opening(case_id)
        home = replace(opening, opens=None, made_from=ROOM)
        async with store.unit(CONTEXT) as unit:
            await unit.conversation.bind(opening)
            await unit.conversation.rebind(opening, ROOM.place)
            assert await unit.conversation.bindings(case_id) == [home]
            await unit.conversation.rebind(opening, ROOM.place)
            assert await unit.conversation.bindings(case_id) == [home]

    async def test_a_place_that_was_bound_before_it_was_made_is_bound_once(
        self, store: Store
    ) -> None:
        case_id = (await new_case(store)).case.id
        opening, made = an_opening(case_id), replace(ROOM.place, thread="1700.1")
        async with store.unit(CONTEXT) as unit:
            await unit.conversation.bind(opening)
            await unit.conversation.bind(a_binding(case_id, made))
            await unit.conversation.rebind(opening, made)
            home = replace(opening, place=made, opens=None, made_from=ROOM)
            assert await unit.conversation.bindings(case_id) == [home]

    async def test_a_place_is_a_home_also_where_nobody_waited_for_it(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        opening, made = an_opening(case_id), replace(ROOM.place, thread="1700.1")
        async with store.unit(CONTEXT) as unit:
            await unit.conversation.rebind(opening, made)
            assert await unit.conversation.case_at(made) == case_id

    async def test_two_that_open_in_one_channel_are_two(self, store: Store) -> None:
        first, second = await new_case(store), await new_case(store)
        openings = [an_opening(view.case.id) for view in (first, second)]
        places = [replace(ROOM.place, thread=str(number)) for number in range(2)]
        async with store.unit(CONTEXT) as unit:
            for opening in openings:
                await unit.conversation.bind(opening)
            await unit.conversation.rebind(openings[1], places[1])
            assert await unit.conversation.bindings(first.case.id) == openings[:1]
            await unit.conversation.rebind(openings[0], places[0])
            for view, place in zip((first, second), places, strict=True):
                assert await unit.conversation.case_at(place) == view.case.id

    async def test_homes_are_those_of_open_cases_oldest_first(self, store: Store) -> None:
        views = [await new_case(store) for _ in range(3)]
        places = [replace(ROOM.place, thread=thread) for thread in ("b", "c", "a")]
        bound = [a_binding(view.case.id, place) for view, place in zip(views, places, strict=True)]
        async with store.unit(CONTEXT) as unit:
            for binding in (*bound, a_binding(views[0].case.id)):
                await unit.conversation.bind(binding)
        await resolve(store, views[1])
        async with store.reading(CONTEXT) as unit:
            assert await unit.conversation.case_places("slack") == [bound[0], bound[2]]
            assert await unit.conversation.case_places("discord") == []

    async def test_open_cases_of_a_channel_are_those_of_its_threads_too(self, store: Store) -> None:
        views = [await new_case(store) for _ in range(4)]
        first, second, third, fourth = (view.case.id for view in views)
        bound = [
            (third, THREAD),
            (second, HERE),
            (second, THREAD),
            (first, replace(HERE, thread="t2")),
            (fourth, replace(HERE, channel="other")),
        ]
        async with store.unit(CONTEXT) as unit:
            for case_id, place in bound:
                await unit.conversation.bind(a_binding(case_id, place))
            for place in (HERE, THREAD, replace(HERE, thread="elsewhere")):
                assert await unit.conversation.open_cases_in(place) == [first, second, third]
        await resolve(store, views[1])
        async with store.reading(CONTEXT) as unit:
            assert await unit.conversation.open_cases_in(HERE) == [first, third]
            assert await unit.conversation.open_cases_in(ROOM.place) == []

    async def test_what_one_person_is_shown_is_apart_from_what_all_see(self, store: Store) -> None:
        waiting, newer = an_outbound(opens=ROOM), an_outbound(card=a_card(version=2))
        whispered = [an_outbound(handle=f"T{n}", card=a_card(version=n)) for n in (1, 2, 3)]
        async with store.unit(CONTEXT) as unit:
            for queued in (waiting, *whispered):
                await unit.conversation.put_outbound(queued)
        async with store.reading(CONTEXT) as unit:
            for queued in (waiting, *whispered):
                assert await unit.conversation.outbound(queued.id) == queued
        async with store.unit(CONTEXT) as unit:
            await unit.conversation.put_outbound(newer)
            for queued in whispered:
                assert await unit.conversation.outbound(queued.id) == queued
            assert (await unit.conversation.outbound(waiting.id)).state is OutboundState.STALE

    async def test_a_newer_card_makes_older_waiting_ones_stale(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        old, sent = an_outbound(case_id), an_outbound(card=a_card(version=2))
        newest = an_outbound(card=a_card(version=4))
        apart = [
            an_outbound(card=a_card(key="other")),
            an_outbound(place=THREAD),
            an_outbound(card=a_card(version=5)),
        ]
        async with store.unit(CONTEXT) as unit:
            overtaken = [await unit.conversation.put_outbound(queued) for queued in (old, sent)]
            assert overtaken == [[], [old.id]]
            await unit.conversation.mark_outbound(sent.id, OutboundState.SENDING)
            for queued in (*apart, newest):
                assert not await unit.conversation.put_outbound(queued)
        async with store.reading(CONTEXT) as unit:
            assert await unit.conversation.outbound(old.id) == replace(
                old, state=OutboundState.STALE
            )
            assert (await unit.conversation.outbound(sent.id)).state is OutboundState.SENDING
            for queued in (*apart, newest):
                assert await unit.conversation.outbound(queued.id) == queued
            with pytest.raises(NotFound):
                await unit.conversation.outbound("none")
        with pytest.raises(NotFound):
            async with store.unit(CONTEXT) as unit:
                await unit.conversation.mark_outbound("none", OutboundState.SENT)

    async def test_a_version_may_be_a_time(self, store: Store) -> None:
        old, new = (an_outbound(card=a_card(version=micros(later(at)))) for at in (1, 2))
        async with store.unit(CONTEXT) as unit:
            for queued in (old, new):
                await unit.conversation.put_outbound(queued)
            assert (await unit.conversation.outbound(old.id)).state is OutboundState.STALE
            assert await unit.conversation.outbound(new.id) == new

    async def test_a_place_shows_one_message_per_card_and_counts_changes(
        self, store: Store
    ) -> None:
        first, other = a_message(), a_message(card=a_card(key="other"), ref="2")
        edited = a_message(card=a_card(version=2))
        elsewhere = a_message(place=THREAD)
        async with store.unit(CONTEXT) as unit:
            for message in (first, other, edited, elsewhere):
                await unit.conversation.show(message)
        async with store.reading(CONTEXT) as unit:
            here = await unit.conversation.messages(HERE)
            assert here == [replace(other, seq=2), replace(edited, seq=3)]
            assert await unit.conversation.messages(HERE, after=2) == here[1:]
            assert await unit.conversation.messages(THREAD) == [replace(elsewhere, seq=1)]
            assert await unit.conversation.shown(HERE, "case:1") == here[1]
            assert await unit.conversation.shown(HERE, "none") is None

    async def test_the_inbox_keeps_every_question_in_order(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        first, second = a_question(case_id), a_question(case_id, asked_at=later(-5))
        async with store.unit(CONTEXT) as unit:
            for question in (first, second):
                await unit.questions.add(question)
            assert await unit.questions.open(case_id) == [first, second]
            await unit.questions.answered(first.id, at=later(1))
            assert await unit.questions.open(case_id) == [second]
            answered = replace(first, answered_at=later(1))
            assert await unit.questions.of_case(case_id) == [answered, second]
            with pytest.raises(NotFound):
                await unit.questions.answered("none", at=NOON)

    async def test_a_handle_is_forgotten_once_the_card_was_sent(self, store: Store) -> None:
        outbound = an_outbound(handle="a token")
        async with store.unit(CONTEXT) as unit:
            await unit.conversation.put_outbound(outbound)
        for state, kept in ((OutboundState.SENDING, "a token"), (OutboundState.SENT, "")):
            async with store.unit(CONTEXT) as unit:
                await unit.conversation.mark_outbound(outbound.id, state)
            async with store.reading(CONTEXT) as unit:
                assert (await unit.conversation.outbound(outbound.id)).handle == kept
