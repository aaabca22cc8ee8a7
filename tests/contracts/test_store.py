"""What every store must do, whichever it is."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from core.alerts.model import AlertSource, DeliveryState
from core.cases.events import EventKind, seal, verify_chain
from core.cases.lifecycle import Change, record
from core.cases.projection import fold
from core.conversation.cards.card import Row
from core.errors import Conflict, NotFound
from core.evidence.model import FileState
from core.jobs.model import JobState
from core.text.redacted import redacted
from tests.contracts.samples import (
    CONTEXT,
    NOON,
    a_card,
    a_context,
    a_delivery,
    a_file,
    a_finding,
    a_hypothesis,
    a_job,
    a_question,
    an_extraction,
    an_id,
    an_occurrence,
    an_outbound,
    changes_of_a_life,
    later,
    new_case,
    opened,
    put_case,
    resolve,
)

if TYPE_CHECKING:
    from core.workflows.services import Store
    from tests.contracts.conftest import Backend


PAGERDUTY = AlertSource.PAGERDUTY


class BreakOffError(Exception):
    """Raised in the middle of a unit."""


class TestUnits:
    async def test_an_error_leaves_nothing_behind(self, store: Store) -> None:
        delivery, job = a_delivery(), a_job()

        async def writing() -> None:
            async with store.unit(CONTEXT) as unit:
                await unit.deliveries.add(delivery)
                await unit.jobs.add(job)
                await put_case(unit)
                raise BreakOffError

        with pytest.raises(BreakOffError):
            await writing()
        async with store.reading(CONTEXT) as unit:
            with pytest.raises(NotFound):
                await unit.deliveries.get(delivery.id)
            with pytest.raises(NotFound):
                await unit.jobs.get(job.id)
            assert await unit.cases.listing() == []

    async def test_a_conflict_undoes_the_whole_unit(self, store: Store) -> None:
        first, second = a_delivery(), a_delivery()
        async with store.unit(CONTEXT) as unit:
            await unit.deliveries.add(first)

        async def writing() -> None:
            async with store.unit(CONTEXT) as unit:
                await unit.deliveries.add(second)
                await unit.deliveries.add(first)

        with pytest.raises(Conflict):
            await writing()
        async with store.reading(CONTEXT) as unit:
            with pytest.raises(NotFound):
                await unit.deliveries.get(second.id)

    async def test_an_error_that_was_swallowed_undoes_the_unit_all_the_same(
        self, store: Store
    ) -> None:
        first, second = a_delivery(), a_delivery()
        await store.journal([(first, None)])

        async def writing() -> None:
            async with store.unit(CONTEXT) as unit:
                await unit.deliveries.add(second)
                with suppress(Conflict):
                    await unit.deliveries.add(first)

        with pytest.raises(Conflict):
            await writing()
        async with store.reading(CONTEXT) as unit:
            with pytest.raises(NotFound):
                await unit.deliveries.get(second.id)

    async def test_a_cancelled_unit_leaves_nothing_behind(self, store: Store) -> None:
        delivery, inside = a_delivery(), asyncio.Event()

        async def writing() -> None:
            async with store.unit(CONTEXT) as unit:
                await unit.deliveries.add(delivery)
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(writing())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with store.unit(CONTEXT) as unit:
            await unit.deliveries.add(delivery)

    async def test_a_reader_sees_neither_unfinished_nor_later_changes(self, store: Store) -> None:
        async with store.reading(CONTEXT) as reader:
            assert await reader.deliveries.count(DeliveryState.PENDING) == 0
            async with store.unit(CONTEXT) as unit:
                await unit.deliveries.add(a_delivery())
                assert await unit.deliveries.count(DeliveryState.PENDING) == 1
                async with store.reading(CONTEXT) as other:
                    assert await other.deliveries.count(DeliveryState.PENDING) == 0
            assert await reader.deliveries.count(DeliveryState.PENDING) == 0
        async with store.reading(CONTEXT) as reader:
            assert await reader.deliveries.count(DeliveryState.PENDING) == 1

    async def test_a_reader_cannot_write(self, store: Store) -> None:
        with pytest.raises(Exception, match=r"(?i)read.?only|only reads"):
            async with store.reading(CONTEXT) as unit:
                await unit.deliveries.add(a_delivery())
        async with store.unit(CONTEXT) as unit:
            assert await unit.deliveries.count(DeliveryState.PENDING) == 0
            await unit.deliveries.add(a_delivery())

    async def test_runners_are_woken_after_the_commit_and_only_then(self, backend: Backend) -> None:
        job, lost = a_job(), a_job()
        async with backend.store.unit(CONTEXT) as unit:
            await unit.jobs.add(job)
            assert backend.bell.rung == []
        assert backend.bell.rung == [[job.id]]

        async def writing() -> None:
            async with backend.store.unit(CONTEXT) as unit:
                await unit.jobs.add(lost)
                raise BreakOffError

        with pytest.raises(BreakOffError):
            await writing()
        async with backend.store.unit(CONTEXT) as unit:
            await unit.deliveries.add(a_delivery())
        assert backend.bell.rung == [[job.id]]

    async def test_a_sound_store_passes_its_check(self, store: Store) -> None:
        await store.check()


class TestDeliveries:
    async def test_what_was_journaled_comes_back_as_it_was(self, backend: Backend) -> None:
        first, second = a_delivery(), a_delivery(problem="?\0", state=DeliveryState.UNPARSABLE)
        job, other = a_job(), a_job(once="o")
        await backend.store.journal([(first, job), (second, None), (a_delivery(), other)])
        async with backend.store.reading(CONTEXT) as unit:
            assert await unit.deliveries.get(first.id) == first
            assert (await unit.deliveries.get(second.id)).problem in {"?\0", "?␀"}
            pending = await unit.jobs.listing(JobState.PENDING)
        assert [replace(job, seq=0) for job in pending] == [job, other]
        assert backend.bell.rung == [[job.id, other.id]]

    async def test_a_journal_is_all_or_nothing(self, store: Store) -> None:
        known = a_delivery()
        await store.journal([(known, None)])
        await store.journal([])
        with pytest.raises(Conflict):
            await store.journal([(a_delivery(), a_job()), (known, a_job())])
        async with store.reading(CONTEXT) as unit:
            assert await unit.deliveries.count(DeliveryState.PENDING) == 1
            assert await unit.jobs.listing(JobState.PENDING) == []

    async def test_marks_and_counts(self, store: Store) -> None:
        deliveries = [a_delivery() for _ in range(3)]
        await store.journal([(delivery, None) for delivery in deliveries])
        done, broken, _ = [delivery.id for delivery in deliveries]
        async with store.unit(CONTEXT) as unit:
            await unit.deliveries.mark(done, DeliveryState.DONE, at=later(5))
            await unit.deliveries.mark(
                broken, DeliveryState.UNPARSABLE, at=later(6), problem="no JSON"
            )
            with pytest.raises(NotFound):
                await unit.deliveries.mark("none", DeliveryState.DONE, at=NOON)
        async with store.reading(CONTEXT) as unit:
            stored = await unit.deliveries.get(broken)
            counts = {state: await unit.deliveries.count(state) for state in DeliveryState}
        assert (stored.state, stored.problem, stored.processed_at) == (
            DeliveryState.UNPARSABLE,
            "no JSON",
            later(6),
        )
        assert counts == {
            DeliveryState.PENDING: 1,
            DeliveryState.DONE: 1,
            DeliveryState.UNPARSABLE: 1,
            DeliveryState.OVERSIZED: 0,
        }

    async def test_since_is_in_the_order_they_came(self, store: Store) -> None:
        late, early, latest = (a_delivery(received_at=later(at)) for at in (5, 1, 9))
        await store.journal([(delivery, None) for delivery in (late, early, latest)])
        async with store.reading(CONTEXT) as unit:
            assert await unit.deliveries.since(later(5)) == [late.id, latest.id]

    async def test_those_of_one_group_are_found_in_the_order_they_came(self, store: Store) -> None:
        old, first, second = (a_delivery(group="g", received_at=later(at)) for at in (0, 5, 6))
        other = a_delivery(group="h", received_at=later(5))
        paged = a_delivery(group="g", received_at=later(5), source=AlertSource.PAGERDUTY)
        await store.journal([(delivery, None) for delivery in (old, first, other, paged, second)])
        async with store.reading(CONTEXT) as unit:
            deliveries = await unit.deliveries.of_group(first.source, "g", since=later(5))
        assert deliveries == [first, second]

    async def test_purging_forgets_only_what_is_finished_and_old(self, store: Store) -> None:
        old, pending, new = (a_delivery(received_at=later(at)) for at in (0, 0, 9))
        await store.journal([(delivery, None) for delivery in (old, pending, new)])
        async with store.unit(CONTEXT) as unit:
            for delivery in (old, new):
                await unit.deliveries.mark(delivery.id, DeliveryState.DONE, at=later(9))
            assert await unit.deliveries.purge(before=later(9)) == 1
        async with store.reading(CONTEXT) as unit:
            assert await unit.deliveries.since(NOON) == [pending.id, new.id]

    async def test_the_first_to_carry_a_key_has_it(self, store: Store) -> None:
        first, second = a_delivery(), a_delivery()
        await store.journal([(first, None), (second, None)])

        async def claim(delivery_id: str, *keys: str, **more: Any) -> bool:
            source = more.get("source", PAGERDUTY)
            async with store.unit(more.get("context", CONTEXT)) as unit:
                return await unit.deliveries.claim_keys(source, keys, delivery_id=delivery_id)

        assert await claim(first.id, "webhook-1", "event-1")
        assert await claim(first.id, "event-1", "webhook-1", "event-1"), "a replay"
        assert not await claim(second.id, "webhook-2", "event-1")
        assert await claim(first.id, "webhook-2"), "the refused one claimed nothing"
        assert not await claim(second.id, "webhook-1")
        assert await claim(second.id)
        assert await claim(second.id, "webhook-1", context=a_context("other"))
        assert await claim(second.id, "webhook-1", source=AlertSource.ALERTMANAGER)
        assert not await claim(second.id, "webhook-1"), "what it has elsewhere counts elsewhere"
        long = "x" * 10_000
        assert await claim(first.id, "webhook-1", long)
        assert await claim(first.id, long)
        assert not await claim(second.id, long)
        assert await claim(second.id, long + "y")

    async def test_a_refused_claim_keeps_what_was_claimed_before(self, store: Store) -> None:
        first, second, third = a_delivery(), a_delivery(), a_delivery()
        await store.journal([(delivery, None) for delivery in (first, second, third)])
        async with store.unit(CONTEXT) as unit:
            claim = partial(unit.deliveries.claim_keys, PAGERDUTY)
            assert await claim(["a"], delivery_id=first.id)
            assert await claim(["b"], delivery_id=second.id)
            assert not await claim(["a", "b", "c"], delivery_id=second.id)
            assert not await claim(["b"], delivery_id=third.id)
            assert await claim(["c"], delivery_id=third.id)

    async def test_of_many_that_carry_a_key_at_once_one_has_it(self, store: Store) -> None:
        deliveries = [a_delivery() for _ in range(8)]
        await store.journal([(delivery, None) for delivery in deliveries])

        async def claim(number: int) -> bool:
            keys = ["event-1", f"webhook-{number}", "event-2"]
            if number % 2:
                keys.reverse()
            async with store.unit(CONTEXT) as unit:
                claimed = await unit.deliveries.claim_keys(
                    PAGERDUTY, keys, delivery_id=deliveries[number].id
                )
                await asyncio.sleep(0)
                return claimed

        claimed = await asyncio.gather(*(claim(number) for number in range(8)))
        assert sorted(claimed) == [False] * 7 + [True]

    async def test_keys_are_forgotten_with_their_delivery(self, store: Store) -> None:
        old, new = a_delivery(state=DeliveryState.DONE), a_delivery(received_at=later(9))
        await store.journal([(old, None), (new, None)])
        async with store.unit(CONTEXT) as unit:
            claim = partial(unit.deliveries.claim_keys, PAGERDUTY)
            assert await claim(["a"], delivery_id=old.id)
            assert await claim(["b"], delivery_id=new.id)
        async with store.unit(CONTEXT) as unit:
            assert await unit.deliveries.purge(before=later(9)) == 1
            claim = partial(unit.deliveries.claim_keys, PAGERDUTY)
            assert await claim(["a", "b"], delivery_id=new.id)


class TestOccurrences:
    async def test_one_is_open_per_fingerprint(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        first, repeat = an_occurrence(case_id), an_occurrence(case_id, starts_at=later(1))
        async with store.unit(CONTEXT) as unit:
            assert await unit.occurrences.begin(first)
            assert not await unit.occurrences.begin(repeat)
            assert await unit.occurrences.open_among(["f1", "f2"]) == {"f1": first}

    async def test_an_ended_one_makes_room(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        first, second = an_occurrence(case_id), an_occurrence(case_id)
        async with store.unit(CONTEXT) as unit:
            await unit.occurrences.begin(first)
            await unit.occurrences.update(replace(first, ended_at=later(5), fires=9))
            assert await unit.occurrences.open_among(["f1"]) == {}
            assert await unit.occurrences.latest_of("f1") == replace(
                first, ended_at=later(5), fires=9
            )
            assert await unit.occurrences.begin(second)
            assert await unit.occurrences.latest_of("f1") == second
            assert await unit.occurrences.all_open() == [second]
            assert await unit.occurrences.firing_in(case_id) == [second]
            of_case = await unit.occurrences.of_case(case_id)
            assert [occurrence.id for occurrence in of_case] == [first.id, second.id]

    async def test_a_second_cannot_be_opened_by_an_update(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        first, second = an_occurrence(case_id), an_occurrence(case_id)
        async with store.unit(CONTEXT) as unit:
            await unit.occurrences.begin(first)
            await unit.occurrences.update(replace(first, ended_at=later(5)))
            await unit.occurrences.begin(second)
        with pytest.raises(Conflict):
            async with store.unit(CONTEXT) as unit:
                await unit.occurrences.update(first)
        with pytest.raises(NotFound):
            async with store.unit(CONTEXT) as unit:
                await unit.occurrences.update(an_occurrence(case_id))

    async def test_of_many_that_begin_at_once_one_is_stored(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id

        async def begin() -> bool:
            async with store.unit(CONTEXT) as unit:
                return await unit.occurrences.begin(an_occurrence(case_id))

        stored = await asyncio.gather(*(begin() for _ in range(8)))
        assert sorted(stored) == [False] * 7 + [True]

    async def test_many_begin_change_and_are_found_at_once(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        many = [an_occurrence(case_id, fingerprint=f"f{number}") for number in range(1200)]
        ended = [replace(occurrence, ended_at=later(5), fires=9) for occurrence in many[:600]]
        again = an_occurrence(case_id, fingerprint="f0", starts_at=later(6))
        names = [occurrence.fingerprint for occurrence in many]
        async with store.unit(CONTEXT) as unit:
            await unit.occurrences.begin_all(many)
            reworded = [replace(occurrence, summary="other words") for occurrence in ended]
            await unit.occurrences.update_all(reworded)  # which leaves the words as they were
            await unit.occurrences.begin_all([again])
            occurrences = await unit.occurrences.open_among(names)
            assert occurrences == {
                occurrence.fingerprint: occurrence for occurrence in [*many[600:], again]
            }
            occurrences = await unit.occurrences.latest_among([*names, "never seen"])
            assert occurrences == {
                occurrence.fingerprint: occurrence for occurrence in [*ended, *many[600:], again]
            }
            assert await unit.occurrences.open_among([]) == {}
            await unit.occurrences.begin_all([])
            await unit.occurrences.update_all([])

    async def test_what_fired_in_several_cases_is_read_at_once(self, store: Store) -> None:
        cases = [(await new_case(store)).case.id for _ in range(3)]
        async with store.unit(CONTEXT) as unit:
            for number, case_id in enumerate(cases):
                alert = an_occurrence(
                    case_id, fingerprint=f"f{number}", starts_at=later(9 - number)
                )
                assert await unit.occurrences.begin(alert)
        async with store.reading(CONTEXT) as unit:
            alerts = await unit.occurrences.alerts_of({cases[0], cases[2], "case_other"})
            assert await unit.occurrences.alerts_of(()) == []
        assert [(alert.case_id, alert.at) for alert in alerts] == [
            (cases[2], later(7)),
            (cases[0], later(9)),
        ]
        assert {(alert.name, alert.service) for alert in alerts} == {("PoolExhausted", "checkout")}

    async def test_many_begin_all_or_none(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        async with store.unit(CONTEXT) as unit:
            await unit.occurrences.begin(an_occurrence(case_id, fingerprint="f7"))
        with pytest.raises(Conflict):
            async with store.unit(CONTEXT) as unit:
                await unit.occurrences.begin_all(
                    [an_occurrence(case_id, fingerprint=f"f{number}") for number in range(9)]
                )
        async with store.reading(CONTEXT) as unit:
            assert [occurrence.fingerprint for occurrence in await unit.occurrences.all_open()] == [
                "f7"
            ]


class TestCases:
    async def test_events_fold_into_the_tables(self, store: Store) -> None:
        view = await new_case(store, group_key="g1")
        case_id = view.case.id
        for change in changes_of_a_life(a_hypothesis()):
            async with store.unit(CONTEXT) as unit:
                view = await unit.cases.view(case_id, lock=True)
                await record(unit, view, case_id, [change], at=later(1), actor="ada")
        async with store.reading(CONTEXT) as unit:
            view = await unit.cases.view(case_id)
            events = await unit.cases.events(case_id)
            folded = fold(events, await unit.cases.texts(case_id))
        assert folded == view
        assert verify_chain(events) == view.case.head
        assert view.case.solution == redacted("a larger pool")
        assert view.hypotheses[0].verdict_why == redacted("I saw it")
        assert view.hypotheses[0].confidence == 0.1 + 0.2

    async def test_the_newest_events_of_some_kinds_are_read_with_their_texts(
        self, store: Store
    ) -> None:
        case_id = (await new_case(store)).case.id
        notes = [redacted(f"note {nth}") for nth in range(4)]
        async with store.unit(CONTEXT) as unit:
            view = await unit.cases.view(case_id, lock=True)
            for text in notes:
                noted = Change(kind=EventKind.NOTED, data={"text": text.digest}, texts=[text])
                spoken = Change(kind=EventKind.SPOKEN)
                view = await record(unit, view, case_id, [noted, spoken], at=later(1), actor="ada")
        async with store.reading(CONTEXT) as unit:
            newest = await unit.cases.newest(case_id, {EventKind.NOTED}, most=2)
            texts = await unit.cases.texts(case_id, of={notes[3].digest, "unknown"})
        assert [event.data["text"] for event in newest] == [text.digest for text in notes[2:]]
        assert texts == {notes[3].digest: notes[3]}

    async def test_events_of_a_kind_are_read_from_all_cases_since_a_moment(
        self, store: Store
    ) -> None:
        views = [await new_case(store), await new_case(store)]
        spoken = [Change(kind=EventKind.SPOKEN)]
        async with store.unit(CONTEXT) as unit:
            for minute, view in enumerate(views):
                await record(unit, view, view.case.id, spoken, at=later(minute), actor="ada")
        async with store.reading(CONTEXT) as unit:
            both = await unit.cases.since(EventKind.SPOKEN, later(0))
            late = await unit.cases.since(EventKind.SPOKEN, later(1))
        assert [event.case_id for event in both] == [view.case.id for view in views]
        assert late == both[1:]

    async def test_hypotheses_are_replaced_in_their_order(self, store: Store) -> None:
        view = await new_case(store)
        two, three = a_hypothesis(number=2), a_hypothesis(number=3)
        for ranked in ((two, three), (three, two), (three,)):
            event = seal(
                view.case.id,
                view.case.version + 1,
                EventKind.SPOKEN,
                at=NOON,
                actor="ada",
                data={},
                previous=view.case.head,
            )
            case = replace(view.case, version=event.seq, head=event.hash)
            view = replace(view, case=case, hypotheses=ranked)
            async with store.unit(CONTEXT) as unit:
                await unit.cases.append([event], view)
            async with store.reading(CONTEXT) as unit:
                assert await unit.cases.view(view.case.id) == view

    async def test_a_second_writer_of_the_same_event_fails(self, store: Store) -> None:
        view = await new_case(store)
        event, _ = opened(view.case.id, number=view.case.number)
        with pytest.raises(Conflict):
            async with store.unit(CONTEXT) as unit:
                await unit.cases.append([event], view)

    async def test_numbers_count_per_tenant_without_gaps_or_doubles(self, store: Store) -> None:
        async def number(tenant_id: str) -> int:
            async with store.unit(a_context(tenant_id)) as unit:
                return (await put_case(unit)).case.number

        given = await asyncio.gather(*(number(tenant) for tenant in "ababa"))
        assert sorted(given) == [1, 1, 2, 2, 3]

        async def break_off() -> None:
            async with store.unit(a_context("a")) as unit:
                await unit.cases.next_number()
                raise BreakOffError

        with pytest.raises(BreakOffError):
            await break_off()
        assert await number("a") == 4

    async def test_a_number_cannot_be_taken_twice(self, store: Store) -> None:
        view = await new_case(store)
        event, twin = opened(an_id("case"), number=view.case.number)
        with pytest.raises(Conflict):
            async with store.unit(CONTEXT) as unit:
                await unit.cases.append([event], twin)

    async def test_a_group_has_one_open_case(self, store: Store) -> None:
        first = await new_case(store, group_key="g1")
        with pytest.raises(Conflict):
            await new_case(store, group_key="g1")
        await resolve(store, first)
        second = await new_case(store, group_key="g1")
        assert second.case.number == 2
        async with store.reading(CONTEXT) as unit:
            of_group = await unit.cases.open_for_group("g1")
            assert of_group == second.case
            assert await unit.cases.latest_for_group("g1") == second.case
            assert await unit.cases.open_for_group("g2") is None

    async def test_cases_of_people_share_no_group(self, store: Store) -> None:
        await new_case(store)
        await new_case(store)
        async with store.reading(CONTEXT) as unit:
            assert await unit.cases.open_for_group("") is None
            assert await unit.cases.latest_for_group("") is None

    async def test_a_group_key_may_be_long(self, store: Store) -> None:
        long = "{}:{" + "x" * 10_000 + "}"
        view = await new_case(store, group_key=long)
        with pytest.raises(Conflict):
            await new_case(store, group_key=long)
        async with store.reading(CONTEXT) as unit:
            assert await unit.cases.open_for_group(long) == view.case

    async def test_of_many_that_open_a_group_at_once_one_does(self, store: Store) -> None:
        async def open_or_join() -> str:
            async with store.unit(CONTEXT) as unit:
                case = await unit.cases.open_for_group("g1")
                await asyncio.sleep(0)
                return (case or (await put_case(unit, group_key="g1")).case).id

        first = await asyncio.gather(*(open_or_join() for _ in range(6)), return_exceptions=True)
        assert all(isinstance(case_id, str | Conflict) for case_id in first)
        again = await asyncio.gather(*(open_or_join() for _ in first))
        async with store.reading(CONTEXT) as unit:
            (case,) = await unit.cases.listing()
        assert {case_id for case_id in first if isinstance(case_id, str)} == {case.id} == set(again)

    async def test_a_locked_view_waits_for_the_writer_before_it(self, store: Store) -> None:
        view = await new_case(store)
        case_id = view.case.id

        async def speak() -> None:
            async with store.unit(CONTEXT) as unit:
                locked = await unit.cases.view(case_id, lock=True)
                await asyncio.sleep(0)
                await record(
                    unit,
                    locked,
                    case_id,
                    [changes_of_a_life(a_hypothesis())[3]],
                    at=NOON,
                    actor="ada",
                )

        await asyncio.gather(*(speak() for _ in range(8)))
        async with store.reading(CONTEXT) as unit:
            events = await unit.cases.events(case_id)
            assert (await unit.cases.view(case_id)).case.files == 8
        assert verify_chain(events)

    async def test_listing_is_newest_first(self, store: Store) -> None:
        first, second = await new_case(store), await new_case(store)
        await resolve(store, first)
        async with store.reading(CONTEXT) as unit:
            everything = await unit.cases.listing()
            assert [case.id for case in everything] == [second.case.id, first.case.id]
            assert await unit.cases.listing(only_open=True) == [second.case]
            assert await unit.cases.listing(most=1) == everything[:1]
            assert await unit.cases.by_number(2) == second.case
            with pytest.raises(NotFound):
                await unit.cases.by_number(3)
            with pytest.raises(NotFound):
                await unit.cases.view("none")

    async def test_texts_are_stored_once(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        text = redacted("größer")
        async with store.unit(CONTEXT) as unit:
            await unit.cases.put_texts(case_id, [text, text])
            await unit.cases.put_texts(case_id, [text])
            await unit.cases.put_texts(case_id, [])
            assert (await unit.cases.texts(case_id))[text.digest] == text
            assert await unit.cases.texts("none") == {}


class TestFiles:
    async def test_files_are_numbered_per_case(self, store: Store) -> None:
        first, second = (await new_case(store)).case.id, (await new_case(store)).case.id
        files = [a_file(first), a_file(first, blob="c" * 64), a_file(second)]
        async with store.unit(CONTEXT) as unit:
            stored = [await unit.files.add(file) for file in files]
            assert [file and file.number for file in stored] == [1, 2, 1]
            assert stored[0] == replace(files[0], number=1)
            assert await unit.files.of_case(first) == stored[:2]
            assert await unit.files.get(files[2].id) == stored[2]
            with pytest.raises(NotFound):
                await unit.files.get("none")

    async def test_the_same_name_and_content_is_stored_once(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        async with store.unit(CONTEXT) as unit:
            assert await unit.files.add(a_file(case_id))
            assert await unit.files.add(a_file(case_id)) is None
            renamed = await unit.files.add(a_file(case_id, name=redacted("other.log")))
        assert renamed
        assert renamed.number == 2

    async def test_files_are_got_in_the_order_asked_for(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        async with store.unit(CONTEXT) as unit:
            first = await unit.files.add(a_file(case_id))
            second = await unit.files.add(a_file(case_id, name=redacted("other.log")))
            assert first
            assert second
            assert await unit.files.get_all([second.id, first.id]) == [second, first]
            assert await unit.files.get_all([]) == []
            with pytest.raises(NotFound, match="no file file_gone"):
                await unit.files.get_all([first.id, "file_gone"])

    async def test_how_many_files_of_a_sender_are_unread(self, store: Store) -> None:
        case_id, other = (await new_case(store)).case.id, (await new_case(store)).case.id
        async with store.unit(CONTEXT) as unit:
            for number, (case, sender) in enumerate(
                ((case_id, "@lee"), (other, "@lee"), (other, "@kim"))
            ):
                file = a_file(case, blob=str(number) * 64)
                assert await unit.files.add(replace(file, received_from=sender))
            assert await unit.files.unread_from("@lee", most=9) == 2
            assert await unit.files.unread_from("@lee", most=1) == 1
            assert await unit.files.unread_from("@kim", most=9) == 1
            assert await unit.files.unread_from("@dana", most=9) == 0
            (read,) = await unit.files.of_case(case_id)
            await unit.files.update(replace(read, state=FileState.PROCESSED))
            assert await unit.files.unread_from("@lee", most=9) == 1

    async def test_files_of_a_content_and_whether_any_is_unread(self, store: Store) -> None:
        case_id, other = (await new_case(store)).case.id, (await new_case(store)).case.id
        async with store.unit(CONTEXT) as unit:
            assert not await unit.files.is_any_unread(case_id)
            file = await unit.files.add(a_file(case_id))
            named = await unit.files.add(a_file(case_id, name=redacted("other.log")))
            await unit.files.add(a_file(case_id, blob="c" * 64))
            of_other = await unit.files.add(a_file(other))
            assert file
            assert named
            assert of_other
            assert await unit.files.of_content(case_id, file.blob) == [file, named]
            assert await unit.files.of_content(case_id, "d" * 64) == []
            assert await unit.files.holds_content(case_id, file.blob, besides=file.id)
            assert await unit.files.holds_content(case_id, "c" * 64, besides=file.id)
            assert not await unit.files.holds_content(other, file.blob, besides=of_other.id)
            for of_case in await unit.files.of_case(case_id):
                assert await unit.files.is_any_unread(case_id)
                await unit.files.update(replace(of_case, state=FileState.PROCESSED))
            assert not await unit.files.is_any_unread(case_id)
            assert await unit.files.is_any_unread(other)
            newest = await unit.files.newest_read(case_id, most=2)
            assert [known.number for known in newest] == [3, 2]
            assert await unit.files.newest_read(other, most=2) == []
            gone = replace(file, state=FileState.DELETED, let_go_at=NOON)
            await unit.files.update(gone)
            (kept,) = await unit.files.of_content(case_id, file.blob)
            assert kept.id == named.id
            assert await unit.files.holds_content(case_id, file.blob, besides=file.id)
            assert not await unit.files.holds_content(case_id, file.blob, besides=named.id)
            await unit.files.update(replace(named, let_go_at=NOON))
            assert not await unit.files.holds_content(case_id, file.blob, besides=file.id)

    async def test_findings_are_replaced_in_their_order(self, store: Store) -> None:
        case_id = (await new_case(store)).case.id
        first, second = a_finding(), a_finding(count=2, buckets={}, first=None, last=None)
        async with store.unit(CONTEXT) as unit:
            file = await unit.files.add(a_file(case_id))
            quiet = await unit.files.add(a_file(case_id, name=redacted("quiet.log")))
            assert file
            assert quiet
            await unit.files.put_extraction(file, an_extraction(first))
            read = replace(file, events=5, lines=6, problem=redacted("cut"), first=NOON)
            await unit.files.put_extraction(read, an_extraction(second, first, first))
        async with store.reading(CONTEXT) as unit:
            assert await unit.files.get(file.id) == read
            assert await unit.files.findings(case_id) == {
                file.id: (second, first, first),
                quiet.id: (),
            }
        async with store.unit(CONTEXT) as unit:
            await unit.files.put_extraction(file, None)
            assert (await unit.files.findings(case_id))[file.id] == ()
            with pytest.raises(NotFound):
                await unit.files.put_extraction(a_file(case_id), None)

    async def test_a_deleted_file_makes_room_for_itself_and_its_number_does_not(
        self, store: Store
    ) -> None:
        case_id = (await new_case(store)).case.id
        async with store.unit(CONTEXT) as unit:
            file = await unit.files.add(a_file(case_id))
            assert file
            await unit.files.put_extraction(file, an_extraction(a_finding()))
            gone = replace(file, state=FileState.DELETED, let_go_at=NOON, decoded=True, onset=NOON)
            await unit.files.update(gone)
            assert await unit.files.get(file.id) == gone
            assert await unit.files.of_case(case_id) == []
            assert await unit.files.ever_in_case(case_id) == [gone]
            assert await unit.files.findings(case_id) == {}
            again = await unit.files.add(a_file(case_id))
            assert again
            assert again.number == 2
            assert await unit.files.add(a_file(case_id)) is None
        with pytest.raises(NotFound):
            async with store.unit(CONTEXT) as unit:
                await unit.files.update(a_file(case_id))

    async def test_files_whose_original_is_kept(self, store: Store) -> None:
        ended, open_one = await new_case(store), await new_case(store)
        async with store.unit(CONTEXT) as unit:
            old = await unit.files.add(a_file(ended.case.id))
            young = await unit.files.add(a_file(open_one.case.id))
            let_go = await unit.files.add(a_file(ended.case.id, name=redacted("gone.log")))
            assert old
            assert young
            assert let_go
            await unit.files.update(replace(let_go, let_go_at=NOON))
        await resolve(store, ended)
        both = sorted([old, young], key=lambda file: file.id)
        async with store.reading(CONTEXT) as unit:
            resolved_at = (await unit.cases.view(ended.case.id)).case.resolved_at
            assert resolved_at
            assert await unit.files.kept() == both
            assert await unit.files.kept(limit=1) == both[:1]
            assert await unit.files.kept(after=both[0].id) == both[1:]
            later = resolved_at + timedelta.resolution
            assert await unit.files.kept(resolved_before=later) == [old]
            assert await unit.files.kept(resolved_before=resolved_at) == []

    async def test_a_text_can_be_erased(self, store: Store) -> None:
        view = await new_case(store)
        kept, gone = redacted("stays"), [redacted(f"goes {n}") for n in range(1200)]
        async with store.unit(CONTEXT) as unit:
            await unit.cases.put_texts(view.case.id, [kept, *gone])
            await unit.cases.erase_texts(view.case.id, {text.digest for text in gone})
            await unit.cases.erase_texts(view.case.id, ["of nothing"])
        async with store.reading(CONTEXT) as unit:
            texts = await unit.cases.texts(view.case.id)
        assert set(texts.values()) == {view.case.title, kept}


class TestOddText:
    async def test_no_text_is_too_odd_to_be_stored(self, store: Store) -> None:
        odd = "a\0b\ud800 ẞ 𝄞 \u202e"
        case_id = (await new_case(store)).case.id
        question = a_question(case_id, text=redacted(odd))
        async with store.unit(CONTEXT) as unit:
            await unit.questions.add(question)
        async with store.reading(CONTEXT) as unit:
            (stored,) = await unit.questions.of_case(case_id)
        assert stored.text.text in {odd, "a␀b? ẞ 𝄞 \u202e"}

    async def test_not_even_within_what_rests_as_json(self, store: Store) -> None:
        odd = "a\0b\ud800 ẞ 𝄞 \u202e"
        outbound = an_outbound(card=a_card(rows=(Row(text=redacted(odd)),)))
        async with store.unit(CONTEXT) as unit:
            await unit.conversation.put_outbound(outbound)
        async with store.reading(CONTEXT) as unit:
            stored = await unit.conversation.outbound(outbound.id)
        assert stored.card.rows[0].text.text in {odd, "a\0b? ẞ 𝄞 \u202e"}
