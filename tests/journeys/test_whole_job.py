"""The whole job: a real Alertmanager, a running `up`, one operator; from alert to resolved case."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from core.alerts.model import Severity
from core.cases.events import EventKind, verify_chain
from core.cases.model import CaseState, HypothesisState
from core.cases.projection import fold
from core.clock import wire_time
from core.conversation.cards.card import Mark
from tests.fakes.chat import words_of
from tests.fakes.context import CONTEXT
from tests.journeys.alertmanagers import RealAlertmanager, a_real_alertmanager, until
from tests.journeys.disguise import Disguise
from tests.journeys.operator import Operator, an_operator
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from core.alerts.model import Occurrence
    from core.cases.events import CaseEvent
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card

pytestmark = pytest.mark.e2e

RECORDING = Path(__file__).parents[2] / "faultmaven/recordings/ferry-bookings"
CITED = re.compile(r"\[(?P<file>[^\[\]]+):(?P<start>\d+)(?:-(?P<end>\d+))?\]$", re.MULTILINE)
WENT_ON = timedelta(minutes=4)  # after the alert
FIX = "pool size back to 10"


@dataclass(frozen=True)
class RecentIncident:
    """The recorded incident, as if its last line had been written just now."""

    folder: Path
    alert: dict[str, Any]
    culprit: str

    @property
    def labels(self) -> dict[str, str]:
        labels: dict[str, str] = self.alert["labels"]
        return labels


def happening_now(folder: Path) -> RecentIncident:
    (recorded,) = json.loads((RECORDING / "alert.json").read_text())["alerts"]
    since = datetime.now(UTC) - datetime.fromisoformat(recorded["startsAt"]) - WENT_ON
    disguise = Disguise.of(RECORDING, by=timedelta(seconds=round(since.total_seconds())))
    disguise.put_on(RECORDING, folder)
    (alert,) = json.loads((folder / "alert.json").read_text())["alerts"]
    return RecentIncident(folder, alert, culprit=disguise.names["booking-api"])


async def test_from_a_real_alert_to_a_resolved_case(tmp_path: Path) -> None:
    now = happening_now(tmp_path / "incident")
    async with up_in(tmp_path) as up, an_operator(up) as operator:
        with a_real_alertmanager(up.webhook) as alertmanager:
            await fires(alertmanager, now)
            await a_case_is_opened_and_shown(up, operator, now)
            await files_become_hypotheses_with_lines(up, operator, now)
            await a_question_is_answered_with_lines(operator)
            await a_person_confirms(up, operator)
            await the_report_says_it_all(operator, now)
            await a_person_resolves(up, operator)
            await fires(alertmanager, now, ended=True)
            await the_end_of_the_alert_arrives(up)
    await the_log_adds_up(up)


async def fires(
    alertmanager: RealAlertmanager, now: RecentIncident, *, ended: bool = False
) -> None:
    """Tell Alertmanager what Prometheus would; `ended` ends it."""
    alert = {key: now.alert[key] for key in ("labels", "annotations", "generatorURL", "startsAt")}
    if ended:
        alert["endsAt"] = wire_time(datetime.now(UTC))
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{alertmanager.url}/api/v2/alerts", json=[alert])
    assert answer.is_success, answer.text


async def a_case_is_opened_and_shown(up: Up, operator: Operator, now: RecentIncident) -> None:
    async def opened() -> bool:
        return bool(await up.cases()) and bool(await operator.shown("case"))

    await until(opened)
    await operator.settled()
    case, (occurrence,) = (await view_of(up)).case, await occurrences_of(up)
    assert case.title.text == now.alert["annotations"]["summary"]
    assert (case.severity, case.service) == (Severity.CRITICAL, now.labels["service"])
    assert (case.state, case.firing, case.turns) == (CaseState.DIAGNOSING, 1, 1)
    assert wire_time(case.opened_at) == now.alert["startsAt"].replace("Z", "000Z")
    assert (occurrence.name, occurrence.fires) == (now.labels["alertname"], 1)
    (card,) = await operator.shown("case")
    assert card.mark is Mark.FIRING
    assert f"#1 Critical · {case.title.text}" in words_of(card)
    assert "no evidence: drop a log here" in words_of(card)


async def files_become_hypotheses_with_lines(
    up: Up, operator: Operator, now: RecentIncident
) -> None:
    files = now.folder / "files"
    await operator.drop(files, now.folder / "topology.json", case=1)
    await operator.settled()
    read = [card for card in await operator.shown("file") if card.mark is not Mark.PROGRESS]
    assert len(read) == sum(path.is_file() for path in files.rglob("*")) + 1

    best = (await view_of(up)).hypotheses[0]
    assert (best.cause.service, best.cause.fault) == (now.culprit, "connection_pool_exhausted")
    assert best.confidence > 0.5
    reply = words_of(*await operator.say("hypotheses"))
    assert f": {best.statement.text}" in reply
    assert "for: " in reply
    assert "check: " in reply
    assert "rejected" in reply
    assert "QueuePool limit of size 2 overflow 0 reached" in "\n".join(cited(reply, files))


async def a_question_is_answered_with_lines(operator: Operator) -> None:
    (looking,) = await operator.say("ask why 1?")
    assert looking.mark is Mark.PROGRESS
    await operator.settled()
    (answer,) = await operator.shown("answer")
    assert (answer.key, answer.mark) == (looking.key, Mark.ANSWER)
    assert answer.version > looking.version
    assert "asked: why 1?" in words_of(answer)
    assert "a caller waited for a pooled connection and got none" in words_of(answer)
    assert CITED.search(words_of(answer))


async def a_person_confirms(up: Up, operator: Operator) -> None:
    (card,) = await operator.say("confirm 1 the pool was cut to 2")
    assert "#1 cause confirmed: 1." in words_of(card)
    await operator.settled()
    view = await view_of(up)
    assert view.case.state is CaseState.ANALYZING
    assert view.hypotheses[0].state is HypothesisState.VALIDATED
    assert view.hypotheses[0].verdict_why is not None
    assert view.hypotheses[0].verdict_why.text == "the pool was cut to 2"


async def the_report_says_it_all(operator: Operator, now: RecentIncident) -> None:
    report = markdown_of(*await operator.say("report"))
    sections = re.findall(r"^## (.+)$", report, re.MULTILINE)
    assert sections == [
        "Summary",
        "Impact",
        "Timeline",
        "Evidence",
        "Hypotheses",
        "Solution",
        "Follow-ups",
    ]
    assert report.startswith(f"# Case #1: `{now.alert['annotations']['summary']}`")
    assert f"Connection pool exhausted at {now.culprit}" in report
    assert "the pool was cut to 2" in report
    assert f"`{now.culprit}/{now.culprit}.log:1375`" in report
    assert "confirmed by" in report
    assert "@mail.example" not in report


async def a_person_resolves(up: Up, operator: Operator) -> None:
    (card,) = await operator.say(f"resolve {FIX}")
    assert card.mark is Mark.RESOLVED
    assert f"Fix: {FIX}" in words_of(card)
    assert len(card.rows) == 4
    case = (await view_of(up)).case
    assert (case.state, case.firing) == (CaseState.RESOLVED, 1)
    assert case.solution is not None
    assert case.solution.text == FIX
    report = markdown_of(*await operator.say("report", case=1))
    assert f"`{FIX}`" in report


async def the_end_of_the_alert_arrives(up: Up) -> None:
    async def ended() -> bool:
        return (await view_of(up)).case.firing == 0

    await until(ended)
    (occurrence,) = await occurrences_of(up)
    assert occurrence.ended_at is not None
    assert (await view_of(up)).case.state is CaseState.RESOLVED


async def the_log_adds_up(up: Up) -> None:
    """After `up` has ended: the events are a chain, and fold into what the tables say."""
    view, events = await view_of(up), await events_of(up)
    async with up.store() as store, store.reading(CONTEXT) as unit:
        texts = await unit.cases.texts(view.case.id)
    assert verify_chain(events) == view.case.head
    assert fold(events, texts) == view
    kinds = [event.kind for event in events]
    story = [
        EventKind.OPENED,
        EventKind.ALERT_FIRED,
        EventKind.SPOKEN,
        EventKind.FILE_RECEIVED,
        EventKind.FILE_PROCESSED,
        EventKind.ASKED,
        EventKind.ANSWERED,
        EventKind.JUDGED,
        EventKind.RESOLVED,
        EventKind.ALERT_RESOLVED,
    ]
    assert [kind for kind in dict.fromkeys(kinds) if kind in story] == story


def cited(reply: str, files: Path) -> list[str]:
    """The lines that a card's rows rest on, read from the files themselves."""
    cited_lines = []
    for match in CITED.finditer(reply):
        lines = (files / match["file"]).read_text().splitlines()
        start, end = int(match["start"]), int(match["end"] or match["start"])
        assert 1 <= start <= end <= len(lines), match[0]
        cited_lines += lines[start - 1 : end]
    return cited_lines


def markdown_of(card: Card) -> str:
    return "\n".join(row.text.text for row in card.fold)


async def view_of(up: Up) -> CaseView:
    (case,) = await up.cases()
    async with up.store() as store, store.reading(CONTEXT) as unit:
        return await unit.cases.view(case.id)


async def events_of(up: Up) -> list[CaseEvent]:
    (case,) = await up.cases()
    async with up.store() as store, store.reading(CONTEXT) as unit:
        return await unit.cases.events(case.id)


async def occurrences_of(up: Up) -> list[Occurrence]:
    (case,) = await up.cases()
    async with up.store() as store, store.reading(CONTEXT) as unit:
        return await unit.occurrences.of_case(case.id)
