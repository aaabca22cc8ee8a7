"""A Slack of our own on loopback, that real slack-sdk and slack-bolt talk to.

    async with a_slack() as slack:
        client = AsyncWebClient(slack.app.bot_token, base_url=slack.api_url)
        await slack.say("dana", "#incidents", "@FaultMaven status")

It refuses what Slack refuses; each rule names the page of Slack's documentation it comes from. The
app is installed from `manifests/slack/manifest.yaml`. In `#incidents` are dana (a member), kim (an
admin), gus (a guest), solo (a single-channel guest), robin (another app's bot), eve (a stranger
from another workspace) and the app's bot; `#war-room` is private, `#lobby` is without the bot,
`#old` is archived. A process of its own uses it with `slack.settings()` as its environment.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.fakes.slack.app import App, from_manifest
from tests.fakes.slack.fake import FakeSlack
from tests.fakes.slack.limits import Limits
from tests.fakes.slack.model import Channel, Kind, Message, Person, Room, StoredFile, View
from tests.fakes.slack.office import AppDelivery, Attempt
from tests.fakes.slack.people import Done, NotPossible, SentMessage
from tests.fakes.slack.shown import buttons, pings, words
from tests.fakes.slack.stage import MethodTrouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = [
    "App",
    "AppDelivery",
    "Attempt",
    "Channel",
    "Done",
    "FakeSlack",
    "Kind",
    "Limits",
    "Message",
    "MethodTrouble",
    "NotPossible",
    "Person",
    "Room",
    "SentMessage",
    "StoredFile",
    "View",
    "a_slack",
    "buttons",
    "pings",
    "words",
]


@asynccontextmanager
async def a_slack(
    *,
    app: App | None = None,
    limits: Limits | None = None,
    pace: float = 0.001,
    patience_s: float = 3.0,
    port: int = 0,
) -> AsyncIterator[FakeSlack]:
    """A workspace with people and channels in it, listening on 127.0.0.1.

    limits: rate limits as Slack's, unless `Limits(on=False)` or a `speed` is given.
    pace: retries of events come after that part of Slack's minutes.
    patience_s: how long an acknowledgement may take.
    port: 0 for a free one.
    """
    slack = FakeSlack.of(app or from_manifest(), limits or Limits())
    slack.office.pace, slack.office.patience_s = pace, patience_s
    await slack.start(port)
    try:
        yield slack
    finally:
        await slack.close()
