"""One application, one guild, its channels and people: the state, and who hears of a change."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.discord import errors, payloads, permissions
from tests.fakes.discord.clock import ServerClock, Snowflakes
from tests.fakes.discord.model import (
    PRIVILEGED,
    Channel,
    GatewayIntent,
    GuildMember,
    Kind,
    Message,
    Role,
    User,
    Wire,
)

MENTION = re.compile(r"<@!?(\d+)>")


@dataclass(frozen=True)
class GatewayEvent:
    """Something to tell over the gateway to who asked for `intent` and can see `channel`.

    With `message`, the data is written for each listener: its content is not for everyone.
    """

    name: str
    intent: GatewayIntent
    data: Wire = field(default_factory=dict)
    channel: Channel | None = None
    message: Message | None = None


@dataclass
class DiscordWorld:
    """`url` is our own origin, for attachments; `privileged` what the portal has switched on."""

    token: str
    url: str = ""
    privileged: GatewayIntent = PRIVILEGED
    urls_last_s: float = 86_400.0
    public_key: str = ""
    interactions_url: str | None = None
    is_invited: bool = True  # into the guild
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    now: ServerClock = field(default_factory=ServerClock)
    roles: dict[str, Role] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    members: dict[str, GuildMember] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    listeners: list[Callable[[GatewayEvent], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.new_id = Snowflakes(self.now)
        self.guild_id = self.new_id()
        self.application_id = self.new_id()
        everyone = Role(self.guild_id, "@everyone", permissions.OF_EVERYONE)
        self.bot_role = Role(self.new_id(), "FaultMaven", 0, position=1)
        self.roles = {role.id: role for role in (everyone, self.bot_role)}
        self.owner = self.add_member("owner").user
        # The bot's user has the id of its application (as for every one made since 2016).
        self.bot = User(self.application_id, "FaultMaven", bot=True)
        self.users[self.bot.id] = self.bot
        roles = [self.bot_role.id]
        self.members[self.bot.id] = GuildMember(self.bot, self.now(), roles)

    # who and what

    def add_member(self, name: str, *, bot: bool = False) -> GuildMember:
        user = User(self.new_id(), name, bot=bot)
        self.users[user.id] = user
        member = self.members[user.id] = GuildMember(user, self.now())
        data = payloads.member(member) | {"guild_id": self.guild_id}
        self.tell(GatewayEvent("GUILD_MEMBER_ADD", GatewayIntent.GUILD_MEMBERS, data))
        return member

    def add_channel(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        if channel.in_guild:
            name = "THREAD_CREATE" if channel.is_thread else "CHANNEL_CREATE"
            data = payloads.channel(self, channel)
            data |= {"newly_created": True} if channel.is_thread else {}
            self.tell(GatewayEvent(name, GatewayIntent.GUILDS, data, channel=channel))
        return channel

    def changed(self, channel: Channel) -> None:
        name = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        self.tell(
            GatewayEvent(
                name, GatewayIntent.GUILDS, payloads.channel(self, channel), channel=channel
            )
        )

    def direct(self, user: User) -> Channel:
        """The direct conversation of the bot with a user; made where there is none."""
        for channel in self.channels.values():
            if channel.kind == Kind.DM and user in channel.recipients:
                return channel
        return self.add_channel(Channel(self.new_id(), Kind.DM, recipients=[user]))

    def mentioned(self, text: str) -> list[User]:
        ids = dict.fromkeys(MENTION.findall(text))
        return [self.users[id_] for id_ in ids if id_ in self.users]

    # telling

    def tell(self, event: GatewayEvent) -> None:
        for listener in self.listeners:
            listener(event)

    def tell_message(self, name: str, message: Message) -> None:
        channel = self.channels[message.channel]
        intent = GatewayIntent.GUILD_MESSAGES if channel.in_guild else GatewayIntent.DIRECT_MESSAGES
        self.tell(GatewayEvent(name, intent, channel=channel, message=message))

    def sees_content(self, message: Message, granted: GatewayIntent) -> bool:
        """Who has not the intent sees its own, direct ones, and those that mention it.

        Source: Discord: events/gateway, "Message Content Intent".
        """
        mine = message.author is self.bot or self.bot in message.pings
        direct = not self.channels[message.channel].in_guild
        return mine or direct or bool(granted & GatewayIntent.MESSAGE_CONTENT)

    def message_wire(
        self, message: Message, granted: GatewayIntent | None = None, *, fresh: bool = False
    ) -> Wire:
        content = self.sees_content(message, self.privileged if granted is None else granted)
        wire = payloads.message(self, message, content=content, fresh=fresh)
        if message.reply_to:
            first = self.channels[message.channel].messages.get(message.reply_to)
            wire["referenced_message"] = first and self.message_wire(first, granted)
        return wire

    # looking up, as the bot

    def rights(self, channel: Channel, user: User | None = None) -> int:
        """What the bot, or a user, may do here; in a thread that is what its parent says."""
        member = self.members[(user or self.bot).id]
        where = self.channels[channel.parent] if channel.is_thread else channel
        if not where.in_guild:
            return permissions.bits("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "ATTACH_FILES")
        base = permissions.in_guild(
            member, self.roles, guild_id=self.guild_id, owner_id=self.owner.id
        )
        return permissions.in_channel(base, member, where, guild_id=self.guild_id)

    def may(self, channel: Channel, *names: str) -> bool:
        return not permissions.missing_in(self.rights(channel), *names)

    def visible(self, channel_id: str, *needed: str) -> Channel:
        """The channel. Raises DiscordRefused: unknown (10003), hidden (50001), denied (50013)."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise errors.unknown("Channel")
        if channel.in_guild and not self.may(channel, "VIEW_CHANNEL"):
            raise errors.missing_access()
        if channel.in_guild and not self.may(channel, *needed):
            raise errors.missing_permissions()
        return channel

    def message(self, channel: Channel, message_id: str) -> Message:
        """Raises DiscordRefused where it is not there; ephemeral ones never are."""
        message = channel.messages.get(message_id)
        if message is None or message.only_for:
            raise errors.unknown("Message")
        return message

    def in_guild(self, guild_id: str, *needed: str) -> int:
        """What the bot may do in it. Raises DiscordRefused for another guild or without a right."""
        if guild_id != self.guild_id:
            raise errors.unknown("Guild")
        bot = self.members[self.bot.id]
        base = permissions.in_guild(bot, self.roles, guild_id=guild_id, owner_id=self.owner.id)
        if permissions.missing_in(base, *needed):
            raise errors.missing_permissions()
        return base
