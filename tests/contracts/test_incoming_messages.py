"""What every journal of what people say must do, whichever store it rests in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.context import DEFAULT_TENANT
from core.conversation.messages.message import Attachment, MessageKind
from core.errors import NotFound
from core.jobs.kinds import hear_message
from core.jobs.model import JobState
from tests.contracts.samples import (
    CONTEXT,
    HERE,
    NOON,
    THREAD,
    a_context,
    a_heard,
    an_utterance,
    later,
)

if TYPE_CHECKING:
    from core.conversation.messages.message import JournaledMessage
    from core.workflows.services import Store


async def add(store: Store, *utterances: JournaledMessage) -> list[bool]:
    async with store.unit(CONTEXT) as unit:
        return [await unit.incoming.add(message) for message in utterances]


class TestJournal:
    async def test_what_was_said_comes_back_as_it_was(self, store: Store) -> None:
        full = [an_utterance(a_heard(manner=manner)) for manner in MessageKind]
        bare = an_utterance(
            a_heard(
                text="",
                ref="",
                case_number=None,
                attachments=(),
                handle="",
                to_another=False,
                place=HERE,
            )
        )
        assert all(await add(store, *full, bare))
        async with store.reading(CONTEXT) as unit:
            for utterance in (*full, bare):
                assert await unit.incoming.get(utterance.id) == utterance
            with pytest.raises(NotFound):
                await unit.incoming.get("none")

    async def test_the_one_heard_last_on_a_platform_tells_when_somebody_listened(
        self, store: Store
    ) -> None:
        older = an_utterance(a_heard(), heard_at=later(-9))
        newer = an_utterance(a_heard(place=THREAD, said_at=later(-20)), heard_at=NOON)
        elsewhere = replace(HERE, platform="elsewhere")
        other = an_utterance(a_heard(place=elsewhere), heard_at=later(9))
        await add(store, older, newer, other)
        async with store.reading(CONTEXT) as unit:
            assert await unit.incoming.newest_on(HERE.platform) == newer
            assert await unit.incoming.newest_on("nowhere") is None

    async def test_where_something_was_heard_is_told_once_a_place(self, store: Store) -> None:
        direct, elsewhere = replace(HERE, channel="@U1"), replace(HERE, platform="elsewhere")
        await add(
            store,
            *(
                an_utterance(a_heard(place=place), heard_at=NOON)
                for place in (direct, direct, THREAD)
            ),
            an_utterance(a_heard(place=elsewhere), heard_at=NOON),
            an_utterance(a_heard(place=HERE), heard_at=later(-2)),
        )
        async with store.reading(CONTEXT) as unit:
            recent = await unit.incoming.places(HERE.platform, since=NOON)
            assert len(recent) == 2
            assert {*recent} == {direct, THREAD}
            ever = await unit.incoming.places(HERE.platform, since=later(-2))
            assert {*ever} == {direct, THREAD, HERE}
            assert await unit.incoming.places("nowhere", since=NOON) == []

    async def test_what_is_heard_commits_with_its_job_and_once(self, store: Store) -> None:
        heard = a_heard()
        first, again = an_utterance(heard), an_utterance(heard)
        jobs = [hear_message(message.id, heard.place, CONTEXT) for message in (first, again)]
        assert await store.hear([(first, jobs[0]), (again, jobs[1])]) == [True, False]
        assert await store.hear([(again, jobs[1])]) == [False]
        async with store.reading(CONTEXT) as unit:
            assert await unit.incoming.get(first.id) == first
            assert [job.id for job in await unit.jobs.listing(JobState.PENDING)] == [jobs[0].id]

    async def test_what_one_person_wanted_of_us_is_counted(self, store: Store) -> None:
        asked = [
            an_utterance(a_heard(manner=manner), heard_at=later(-minute))
            for minute, manner in enumerate(
                (MessageKind.MENTION, MessageKind.BUTTON, MessageKind.MESSAGE)
            )
        ]
        await add(store, *asked, an_utterance(a_heard(by="U2", manner=MessageKind.MENTION)))
        by, platform = asked[0].heard.by, HERE.platform
        async with store.reading(CONTEXT) as unit:
            for since, count in ((later(-9), 2), (asked[1].heard_at, 1), (NOON, 0)):
                counted = await unit.incoming.count(platform, by, since=since, until=NOON)
                assert counted == count

    async def test_where_one_person_was_heard_is_known(self, store: Store) -> None:
        heard = an_utterance(a_heard(place=THREAD, by="U1"))
        await add(store, heard)
        channel = THREAD.whole_channel
        async with store.reading(CONTEXT) as unit:
            assert await unit.incoming.heard_in(channel, "U1")
            assert not await unit.incoming.heard_in(channel, "U2")
            assert not await unit.incoming.heard_in(replace(channel, channel="C9"), "U1")
            assert not await unit.incoming.heard_in(replace(channel, workspace="T2"), "U1")

    async def test_the_buttons_that_one_person_pressed_come_in_order(self, store: Store) -> None:
        button, other = MessageKind.BUTTON, MessageKind.MENTION
        pressed = [
            an_utterance(a_heard(manner=button), heard_at=later(-minute)) for minute in (3, 2, 1)
        ]
        await add(store, *reversed(pressed), an_utterance(a_heard(manner=other)))
        await add(store, an_utterance(a_heard(by="U2", manner=button)))
        by, platform = pressed[0].heard.by, HERE.platform
        async with store.reading(CONTEXT) as unit:
            presses = await unit.incoming.pressed(
                platform, by, since=pressed[0].heard_at, until=pressed[2].heard_at
            )
        assert presses == pressed[1:]

    async def test_it_is_heard_once_however_often_it_is_delivered(self, store: Store) -> None:
        heard = a_heard()
        first, again = an_utterance(heard), an_utterance(replace(heard, text="other"))
        elsewhere = [
            an_utterance(replace(heard, place=replace(THREAD, platform="discord"))),
            an_utterance(replace(heard, place=replace(THREAD, workspace="T2"))),
        ]
        assert await add(store, first, again, *elsewhere) == [True, False, True, True]
        assert await add(store, an_utterance(replace(heard, place=HERE))) == [False]
        async with store.reading(CONTEXT) as unit:
            assert await unit.incoming.get(first.id) == first
            with pytest.raises(NotFound):
                await unit.incoming.get(again.id)

    async def test_of_many_deliveries_at_once_one_is_heard(self, store: Store) -> None:
        heard = a_heard()
        added = await asyncio.gather(*(add(store, an_utterance(heard)) for _ in range(8)))
        assert sorted(added) == [[False]] * 7 + [[True]]

    async def test_nothing_said_is_too_odd_to_be_kept(self, store: Store) -> None:
        odd = "a\0b\ud800 𝄞"
        file = Attachment(id="F1", name=odd, size=1, source=odd)
        message = an_utterance(a_heard(text=odd, attachments=(file,)))
        assert await add(store, message) == [True]
        async with store.reading(CONTEXT) as unit:
            stored = (await unit.incoming.get(message.id)).heard
        assert stored.text in {odd, "a␀b? 𝄞"}
        assert stored.attachments[0].name in {odd, "a\0b? 𝄞"}

    async def test_what_was_heard_before_is_forgotten(self, store: Store) -> None:
        old, new = an_utterance(heard_at=NOON), an_utterance(heard_at=later(5))
        await add(store, old, new)
        async with store.unit(CONTEXT) as unit:
            assert await unit.incoming.purge(before=later(5)) == 1
        async with store.reading(CONTEXT) as unit:
            assert await unit.incoming.get(new.id) == new
            with pytest.raises(NotFound):
                await unit.incoming.get(old.id)
        assert await add(store, an_utterance(old.heard)) == [True]


class TestNewest:
    async def test_it_is_what_was_said_last_not_what_was_heard_last(self, store: Store) -> None:
        late = an_utterance(a_heard(said_at=later(9), ref="9"))
        early = an_utterance(a_heard(said_at=later(1), ref="1"))
        pressed = an_utterance(a_heard(said_at=later(20), ref=""))
        in_channel = an_utterance(a_heard(said_at=later(30), place=HERE))
        await add(store, late, early, pressed, in_channel)
        async with store.reading(CONTEXT) as unit:
            assert await unit.incoming.newest(THREAD) == late
            assert await unit.incoming.newest(HERE) == in_channel
            assert await unit.incoming.newest(replace(THREAD, thread="other")) is None

    async def test_of_two_said_at_one_moment_it_is_the_second(self, store: Store) -> None:
        first, second = an_utterance(), an_utterance()
        await add(store, second, first)
        async with store.reading(CONTEXT) as unit:
            assert await unit.incoming.newest(THREAD) == second


class TestMentionOnly:
    async def test_a_channel_is_switched_with_its_threads(self, store: Store) -> None:
        async def is_on(tenant_id: str = DEFAULT_TENANT, **elsewhere: str) -> bool:
            async with store.reading(a_context(tenant_id)) as unit:
                return await unit.incoming.mention_only(replace(THREAD, **elsewhere))

        assert not await is_on()
        for on, place in ((True, HERE), (True, THREAD), (False, THREAD), (True, HERE)):
            async with store.unit(CONTEXT) as unit:
                await unit.incoming.set_mention_only(place, on=on)
            assert await is_on() is on
            assert await is_on(thread="") is on
        assert not await is_on("other")
        for name in ("platform", "workspace", "channel"):
            assert not await is_on(**{name: "other"})
