"""What people do in Discord's client, as methods: talk, drop files, type commands, press buttons.

Where the client would not let a person do it, an error is raised at once: a test that presses a
button that is not there is wrong.
"""

from __future__ import annotations

import asyncio
import mimetypes
from typing import TYPE_CHECKING

from tests.fakes.discord import commands, interactions, message_writer, payloads
from tests.fakes.discord.message_writer import FilePart, PostedBody
from tests.fakes.discord.model import Channel, Flag, GuildMember, Kind, Message, User, Wire, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fakes.discord.commands import Commands
    from tests.fakes.discord.endpoint import Endpoint
    from tests.fakes.discord.interactions import FakeInteraction, Interactions
    from tests.fakes.discord.world import DiscordWorld

BUTTON, SELECT, TEXT_INPUT, LABELLED = 2, 3, 4, 18
LINK = 5


class DiscordPeople:
    def __init__(
        self, world: DiscordWorld, commands: Commands, doors: Interactions, endpoint: Endpoint
    ) -> None:
        self.world, self.commands, self.doors, self.endpoint = world, commands, doors, endpoint
        self._deliveries = set[asyncio.Task[None]]()

    async def say(
        self,
        who: GuildMember | User,
        where: Channel,
        text: str,
        *,
        files: Mapping[str, bytes] | None = None,
        reply_to: Message | None = None,
    ) -> Message:
        """A message, with the files dropped into it."""
        data: Wire = {"content": text}
        data |= {"message_reference": {"message_id": reply_to.id}} if reply_to else {}
        uploads = tuple(
            FilePart(str(index), name, content, mimetypes.guess_type(name)[0] or "text/plain")
            for index, (name, content) in enumerate((files or {}).items())
        )
        body = PostedBody(data, uploads)
        message = message_writer.write(self.world, where, body, author=_user(who))
        message.type = 19 if reply_to else 0
        return message_writer.store(self.world, where, message)

    async def forward(self, who: GuildMember | User, where: Channel, what: Message) -> Message:
        """Another message is shown here, with its files."""
        message = Message(self.world.new_id(), where.id, _user(who), self.world.now())
        message.forwards = what
        return message_writer.store(self.world, where, message)

    async def mention(
        self,
        who: GuildMember | User,
        where: Channel,
        text: str,
        *,
        files: Mapping[str, bytes] | None = None,
    ) -> Message:
        """As `say`, with the bot named before it."""
        return await self.say(who, where, f"{self.world.bot.mention} {text}", files=files)

    async def rewrite(self, message: Message, text: str) -> None:
        """A person edits what they said."""
        message_writer.edit(self.world, message, PostedBody({"content": text}))
        self.world.tell_message("MESSAGE_UPDATE", message)

    def thread(self, who: GuildMember | User, parent: Channel, name: str) -> Channel:
        """A thread that a person opens; in a forum it still wants its first message."""
        world, user = self.world, _user(who)
        thread = Channel(world.new_id(), Kind.PUBLIC_THREAD, name, parent=parent.id, owner=user.id)
        thread.changed_at, thread.joined = world.now(), {user.id: world.now()}
        return world.add_channel(thread)

    def archive(self, thread: Channel, *, lock: bool = False) -> None:
        thread.archived, thread.locked, thread.changed_at = True, lock, self.world.now()
        self.world.changed(thread)

    # interactions

    async def command(
        self, path: str, options: Wire | None = None, *, who: GuildMember | User, where: Channel
    ) -> FakeInteraction:
        """Such as `command("fm ask", {"text": "why?"}, …)`. Raises LookupError, ValueError."""
        data = commands.fill_in(self.commands.offered(), path, options or {})
        return self._do(interactions.COMMAND, who, where, data)

    async def autocomplete(
        self,
        path: str,
        option: str,
        typed: str,
        *,
        who: GuildMember | User,
        where: Channel,
        options: Wire | None = None,
    ) -> list[Wire]:
        """The choices that are offered while somebody types. Raises TimeoutError."""
        values = {**(options or {}), option: typed}
        data = commands.fill_in(self.commands.offered(), path, values, focused=option)
        interaction = self._do(interactions.AUTOCOMPLETE, who, where, data)
        return (await interaction.answered()).choices

    async def context_menu(
        self, name: str, message: Message, *, who: GuildMember | User
    ) -> FakeInteraction:
        """A message's menu, "Apps"; its content is told whatever the intents are."""
        offered = self.commands.offered()
        entries = [
            entry
            for entry in offered
            if (entry["name"], entry["type"]) == (name, commands.ON_MESSAGE)
        ]
        if not entries:
            error = f"no entry {name!r} in the menu of a message"
            raise LookupError(error)
        wire = payloads.message(self.world, message)
        resolved = {"messages": {message.id: wire}}
        data: Wire = {"id": entries[0]["id"], "name": name, "type": commands.ON_MESSAGE}
        data |= {"target_id": message.id, "resolved": resolved}
        where = self.world.channels[message.channel]
        return self._do(interactions.COMMAND, who, where, data)

    async def press(
        self, message: Message, button: str, *, who: GuildMember | User
    ) -> FakeInteraction:
        """A button by its custom_id or by its label. Raises LookupError, PermissionError."""
        pressed = [
            drawn
            for drawn in message.buttons
            if button in (drawn.get("custom_id"), drawn.get("label"))
        ]
        if not pressed or pressed[0].get("disabled") or pressed[0].get("style") == LINK:
            there = [button.get("label") for button in message.buttons]
            error = f"no button {button!r} to press: there are {there}"
            raise LookupError(error)
        part = pressed[0]
        data = {"custom_id": part["custom_id"], "component_type": BUTTON, "id": part["id"]}
        return self._use(message, data, who)

    async def choose(
        self, message: Message, custom_id: str, values: list[str], *, who: GuildMember | User
    ) -> FakeInteraction:
        """Entries of a select. Raises LookupError."""
        for part in walk(message.components):
            if part.get("type") == SELECT and part.get("custom_id") == custom_id:
                offered = {option["value"] for option in part["options"]}
                if not set(values) <= offered:
                    error = f"{values} are not all in {sorted(offered)}"
                    raise LookupError(error)
                data = {"custom_id": custom_id, "component_type": SELECT, "id": part["id"]}
                return self._use(message, data | {"values": values}, who)
        error = f"no select {custom_id!r}"
        raise LookupError(error)

    def _use(self, message: Message, data: Wire, who: GuildMember | User) -> FakeInteraction:
        if message.only_for not in (None, _user(who).id):
            error = "somebody else's ephemeral message"
            raise PermissionError(error)
        where = self.world.channels[message.channel]
        return self._do(interactions.COMPONENT, who, where, data, on=message)

    async def submit(
        self, opened: FakeInteraction, values: Mapping[str, str], *, custom_id: str | None = None
    ) -> FakeInteraction:
        """Fills in the modal that an interaction opened; `values` by custom_id of the inputs.

        Raises LookupError where there is no such modal or input, ValueError for a text that is
        missing, too short or too long.
        """
        modal = opened.modal
        if modal is None or custom_id not in (None, modal["custom_id"]):
            error = f"no modal {custom_id!r} is open: {opened.answer}"
            raise LookupError(error)
        known = {
            component["custom_id"]
            for component in walk(modal["components"])
            if component["type"] == TEXT_INPUT
        }
        if not set(values) <= known:
            error = f"the modal has {sorted(known)}, not {sorted(values)}"
            raise LookupError(error)
        components = [_filled(part, values) for part in modal["components"]]
        data: Wire = {"custom_id": modal["custom_id"], "components": components}
        return self._do(interactions.SUBMIT, opened.user, opened.channel, data, on=opened.on)

    def _do(
        self,
        kind: int,
        who: GuildMember | User,
        where: Channel,
        data: Wire,
        on: Message | None = None,
    ) -> FakeInteraction:
        """Told over the gateway, or posted where the portal holds an address: never both."""
        if where.archived:
            error = "in an archived thread nobody uses application commands"
            raise PermissionError(error)
        interaction = self.doors.begin(kind, _user(who), where, data, on)
        if self.world.interactions_url:
            task = asyncio.create_task(self.endpoint.deliver(interaction))
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)
        else:
            self.doors.tell(interaction)
        return interaction

    async def stop(self) -> None:
        """Posts that are still under way are of no interest any more."""
        for task in list(self._deliveries):
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)


def _user(who: GuildMember | User) -> User:
    return who.user if isinstance(who, GuildMember) else who


def _filled(part: Wire, values: Mapping[str, str]) -> Wire:
    """A component of a modal as it comes back, with what was typed."""
    if part["type"] == TEXT_INPUT:
        text = values.get(part["custom_id"], str(part.get("value") or ""))
        least, most = int(part.get("min_length") or 0), int(part.get("max_length") or 4_000)
        if (part.get("required", True) and not text) or not (
            least <= len(text) <= most or not text
        ):
            error = f"{part['custom_id']}: {len(text)} characters, not {least} to {most}"
            raise ValueError(error)
        back = {"type": TEXT_INPUT, "custom_id": part["custom_id"], "value": text}
        return back | {"id": part["id"]}
    back = {"type": part["type"], "id": part["id"]}
    if part["type"] == LABELLED:
        return back | {"component": _filled(part["component"], values)}
    inside = part.get("components") or ()
    return back | (
        {"components": [_filled(component, values) for component in inside]} if inside else {}
    )


def visible_to(message: Message, who: GuildMember | User) -> bool:
    """Ephemeral messages are for one person."""
    return message.only_for in (None, _user(who).id) and not message.flags & Flag.LOADING
