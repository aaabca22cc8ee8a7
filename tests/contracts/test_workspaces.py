"""What every store must do with workspaces, and which of them is the current one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.conversation.ports import connect_workspace, current_workspace
from core.errors import NotFound
from tests.contracts.samples import CONTEXT, a_workspace, later
from tests.fakes.clock import SetClock

if TYPE_CHECKING:
    from core.workflows.services import Store


class TestWorkspaces:
    async def test_the_one_connected_last_is_first(self, store: Store) -> None:
        first, second = (
            a_workspace(),
            a_workspace(id="two", external_id="T1", connected_at=later(1)),
        )
        async with store.unit(CONTEXT) as unit:
            assert await unit.workspaces.add(first)
            assert await unit.workspaces.add(second)
            assert await unit.workspaces.add(a_workspace(platform="discord"))
        async with store.unit(CONTEXT) as unit:
            assert await unit.workspaces.of_platform("slack") == [second, first]
            again = replace(first, connected_at=later(2))
            await unit.workspaces.update(again)
            assert await unit.workspaces.of_platform("slack") == [again, second]

    async def test_a_platform_s_workspace_is_stored_once(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            assert await unit.workspaces.add(a_workspace())
            assert not await unit.workspaces.add(a_workspace(id="two"))
            assert await unit.workspaces.of_platform("slack") == [a_workspace()]

    async def test_one_that_is_not_there_cannot_change(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            with pytest.raises(NotFound):
                await unit.workspaces.update(a_workspace())


class TestCurrentWorkspace:
    async def test_it_is_made_once_and_takes_the_name_of_the_first_connection(
        self, store: Store
    ) -> None:
        async with store.unit(CONTEXT) as unit:
            made = await current_workspace(unit, "slack")
            assert await current_workspace(unit, "slack") == made
            assert await connect_workspace(unit, "slack", "T0SHOP") == made
            (row,) = await unit.workspaces.of_platform("slack")
            assert row.external_id == "T0SHOP"

    async def test_a_token_of_another_workspace_leaves_the_one_before(self, store: Store) -> None:
        clock = SetClock()
        context = replace(CONTEXT, clock=clock)
        async with store.unit(context) as unit:
            shop = await connect_workspace(unit, "slack", "T0SHOP")
            clock.advance(60)
            bank = await connect_workspace(unit, "slack", "T0BANK")
            assert bank != shop
            assert await current_workspace(unit, "slack") == bank
            clock.advance(60)
            assert await connect_workspace(unit, "slack", "T0SHOP") == shop
            assert await current_workspace(unit, "slack") == shop
