"""A whole incident in Slack and Discord: no edit changes nothing, and few calls are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.discord.server import a_discord
from tests.fakes.slack import Limits, a_slack, words
from tests.journeys.incidents import in_disguise
from tests.journeys.operator import an_operator
from tests.journeys.traffic import ChatTraffic, DiscordTeam, SlackTeam, play, replies
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

MOST_CALLS = 26  # of a journey; with a card for each file and blind edits there were 39
BROADCASTS = 1  # in Discord a line of the thread that all of the channel are to see is posted twice


async def test_an_incident_makes_few_calls_and_none_for_nothing(tmp_path: Path) -> None:
    async with a_slack(limits=Limits(on=False)) as slack, up_in(tmp_path, **slack.settings()) as up:
        incident = in_disguise("ferry-bookings", tmp_path / "incident")
        dana = SlackTeam(slack)
        await play(incident, dana, up)
        traffic = ChatTraffic.of(slack.calls)
        assert traffic.unchanged == 0
        assert traffic.calls <= MOST_CALLS, traffic
        lines = replies(dana)
        assert sum(" files: " in text.split("\n")[0] for text in lines) == 1
        assert sum("Back after" in text for text in lines) == 1
        causes = [text for text in lines if text.startswith("#1 Root cause")]
        assert len(causes) == 2, f"news, hypotheses: {lines}"
        (back,) = [message for message in dana.messages if "Back after" in words(message)]
        assert back.broadcast


async def test_discord_is_asked_as_little_as_slack(tmp_path: Path) -> None:
    async with a_discord() as discord, up_in(tmp_path, **discord.settings) as up:
        ana = DiscordTeam(discord)
        await play(in_disguise("ferry-bookings", tmp_path / "incident"), ana, up)
        traffic = ChatTraffic.of_discord(discord)
        assert traffic.unchanged == 0
        assert traffic.calls <= MOST_CALLS + BROADCASTS, traffic
        async with an_operator(up) as operator:
            await ana.mentions("confirm 77", operator=operator)
            await operator.settled()
        *_, typed, refused = (await ana.thread()).messages.values()
        assert "Not done" in refused.text
        assert (refused.reply_to, refused.pings) == (typed.id, [])
        words = await ana.reads()
        assert words.count("Back after") == 1 + BROADCASTS
