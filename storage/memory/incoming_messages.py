"""Incoming messages, and the channels that are read for mentions only, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.conversation.messages.message import MessageKind
from core.errors import NotFound
from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from datetime import datetime

    from core.conversation.messages.message import JournaledMessage
    from core.places import Place


@dataclass(frozen=True)
class MemoryMessageJournal:
    """The journal of incoming messages."""

    tables: Tables

    async def add(self, utterance: JournaledMessage) -> bool:
        refuse_strangers(self.tables.tenant_id, utterance)
        heard = utterance.heard
        key = (heard.place.platform, heard.place.workspace, heard.key)
        if key in self.tables.utterances:
            return False
        self.tables.utterances.add(key, utterance)
        return True

    async def get(self, utterance_id: str) -> JournaledMessage:
        matching = (
            utterance for utterance in self.tables.utterances if utterance.id == utterance_id
        )
        utterance = next(matching, None)
        if utterance is None:
            message = f"no utterance {utterance_id}"
            raise NotFound(message)
        return utterance

    async def newest(self, place: Place) -> JournaledMessage | None:
        utterances = (
            utterance
            for utterance in self.tables.utterances
            if utterance.heard.place == place and utterance.heard.ref
        )
        return max(
            utterances, key=lambda utterance: (utterance.heard.said_at, utterance.id), default=None
        )

    async def newest_on(self, platform: str) -> JournaledMessage | None:
        utterances = (
            utterance
            for utterance in self.tables.utterances
            if utterance.heard.place.platform == platform
        )
        return max(utterances, key=lambda utterance: utterance.heard_at, default=None)

    async def places(self, platform: str, *, since: datetime) -> list[Place]:
        places = (
            utterance.heard.place
            for utterance in self.tables.utterances
            if utterance.heard.place.platform == platform and utterance.heard_at >= since
        )
        return list(dict.fromkeys(places))

    async def count(self, platform: str, person: str, *, since: datetime, until: datetime) -> int:
        return sum(
            (utterance.heard.place.platform, utterance.heard.by) == (platform, person)
            and since < utterance.heard_at <= until
            and utterance.heard.manner is not MessageKind.MESSAGE
            for utterance in self.tables.utterances
        )

    async def pressed(
        self, platform: str, person: str, *, since: datetime, until: datetime
    ) -> list[JournaledMessage]:
        pressed = (
            utterance
            for utterance in self.tables.utterances
            if (utterance.heard.place.platform, utterance.heard.by) == (platform, person)
            and since < utterance.heard_at <= until
            and utterance.heard.manner is MessageKind.BUTTON
        )
        return sorted(pressed, key=lambda utterance: (utterance.heard_at, utterance.id))

    async def heard_in(self, channel: Place, person: str) -> bool:
        return any(
            utterance.heard.by == person
            and utterance.heard.place.whole_channel == channel.whole_channel
            for utterance in self.tables.utterances
        )

    async def purge(self, *, before: datetime) -> int:
        old = [
            key for key, utterance in self.tables.utterances.items() if utterance.heard_at < before
        ]
        for key in old:
            self.tables.utterances.remove(key)
        return len(old)

    async def set_mention_only(self, channel: Place, *, on: bool) -> None:
        self.tables.mention_only.put(channel.whole_channel, on)

    async def mention_only(self, place: Place) -> bool:
        return bool(self.tables.mention_only.get(place.whole_channel))
