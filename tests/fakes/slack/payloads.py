"""Commands and interactions as the app gets them.

Slack: docs.slack.dev/interactivity/implementing-slash-commands and
docs.slack.dev/reference/interaction-payloads/{block_actions,shortcuts,view-interactions}-payload.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.fakes.slack import events, modals
from tests.fakes.slack.model import Channel, Json, Message, Person, Room, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fakes.slack.stage import SlackStage

_NAMELESS = {Room.IM: "directmessage", Room.PRIVATE: "privategroup"}


def command(stage: SlackStage, name: str, text: str, person: Person, channel: Channel) -> Json:
    """Form fields, so all of them are texts. There is no thread in it."""
    return {
        "token": stage.app.verification_token,
        "team_id": stage.team.id,
        "team_domain": stage.team.domain,
        "channel_id": channel.id,
        "channel_name": _NAMELESS.get(channel.room, channel.name),
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": stage.app.id,
        "is_enterprise_install": "false",
        "response_url": stage.new_response_url(channel, person.id, None),
        "trigger_id": stage.new_trigger(person.id),
    }


def action(stage: SlackStage, block: Json, element: Json) -> Json:
    kept: Json = {
        name: element[name] for name in ("text", "value", "style", "url") if name in element
    }
    return {
        "action_id": element.get("action_id", "generated"),
        "block_id": block["block_id"],
        "type": element["type"],
        "action_ts": stage.team.new_ts(),
        **kept,
    }


def block_actions(
    stage: SlackStage, person: Person, channel: Channel, message: Message, pressed: Json
) -> Json:
    """The message itself is in it, unless that was ephemeral."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.only_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _from(stage, person) | {
        "type": "block_actions",
        "container": container,
        "channel": _named(channel),
        "state": {"values": {}},
        "response_url": stage.new_response_url(channel, person.id, message),
        "actions": [pressed],
    }
    if not message.only_for:
        payload["message"] = events.message_json(stage, message)
    return payload


def view_actions(stage: SlackStage, view: View, pressed: Json) -> Json:
    return _from(stage, stage.team.people[view.user], view) | {
        "type": "block_actions",
        "container": {"type": "view", "view_id": view.id},
        "view": modals.view_json(stage, view),
        "actions": [pressed],
    }


def message_action(
    stage: SlackStage, person: Person, channel: Channel, message: Message, callback_id: str
) -> Json:
    return _from(stage, person) | {
        "type": "message_action",
        "callback_id": callback_id,
        "action_ts": stage.team.new_ts(),
        "message_ts": message.ts,
        "message": events.message_json(stage, message),
        "channel": _named(channel),
        "response_url": stage.new_response_url(channel, person.id, message),
    }


def view_submission(stage: SlackStage, view: View, values: Json) -> Json:
    return _from(stage, stage.team.people[view.user], view) | {
        "type": "view_submission",
        "view": modals.view_json(stage, view, values=values),
        "response_urls": [],
    }


def filled(view: View, values: Mapping[str, str]) -> Json:
    """`state.values`: what stands in each field. An empty one has the value None.

    Raises ValueError where a field must be filled in and is not, as the client does.
    """
    state: Json = {}
    for block in view.content["blocks"]:
        if block["type"] != "input":
            continue
        element, label = block["element"], block["label"]["text"]
        names = (block["block_id"], element.get("action_id", "generated"), label)
        typed = next((values[name] for name in names if name in values), None)
        typed = typed or element.get("initial_value") or None
        if typed is None and not block.get("optional"):
            raise ValueError(f"please complete this required field: {label}")
        _check_length(element, typed or "")
        state[names[0]] = {names[1]: {"type": element["type"], "value": typed}}
    return state


def _check_length(element: Json, typed: str) -> None:
    """docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element: 3,000 at most."""
    if len(typed) > element.get("max_length", 3000):
        raise ValueError("that is too long for the field")


def _named(channel: Channel) -> Json:
    return {"id": channel.id, "name": _NAMELESS.get(channel.room, channel.name)}


def _from(stage: SlackStage, person: Person, view: View | None = None) -> Json:
    """What all interactions have in common."""
    return {
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "api_app_id": stage.app.id,
        "token": stage.app.verification_token,
        "team": {"id": stage.team.id, "domain": stage.team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": stage.new_trigger(person.id, view),
        "action_ts": f"{time.time():.6f}",
    }
