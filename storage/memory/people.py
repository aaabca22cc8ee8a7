"""Who has spoken with us, in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.memory.tables import Tables

if TYPE_CHECKING:
    from core.access.model import Identity


@dataclass(frozen=True)
class MemoryPeople:
    """Identities; of their users nothing is read yet."""

    tables: Tables

    async def identity(
        self, tenant_id: str, platform: str, workspace: str, external_id: str
    ) -> Identity | None:
        return self.tables.identities.get((tenant_id, platform, workspace, external_id))

    async def meet(self, identity: Identity) -> Identity:
        key = (identity.tenant_id, identity.platform, identity.workspace, identity.external_id)
        known = self.tables.identities.get(key)
        if known is not None:
            identity = replace(known, profile=identity.profile, seen_at=identity.seen_at)
        self.tables.identities.put(key, identity)
        return identity
