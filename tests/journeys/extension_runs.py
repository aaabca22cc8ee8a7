"""Runs of the published browser extension, on whatever installation answers it."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.fakes.oauth_extension import CLIENT, OAuthExtension, link_in
from tests.journeys.alertmanagers import TOKEN, until
from tests.journeys.extension import ORIGIN, PASSWORD, Extension

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes.openid import OpenIdProvider

LOGS = Path(__file__).parents[1] / "recordings" / "signatures"
POOL_LOG = (LOGS / "connection_pool_exhausted" / "positive_hikari.log").read_bytes()
FERRY = Path(__file__).parents[2] / "faultmaven/recordings/ferry-bookings"
Z = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ROW = {"case_id", "title", "state", "created_at", "updated_at", "current_turn", "user_id"}


@asynccontextmanager
async def browser_at(url: str, name: str = "") -> AsyncIterator[Extension]:
    """name: of a new user, who is signed in."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        extension = Extension(client)
        if name:
            await extension.register(name)
        yield extension


async def a_normal_run(panel: Extension) -> None:
    """From the settings to signing out, with a case of its own; nobody is signed in yet."""
    await settings_page(panel)
    await panel_opens(panel)
    await panel.register("dana")
    await signed_in(panel)
    await first_question(panel)
    await evidence_comes(panel)
    await case_is_selected(panel)
    await files_row(panel)
    await case_is_ended(panel)
    answer = await panel.call("POST", "/api/v1/auth/logout")
    assert answer.json()["all_sessions_ended"] is True
    assert (await panel.get("/api/v1/cases")).status_code == 401


async def an_alert_looked_into(panel: Extension, *, token: str = TOKEN) -> None:
    """Alert, case, question, upload, hypotheses, report, resolved; somebody is signed in.

    token: of the webhook.
    """
    await an_alert_fires(panel, token)
    answer = await panel.turn(query="since when?")
    assert answer["agent_response"].strip()
    await evidence_of_the_ferries_comes(panel)
    path = f"/api/v1/cases/{panel.case_id}"
    best = (await panel.get(f"{path}/hypotheses")).json()["hypotheses"][0]
    assert (best["rank"], "booking-api" in best["text"]) == (1, True)
    assert any(line["locus"] == "booking-api.log:1375" for line in best["supporting"])
    asked = await panel.turn(query=f"ask why {best['number']}?")
    assert "a caller waited for a pooled connection and got none" in asked["agent_response"]
    await panel.press(
        {
            "type": "hypothesis_action",
            "hypothesis_id": best["hypothesis_id"],
            "action": "validate",
        }
    )
    report = (await panel.get(f"{path}/report")).text
    assert "booking-api.log:1375" in report
    intent = {"type": "status_transition", "from_state": "investigating", "to_state": "resolved"}
    assert (await panel.press(intent))["case_state"] == "resolved"


async def an_alert_fires(panel: Extension, token: str) -> None:
    """Its case is the team's: whoever signed in sees it, and works on it."""
    body = (FERRY / "alert.json").read_bytes()
    headers = {"Authorization": f"Bearer {token}"}
    sent = await panel.client.post("/webhooks/alertmanager", content=body, headers=headers)
    assert sent.status_code == httpx.codes.OK

    async def opened() -> bool:
        return bool((await panel.get("/api/v1/cases")).json()["cases"])

    await until(opened)
    (row,) = (await panel.get("/api/v1/cases")).json()["cases"]
    assert (row["user_id"], row["priority"]) == (None, "critical")
    panel.case_id = row["case_id"]


async def evidence_of_the_ferries_comes(panel: Extension) -> None:
    logs = sorted(path for path in (FERRY / "files").rglob("*") if path.is_file())
    files = [*logs, FERRY / "topology.json"]
    for path in files:
        brought = await panel.turn(files=[(path.name, path.read_bytes())])
        (attachment,) = brought["attachments_processed"]
        assert attachment["processing_status"] == "completed", attachment


