"""Checks the shape of Slack's requests before Bolt, which takes it for granted.

Shapes: docs.slack.dev/apis/events-api and docs.slack.dev/reference/interaction-payloads.
"""

from __future__ import annotations

from collections.abc import Mapping

_PARTS = ("view", "user", "channel", "message", "container", "team", "enterprise")


def is_whole(body: object) -> bool:
    """Whether each part has the right type, and required parts are there."""
    if not isinstance(body, Mapping):
        return False
    if any(not isinstance(body.get(part) or {}, Mapping) for part in _PARTS):
        return False
    match body.get("type"):
        case "event_callback":
            return isinstance(body.get("event"), Mapping)
        case "block_actions":
            return _is_filled(body.get("actions"))
        case "view_submission" | "view_closed":
            return isinstance((body.get("view") or {}).get("type"), str)
        case _:
            return "event" not in body or isinstance(body["event"], Mapping)


def _is_filled(actions: object) -> bool:
    if not isinstance(actions, list) or not actions:
        return False
    return all(
        isinstance(action, Mapping) and isinstance(action.get("action_id"), str)
        for action in actions
    )
