"""Workspaces of chat platforms in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from core.conversation.ports import Workspace


@dataclass(frozen=True)
class MemoryWorkspaces:
    """By platform and id."""

    tables: Tables

    async def add(self, workspace: Workspace) -> bool:
        refuse_strangers(self.tables.tenant_id, workspace)
        known = await self.of_platform(workspace.platform)
        if workspace.external_id in [other.external_id for other in known]:
            return False
        self.tables.workspaces.put((workspace.platform, workspace.id), workspace)
        return True

    async def of_platform(self, platform: str) -> list[Workspace]:
        workspaces = [
            workspace for workspace in self.tables.workspaces if workspace.platform == platform
        ]
        return sorted(
            workspaces, key=lambda workspace: (workspace.connected_at, workspace.id), reverse=True
        )

    async def update(self, workspace: Workspace) -> None:
        refuse_strangers(self.tables.tenant_id, workspace)
        self.tables.workspaces.require((workspace.platform, workspace.id), "workspace")
        self.tables.workspaces.put((workspace.platform, workspace.id), workspace)