async def an_oauth_run(panel: Extension, root: str, provider: OpenIdProvider) -> None:
    """Where a provider is set: by it or a password, and out again; `dana` has a password."""
    can, config = [
        (await panel.get(path)).json() for path in ("/v1/meta/capabilities", "/api/v1/auth/config")
    ]
    assert (can["features"]["sso"], config["auth_mode"]) == (True, "oauth")
    window = OAuthExtension(panel.client, root)
    assert window.address().startswith(config["oauth"]["authorize_url"])
    foreign = {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
    refused = await window.fill_in(await window.open(), "dana", PASSWORD, headers=foreign)
    assert refused.status_code == 403
    by_password = await window.code("dana", PASSWORD)
    left = await panel.client.get(root + link_in(await window.open()))
    at_provider = await panel.client.get(left.headers["location"])
    by_provider = window.code_in(await panel.client.get(at_provider.headers["location"]))
    assert "/token" in provider.asked
    for code, name in ((by_password, "dana"), (by_provider, "lee")):
        got = await panel.call("POST", "/api/v1/auth/oauth/token", json=window.grant(code))
        tokens = got.json()
        assert got.headers["access-control-allow-origin"] == ORIGIN
        for _ in range(2):
            panel.headers["Authorization"] = f"Bearer {tokens['access_token']}"
            assert (await panel.get("/api/v1/auth/me")).json()["username"] == name
            form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
            del panel.headers["Authorization"]
            renewed = await panel.call(
                "POST", "/api/v1/auth/oauth/token", data=form | {"client_id": CLIENT}
            )
            tokens = renewed.json()
        gone = {"token": tokens["refresh_token"], "client_id": CLIENT}
        revoked = await panel.call("POST", "/api/v1/auth/oauth/revoke", json=gone)
        assert (revoked.status_code, revoked.json()) == (200, {})
        out = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await panel.get("/api/v1/auth/me", headers=out)).status_code == 401


async def settings_page(panel: Extension) -> None:
    answer = await panel.get("/v1/meta/capabilities")
    assert answer.status_code == 200
    assert answer.json()["features"]["caseHistory"] is True


async def panel_opens(panel: Extension) -> None:
    body = {"client_id": "b", "session_type": "troubleshooting", "timeout_minutes": 180}
    answer = await panel.call("POST", "/api/v1/sessions", json=body)
    assert answer.status_code == 401
    config = (await panel.get("/api/v1/auth/config")).json()
    assert (config["auth_mode"], config["supports_registration"]) == ("local", True)


async def signed_in(panel: Extension) -> None:
    assert (await panel.get("/api/v1/auth/me")).json()["username"] == "dana"
    answer = await panel.get("/api/v1/cases?limit=100&offset=0")
    assert (answer.json()["cases"], answer.json()["total_count"]) == ([], 0)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"


async def first_question(panel: Extension) -> None:
    wish: dict[str, Any] = {"description": None, "metadata": {"created_via": "browser_extension"}}
    case = await panel.open_case(**wish)
    assert case.keys() >= ROW
    assert (case["state"], case["priority"]) == ("inquiry", "low")
    assert re.fullmatch(r"Case-\d{4}-1", case["title"])
    assert not case["case_id"].startswith("opt_")
    assert all(Z.fullmatch(case[name]) for name in ("created_at", "updated_at"))
    answer = await panel.turn(query="why is checkout slow?")
    assert answer["turn_number"] == 1
    assert answer["agent_response"].strip()
    assert answer["attachments_processed"] == []
    assert answer["case_state"] in ("inquiry", "investigating")
    (row,) = (await panel.get("/api/v1/cases?limit=100&offset=0")).json()["cases"]
    assert (row["case_id"], row["current_turn"]) == (case["case_id"], 1)
    assert (await header(panel))["current_turn"] == 1


