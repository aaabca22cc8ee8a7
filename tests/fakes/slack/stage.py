"""Everything that a method or a person of the fake has to do with."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.slack import events
from tests.fakes.slack.app import App
from tests.fakes.slack.calls import MethodCall, SlackRefused
from tests.fakes.slack.limits import Limits
from tests.fakes.slack.model import Channel, Json, Kind, Message, Person, Room, Team, View
from tests.fakes.slack.office import DeliveryOffice

if TYPE_CHECKING:
    from tests.fakes.slack.office import AppDelivery

# Within 3 seconds, and only once: Slack, docs.slack.dev/surfaces/modals.
TRIGGER_S = 3.0
# Slack: docs.slack.dev/interactivity/handling-user-interaction: five times within 30 minutes.
RESPONSE_USES, RESPONSE_S = 5, 1800.0


@dataclass
class Trigger:
    user: str
    until: float
    view: View | None = None  # the modal in which it came to be
    used: bool = False


@dataclass
class ResponseUrl:
    """Where an app may answer to an interaction; `message` is the one that was acted upon."""

    channel: Channel
    user: str
    until: float
    message: Message | None = None
    uses: int = 0


@dataclass
class MethodTrouble:
    """What goes wrong with the next calls of a method.

    status: HTTP status without a body of Slack's; 0 for none.
    error: Slack's own error.
    lost: the call has its effect, then the connection ends without an answer.
    delay_s: it takes that long.
    """

    method: str
    times: int = 1
    status: int = 0
    error: str = ""
    lost: bool = False
    delay_s: float = 0.0


@dataclass
class SlackStage:
    """The workspace, the app in it, and what has passed between the two.

    `url` is where the fake listens, without a slash at its end. `link_s` is for how long
    a Socket Mode URL is good.
    """

    app: App
    team: Team
    office: DeliveryOffice
    limits: Limits = field(default_factory=Limits)
    url: str = ""
    calls: list[MethodCall] = field(default_factory=list)
    troubles: list[MethodTrouble] = field(default_factory=list)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    tickets: set[str] = field(default_factory=set)
    trigger_s: float = TRIGGER_S

    @property
    def bot(self) -> Person:
        return self.team.people[self.app.bot_user]

    def called(self, *methods: str) -> list[MethodCall]:
        """Calls of these methods, in order."""
        return [call for call in self.calls if call.method in methods]

    def trouble_of(self, method: str) -> MethodTrouble | None:
        """The trouble that the next call of a method runs into."""
        for trouble in self.troubles:
            if trouble.method == method and trouble.times:
                trouble.times -= 1
                return trouble
        return None

    def new_trigger(self, user: str, view: View | None = None) -> str:
        """Slack: the format is `132456.7890123.abcdef` (docs.slack.dev/reference/methods/views.open)."""  # noqa: E501
        name = f"{secrets.randbelow(10**9)}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        self.triggers[name] = Trigger(user, time.monotonic() + self.trigger_s, view)
        return name

    def exchange(self, trigger_id: str) -> Trigger:
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise SlackRefused("invalid_trigger_id")
        if trigger.used:
            raise SlackRefused("exchanged_trigger_id")
        if time.monotonic() > trigger.until:
            raise SlackRefused("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(self, channel: Channel, user: str, message: Message | None) -> str:
        key = secrets.token_hex(12)
        until = time.monotonic() + RESPONSE_S
        self.response_urls[key] = ResponseUrl(channel, user, until, message)
        return f"{self.url}/respond/{key}"

    def visible_channel(self, given: str, *, names: bool = False) -> Channel:
        """What the bot's token may know of. Raises SlackRefused(channel_not_found).

        names: whether `#name` will do; only chat.postMessage and chat.postEphemeral say so.
        """
        channel = self.team.channels.get(given)
        if channel is None and names:
            wanted = given.removeprefix("#")
            named = (
                channel for channel in self.team.channels.values() if channel.name == wanted != ""
            )
            channel = next(named, None)
        if channel is None or not (channel.room is Room.PUBLIC or self.is_member(channel)):
            raise SlackRefused("channel_not_found")
        return channel

    def is_member(self, channel: Channel) -> bool:
        return self.app.bot_user in channel.members

    def add_message(self, message: Message) -> Message:
        """It is there; whoever subscribed to it hears of it."""
        channel = self.team.channels[message.channel]
        channel.messages[message.ts] = message
        for file in message.files:
            file.shares.setdefault(channel.id, []).append(message.ts)
        self.announce(message)
        return message

    def announce(self, message: Message) -> list[AppDelivery]:
        """The events of a new message, on their way."""
        channel = self.team.channels[message.channel]
        sent = [self.happened(events.message_event(self, message), channel)]
        mention = f"<@{self.app.bot_user}>"
        # Slack: docs.slack.dev/reference/events/app_mention: not for messages in direct
        # conversations, nor for what the app says itself.
        if mention in message.text and channel.room is not Room.IM and not message.by_app:
            sent.append(self.happened(events.mention_event(self, message), channel))
        shared = (events.file_shared(self, message, file) for file in message.files)
        sent.extend(self.happened(event, channel) for event in shared)
        return [delivery for delivery in sent if delivery is not None]

    def happened(self, event: Json, channel: Channel) -> AppDelivery | None:
        """Tell the app, if it subscribed to that, may read it and is in the channel."""
        name = events.subscription(event, channel)
        if name not in self.app.events or not self.is_member(channel):
            return None
        if not self.app.scopes.issuperset(events.SCOPES.get(name, ())):
            return None
        return self.office.deliver("events_api", events.envelope(self, event))

    def is_ours(self, person: Person) -> bool:
        return person.kind not in (Kind.STRANGER, Kind.DELETED)
