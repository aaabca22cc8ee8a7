"""Who has spoken with us, in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from core.access import Identity, PersonProfile
from core.errors import NotFound
from storage.database.repository import Repository
from storage.database.rows import insert_into, upsert_values, values_of
from storage.database.tables import identities, users

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, RowMapping

KEY = ("tenant_id", "platform", "workspace", "external_id")
RENEWED = ("name", "standing", "seen_at")
OWN = ("user_id", "met_at", "seen_at", "linked_at")


class SqlPeople(Repository):
    """Users, and the identities by which they are known on each platform."""

    async def identity(
        self, platform: str, workspace: str, external_id: str, *, lock: bool = False
    ) -> Identity | None:
        wanted = select(identities).where(*self._at(platform, workspace, external_id))
        if lock and not self._work.is_sqlite:  # which has one writer at a time
            wanted = wanted.with_for_update()
        row = (await self._work.execute(wanted)).mappings().first()
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

    async def link(self, identity: Identity) -> None:
        self._refuse_strangers(identity)
        await self._make_user(identity)
        changed = await self._work.execute(
            identities.update()
            .where(*self._at(identity.platform, identity.workspace, identity.external_id))
            .values(user_id=identity.user_id, linked_at=identity.linked_at)
        )
        if not changed.rowcount:
            message = f"nobody here is {identity.key}"
            raise NotFound(message)

    async def linked_to(self, user_id: str) -> list[Identity]:
        rows = await self._work.execute(
            select(identities)
            .where(
                self._mine(identities),
                identities.c.user_id == user_id,
                identities.c.linked_at.is_not(None),
            )
            .order_by(identities.c.linked_at, *(identities.c[name] for name in KEY))
        )
        return [_read(row) for row in rows.mappings()]

    def _at(self, platform: str, workspace: str, external_id: str) -> list[ColumnElement[bool]]:
        return [
            self._mine(identities),
            identities.c.platform == platform,
            identities.c.workspace == workspace,
            identities.c.external_id == external_id,
        ]

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
    values: dict[str, Any] = {name: row[name] for name in (*KEY, *OWN)}
    return Identity(profile=PersonProfile(name=row["name"], standing=row["standing"]), **values)
