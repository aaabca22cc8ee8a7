"""What people do in the workspace, as far as Slack's client lets them.

Each act ends when the app was told and has answered (or three seconds have passed), and gives what
happened. What the client does not let anybody do raises NotPossible.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.fakes.slack import events, payloads
from tests.fakes.slack.calls import SlackRefused
from tests.fakes.slack.channel_methods import join_channel
from tests.fakes.slack.model import Channel, Json, Kind, Message, Person, Room, StoredFile, View
from tests.fakes.slack.office import AppDelivery
from tests.fakes.slack.responses import reply, submitted
from tests.fakes.slack.stage import SlackStage
from tests.fakes.slack.typed_text import as_blocks, as_sent


class NotPossible(Exception):
    """Slack's client has no way to do that."""


@dataclass(frozen=True)
class SentMessage:
    """A message of a person, and what the app was told of it (a mention: twice)."""

    message: Message
    deliveries: list[AppDelivery]

    @property
    def ts(self) -> str:
        return self.message.ts

    @property
    def acked(self) -> bool:
        return all(delivery.acked for delivery in self.deliveries)


@dataclass(frozen=True)
class Done:
    """A command, a button, a shortcut or a modal.

    reply: the message that the acknowledgement carried. errors: what the modal shows, by block_id.
    problem: what Slack tells the person when the app did not answer in time.
    """

    delivery: AppDelivery
    reply: Message | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


