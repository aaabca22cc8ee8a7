"""Turns: slow ones, those that are cut off, and what presses mean."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from core.accounts.model import AccountRole
from core.context import Rules
from core.workflows.accounts import Registration, make_account
from tests.api.conftest import LOG, PASSWORD, Desk

RUNNING = {"status": "running"}


async def test_a_slow_turn_is_polled_for(desk: Desk) -> None:
    first = await desk.turn(query="what is going on?")
    again = await desk.turn(query="what is going on?")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.headers["Location"] == again.headers["Location"]
    path = first.headers["Location"].removeprefix("/api/v1")
    assert (await desk.api.client.get(path, headers=desk.headers)).json() == RUNNING
    await desk.workers.run_until_idle()
    polled = await desk.api.client.get(path, headers=desk.headers)
    assert polled.json()["agent_response"]
    repeated = await desk.turn(query="what is going on?")
    assert (repeated.status_code, repeated.json()) == (200, polled.json())


async def test_a_first_look_waits_for_nobody(desk: Desk) -> None:
    secret = b"ERROR login failed: password=hunter2-of-dana\n"
    waiting = await desk.turn(files=[("db.log", LOG + secret)], query="what is going on?")
    assert (waiting.status_code, waiting.json()["status"]) == (202, "running")
    look = waiting.json()["first_look"]
    assert "db.log" in look
    assert "look like errors" in look
    assert "hunter2" not in look
    await desk.workers.run_until_idle()
    path = waiting.headers["Location"].removeprefix("/api/v1")
    assert (await desk.api.client.get(path, headers=desk.headers)).json()["agent_response"]


async def test_without_a_file_there_is_no_first_look(desk: Desk) -> None:
    assert (await desk.turn(query="what is going on?")).json()["first_look"] is None


async def test_what_is_asked_with_a_file_waits_for_its_reading(desk: Desk) -> None:
    answer = await desk.answered(files=[("db.log", LOG)], query="what is going on?")
    assert "db.log" in answer["agent_response"]
    async with desk.api.services.reading() as unit:
        events = [event.kind.value for event in await unit.cases.events(desk.case_id)]
    assert events.index("file.processed") < events.index("question.asked")


@pytest.mark.parametrize("commit", range(1, 6))
async def test_a_try_that_is_cut_off_goes_on_where_it_was(desk: Desk, commit: int) -> None:
    desk.cut_off = commit
    sent: dict[str, Any] = {"files": [("db.log", LOG)], "query": "what is going on?"}
    first = await desk.turn(**sent)
    assert first.status_code in (202, 503)
    desk.cut_off = 0
    answer = await desk.answered(**sent)
    assert len(answer["attachments_processed"]) == 1
    assert answer["turn_number"] == 1
    async with desk.api.services.reading() as unit:
        assert len(await unit.files.of_case(desk.case_id)) == 1
        assert len(await unit.questions.of_case(desk.case_id)) == 1


async def test_lines_of_a_log_are_evidence_and_no_question(desk: Desk) -> None:
    answer = await desk.answered(query=LOG.decode())
    (attachment,) = answer["attachments_processed"]
    assert attachment["upload_source"] == "paste"
    async with desk.api.services.reading() as unit:
        assert await unit.questions.of_case(desk.case_id) == []


async def test_the_same_data_again_is_a_duplicate(desk: Desk) -> None:
    await desk.answered(files=[("db.log", LOG)])
    desk.api.clock.advance(60)
    (attachment,) = (await desk.answered(key="key-0002", files=[("db.log", LOG)]))[
        "attachments_processed"
    ]
    assert attachment["duplicate_of"] == attachment["file_id"]


async def test_presses_become_verbs(desk: Desk) -> None:
    nothing = await desk.press(type="confirmation", confirmation_value=True)
    assert "Nothing waits" in nothing["agent_response"]
    refused = await desk.press(type="hypothesis_action", hypothesis_id="h-1", action="refute")
    assert "no hypotheses yet" in refused["agent_response"]
    begun = await desk.press(type="status_transition", to_state="investigating")
    assert begun["agent_response"]
    closed = await desk.press(type="status_transition", to_state="closed")
    assert closed["case_state"] == "closed"
    reopened = await desk.answered(key="key-0009", query="reopen")
    assert reopened["case_state"] == "investigating"
    resolved = await desk.press(type="status_transition", to_state="resolved")
    assert resolved["case_state"] == "resolved"


@pytest.mark.parametrize(
    "intent",
    [
        {"type": "status_transition", "to_state": "open"},
        {"type": "hypothesis_action", "hypothesis_id": "h-x", "action": "validate"},
        {"type": "hypothesis_action", "hypothesis_id": "h-1", "action": "explode"},
        {"type": "dance"},
    ],
)
async def test_a_press_that_means_nothing_is_refused(desk: Desk, intent: dict[str, str]) -> None:
    kind, data = intent["type"], json.dumps(intent)
    answer = await desk.turn(query="x", intent_type=kind, intent_data=data)
    assert answer.status_code == 422


@pytest.mark.parametrize("data", ["{", "[]", "[" * 3000])
async def test_an_intent_that_is_none_is_refused(desk: Desk, data: str) -> None:
    assert (await desk.turn(query="x", intent_data=data)).status_code == 422


async def test_a_body_over_the_limit_is_refused(desk: Desk) -> None:
    rules = Rules(max_file_bytes=1000)
    desk.api.serves(replace(desk.api.services, rules=rules))
    answer = await desk.turn(files=[("big.log", b"x" * 2_100_000)])
    assert answer.status_code == 413
    larger = await desk.turn(key="key-0002", files=[("big.log", b"x" * 2000)])
    assert larger.status_code == 413


async def test_secrets_are_in_no_answer(desk: Desk) -> None:
    planted = "AKIA" + "IOSFODNN7" + "QQQQQQQ"
    lines = f"key {planted}\n".encode() * 3
    await desk.answered(query=f"why does {planted} fail?", files=[("a.log", lines)])
    path = f"/cases/{desk.case_id}"
    for sub in ("/messages", "/ui", "/uploaded-files", "/hypotheses", ""):
        answer = await desk.api.client.get(f"{path}{sub}", headers=desk.headers)
        assert planted not in answer.text
    titled = await desk.api.post(f"{path}/title?force=true", headers=desk.headers)
    assert planted not in titled.text
    renamed = await desk.api.client.put(path, json={"title": planted}, headers=desk.headers)
    assert planted not in renamed.text


async def test_a_stream_that_is_taken_up_again_tells_only_what_is_new(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.case_events.LASTS_S", 0.05)
    monkeypatch.setattr("api.case_events.LOOKS_EVERY_S", 0.01)
    path = f"/cases/{desk.case_id}/events"
    await desk.answered(query="what is going on?")
    first = await desk.api.client.get(path, headers=desk.headers)
    seen = [line for line in first.text.splitlines() if line.startswith("id: ")]
    assert seen
    last = {"Last-Event-ID": seen[-1].removeprefix("id: ")}
    again = await desk.api.client.get(path, headers=desk.headers | last)
    assert "event: card" not in again.text


async def test_a_stream_ends_for_whoever_was_shut_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.case_events.LOOKS_EVERY_S", 0.01)
    path = f"/cases/{desk.case_id}/events"
    watching = asyncio.ensure_future(desk.api.client.get(path, headers=desk.headers))
    await asyncio.sleep(0.1)
    assert not watching.done()
    signed_out = await desk.api.post("/auth/logout", headers=desk.headers)
    assert signed_out.is_success
    stream = await asyncio.wait_for(watching, timeout=5)
    assert stream.text.startswith("retry: ")
    assert (await desk.api.client.get(path, headers=desk.headers)).status_code == 401


async def test_whoever_opens_a_stream_is_told_what_others_bring(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.case_events.LASTS_S", 0.05)
    monkeypatch.setattr("api.case_events.LOOKS_EVERY_S", 0.01)
    wish = Registration(username="eve", password=PASSWORD)
    await make_account(wish, role=AccountRole.USER, services=desk.api.services)
    path, mine = f"/cases/{desk.case_id}", desk.headers
    member = await desk.api.post(f"{path}/members", {"username": "eve"}, headers=mine)
    assert member.is_success, member.text
    hers = await desk.api.as_somebody("eve")
    await desk.api.client.get(f"{path}/events", headers=hers)
    desk.headers = mine
    await desk.answered(query="what is going on?", files=[("db.log", LOG)])
    stream = await desk.api.client.get(f"{path}/events", headers=hers)
    assert "event: card" in stream.text


async def test_cases_of_others_are_like_none_of_mine(desk: Desk) -> None:
    log = [("db.log", LOG)]
    await desk.answered(files=log)
    await desk.answered(key="key-0002", query="resolve raised the pool to 40")
    asked = "did we have anything like this before?"
    wish = Registration(username="eve", password=PASSWORD)
    await make_account(wish, role=AccountRole.USER, services=desk.api.services)
    answers = {}
    for name in ("dana", "eve"):
        desk.headers = await desk.api.as_somebody(name)
        desk.case_id = (await desk.api.post("/cases", headers=desk.headers)).json()["case_id"]
        await desk.answered(key="key-0003", files=log)
        answers[name] = (await desk.answered(key="key-0004", query=asked))["agent_response"]
    assert "raised the pool to 40" in answers["dana"]
    assert "no other case here is like it" in answers["eve"]


async def test_a_file_in_a_part_that_is_not_read_is_refused(desk: Desk) -> None:
    path = f"/cases/{desk.case_id}/turns"
    parts: Any = {"query": (None, "is it the database?"), "attachment": ("db.log", LOG)}
    answer = await desk.api.client.post(path, files=parts, headers=desk.headers)
    assert (answer.status_code, "`files`" in answer.json()["next_step"]) == (422, True)
    taken = await desk.api.client.post(path, files={"file": ("db.log", LOG)}, headers=desk.headers)
    assert taken.json()["first_look"]


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (json.dumps({"title": "x" * 501}), "application/json", "it has more than 500 characters"),
        ("{", "application/json", "the body is no JSON"),
        ("title=x", "text/plain", "`Content-Type: application/json`"),
    ],
)
async def test_refusals_are_said_in_plain_words(
    desk: Desk, content: str, kind: str, words: str
) -> None:
    headers = desk.headers | {"Content-Type": kind}
    answer = await desk.api.client.post("/cases", headers=headers, content=content)
    assert (answer.status_code, words in answer.json()["detail"]) == (422, True)
