"""Who has spoken with us, in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from core.access import Identity, PersonProfile
from storage.database.repository import Repository
from storage.database.rows import insert_into, upsert_values, values_of
from storage.database.tables import identities, users

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

KEY = ("tenant_id", "platform", "workspace", "external_id")
RENEWED = ("name", "standing", "seen_at")


class SqlPeople(Repository):
    """Users, and the identities by which they are known on each platform."""

    async def identity(self, platform: str, workspace: str, external_id: str) -> Identity | None:
        rows = await self._work.execute(
            select(identities).where(
                self._mine(identities),
                identities.c.platform == platform,
                identities.c.workspace == workspace,
                identities.c.external_id == external_id,
            )
        )
        row = rows.mappings().first()
        return None if row is None else _read(row)

    async def meet(self, identity: Identity) -> Identity:
        self._refuse_strangers(identity)
        values = _values(identity)
        insert = insert_into(self._work, identities).values(values)
        renewed = upsert_values({name: values[name] for name in RENEWED})
        stored = await self._work.execute(
            insert.on_conflict_do_update(index_elements=KEY, set_=renewed).returning(identities)
        )
        met = _read(stored.mappings().one())
        if met.user_id == identity.user_id:
            # After the identity: of two units that meet somebody at once, one only makes a user.
            await self._make_user(met)
        return met

    async def _make_user(self, met: Identity) -> None:
        user = {
            "id": met.user_id,
            "tenant_id": met.tenant_id,
            "name": met.profile.name,
            "created_at": met.met_at,
        }
        once = insert_into(self._work, users).on_conflict_do_nothing(index_elements=["id"])
        await self._work.execute(once.values(user))


def _values(identity: Identity) -> dict[str, Any]:
    values = values_of(identity) | values_of(identity.profile)
    del values["profile"]
    return values


def _read(row: RowMapping) -> Identity:
    values: dict[str, Any] = {name: row[name] for name in (*KEY, "user_id", "met_at", "seen_at")}
    return Identity(profile=PersonProfile(name=row["name"], standing=row["standing"]), **values)
