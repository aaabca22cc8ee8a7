"""A whole incident in Slack: no edit changes nothing, and few calls are made at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.slack import Limits, a_slack, words
from tests.journeys.incidents import in_disguise
from tests.journeys.traffic import ChatTraffic, play, replies
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

MOST_CALLS = 26  # of a journey; with a card for each file and blind edits there were 39


async def test_an_incident_makes_few_calls_and_none_for_nothing(tmp_path: Path) -> None:
    async with a_slack(limits=Limits(on=False)) as slack, up_in(tmp_path, **slack.settings()) as up:
        incident = in_disguise("ferry-bookings", tmp_path / "incident")
        dana = await play(incident, slack, up)
        traffic = ChatTraffic.of(slack.calls)
        assert traffic.unchanged == 0
        assert traffic.calls <= MOST_CALLS, traffic
        lines = replies(dana)
        assert sum(" files: " in text.split("\n")[0] for text in lines) == 1
        assert sum("Back after" in text for text in lines) == 1
        # The news; and the hypotheses, where they were asked for once it was known.
        assert sum(text.startswith("#1 Root cause") for text in lines) in (1, 2)
        (back,) = [message for message in dana.messages if "Back after" in words(message)]
        assert back.broadcast
