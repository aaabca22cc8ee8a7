"""What people said, and the channels in which we listen to our name only, in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, text

from core.conversation.messages.message import IncomingMessage, JournaledMessage, MessageKind
from core.errors import NotFound
from core.places import Place
from storage.database.bulk import insert_all
from storage.database.repository import Repository
from storage.database.rows import (
    at_channel,
    at_place,
    insert_into,
    names_of,
    read,
    upsert_values,
)
from storage.database.tables import HAS_REF, channels, utterances

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from storage.database.engine import Work

_KEY = ("tenant_id", "platform", "workspace", "key")
_INSIDE = (
    *((name, f"heard.place.{name}") for name in names_of(Place)),
    *((name, f"heard.{name}") for name in names_of(IncomingMessage) if name != "place"),
)


class SqlMessageJournal(Repository):
    """The journal of what was heard."""

    async def add(self, utterance: JournaledMessage) -> bool:
        self._refuse_strangers(utterance)
        return utterance.id in await add_utterances(self._work, [utterance])

    async def get(self, utterance_id: str) -> JournaledMessage:
        rows = await self._work.execute(
            select(utterances).where(self._mine(utterances), utterances.c.id == utterance_id)
        )
        row = rows.mappings().first()
        if row is None:
            message = f"no utterance {utterance_id}"
            raise NotFound(message)
        return _read(row)

    async def newest(self, place: Place) -> JournaledMessage | None:
        rows = await self._work.execute(
            select(utterances)
            .where(self._mine(utterances), *at_place(utterances, place), text(HAS_REF))
            .order_by(utterances.c.said_at.desc(), utterances.c.id.desc())
            .limit(1)
        )
        row = rows.mappings().first()
        return None if row is None else _read(row)

    async def newest_on(self, platform: str) -> JournaledMessage | None:
        rows = await self._work.execute(
            select(utterances)
            .where(self._mine(utterances), utterances.c.platform == platform)
            .order_by(utterances.c.heard_at.desc())
            .limit(1)
        )
        row = rows.mappings().first()
        return None if row is None else _read(row)

    async def places(self, platform: str, *, since: datetime) -> list[Place]:
        rows = await self._work.execute(
            select(*[utterances.c[name] for name in names_of(Place)])
            .where(
                self._mine(utterances),
                utterances.c.platform == platform,
                utterances.c.heard_at >= since,
            )
            .distinct()
        )
        return [Place(**row) for row in rows.mappings()]

    async def count(self, platform: str, person: str, *, since: datetime, until: datetime) -> int:
        rows = await self._work.execute(
            select(func.count())
            .select_from(utterances)
            .where(
                self._mine(utterances),
                utterances.c.platform == platform,
                utterances.c.by == person,
                utterances.c.heard_at > since,
                utterances.c.heard_at <= until,
                utterances.c.manner != MessageKind.MESSAGE,
            )
        )
        return int(rows.scalar_one())

    async def pressed(
        self, platform: str, person: str, *, since: datetime, until: datetime
    ) -> list[JournaledMessage]:
        rows = await self._work.execute(
            select(utterances)
            .where(
                self._mine(utterances),
                utterances.c.platform == platform,
                utterances.c.by == person,
                utterances.c.heard_at > since,
                utterances.c.heard_at <= until,
                utterances.c.manner == MessageKind.BUTTON,
            )
            .order_by(utterances.c.heard_at, utterances.c.id)
        )
        return [_read(row) for row in rows.mappings()]

    async def heard_in(self, channel: Place, person: str) -> bool:
        there = [self._mine(utterances), *at_channel(utterances, channel)]
        rows = await self._work.execute(
            select(utterances.c.id).where(*there, utterances.c.by == person).limit(1)
        )
        return rows.scalar() is not None

    async def purge(self, *, before: datetime) -> int:
        purged = await self._work.execute(
            delete(utterances).where(self._mine(utterances), utterances.c.heard_at < before)
        )
        return purged.rowcount

    async def set_mention_only(self, channel: Place, *, on: bool) -> None:
        key = {
            "tenant_id": self._tenant_id,
            "platform": channel.platform,
            "workspace": channel.workspace,
            "channel": channel.channel,
        }
        insert = insert_into(self._work, channels).values(key | {"mention_only": on})
        await self._work.execute(
            insert.on_conflict_do_update(
                index_elements=list(key), set_=upsert_values({"mention_only": on})
            )
        )

    async def mention_only(self, place: Place) -> bool:
        of_channel = [self._mine(channels), *at_channel(channels, place)]
        rows = await self._work.execute(select(channels.c.mention_only).where(*of_channel))
        return bool(rows.scalar())


async def add_utterances(work: Work, messages: Sequence[JournaledMessage]) -> set[str]:
    """Many at once, of any tenants; ids of those whose keys were not heard already.

    An acknowledgement waits for it, and in a busy channel for that of many others.
    """
    await insert_all(work, utterances, messages, once=_KEY, inside=_INSIDE)
    ids = [message.id for message in messages]
    stored = await work.execute(select(utterances.c.id).where(utterances.c.id.in_(ids)))
    return set(stored.scalars())


def _read(row: RowMapping) -> JournaledMessage:
    values: dict[str, Any] = {name: row[name] for name in ("id", "tenant_id", "heard_at")}
    return JournaledMessage(heard=read(IncomingMessage, row), **values)
