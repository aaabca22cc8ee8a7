"""Validation of modals, and what Slack makes of one when it is opened.

Slack: docs.slack.dev/reference/views/modal-views; figures as slack_sdk.models.views enforces them.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from tests.fakes.slack import blocks
from tests.fakes.slack.calls import SlackRefused
from tests.fakes.slack.faults import ValidationFaults

if TYPE_CHECKING:
    from tests.fakes.slack.model import Json, View
    from tests.fakes.slack.stage import SlackStage

TITLE, CALLBACK_ID, PRIVATE_METADATA, BYTES = 24, 255, 3000, 250_000


def check(view: Any) -> Json:
    """The content of a modal. Raises SlackRefused."""
    if not isinstance(view, dict):
        raise SlackRefused("invalid_arguments")
    if len(json.dumps(view)) > BYTES:
        raise SlackRefused("view_too_large")
    faults = ValidationFaults()
    if view.get("type") != "modal":
        faults.add("/view/type", "must be modal")
    blocks.text_object(view.get("title"), faults, "/view/title", most=TITLE, plain=True)
    for name in ("submit", "close"):
        if view.get(name) is not None:
            blocks.text_object(view[name], faults, f"/view/{name}", most=TITLE, plain=True)
    faults.length(view, "callback_id", "/view", most=CALLBACK_ID)
    faults.length(view, "private_metadata", "/view", most=PRIVATE_METADATA)
    inner = blocks.check(
        view.get("blocks") or [], faults, most=blocks.VIEW_BLOCKS, where="/view/blocks"
    )
    if "submit" not in view and any(block["type"] == "input" for block in inner):
        faults.add("/view", "missing required field: submit")
    faults.refuse("invalid_arguments")
    return {**view, "blocks": inner}


def new_hash() -> str:
    return f"{time.time():.0f}.{secrets.token_hex(4)}"


def view_json(stage: SlackStage, view: View, *, values: Json | None = None) -> Json:
    """As it is answered and sent. values: block_id -> action_id -> what is in the field."""
    root = view
    while root.below:
        root = root.below
    return {
        "callback_id": "",
        "private_metadata": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "submit": None,
        "close": None,
        **view.content,
        "id": view.id,
        "team_id": stage.team.id,
        "app_id": stage.app.id,
        "app_installed_team_id": stage.team.id,
        "bot_id": stage.app.bot_id,
        "hash": view.hash,
        "state": {"values": values or {}},
        "root_view_id": root.id,
        "previous_view_id": view.below.id if view.below else None,
    }
