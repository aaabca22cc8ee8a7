from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.alerts.desk import recorded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faultmaven.commands.conftest import Shell

POLICY = """\
routes:
  - name: development
    match: env=~"dev|test"
    to: []
  - name: severe
    match: [severity=~"critical|high", team!="search"]
    to: {slack: "#severe", discord: 1234, place: channel}
  - name: search
    match: team=search
    to: {slack: "#search"}
  - name: the rest
    to: {slack: "#rest"}
"""


def an_event() -> dict[str, Any]:
    """As PagerDuty documents it: docs/webhooks/Overview, incident.triggered."""
    return {
        "id": "01BBYA3FKVW6HUMQHAQD4LOLAX",
        "event_type": "incident.triggered",
        "resource_type": "incident",
        "occurred_at": "2026-11-20T08:00:00Z",
        "agent": None,
        "client": None,
        "data": {
            "id": "PGR0VU2",
            "type": "incident",
            "status": "triggered",
            "title": "Checkout is slow",
            "created_at": "2026-11-20T08:00:00Z",
            "urgency": "high",
            "service": {"id": "PF9KMXH", "summary": "checkout", "type": "service_reference"},
        },
    }


@pytest.fixture
def policy(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = shell.data.parent / "policy.yaml"
    path.write_text(POLICY)
    monkeypatch.setenv("FAULTMAVEN_POLICY_FILE", str(path))
    return path


@pytest.mark.usefixtures("policy")
def test_each_route_says_why_it_does_not_take_the_alert(shell: Shell) -> None:
    ran = shell.run("routes", "test", stdin=recorded("single_firing").decode())
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "alertname=CheckoutErrors, instance=checkout-1:9100, receiver=single, service=checkout, "
        "severity=critical, source=alertmanager, team=payments",
        "",
        "1. development (line 2): does not fit",
        "   env is not set, wanted dev|test",
        "2. severe (line 5): takes it",
        "3. search (line 8): does not fit",
        "   team is payments, wanted search",
        "4. the rest (line 11): fits, but comes later",
        "→ Slack #severe, in a channel of its own",
        "→ Discord 1234, in a channel of its own",
    ]


@pytest.mark.usefixtures("policy")
def test_a_body_of_pagerduty_is_routed_as_its_incident(shell: Shell) -> None:
    ran = shell.run("routes", "test", "--json", stdin=json.dumps({"event": an_event()}))
    assert ran.document["labels"] == {
        "source": "pagerduty",
        "service": "checkout",
        "severity": "high",
        "urgency": "high",
        "title": "Checkout is slow",
    }
    assert ran.document["route"] == "severe"


@pytest.mark.usefixtures("policy")
def test_an_event_without_its_incident_cannot_be_routed(shell: Shell) -> None:
    note = {"type": "incident_note", "incident": {"id": "PGR0VU2", "type": "incident_reference"}}
    event = an_event() | {"event_type": "incident.annotated", "data": note}
    ran = shell.run("routes", "test", stdin=json.dumps({"event": event}))
    assert ran.code == 1
    assert "an incident.triggered tells of the incident" in ran.err


@pytest.mark.usefixtures("policy")
def test_labels_will_do_without_an_alert(shell: Shell) -> None:
    labels = ("--label", "severity=warning", "--label", "team=search")
    ran = shell.run("routes", "test", *labels)
    assert "2. severe (line 5): does not fit" in ran.out
    assert "   severity is warning, wanted critical|high\n" in ran.out
    assert "   team is search, wanted anything but search\n" in ran.out
    assert ran.out.endswith("→ Slack #search, in a thread of its own\n")


@pytest.mark.usefixtures("policy")
def test_labels_go_over_those_of_an_alert(shell: Shell, tmp_path: Path) -> None:
    alert = tmp_path / "alert.json"
    alert.write_bytes(recorded("single_firing"))
    ran = shell.run("routes", "test", "--json", "--alert", alert, "--label", "env=test=1")
    assert ran.document["labels"]["env"] == "test=1"
    assert ran.document["labels"]["severity"] == "critical"