async def evidence_comes(panel: Extension) -> None:
    answer = await panel.turn(
        query="Analyze this log", input_type="file", files=[("payments-api.log", POOL_LOG)]
    )
    (attachment,) = answer["attachments_processed"]
    assert attachment["filename"] == "payments-api.log"
    assert attachment["file_size"] == len(POOL_LOG)
    assert (attachment["processing_status"], attachment["source_type"]) == ("completed", "logs")
    assert "Connection pool exhausted" in answer["agent_response"]
    assert answer["case_state"] == "investigating"
    shown = await header(panel)
    assert shown["progress"]["current_stage"] == "diagnosis"
    assert "Connection pool exhausted" in shown["active_hypotheses"][0]["text"]
    assert 0 < shown["active_hypotheses"][0]["likelihood"] < 1
    assert shown["uploaded_files_count"] == 1
    listed = (await panel.get(f"/api/v1/cases/{panel.case_id}/hypotheses")).json()["hypotheses"]
    assert any(line["locus"].startswith("payments-api.log:") for line in listed[0]["supporting"])


async def case_is_selected(panel: Extension) -> None:
    path = f"/api/v1/cases/{panel.case_id}"
    case = (await panel.get(path)).json()
    assert (case["evidence_count"], case["current_stage"]) == (1, "diagnosis")
    whole = (await panel.get(f"{path}/messages?limit=100&offset=0")).json()
    messages = whole["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2
    assert [message["turn_number"] for message in messages] == [1, 1, 2, 2]
    assert whole["total_count"] == whole["retrieved_count"] == 4
    assert messages[2]["content"] == "Analyze this log"
    assert all(message["content"].strip() for message in messages)
    second = (await panel.get(f"{path}/messages?limit=2&offset=1")).json()
    assert second["messages"] == messages[1:3]
    assert (second["has_more"], second["next_offset"]) == (True, 3)
    named = await panel.call("POST", f"{path}/title", json={"max_words": 8})
    assert named.headers["x-title-source"] == "fallback"
    assert named.json()["title"].startswith("Connection pool exhausted")
    assert (await header(panel))["title"] == named.json()["title"]
    again = await panel.call("POST", f"{path}/title")
    assert again.headers["x-title-source"] == "existing"
    renamed = await panel.call("PUT", path, json={"title": "Pool"})
    assert renamed.json()["title"] == "Pool"


async def files_row(panel: Extension) -> None:
    path = f"/api/v1/cases/{panel.case_id}/uploaded-files"
    (row,) = (await panel.get(path)).json()["files"]
    assert (row["filename"], row["size_bytes"]) == ("payments-api.log", len(POOL_LOG))
    assert (row["uploaded_at_turn"], row["analysis_status"]) == (2, "completed")
    detail = (await panel.get(f"{path}/{row['file_id']}")).json()
    assert detail["evidence_count"] == len(detail["derived_evidence"]) > 0
    assert any(line["related_hypothesis_ids"] == ["h-1"] for line in detail["derived_evidence"])


async def case_is_ended(panel: Extension) -> None:
    judged = await panel.press(
        {"type": "hypothesis_action", "hypothesis_id": "h-1", "action": "validate"}
    )
    assert (judged["cause_assurance"], judged["case_state"]) == ("confirmed", "investigating")
    intent = {"type": "status_transition", "from_state": "investigating", "to_state": "resolved"}
    ended = await panel.press(intent | {"user_confirmed": True})
    assert ended["case_state"] == "resolved"
    shown = await header(panel)
    assert shown["state"] == "resolved"
    assert shown["root_cause"]["cause_assurance"] == "confirmed"
    assert shown["root_cause"]["category"] == "config", shown["root_cause"]
    assert shown["valid_next_states"] == []
    report = await panel.get(f"/api/v1/cases/{panel.case_id}/report")
    assert report.headers["Content-Type"].startswith("text/markdown")
    assert report.text.startswith("# ")
    paper = await panel.get(f"/api/v1/cases/{panel.case_id}/report?format=pdf")
    assert paper.content.startswith(b"%PDF-")
    answer = await panel.call("DELETE", f"/api/v1/cases/{panel.case_id}")
    assert answer.status_code == 204
    assert (await panel.get("/api/v1/cases")).json()["cases"] == []
    kept = (await panel.get("/api/v1/cases?include_archived=true")).json()["cases"]
    assert [row["state"] for row in kept] == ["resolved"]


async def header(panel: Extension) -> dict[str, Any]:
    answer = await panel.get(f"/api/v1/cases/{panel.case_id}/ui")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
