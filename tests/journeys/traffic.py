"""A recorded incident as a team in Slack lives through it, and what Slack was asked to show for it.

One journey goes from the alert to a resolved case and back: files dropped several at once,
questions, a check, a verdict, the end of the alert, and its return.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from bot.terminal.uploads import uploads
from core.clock import wire_time
from tests.fakes.context import CONTEXT
from tests.fakes.slack import buttons, words
from tests.journeys.alertmanagers import TOKEN
from tests.journeys.operator import Operator, an_operator
from tests.journeys.stages import InSlack, waits_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.fakes.slack import FakeSlack
    from tests.fakes.slack.calls import MethodCall
    from tests.journeys.incidents import DisguisedIncident
    from tests.journeys.up import Up

POST, EDIT, ALONE = "chat.postMessage", "chat.update", "chat.postEphemeral"
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
        shown, counts = dict[tuple[str, str], Any](), Counter[str]()
        for call in calls:
            if call.method not in (POST, EDIT, ALONE) or not call.answer.get("ok"):
                continue
            counts[call.method] += 1
            if call.method == ALONE:
                continue
            message = (str(call.answer["channel"]), str(call.answer["ts"]))
            content = (call.arguments.get("text"), _plain(call.arguments.get("blocks")))
            counts["unchanged"] += call.method == EDIT and shown.get(message) == content
            shown[message] = content
        return cls(
            posts=counts[POST],
            edits=counts[EDIT],
            unchanged=counts["unchanged"],
            ephemeral=counts[ALONE],
        )


def _plain(blocks: Any) -> str:
    read = json.loads(blocks) if isinstance(blocks, str) else blocks
    return json.dumps(read, sort_keys=True)


async def play(incident: DisguisedIncident, slack: FakeSlack, up: Up) -> InSlack:
    """The whole journey of one case, the only one of `up`."""
    dana = InSlack(slack)
    async with an_operator(up) as operator:
        await fires(incident, up)
        await waits_for("#1 ", dana.card)
        await operator.settled()
        await _drop_all(dana, incident, operator)
        leader = await _leader(up)
        for line in SAID:
            await _mention(dana, line.format(leader=leader))
            await operator.settled()
        if "Run check" in buttons(dana.root):
            await dana.presses("Run check", on="#1 ")
        await operator.settled()
        await fires(incident, up)  # Alertmanager repeats itself
        await _mention(dana, f"confirm {leader} we saw it ourselves")
        await operator.settled()
        await _mention(dana, "resolve rolled back")
        await operator.settled()
        await ends(incident, up)
        await operator.settled()
        await fires(incident, up, again=True)
        await operator.settled()
    return dana


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


def replies(dana: InSlack) -> list[str]:
    """What stands in the case's thread, by us."""
    return [words(message) for message in dana.messages[1:] if message.by_app]


def _body(incident: DisguisedIncident) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((incident.folder / "alert.json").read_text())
    return body


async def _deliver(body: dict[str, Any], up: Up) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient() as client:
        answer = await client.post(up.webhook, json=body, headers=headers)
    assert answer.is_success, answer.text


async def _leader(up: Up) -> int:
    """The number of the leading hypothesis; 1 where there is none, which is refused then."""
    (case,) = await up.cases()
    async with up.store() as store, store.reading(CONTEXT) as unit:
        hypotheses = (await unit.cases.view(case.id)).hypotheses
    return min(hypotheses, key=lambda known: known.rank).number if hypotheses else 1


async def _mention(dana: InSlack, line: str) -> None:
    await dana.slack.mention("dana", "#incidents", line, thread=dana.root.ts)


async def _drop_all(dana: InSlack, incident: DisguisedIncident, operator: Operator) -> None:
    paths = [upload.path for upload in uploads(incident.files)]
    for start in range(0, len(paths), AT_ONCE):
        files = [(path.name, path.read_bytes()) for path in paths[start : start + AT_ONCE]]
        await dana.slack.say("dana", "#incidents", thread=dana.root.ts, files=files)
        await operator.settled()
