"""A recorded incident as a team lives through it in chat, and what the chat was asked to show.

One journey goes from the alert to a resolved case and back: files dropped several at once,
questions, a check, a verdict, the end of the alert, and its return.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from bot.terminal.uploads import uploads
from core.clock import wire_time
from tests.fakes.context import CONTEXT
from tests.fakes.slack import buttons, words
from tests.journeys.operator import Operator, an_operator
from tests.journeys.stages import InDiscord, InSlack, waits_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.fakes.discord.rest import RestCall
    from tests.fakes.discord.server import FakeDiscord
    from tests.fakes.slack import SentMessage
    from tests.fakes.slack.calls import MethodCall
    from tests.journeys.incidents import DisguisedIncident
    from tests.journeys.up import Up

POST, EDIT, ALONE = "chat.postMessage", "chat.update", "chat.postEphemeral"
DISCORD_SHOWS = (
    "POST /channels/{channel}/messages",
    "PATCH /channels/{channel}/messages/{message}",
)
DISCORD_ALONE = ("POST /interactions/{interaction}/{token}/callback",)
AT_ONCE = 5  # files in one message
SAID = ("hypotheses", "why {leader}", "what is going on?", "timeline")


@dataclass(frozen=True, kw_only=True)
class ChatTraffic:
    """Calls that show something. `unchanged`: edits to what the message showed already."""

    posts: int
    edits: int
    unchanged: int
    ephemeral: int

    @property
    def calls(self) -> int:
        return self.posts + self.edits + self.ephemeral

    @classmethod
    def of(cls, calls: Sequence[MethodCall]) -> ChatTraffic:
        """Of what Slack was asked."""
        taken = [call for call in calls if call.answer.get("ok")]
        shown = [
            (call.method == POST, _slack_message(call), _slack_content(call.arguments))
            for call in taken
            if call.method in (POST, EDIT)
        ]
        return cls._of(shown, ephemeral=sum(call.method == ALONE for call in taken))

    @classmethod
    def of_discord(cls, discord: FakeDiscord) -> ChatTraffic:
        """Of what Discord was asked. A post and its message have the same nonce."""
        places = (discord.incidents, *discord.threads)
        messages = [message for place in places for message in place.messages.values()]
        ids = {message.nonce: message.id for message in messages if message.nonce}
        taken = [call for call in discord.calls if call.status < HTTPStatus.BAD_REQUEST]
        shown = [
            (call.method == "POST", _discord_message(call, ids), _discord_content(call.body))
            for call in taken
            if call.route in DISCORD_SHOWS
        ]
        return cls._of(shown, ephemeral=sum(call.route in DISCORD_ALONE for call in taken))

    @classmethod
    def _of(cls, shown: Sequence[tuple[bool, str, str]], *, ephemeral: int) -> ChatTraffic:
        """shown: of each call, whether it posts, its message, and what that shows then."""
        contents, unchanged = dict[str, str](), 0
        for is_post, message, content in shown:
            unchanged += not is_post and contents.get(message) == content
            contents[message] = content
        posts = sum(is_post for is_post, _, _ in shown)
        edits = len(shown) - posts
        return cls(posts=posts, edits=edits, unchanged=unchanged, ephemeral=ephemeral)


def _slack_message(call: MethodCall) -> str:
    return f"{call.answer['channel']}/{call.answer['ts']}"


def _slack_content(arguments: Mapping[str, Any]) -> str:
    blocks = arguments.get("blocks")
    read = json.loads(blocks) if isinstance(blocks, str) else blocks
    return json.dumps([arguments.get("text"), read], sort_keys=True)


def _discord_message(call: RestCall, ids: Mapping[str, str]) -> str:
    if call.method == "PATCH":
        return call.path.rpartition("/")[2]
    return ids.get(call.body.get("nonce", ""), "")


def _discord_content(body: Mapping[str, Any]) -> str:
    """What people see of it; the address of an embed is our marker, and only in posts."""
    seen = {name: body.get(name) or [] for name in ("content", "components")}
    embeds: list[dict[str, Any]] = body.get("embeds") or []
    seen["embeds"] = [embed | {"url": ""} for embed in embeds]
    return json.dumps(seen, sort_keys=True)


class ChatTeam(Protocol):
    """What a journey needs of a platform; a line has arrived when `mentions` returns."""

    async def card(self) -> str: ...
    async def mentions(self, line: str, *, operator: Operator) -> None: ...
    async def shares(self, files: dict[str, bytes], *, operator: Operator) -> None: ...
    def offers(self, label: str) -> bool: ...
    async def presses(self, label: str, *, on: str) -> None: ...


class SlackTeam(InSlack):
    """dana in Slack, who names the bot."""

    async def mentions(self, line: str, *, operator: Operator) -> None:
        thread = self.root.ts
        await self._arrives(await self.slack.mention("dana", "#incidents", line, thread=thread))

    async def shares(self, files: dict[str, bytes], *, operator: Operator) -> None:
        thread, named = self.root.ts, list(files.items())
        sent = await self.slack.say("dana", "#incidents", thread=thread, files=named)
        await self._arrives(sent)

    def offers(self, label: str) -> bool:
        return label in buttons(self.root)

    async def _arrives(self, sent: SentMessage) -> None:
        """A busy machine may answer Slack too late, and is told again."""
        for delivery in sent.deliveries:
            await delivery.settled.wait()


class DiscordTeam(InDiscord):
    """ana in Discord, who names the bot. Discord waits for no answer: the inbox tells."""

    async def mentions(self, line: str, *, operator: Operator) -> None:
        heard, thread = await operator.heard(), await self.thread()
        await self.discord.mention(self.discord.ana, thread, line)
        await operator.hears_more_than(heard)

    async def shares(self, files: dict[str, bytes], *, operator: Operator) -> None:
        heard, thread = await operator.heard(), await self.thread()
        await self.discord.say(self.discord.ana, thread, "", files=files)
        await operator.hears_more_than(heard)

    def offers(self, label: str) -> bool:
        card, *_ = self.discord.messages(self.discord.incidents, by=self.discord.world.bot)
        return label in [button.get("label") for button in card.buttons]


async def play(incident: DisguisedIncident, dana: ChatTeam, up: Up) -> None:
    """The whole journey of one case, the only one of `up`."""
    async with an_operator(up) as operator:
        await fires(incident, up)
        await waits_for("#1 ", dana.card)
        await operator.settled()
        await _drop_all(dana, incident, operator)
        leader = await _leader(up)
        for line in SAID:
            await dana.mentions(line.format(leader=leader), operator=operator)
            await operator.settled()
        if dana.offers("Run check"):
            await dana.presses("Run check", on="#1 ")
        await operator.settled()
        await fires(incident, up)  # Alertmanager repeats itself
        await dana.mentions(f"confirm {leader} we saw it ourselves", operator=operator)
        await operator.settled()
        await dana.mentions("resolve rolled back", operator=operator)
        await operator.settled()
        await ends(incident, up)
        await operator.settled()
        await fires(incident, up, again=True)
        await operator.settled()


async def fires(incident: DisguisedIncident, up: Up, *, again: bool = False) -> None:
    """again: it had ended, and starts now."""
    body = _body(incident)
    if again:
        for alert in body["alerts"]:
            alert["startsAt"] = wire_time(datetime.now(UTC))
    await _deliver(body, up)


async def ends(incident: DisguisedIncident, up: Up) -> None:
    body = _body(incident)
    body["status"] = "resolved"
    for alert in body["alerts"]:
        alert["status"] = "resolved"
        alert["endsAt"] = wire_time(datetime.now(UTC) - timedelta(seconds=1))
    await _deliver(body, up)


def replies(dana: SlackTeam) -> list[str]:
    """What stands in the case's thread, by us."""
    return [words(message) for message in dana.messages[1:] if message.by_app]


def _body(incident: DisguisedIncident) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((incident.folder / "alert.json").read_text())
    return body


async def _deliver(body: dict[str, Any], up: Up) -> None:
    assert await up.takes(json.dumps(body).encode())


async def _leader(up: Up) -> int:
    """The number of the leading hypothesis; 1 where there is none, which is refused then."""
    (case,) = await up.cases()
    async with up.store() as store, store.reading(CONTEXT) as unit:
        hypotheses = (await unit.cases.view(case.id)).hypotheses
    return min(hypotheses, key=lambda known: known.rank).number if hypotheses else 1


async def _drop_all(dana: ChatTeam, incident: DisguisedIncident, operator: Operator) -> None:
    paths = [upload.path for upload in uploads(incident.files)]
    for start in range(0, len(paths), AT_ONCE):
        files = {path.name: path.read_bytes() for path in paths[start : start + AT_ONCE]}
        await dana.shares(files, operator=operator)
        await operator.settled()
