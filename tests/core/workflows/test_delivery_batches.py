from __future__ import annotations

from core.alerts.model import DeliveryState
from core.workflows.delivery_batches import UNREADABLE
from core.workflows.delivery_intake import DeliveryBody, Journal, accept
from tests.core.alerts.desk import AlertDesk, a_body, an_alert, recorded


async def test_people_are_told_in_one_card_without_the_body() -> None:
    desk = AlertDesk()
    first = await desk.deliver(b"hunter2: not json")
    assert (first.state, first.problem) == (
        DeliveryState.UNPARSABLE,
        "Invalid JSON: expected value at line 1 column 1",
    )
    desk.clock.advance(60)
    second = await desk.deliver(b'{"hello": "world"}')

    older, newer = desk.queued_cards()
    assert older.key == newer.key == UNREADABLE
    assert older.version < newer.version
    text = "\n".join(row.text.text for row in newer.rows)
    notice = "2 deliveries from alertmanager could not be read; the newest at 08:02 UTC"
    assert text.startswith(notice)
    assert "receiver: Field required" in text
    assert f"`faultmaven replay --delivery {second.id}`" in text
    assert "hunter2" not in text
    assert await desk.cases() == []


async def test_a_body_with_a_group_but_nonsense_in_it_is_found_out_by_its_job() -> None:
    desk = AlertDesk()
    body = recorded("single_firing").replace(b'"startsAt":"2026', b'"startsAt":"soon')
    journaled = await desk.journal(body)
    assert journaled.state is DeliveryState.PENDING
    await desk.work()

    stored = await desk.delivery(journaled.id)
    assert stored.state is DeliveryState.UNPARSABLE
    assert stored.problem is not None
    assert stored.problem.startswith("alerts.0.startsAt")
    assert [card.key for card in desk.queued_cards()] == [UNREADABLE]


async def test_an_oversized_one_is_reported_and_stays_what_it_is() -> None:
    desk = AlertDesk()
    body = DeliveryBody(kept=b"{", size=6 * 10**6, sha256="0" * 64)
    delivery = await accept(body, journal=Journal(desk.services.store), services=desk.services)
    await desk.work()

    assert (await desk.delivery(delivery.id)).state is DeliveryState.OVERSIZED
    (card,) = desk.queued_cards()
    assert "(6.0 MB): larger than the limit for a delivery" in card.rows[0].text.text


async def test_a_poison_delivery_does_not_hold_up_its_successors() -> None:
    desk = AlertDesk()
    await desk.journal(b"poison")
    await desk.deliver(a_body(an_alert()))
    assert (await desk.case()).firing == 1
