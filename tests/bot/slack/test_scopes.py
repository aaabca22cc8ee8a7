"""What the app asks of a workspace is what its code calls and listens to, and nothing more."""

from __future__ import annotations

import re
from pathlib import Path

from bot.slack.budgets import _PER_MINUTE
from bot.slack.scopes import COMMANDS, EVENTS, SCOPES, SHORTCUTS

CODE = Path(__file__).parents[3] / "bot" / "slack"
# docs.slack.dev/reference/methods/NAME: what each method needs for what we use it for.
METHODS = {
    "apps.connections.open": (),
    "auth.test": (),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.create": ("channels:manage",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.invite": ("channels:manage",),
    "conversations.join": ("channels:join",),
    "conversations.list": ("channels:read", "groups:read"),
    "conversations.members": ("channels:read", "groups:read"),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history", "im:history"),
    "conversations.setPurpose": ("channels:manage",),
    "conversations.setTopic": ("channels:manage",),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "users.conversations": ("channels:read", "groups:read", "im:read"),
    "users.info": ("users:read",),
    "views.open": (),
}
# docs.slack.dev/reference/events/NAME.
LISTENED = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}


def called() -> set[str]:
    code = "".join(path.read_text(encoding="utf-8") for path in CODE.glob("*.py"))
    methods = set(re.findall(r"(?:calling|errors_of|_list|_pages)\(\s*\"([a-z]+\.[\w.]+)\"", code))
    methods |= set(re.findall(r"method=\"([a-z]+\.[\w.]+)\"", code))
    return methods | set(
        re.findall(r"method = \"([a-z.]+)\" if thread else \"([a-z.]+)\"", code)[0]
    )


def test_every_scope_is_needed_and_none_is_missing() -> None:
    assert called() == set(METHODS)
    needed = {scope for scopes in METHODS.values() for scope in scopes}
    needed |= {"commands", *LISTENED.values()}
    assert set(SCOPES) == needed


def test_every_event_is_listened_to() -> None:
    assert set(EVENTS) == set(LISTENED)


def test_every_method_has_a_budget() -> None:
    own = {"apps.connections.open", "chat.postMessage"}
    assert set(METHODS) - own == set(_PER_MINUTE)


def test_slack_takes_the_names() -> None:
    assert all(re.fullmatch(r"/[a-z]{1,31}", name) for name in COMMANDS)
    assert all(len(name) <= 24 for name in SHORTCUTS.values())
    assert all(reason for reason in SCOPES.values())
