"""Checks for `faultmaven doctor` of what the bot needs in Slack, one line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.platform import Checked
from bot.slack.errors import RATE, errors_of, name_of
from bot.slack.scopes import SCOPES
from bot.slack.web import Web
from bot.slack.workspace import BotIdentity, SlackWorkspace
from core.errors import FaultMavenError

if TYPE_CHECKING:
    from collections.abc import Sequence


_INVITE = "In Slack: open the channel and type /invite @FaultMaven."


@dataclass(frozen=True, kw_only=True)
class SlackExamination:
    """Asks Slack what the bot may do."""

    web: Web
    workspace: SlackWorkspace

    async def all(self, channels: Sequence[str]) -> list[Checked]:
        """The checks of the token, the scopes, the way of events, and each channel."""
        try:
            me = await self.workspace.me()
        except FaultMavenError as error:
            return [_failed("slack token", error)]
        checks = [Checked(check="slack token", says=f"bot {me.user} of {me.team}"), _scopes(me)]
        checks.append(await self._reached())
        return checks + [await self._channel(name) for name in dict.fromkeys(channels)]

    async def _reached(self) -> Checked:
        """How Slack reaches us: by Socket Mode, or at our own address."""
        access, check = self.web.access, "slack events"
        if access.app_token:
            return await self._app_token(access.app_token)
        if access.signing_secret:
            return Checked(check=check, says="Slack posts to /slack/events")
        advice = (
            "Set FAULTMAVEN_SLACK_APP_TOKEN for Socket Mode, or FAULTMAVEN_SLACK_SIGNING_SECRET."
        )
        return Checked(check=check, says="Slack has no way to reach us", advice=advice)

    async def _app_token(self, token: str) -> Checked:
        """Open a Socket Mode address, the one call that the token allows, and drop it."""
        check = "slack socket mode"
        try:
            with errors_of("apps.connections.open"):
                await self.web.client.apps_connections_open(app_token=token)
        except FaultMavenError as error:
            if name_of(error) in RATE:
                return Checked(check=check, says="asked too often to tell")
            advice = (
                "Make an app-level token with connections:write, under Basic Information, and set "
                "FAULTMAVEN_SLACK_APP_TOKEN."
            )
            return Checked(check=check, says=str(error), advice=advice)
        return Checked(check=check, says="the app-level token is good")

    async def _channel(self, name: str) -> Checked:
        check = f"slack channel {name}"
        try:
            channel = await self.workspace.channel(name)
            async with self.web.calling("conversations.info"):
                answer = await self.web.client.conversations_info(channel=channel)
        except FaultMavenError as error:
            return _failed(check, error)
        described = answer.get("channel") or {}
        if described.get("is_archived"):
            return Checked(check=check, says="it is archived", advice="Choose another channel.")
        if not described.get("is_member"):
            private = bool(described.get("is_private"))
            advice = _INVITE if private else ""
            says = "not in it" if private else "not in it yet: the bot enters with its first card"
            return Checked(check=check, says=says, advice=advice)
        return Checked(check=check, says=f"in #{described.get('name', channel)}")


def _scopes(me: BotIdentity) -> Checked:
    if me.scopes is None:
        return Checked(check="slack scopes", says="not told by this server, so not compared")
    missing = [scope for scope in SCOPES if scope not in me.scopes]
    if not missing:
        return Checked(check="slack scopes", says=f"all {len(SCOPES)} granted")
    reasons = "; ".join(f"{scope} {SCOPES[scope]}" for scope in missing)
    advice = "Update the app from its manifest, and install it again."
    return Checked(check="slack scopes", says=f"missing: {reasons}", advice=advice)


def _failed(check: str, error: FaultMavenError) -> Checked:
    return Checked(check=check, says=str(error), advice=error.next_step)
