"""auth.test, apps.connections.open, users.info.

Slack: docs.slack.dev/reference/methods/NAME, docs.slack.dev/reference/objects/user-object.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tests.fakes.slack.calls import CallArguments, SlackRefused, method
from tests.fakes.slack.model import Json, Kind, Person

if TYPE_CHECKING:
    from tests.fakes.slack.stage import SlackStage


@method("auth.test", tier=4, tokens=("xoxb", "xapp"))
def auth_test(stage: SlackStage, given: CallArguments) -> Json:
    if given.text("token") == stage.app.app_token:
        # Seen, not documented: of an app-level token it tells the app alone.
        return {"app_name": stage.app.name, "app_id": stage.app.id}
    return {
        "url": f"https://{stage.team.domain}.slack.com/",
        "team": stage.team.name,
        "user": stage.app.name,
        "team_id": stage.team.id,
        "user_id": stage.app.bot_user,
        "bot_id": stage.app.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", tier=1, tokens=("xapp",))
def connections_open(stage: SlackStage, _: CallArguments) -> Json:
    """The URL is good for one connection."""
    if "connections:write" not in stage.app.app_scopes:
        raise SlackRefused("missing_scope", needed="connections:write", provided="")
    ticket = secrets.token_hex(8)
    stage.tickets.add(ticket)
    base = stage.url.replace("http://", "ws://", 1)
    return {"url": f"{base}/link/?ticket={ticket}&app_id={stage.app.id}"}


@method("users.info", tier=4, scopes=("users:read",), required=("user",))
def users_info(stage: SlackStage, given: CallArguments) -> Json:
    person = stage.team.people.get(given.text("user"))
    if person is None:
        raise SlackRefused("user_not_found")
    return {"user": user_json(stage, person)}


def user_json(stage: SlackStage, person: Person) -> Json:
    """A mail address only with users:read.email, and none of a bot or a stranger."""
    profile = {"real_name": person.name.title(), "display_name": person.name}
    may_know = person.kind not in (Kind.BOT, Kind.STRANGER, Kind.DELETED)
    if may_know and "users:read.email" in stage.app.scopes:
        profile["email"] = person.email
    shown: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.kind is Kind.DELETED,
        "profile": profile,
        "is_bot": person.kind is Kind.BOT,
        "is_app_user": False,
        "updated": 0,
    }
    if person.kind is Kind.DELETED:
        return shown
    # Slack: a person of another workspace is marked `is_stranger` when no channel is shared, and
    # is told from ours by `team_id` (docs.slack.dev/apis/slack-connect).
    return shown | {
        "real_name": person.name.title(),
        "tz": "Europe/Berlin",
        "is_admin": person.kind is Kind.ADMIN,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.kind in (Kind.GUEST, Kind.SINGLE_GUEST),
        "is_ultra_restricted": person.kind is Kind.SINGLE_GUEST,
        "is_stranger": person.kind is Kind.STRANGER,
    }
