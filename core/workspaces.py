"""Workspaces of chat platforms in which a tenant's cases are shown. Each is a row of the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from core.context import Context


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A workspace of Slack, or the servers that one bot of Discord is in.

    id: ours; a `Place` names it. external_id: the platform's own; "" until it was connected first.
    connected_at: when it became the one in which new cases open.
    """

    tenant_id: str
    id: str
    platform: str
    external_id: str
    connected_at: datetime


class Workspaces(Protocol):
    """The workspaces of the tenant."""

    async def add(self, workspace: Workspace) -> bool:
        """False where there is one of that platform and external id: nothing is stored."""

    async def of_platform(self, platform: str) -> list[Workspace]:
        """The one that was connected last is first."""

    async def update(self, workspace: Workspace) -> None:
        """Stores its external id, and when it was connected. Raises NotFound."""


class WorkspacesUnit(Protocol):
    """A unit of work, as far as workspaces go."""

    @property
    def workspaces(self) -> Workspaces: ...
    @property
    def context(self) -> Context: ...
    @property
    def now(self) -> datetime: ...
    def new_id(self, prefix: str) -> str: ...


async def current_workspace(unit: WorkspacesUnit, platform: str) -> str:
    """The id of the workspace in which the tenant's new cases open; it is made where none is."""
    known = await unit.workspaces.of_platform(platform)
    if not known:
        await _add(unit, platform, "")
        known = await unit.workspaces.of_platform(platform)
    return known[0].id


async def connect_workspace(unit: WorkspacesUnit, platform: str, external_id: str) -> str:
    """The id of the workspace that the platform calls so; from now on it is the current one.

    A token of another workspace leaves the cases of the one before where they are.
    """
    known = await unit.workspaces.of_platform(platform)
    same = next((each for each in known if each.external_id == external_id), None)
    unnamed = next((each for each in known if not each.external_id), None)
    workspace = same or unnamed
    if workspace is None:
        await _add(unit, platform, external_id)
        return await current_workspace(unit, platform)
    if workspace != known[0] or workspace is unnamed:
        connected = replace(workspace, external_id=external_id, connected_at=unit.now)
        await unit.workspaces.update(connected)
    return workspace.id


async def _add(unit: WorkspacesUnit, platform: str, external_id: str) -> None:
    workspace = Workspace(
        tenant_id=unit.context.tenant_id,
        id=unit.new_id("workspace"),
        platform=platform,
        external_id=external_id,
        connected_at=unit.now,
    )
    await unit.workspaces.add(workspace)