class SlackPeople(SlackStage):
    """The acts, as methods of the workspace. People and channels by name or id."""

    async def say(
        self,
        user: str,
        channel: str,
        text: str = "",
        *,
        thread: str = "",
        files: Sequence[tuple[str, bytes]] = (),
        stub: bool = False,
    ) -> SentMessage:
        """Type it and press Enter: `@name` and `#name` become links, `&<>` entities.

        thread: ts of the message that is answered. files: names and contents, dropped with it.
        stub: the files are from another workspace, so that events carry their ids alone.
        """
        person, room = self.team.person(user), self._room(user, channel)
        stored = [self._store(person, name, content, stub=stub) for name, content in files]
        message = Message(
            self.team.new_ts(),
            room.id,
            person.id,
            as_sent(self, text),
            blocks=as_blocks(text),
            thread_ts=self._thread(room, thread),
            subtype="file_share" if stored else "",
            files=stored,
            client_msg_id=secrets.token_hex(16),
            extra={"team": person.team_id},
        )
        room.messages[message.ts] = message
        for file in stored:
            file.shares.setdefault(room.id, []).append(message.ts)
        deliveries = self.announce(message)
        await self.office.told(*deliveries)
        return SentMessage(message, deliveries)

    async def mention(self, user: str, channel: str, text: str, *, thread: str = "") -> SentMessage:
        return await self.say(user, channel, f"@{self.app.name} {text}", thread=thread)

    async def direct(self, user: str, text: str) -> SentMessage:
        """Write to the bot itself."""
        channel = self.team.im_of(self.app.bot_user, self.team.person(user).id)
        return await self.say(user, channel.id, text)

    async def upload(
        self, user: str, channel: str, name: str, content: bytes, *, thread: str = ""
    ) -> SentMessage:
        return await self.say(user, channel, thread=thread, files=[(name, content)])

    async def edit(self, message: Message, text: str) -> list[AppDelivery]:
        before = events.message_json(self, message)
        message.text, message.blocks = as_sent(self, text), as_blocks(text)
        message.edited = self.team.new_ts()
        return await self._told(message, events.changed(self, message, before))

    async def delete(self, message: Message) -> list[AppDelivery]:
        event = events.deleted(self, message)
        del self.team.channels[message.channel].messages[message.ts]
        return await self._told(message, event)

    async def command(
        self, command: str, text: str, user: str, channel: str, *, thread: str = ""
    ) -> Done:
        """Slack: commands of apps cannot be used in threads (docs: interactivity/slash-commands).

        An acknowledgement with a text is the reply, for the person alone.
        """
        if thread:
            raise NotPossible(f"{command} is not supported in threads. Sorry!")
        if command not in self.app.commands:
            raise NotPossible(f"{command} is not a valid command")
        person, room = self.team.person(user), self._room(user, channel)
        delivery = await self._sent(
            "slash_commands", payloads.command(self, command, text, person, room)
        )
        if not delivery.acked:
            return Done(delivery, problem=f"{command} failed with the error `operation_timeout`")
        return Done(delivery, reply(self, room, person.id, delivery.answer))

    async def press(self, user: str, message: Message, button: str) -> Done:
        """A button, by its label, its action_id, or the beginning of that."""
        room, person = self.team.channels[message.channel], self.team.person(user)
        if message.only_for not in ("", person.id):
            raise NotPossible(f"{user} cannot see that message")
        block, element = _button(message.blocks, button)
        action = payloads.action(self, block, element)
        return await self._interact(payloads.block_actions(self, person, room, message, action))

    async def press_in(self, view: View, button: str) -> Done:
        """A button in a modal."""
        block, element = _button(view.content["blocks"], button)
        action = payloads.action(self, block, element)
        return await self._interact(payloads.view_actions(self, view, action))

    async def shortcut(self, user: str, message: Message, callback_id: str) -> Done:
        """An entry of a message's menu; by its callback_id or its name."""
        named = [
            shortcut
            for shortcut in self.app.shortcuts.values()
            if callback_id in (shortcut["callback_id"], shortcut["name"])
            and shortcut["type"] == "message"
        ]
        if not named:
            raise NotPossible(f"there is no shortcut {callback_id}")
        room, person = self.team.channels[message.channel], self.team.person(user)
        payload = payloads.message_action(self, person, room, message, named[0]["callback_id"])
        return await self._interact(payload)

    async def submit(self, view: View, values: Mapping[str, str] | None = None) -> Done:
        """Fill in a modal and send it. values: by block_id, action_id or label of the field."""
        if not view.open:
            raise NotPossible("that modal is closed")
        state = payloads.filled(view, values or {})
        payload = payloads.view_submission(self, view, state)
        delivery = await self._sent("interactive", payload)
        if not delivery.acked:
            return Done(delivery, problem="We had some trouble connecting. Try again?")
        try:
            return Done(delivery, errors=submitted(self, view, delivery.answer))
        except (SlackRefused, KeyError) as error:
            return Done(delivery, problem=f"invalid answer to a modal: {error!r}")

    async def invite_bot(self, channel: str) -> None:
        """`/invite @FaultMaven`."""
        join_channel(self, self.team.channel(channel), self.app.bot_user)

    def modal_of(self, user: str) -> View | None:
        """What somebody has before them: the newest view that is open."""
        who = self.team.person(user).id
        mine = [view for view in self.team.views.values() if view.user == who and view.open]
        return mine[-1] if mine else None

    def seen_by(self, user: str, channel: str) -> list[Message]:
        """Everything in a channel that somebody sees, oldest first, threads opened."""
        who, room = self.team.person(user).id, self.team.channel(channel)
        hidden = [
            message for message in room.ephemeral if message.only_for == who and message.shown
        ]
        return sorted([*room.messages.values(), *hidden], key=lambda message: message.ts)

    async def _interact(self, payload: Json) -> Done:
        delivery = await self._sent("interactive", payload)
        problem = "" if delivery.acked else "This app responded with Status Code 504."
        return Done(delivery, problem=problem)

    async def _sent(self, kind: str, payload: Json) -> AppDelivery:
        delivery = self.office.deliver(kind, payload)
        await self.office.told(delivery)
        return delivery

    async def _told(self, message: Message, event: Json) -> list[AppDelivery]:
        delivery = self.happened(event, self.team.channels[message.channel])
        deliveries = [delivery] if delivery else []
        await self.office.told(*deliveries)
        return deliveries

    def _room(self, user: str, channel: str) -> Channel:
        person, room = self.team.person(user), self.team.channel(channel)
        if person.kind is Kind.DELETED:
            raise NotPossible(f"{user} has no account any more")
        if person.id not in room.members and room.room is not Room.IM:
            raise NotPossible(f"{user} is not in #{room.name}")
        if room.archived:
            raise NotPossible(f"#{room.name} is archived")
        return room

    def _thread(self, room: Channel, ts: str) -> str:
        """Answering to a reply is answering in its thread."""
        if not ts:
            return ""
        if ts not in room.messages:
            raise NotPossible(f"there is no message {ts} in #{room.name}")
        return room.messages[ts].thread_ts or ts

    def _store(self, person: Person, name: str, content: bytes, *, stub: bool) -> StoredFile:
        file = StoredFile(self.team.new_id("F"), name, person.id, content, stub=stub)
        self.team.files[file.id] = file
        return file


def _button(blocks: Sequence[Json], wanted: str) -> tuple[Json, Json]:
    """The block and the element. An exact label or action_id goes before a beginning."""
    buttons = [(block, element) for block in blocks for element in _pressable(block)]
    for is_it in (str.__eq__, str.startswith):
        for block, element in buttons:
            names = (element.get("action_id", ""), element.get("text", {}).get("text", ""))
            if any(is_it(name, wanted) for name in names):
                return block, element
    labels = [element.get("text", {}).get("text") for _, element in buttons]
    raise NotPossible(f"there is no button {wanted!r}, only {labels}")


def _pressable(block: Json) -> list[Json]:
    accessory = [block["accessory"]] if "accessory" in block else []
    elements = block.get("elements", []) if block["type"] == "actions" else []
    return [element for element in [*accessory, *elements] if element["type"] == "button"]