@pytest.mark.usefixtures("policy")
def test_the_document(shell: Shell) -> None:
    ran = shell.run("routes", "test", "--label", "team=search", "--json")
    document: dict[str, Any] = ran.document
    assert document["labels"] == {"team": "search"}
    assert document["route"] == "search"
    assert document["destinations"] == [
        {"platform": "slack", "channel": "#search", "place": "thread"}
    ]
    assert [(route["fits"], route["takes"]) for route in document["routes"]] == [
        (False, False),
        (False, False),
        (True, True),
        (True, False),
    ]
    assert document["routes"][0] == {
        "name": "development",
        "line": 2,
        "fits": False,
        "takes": False,
        "misses": [
            {
                "matcher": 'env=~"dev|test"',
                "label": "env",
                "is": None,
                "says": "env is not set, wanted dev|test",
            }
        ],
    }


@pytest.mark.usefixtures("policy")
def test_no_chat_is_an_answer_too(shell: Shell) -> None:
    ran = shell.run("routes", "test", "--label", "env=dev")
    assert ran.code == 0
    assert "→ no chat: the case is in the terminal only" in ran.out


def test_without_a_policy_the_settings_say(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTMAVEN_SLACK_CHANNEL", "#incidents")
    monkeypatch.setenv("FAULTMAVEN_CASE_PLACE", "channel")
    ran = shell.run("routes", "test", "--label", f"long={'x' * 500}")
    assert ran.out.endswith("…\n\nNo policy is set.\n→ Slack #incidents, in a channel of its own\n")


def test_a_route_less_policy_takes_nothing(shell: Shell, policy: Path) -> None:
    policy.write_text('routes: [{name: a, match: team="", to: {slack: "#a"}}]')
    ran = shell.run("routes", "test", "--label", "team=db")
    assert "   team is db, wanted nothing\n" in ran.out
    assert "No route takes it.\n→ no chat" in ran.out


@pytest.mark.parametrize("text", ["routes: []", 'otherwise: {slack: "#a"}'])
def test_a_policy_without_routes_is_one(shell: Shell, policy: Path, text: str) -> None:
    policy.write_text(text)
    assert "\nNo route takes it.\n→ " in shell.run("routes", "test", "--label", "a=b").out


@pytest.mark.usefixtures("policy")
def test_alerts_alone_will_do_as_amtool_prints_them(shell: Shell) -> None:
    alert = {"labels": {"alertname": "Slow", "app": "cart", "severity": "page"}, "status": {}}
    for content in (alert, [alert], [alert, {"labels": {**alert["labels"], "pod": "cart-1"}}]):
        ran = shell.run("routes", "test", stdin=json.dumps(content))
        printed = "alertname=Slow, app=cart, service=cart, severity=critical, source=alertmanager"
        assert ran.out.startswith(f"{printed}\n")
        assert "2. severe (line 5): takes it" in ran.out


@pytest.mark.usefixtures("policy")
def test_an_alert_that_is_none_could_not_be_routed(shell: Shell) -> None:
    for stdin in ("", "[]", '{"receiver": "x"}'):
        ran = shell.run("routes", "test", stdin=stdin)
        assert ran.code == 1
        assert ran.err.startswith("faultmaven: the alert cannot be read: ")
        assert "--label" in ran.err


def test_mistakes_in_the_policy_are_wrong_usage(shell: Shell, policy: Path) -> None:
    policy.write_text("routs: []\nroutes: [{}]")
    ran = shell.run("routes", "test", "--label", "a=b")
    assert ran.code == 2
    assert "policy.yaml:1: routs is no key of the file. Did you mean routes?" in ran.err
    assert "policy.yaml:2: a route is made of name:, match:, to:." in ran.err
    assert shell.run("routes", "test", "--label", "severity").code == 2


@pytest.mark.usefixtures("policy")
def test_a_label_is_a_pair(shell: Shell) -> None:
    for label in ("severity", "=critical"):
        ran = shell.run("routes", "test", "--label", label)
        assert ran.code == 2
        assert "Write --label severity=critical." in ran.err
