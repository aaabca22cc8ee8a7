"""What health says of runbooks, and what it does not say because it is not sure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.accounts.model import CaseRole
from core.workflows.knowledge_health import health_at, knowledge_health
from tests.contracts.samples import a_member, an_account
from tests.core.conversation.commands.test_feedback_commands import press
from tests.core.workflows.test_knowledge_search import RUNBOOK, bring, fires
from tests.fakes.chat import HOME, LOFT, House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.accounts.model import Account
    from core.cases.runbook_health import KnowledgeHealth

DAY_S = 24 * 3_600


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


async def health(house: House, account: Account | None = None, days: int = 90) -> KnowledgeHealth:
    after = timedelta(days=days)
    return await knowledge_health(account, stale_after=after, services=house.services)


async def test_without_cases_every_runbook_is_unused_and_nothing_is_stale(house: House) -> None:
    await bring(house)
    house.clock.advance(400 * DAY_S)
    answer = await health(house)
    assert (answer.runbooks, answer.cases, answer.since) == (1, 0, None)
    assert [(use.suggested, use.opened) for use in answer.unused] == [(0, 0)]
    assert (answer.uncovered, answer.unhelpful, answer.steps, answer.stale) == ((), (), (), ())


async def test_alerts_without_a_runbook_and_runbooks_without_readers_are_named(
    house: House,
) -> None:
    await bring(house)
    await fires(house, "PostgresReplicaLagging", "replica 2 is 300 s behind")
    answer = await health(house)
    assert answer.uncovered == ()
    assert [(use.suggested, use.opened) for use in answer.unused] == [(1, 0)]
    (card,) = await house.say("runbook #1")
    answer = await health(house)
    assert answer.unused == ()
    reply = await press(house, card, "Did not help")
    await press(house, reply, "Step 3 did not")
    answer = await health(house)
    assert [use.tally.unhelpful for use in answer.unhelpful] == [1]
    assert [(step.number, step.text.text) for step in answer.steps] == [(3, "Restart the replica.")]
    await fires(house, "CertificateExpiresSoon", "certificate of checkout ends in 3 days")
    answer = await health(house)
    assert [(alert.name, alert.cases) for alert in answer.uncovered] == [
        ("CertificateExpiresSoon", 1)
    ]


async def test_a_runbook_is_stale_when_its_service_had_cases_since(house: House) -> None:
    await bring(house, f"{RUNBOOK}\nOf checkout.\n")
    house.clock.advance(80 * DAY_S)
    await fires(house, "PostgresReplicaLagging", "replica 2 is 300 s behind")
    assert (await health(house)).stale == (), "it is 80 days old"
    (stale,) = (await health(house, days=30)).stale
    assert (stale.services, stale.cases, stale.unseen) == (("checkout",), (1,), ())


async def test_names_that_cases_knew_once_and_none_since_are_told(house: House) -> None:
    await fires(house, "PostgresReplicaLagging", "replica 2 is 300 s behind")
    house.clock.advance(100 * DAY_S)
    await bring(house)
    assert (await health(house)).stale == (), "no case since could have seen it"
    await house.say("open something else")
    (stale,) = (await health(house)).stale
    assert [(unseen.name, unseen.last) for unseen in stale.unseen] == [
        ("PostgresReplicaLagging", 1)
    ]
    assert stale.cases == ()


async def test_a_case_that_somebody_does_not_see_is_not_counted(house: House) -> None:
    await fires(house, "CertificateExpiresSoon", "certificate of checkout ends in 3 days")
    dana, lee = an_account(), an_account(username="lee", email=None)
    async with house.services.unit() as unit:
        case = await unit.cases.by_number(1)
        for account in (dana, lee):
            await unit.accounts.add(account)
        await unit.members.put(a_member(case.id, dana.id, role=CaseRole.OWNER))
    assert [alert.name for alert in (await health(house, dana)).uncovered] == [
        "CertificateExpiresSoon"
    ]
    assert ((await health(house, lee)).cases, (await health(house, lee)).uncovered) == (0, ())


async def test_chat_is_answered_which_alerts_have_no_runbook(house: House) -> None:
    await bring(house)
    await fires(house, "CertificateExpiresSoon", "certificate of checkout ends in 3 days")
    for question in ("which alerts have no runbook?", "which runbooks are stale?"):
        shown = words_of(*await house.say(f"ask {question}"))
        assert "1 alert without a runbook" in shown
        assert "CertificateExpiresSoon" in shown
        assert "the last #1" in shown
        assert "1 runbook never suggested, or never opened" in shown
    await house.hear("which alerts have no runbook?", LOFT)
    await house.work()
    spoken = [*house.pigeon.messages.values(), *(card for _, card in house.pigeon.whispers)]
    assert "1 alert without a runbook" in words_of(*spoken)


async def test_without_any_case_the_question_has_an_answer(house: House) -> None:
    assert "0 runbooks, 0 cases" in words_of(*await house.say("ask which alerts have no runbook?"))


async def test_a_channel_is_told_nothing_of_a_case_with_members(house: House) -> None:
    await fires(house, "CertificateExpiresSoon", "certificate of checkout ends in 3 days")
    dana = an_account()
    async with house.services.unit() as unit:
        case = await unit.cases.by_number(1)
        await unit.accounts.add(dana)
        await unit.members.put(a_member(case.id, dana.id, role=CaseRole.OWNER))
    assert (await health_at(LOFT, services=house.services)).uncovered == ()
    assert (await health_at(HOME, services=house.services)).uncovered != ()


async def test_the_question_of_one_runbook_is_still_of_the_case(house: House) -> None:
    await fires(house, "CertificateExpiresSoon", "certificate of checkout ends in 3 days")
    answer = words_of(*await house.say("ask is there a runbook for this?"))
    assert "without a runbook" not in answer
