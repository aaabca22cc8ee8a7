"""What is related to a case, by which path, and to whom it may be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.knowledge.documents import NewDocument, bring
from core.knowledge.model import EVERYBODY, Collection, ContentType, scope_of
from core.workflows.knowledge_graph import (
    GraphReader,
    account_reader,
    graph_of,
    place_reader,
    related_to,
)
from core.workflows.knowledge_intake import read_document_now
from tests.contracts.samples import a_binding, an_account
from tests.core.workflows.test_case_memories import FIX, a_case, made_private, resolved
from tests.fakes.chat import LOFT, House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.knowledge.graph.knowledge_graph import KnowledgeGraph

RUNBOOK = b"""---
service: checkout
owner: payments-team
---
# Checkout pool

## Symptoms
Clients of checkout wait for a connection.
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


async def brought(house: House, *, scope: str = EVERYBODY, account_id: str | None = None) -> str:
    new = NewDocument(
        raw=RUNBOOK,
        content_type=ContentType.MARKDOWN,
        scope=scope,
        collection=Collection.USER if account_id else Collection.GLOBAL,
        account_id=account_id,
        source="runbooks/checkout-pool.md",
    )
    async with house.services.unit() as unit:
        document = (await bring(unit, new, by="@dana")).document
    return (await read_document_now(document, services=house.services)).id


def names(graph: KnowledgeGraph) -> set[str]:
    return {node.id for node in graph.nodes}


async def test_related_says_by_which_path_a_past_case_is_related(house: House) -> None:
    await resolved(house, 1)
    await a_case(house, 2, confirms=False)
    related = words_of(*await house.say("related #2"))
    assert "#2 1 case like it" in related
    assert "same cause: Connection pool exhausted" in related
    assert f"fixed by: {FIX}" in related


async def test_a_private_case_is_no_node_of_whoever_may_not_see_it(house: House) -> None:
    dana, lee = an_account(), an_account(username="lee", email=None)
    private = await resolved(house, 1)
    await made_private(house, private, dana)
    async with house.services.unit() as unit:
        await unit.accounts.add(lee)
    view = await a_case(house, 2, confirms=False)
    for account, numbers in ((dana, ["#1"]), (lee, [])):
        related = await related_to(view.case.id, account, services=house.services)
        assert [each.node.label.text for each in related.cases] == numbers
    async with house.services.reading() as unit:
        graph = await graph_of(unit, await account_reader(unit, lee))
        in_chat = await graph_of(unit, await place_reader(unit, view.case.id, LOFT))
    for seen_by_others in (graph, in_chat):
        assert f"case:{private.case.id}" not in names(seen_by_others)
        assert not [edge for edge in seen_by_others.edges if edge.source.text == "#1"]
        assert f"fix:{FIX}" not in names(seen_by_others)


async def test_a_document_of_somebody_is_no_node_of_anybody_else(house: House) -> None:
    dana, lee = an_account(), an_account(username="lee", email=None)
    scope = scope_of(Collection.USER, account_id=dana.id)
    document = await brought(house, scope=scope, account_id=dana.id)
    async with house.services.reading() as unit:
        mine = names(await graph_of(unit, await account_reader(unit, dana)))
        theirs = names(await graph_of(unit, await account_reader(unit, lee)))
        everybodys = names(await graph_of(unit, GraphReader()))
    assert {f"runbook:{document}", "service:checkout", "person:payments-team"} <= mine
    assert theirs == everybodys == set()


@pytest.mark.parametrize("line", ["related #2", "ask #2 what fixed it last time?", "status #2"])
async def test_guests_are_told_of_no_case_of_another_channel(house: House, line: str) -> None:
    await resolved(house, 1)
    view = await a_case(house, 2, confirms=False)
    async with house.services.unit() as unit:
        await unit.conversation.bind(a_binding(view.case.id, LOFT))
    assert FIX in words_of(*await house.say(line, place=LOFT))
    to_guest = words_of(*await house.say(line, place=LOFT, is_of_guest=True))
    assert "#2" in to_guest
    assert FIX not in to_guest
    assert "#1" not in to_guest


@pytest.mark.parametrize("line", ["search pool", "ask which runbooks are stale?"])
async def test_guests_read_none_of_the_teams_documents(house: House, line: str) -> None:
    await brought(house)
    assert "members of this workspace" not in words_of(*await house.say(line, place=LOFT))
    to_guest = words_of(*await house.say(line, place=LOFT, is_of_guest=True))
    assert "members of this workspace" in to_guest
