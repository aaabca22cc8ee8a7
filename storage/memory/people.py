"""Identities of people on chat platforms, in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from core.access import Identity


@dataclass(frozen=True)
class MemoryPeople:
    """Identities; of their users nothing is read."""

    tables: Tables

    async def identity(
        self, platform: str, workspace: str, external_id: str, *, lock: bool = False
    ) -> Identity | None:
        return self.tables.identities.get((platform, workspace, external_id))

    async def meet(self, identity: Identity) -> Identity:
        refuse_strangers(self.tables.tenant_id, identity)
        key = (identity.platform, identity.workspace, identity.external_id)
        known = self.tables.identities.get(key)
        if known is not None:
            identity = replace(known, profile=identity.profile, seen_at=identity.seen_at)
        self.tables.identities.put(key, identity)
        return identity

    async def link(self, identity: Identity) -> None:
        refuse_strangers(self.tables.tenant_id, identity)
        key = (identity.platform, identity.workspace, identity.external_id)
        known = self.tables.identities.require(key, "identity")
        linked = replace(known, user_id=identity.user_id, linked_at=identity.linked_at)
        self.tables.identities.put(key, linked)

    async def linked_to(self, user_id: str) -> list[Identity]:
        mine = [
            (known.linked_at, known.key, known)
            for known in self.tables.identities
            if known.user_id == user_id and known.linked_at is not None
        ]
        return [known for _, _, known in sorted(mine, key=lambda row: row[:2])]
