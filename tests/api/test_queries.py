"""Questions without a case, logs that are not kept, and what to do next."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core.accounts.model import AccountRole
from core.workflows.accounts import Registration, make_account
from tests.api.conftest import LOG, PASSWORD, Desk
from tests.fakes.recognisers import ThreadNotes

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

KEY = {"Idempotency-Key": "query-0001"}


async def ask(desk: Desk, **body: Any) -> httpx.Response:
    return await desk.api.post("/query", body, headers=desk.headers | KEY)


async def suggestions(desk: Desk, **where: str) -> list[dict[str, Any]]:
    answer = await desk.api.client.get("/suggestions", params=where, headers=desk.headers)
    assert answer.status_code == 200, answer.text
    steps: list[dict[str, Any]] = answer.json()["suggestions"]
    return steps


async def analyze(desk: Desk, **parts: Any) -> httpx.Response:
    return await desk.api.client.post("/logs/analyze", files=parts, headers=desk.headers)


async def test_a_question_without_a_case_opens_one_and_is_answered_in_it(desk: Desk) -> None:
    body = {"query": "why do payments fail?", "context": LOG.decode(), "severity": "high"}
    first = await ask(desk, **body)
    taken = first.json()
    assert (first.status_code, taken["status"]) == (202, "running")
    await desk.workers.run_until_idle()
    answer = (await ask(desk, **body)).json()
    assert answer["case_id"] == taken["case_id"] != desk.case_id
    path = f"/jobs/{taken['job_id']}"
    polled = (await desk.api.client.get(path, headers=desk.headers)).json()
    assert polled["agent_response"] == answer["agent_response"]
    assert "connection" in answer["agent_response"]
    assert len(answer["attachments_processed"]) == 1
    path = f"/cases/{answer['case_id']}"
    case = (await desk.api.client.get(path, headers=desk.headers)).json()
    assert (case["title"], case["priority"]) == ("why do payments fail?", "high")


async def test_a_question_in_a_case_stays_in_it(desk: Desk) -> None:
    body = {"query": "since when?", "case_id": desk.case_id}
    await ask(desk, **body)
    await desk.workers.run_until_idle()
    assert (await ask(desk, **body)).json()["case_id"] == desk.case_id
    listed = (await desk.api.client.get("/cases", headers=desk.headers)).json()
    assert listed["total_count"] == 1


async def test_a_question_asks_something(desk: Desk) -> None:
    assert (await ask(desk, query=" \x0c ")).status_code == 422
    listed = (await desk.api.client.get("/cases", headers=desk.headers)).json()
    assert listed["total_count"] == 1


async def test_a_long_question_is_looked_at_while_others_are_answered(desk: Desk) -> None:
    notes = ThreadNotes()
    desk.api.serves(replace(desk.api.services, recogniser=notes))
    assert (await ask(desk, query="why do payments fail? " * 100)).status_code == 202
    wish = {"title": "payments fail", "description": LOG.decode() * 3}
    key = {"Idempotency-Key": "case-0001"}
    case = (await desk.api.post("/cases", wish, headers=desk.headers | key)).json()
    path = f"/cases/{case['case_id']}"
    changed = await desk.api.client.put(
        path, json={"description": LOG.decode() * 4}, headers=desk.headers
    )
    assert changed.status_code == 200, changed.text
    assert len(notes.threads) == 3
    assert not notes.held_the_loop


async def test_the_same_key_with_another_question_is_refused(desk: Desk) -> None:
    await ask(desk, query="why do payments fail?")
    assert (await ask(desk, query="why do logins fail?")).status_code == 422


async def test_a_question_in_somebody_elses_case_is_refused(desk: Desk) -> None:
    wish = Registration(username="eve", password=PASSWORD)
    await make_account(wish, role=AccountRole.USER, services=desk.api.services)
    desk.headers = await desk.api.as_somebody("eve")
    assert (await ask(desk, query="why?", case_id=desk.case_id)).status_code == 404
    where = {"case_id": desk.case_id}
    answer = await desk.api.client.get("/suggestions", params=where, headers=desk.headers)
    assert answer.status_code == 404
    assert await suggestions(desk) == []


async def test_a_log_is_read_and_not_kept(desk: Desk, tmp_path: Path) -> None:
    secret = b"2026-03-11T09:13:01Z ERROR login password=hunter2hunter2\n"
    read = (await analyze(desk, file=("db.log", LOG + secret), service=(None, "orders-db"))).json()
    assert (read["filename"], read["data_type"], read["lines"]) == ("db.log", "logs", 21)
    assert read["errors"] == 21
    assert any("connection slots" in finding["text"] for finding in read["findings"])
    assert "hunter2" not in str(read)
    async with desk.api.services.reading() as unit:
        assert await unit.files.of_case(desk.case_id) == []
    assert await asyncio.to_thread(lambda: [*tmp_path.rglob("*.log")]) == []


async def test_pasted_lines_are_read_too(desk: Desk) -> None:
    read = (await analyze(desk, logs=(None, LOG.decode()))).json()
    assert (read["filename"], read["errors"]) == ("pasted.log", 20)


@pytest.mark.parametrize(
    ("parts", "code"),
    [({"service": (None, "x")}, 422), ({"file": ("a.log", b"x" * (70 * 2**20))}, 413)],
)
async def test_what_cannot_be_read_is_refused(desk: Desk, parts: Any, code: int) -> None:
    assert (await analyze(desk, **parts)).status_code == code


async def test_readings_are_counted(desk: Desk) -> None:
    codes = [(await analyze(desk, logs=(None, "x"))).status_code for _ in range(21)]
    assert codes[:20] == [200] * 20
    assert codes[20] == 429


async def test_steps_begin_with_evidence_and_go_on_with_checks(desk: Desk) -> None:
    bring = await suggestions(desk, case_id=desk.case_id)
    assert {step["kind"] for step in bring} == {"evidence"}
    assert bring[0]["text"].startswith("Bring a log of the failing service")
    await desk.answered(files=[("db.log", LOG)])
    steps = await suggestions(desk, case_id=desk.case_id)
    assert (steps[0]["kind"], "pg_stat_activity" in steps[0]["command"]) == ("check", True)
    (first,) = await suggestions(desk)
    assert first == steps[0]


async def test_nothing_is_left_to_do_in_a_case_that_is_over(desk: Desk) -> None:
    await desk.api.post(f"/cases/{desk.case_id}/close", headers=desk.headers)
    await desk.press(type="status_transition", to_state="closed")
    assert await suggestions(desk, case_id=desk.case_id) == []
    assert await suggestions(desk) == []


async def known_before(desk: Desk, **where: Any) -> dict[str, Any]:
    answer = await desk.api.client.get("/context/retrieve", params=where, headers=desk.headers)
    assert answer.status_code == 200, answer.text
    context: dict[str, Any] = answer.json()
    return context


async def test_what_was_before_is_found_with_what_fixed_it(desk: Desk) -> None:
    rename = {"title": "Payments fail: the pool of orders-db is exhausted"}
    await desk.api.client.put(f"/cases/{desk.case_id}", json=rename, headers=desk.headers)
    await desk.answered(files=[("db.log", LOG)])
    await desk.answered(key="key-0002", query="resolve raised the pool to 40")
    runbook = {"title": "Pool exhausted", "content": "# Pool\n\nRaise the pool of the database."}
    await desk.api.post("/knowledge/documents", runbook, headers=desk.headers)
    await desk.workers.run_until_idle()
    context = await known_before(desk, query="payments fail, is the pool exhausted?")
    (past,) = context["cases"]
    assert (past["case_id"], past["state"]) == (desk.case_id, "resolved")
    assert past["solution"] == "raised the pool to 40"
    assert past["share"] > 0.5
    assert context["documents"][0]["document"]["title"] == "Pool exhausted"
    desk.case_id = (
        await desk.api.post("/cases", {"title": "Pool exhausted"}, headers=desk.headers)
    ).json()["case_id"]
    context = await known_before(desk, case_id=desk.case_id)
    assert [known["case_id"] for known in context["cases"]] == [past["case_id"]]
    assert (await known_before(desk, query="certificate expired"))["cases"] == []


async def test_what_was_deleted_is_not_known_from_before(desk: Desk) -> None:
    await desk.answered(query="resolve raised the pool to 40")
    assert (await known_before(desk, query="case"))["cases"]
    gone = await desk.api.client.delete(f"/cases/{desk.case_id}", headers=desk.headers)
    assert gone.status_code == 204
    assert (await known_before(desk, query="case"))["cases"] == []


async def test_what_others_had_before_is_theirs(desk: Desk) -> None:
    await desk.answered(query="resolve raised the pool to 40")
    wish = Registration(username="eve", password=PASSWORD)
    await make_account(wish, role=AccountRole.USER, services=desk.api.services)
    mine, desk.headers = desk.case_id, await desk.api.as_somebody("eve")
    assert (await known_before(desk, query="case"))["cases"] == []
    where = {"case_id": mine}
    hidden = await desk.api.client.get("/context/retrieve", params=where, headers=desk.headers)
    assert hidden.status_code == 404
    nothing = await desk.api.client.get("/context/retrieve", headers=desk.headers)
    assert nothing.status_code == 422
