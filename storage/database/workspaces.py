"""Workspaces of chat platforms in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from core.conversation.ports import Workspace
from core.errors import NotFound
from storage.database.repository import Repository
from storage.database.rows import insert_into, read, values_of
from storage.database.tables import workspaces

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY: Sequence[str] = ("tenant_id", "platform", "external_id")


class SqlWorkspaces(Repository):
    """By id; a tenant has one of each platform and external id."""

    async def add(self, workspace: Workspace) -> bool:
        self._refuse_strangers(workspace)
        insert = insert_into(self._work, workspaces).values(values_of(workspace))
        stored = await self._work.execute(insert.on_conflict_do_nothing(index_elements=KEY))
        return bool(stored.rowcount)

    async def of_platform(self, platform: str) -> list[Workspace]:
        rows = await self._work.execute(
            select(workspaces)
            .where(self._mine(workspaces), workspaces.c.platform == platform)
            .order_by(workspaces.c.connected_at.desc(), workspaces.c.id.desc())
        )
        return [read(Workspace, row) for row in rows.mappings()]

    async def update(self, workspace: Workspace) -> None:
        self._refuse_strangers(workspace)
        changed = await self._work.execute(
            update(workspaces)
            .where(
                self._mine(workspaces),
                workspaces.c.platform == workspace.platform,
                workspaces.c.id == workspace.id,
            )
            .values(external_id=workspace.external_id, connected_at=workspace.connected_at)
        )
        if not changed.rowcount:
            message = f"no workspace {workspace.id}"
            raise NotFound(message)
