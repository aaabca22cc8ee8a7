"""The captured deliveries show what the table beside them says: each body's few facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "alertmanager"
FACTS = {
    "single_firing": ("firing", 1, 0, 0),
    "single_repeat_firing": ("firing", 1, 0, 0),
    "single_resolved": ("resolved", 0, 1, 0),
    "group_4_firing": ("firing", 4, 0, 0),
    "group_1_resolved_3_firing": ("firing", 3, 1, 0),
    "group_all_resolved": ("resolved", 0, 3, 0),
    "truncated_2_of_5_firing": ("firing", 2, 0, 3),
    "truncated_says_resolved_while_one_fires": ("resolved", 0, 2, 3),
    "flap_1_firing": ("firing", 1, 0, 0),
    "flap_2_resolved": ("resolved", 0, 1, 0),
    "flap_3_firing_again": ("firing", 1, 0, 0),
    "ha_firing_peer_0": ("firing", 2, 0, 0),
    "ha_firing_peer_1": ("firing", 2, 0, 0),
    "ha_resolved_peer_0": ("resolved", 0, 2, 0),
    "ha_resolved_peer_1": ("resolved", 0, 2, 0),
}


@pytest.mark.parametrize("name", FACTS)
def test_body_shows_what_the_table_says(name: str) -> None:
    body = _body(name)
    states = [alert["status"] for alert in body["alerts"]]
    seen = (states.count("firing"), states.count("resolved"), body["truncatedAlerts"])
    assert (body["status"], *seen) == FACTS[name]


def test_every_capture_has_its_facts() -> None:
    assert {file.stem for file in HERE.glob("*.json")} == FACTS.keys()


def test_a_repeat_is_the_same_bytes() -> None:
    first, repeat = (HERE / f"single{kind}_firing.json" for kind in ("", "_repeat"))
    assert first.read_bytes() == repeat.read_bytes()


def test_a_flap_keeps_its_keys_and_starts_anew() -> None:
    first, again = _body("flap_1_firing"), _body("flap_3_firing_again")
    assert first["groupKey"] == again["groupKey"]
    assert first["alerts"][0]["fingerprint"] == again["alerts"][0]["fingerprint"]
    assert first["alerts"][0]["startsAt"] < again["alerts"][0]["startsAt"]


def test_a_pair_disagrees_only_about_the_start_and_itself() -> None:
    first, second = _body("ha_firing_peer_0"), _body("ha_firing_peer_1")
    assert first["groupKey"] == second["groupKey"]
    assert first["externalURL"] != second["externalURL"]
    for left, right in zip(first["alerts"], second["alerts"], strict=True):
        assert left["fingerprint"] == right["fingerprint"]
        assert left["startsAt"] != right["startsAt"]


def _body(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((HERE / f"{name}.json").read_bytes())
    return body
