"""The agent's door: what it answers, of which kind, and what it looks up."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core.accounts.model import AccountRole
from core.cases.events import EventKind
from core.cases.lifecycle import Change, record
from core.jobs.model import JobState
from core.text.redacted import RedactedText
from core.workflows.accounts import Registration, make_account
from tests.api.conftest import LOG, PASSWORD, Desk

if TYPE_CHECKING:
    import httpx

KEY = {"Idempotency-Key": "chat-0001"}


async def say(desk: Desk, message: str, **headers: str) -> httpx.Response:
    path = f"/agent/chat/{desk.case_id}"
    return await desk.api.post(path, {"message": message}, headers=desk.headers | headers)


async def answered(desk: Desk, message: str, key: str = "chat-0001") -> dict[str, Any]:
    """The answer, once all is done."""
    first = await say(desk, message, **{"Idempotency-Key": key})
    assert first.status_code in (200, 202), first.text
    await desk.workers.run_until_idle()
    body: dict[str, Any] = (await say(desk, message, **{"Idempotency-Key": key})).json()
    return body


async def look_up(desk: Desk, tool: str, **arguments: object) -> httpx.Response:
    body = {"case_id": desk.case_id, "tool": tool, "arguments": arguments}
    return await desk.api.post("/agent/tools/execute", body, headers=desk.headers)


async def test_without_evidence_it_asks_for_some(desk: Desk) -> None:
    answer = await answered(desk, "why is checkout slow?")
    assert answer["response_type"] == "NEEDS_MORE_DATA"
    assert (answer["case_id"], answer["turn_number"]) == (desk.case_id, 1)
    assert answer["agent_response"]


async def test_a_message_says_something(desk: Desk) -> None:
    assert (await say(desk, " \x0c ")).status_code == 422


async def test_a_slow_answer_is_polled_for(desk: Desk) -> None:
    first = await say(desk, "why?", **KEY)
    assert (first.status_code, first.json()["status"]) == (202, "running")
    await desk.workers.run_until_idle()
    path = first.headers["Location"].removeprefix("/api/v1")
    polled = await desk.api.client.get(path, headers=desk.headers)
    assert polled.json()["agent_response"]


async def test_the_kind_of_an_answer_tells_what_to_make_of_it(desk: Desk) -> None:
    await desk.answered(files=[("db.log", LOG)])
    assert (await answered(desk, "since when?", "chat-0002"))["response_type"] == "ANSWER"
    assert (await answered(desk, "run", "chat-0003"))["response_type"] == "PLAN_PROPOSAL"
    wrong = await answered(desk, "confirm 99", "chat-0004")
    assert wrong["response_type"] == "ERROR"
    meant = await answered(desk, "can you undo that please?", "chat-0005")
    assert meant["response_type"] in ("CONFIRMATION_REQUEST", "ANSWER")
    resolved = await answered(desk, "resolve raised the pool to 40", "chat-0006")
    assert resolved["response_type"] == "SOLUTION_READY"


async def test_what_the_engine_gives_up_is_for_people(desk: Desk) -> None:
    await desk.answered(files=[("db.log", LOG)])
    await say(desk, "since when?", **KEY)
    async with desk.api.services.unit() as unit:
        view = await unit.cases.view(desk.case_id, lock=True)
        why = RedactedText.format("it goes round in circles")
        change = Change(kind=EventKind.ESCALATED, data={"why": why.digest}, texts=[why])
        await record(unit, view, desk.case_id, [change], at=unit.now, actor="@test")
    await desk.workers.run_until_idle()
    answer = (await say(desk, "since when?", **KEY)).json()
    assert answer["response_type"] == "ESCALATION_REQUIRED"


async def test_an_answer_is_streamed_as_it_is_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.agent.LOOKS_EVERY_S", 0.01)
    asked = asyncio.create_task(say(desk, "why?", Accept="text/event-stream", **KEY))
    while not asked.done():
        await desk.workers.run_until_idle()
        await asyncio.sleep(0.01)
    answer = asked.result()
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    names = [lines[0].removeprefix("event: ") for lines in events]
    assert (names[0], names[-1]) == ("job", "answer")
    last = json.loads(events[-1][1].removeprefix("data: "))
    assert last["agent_response"]
    assert last == (await say(desk, "why?", **KEY)).json()


async def test_a_stream_that_gets_no_answer_says_so(desk: Desk) -> None:
    services = desk.api.services
    broken = replace(services, chats=())
    desk.api.serves(broken)
    body = {"message": "why?", "stream": True}
    path = "/agent/chat/case_none"
    refused = await desk.api.post(path, body, headers=desk.headers)
    assert refused.status_code == 404


async def test_tools_tell_what_they_do(desk: Desk) -> None:
    tools = (await desk.api.client.get("/agent/tools", headers=desk.headers)).json()["tools"]
    names = {tool["name"] for tool in tools}
    assert {"list_files", "find_lines", "read_lines", "changes", "timeline"} <= names
    assert all(tool["read_only"] and tool["parameters"]["type"] == "object" for tool in tools)


async def test_a_look_up_shows_lines_with_their_places(desk: Desk) -> None:
    await desk.answered(files=[("db.log", LOG)])
    files = (await look_up(desk, "list_files")).json()
    assert "db.log" in files["content"]
    lines = (await look_up(desk, "read_lines", file="db.log", line=3, around=1)).json()
    assert "connection slots are reserved" in lines["content"]
    assert "db.log:3" in lines["citations"]
    wrong = (await look_up(desk, "read_lines", file="nothing.log", line=3)).json()
    assert (wrong["citations"], bool(wrong["content"])) == ([], True)
    tagged = (await look_up(desk, "read_lines", file="e1", line=3, around=1)).json()
    assert tagged == lines
    unknown = await look_up(desk, "rm")
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("tool", "arguments", "problem"),
    [
        ("list_files", {"file": "db.log"}, "list_files takes no arguments"),
        ("read_lines", {"file": "db.log"}, "takes file, line, around and needs line"),
        ("read_lines", {"file": "db.log", "line": "3"}, "line of read_lines is a whole number"),
        ("find_lines", {"words": 3}, "words of find_lines is text"),
        ("find_lines", {"words": "a", "level": "loud"}, "level of find_lines is one of debug"),
        ("find_lines", {"word": "a"}, "find_lines takes words, service"),
    ],
)
async def test_wrong_arguments_are_named(
    desk: Desk, tool: str, arguments: dict[str, object], problem: str
) -> None:
    answer = await look_up(desk, tool, **arguments)
    assert (answer.status_code, problem in answer.json()["detail"]) == (422, True), answer.text


async def test_a_look_up_changes_nothing_and_shows_nobody_elses_case(desk: Desk) -> None:
    async with desk.api.services.reading() as unit:
        before = (await unit.cases.view(desk.case_id)).case.version
    wish = Registration(username="eve", password=PASSWORD)
    await make_account(wish, role=AccountRole.USER, services=desk.api.services)
    await look_up(desk, "timeline")
    desk.headers = await desk.api.as_somebody("eve")
    assert (await look_up(desk, "timeline")).status_code == 404
    async with desk.api.services.reading() as unit:
        assert (await unit.cases.view(desk.case_id)).case.version == before


async def test_who_answers_is_told(desk: Desk) -> None:
    health = (await desk.api.client.get("/agent/health", headers=desk.headers)).json()
    assert (health["status"], health["reasoner"]) == ("ok", "rules")
    assert (await desk.api.client.get("/agent/health")).status_code == 401


async def test_a_message_to_a_case_opens_no_other_one(desk: Desk) -> None:
    answer = await answered(desk, "open disks are full", "chat-0001")
    assert answer["response_type"] == "ERROR"
    assert "POST /api/v1/cases" in answer["agent_response"]
    async with desk.api.services.unit() as unit:
        dead = await unit.jobs.listing(JobState.DEAD, limit=10)
    assert not [job for job in dead if "case is opened" in (job.problem or "")]


async def test_a_line_beyond_all_numbers_is_the_last(desk: Desk) -> None:
    await desk.answered(files=[("db.log", LOG)])
    answer = await look_up(desk, "read_lines", file="db.log", line=10**30)
    assert answer.status_code == 200
