"""The app that is installed in the workspace: what its manifest asked for, and its tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.fakes.slack.model import Json

MANIFEST = Path(__file__).parents[3] / "manifests" / "slack" / "manifest.yaml"


@dataclass
class App:
    """`scopes`, `events` and the like can be changed by a test, as an admin could.

    refusal: what every call with the bot token is answered from now on, for instance
        `token_revoked`; "" while the token is good.
    tells_scopes: answers say in a header what the token may, which emulators leave out.
    """

    manifest: Json
    id: str = "A0FAULTMVN"
    bot_id: str = "B0FAULTMVN"
    bot_user: str = "U0FAULTMVN"
    bot_token: str = "xoxb-fake-bot-token"  # noqa: S105 (nobody else's)
    app_token: str = "xapp-fake-app-token"  # noqa: S105
    signing_secret: str = "a signing secret of tests"  # noqa: S105
    verification_token: str = "legacy"  # noqa: S105
    app_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    refusal: str = ""
    tells_scopes: bool = True
    scopes: set[str] = field(init=False)
    events: set[str] = field(init=False)
    commands: dict[str, Json] = field(init=False)
    shortcuts: dict[str, Json] = field(init=False)
    name: str = field(init=False)

    def __post_init__(self) -> None:
        features, settings = self.manifest["features"], self.manifest["settings"]
        self.scopes = set(self.manifest["oauth_config"]["scopes"]["bot"])
        self.events = set(settings["event_subscriptions"]["bot_events"])
        self.commands = {
            slash_command["command"]: slash_command
            for slash_command in features.get("slash_commands", [])
        }
        self.shortcuts = {
            shortcut["callback_id"]: shortcut for shortcut in features.get("shortcuts", [])
        }
        self.name = features["bot_user"]["display_name"]


def from_manifest(path: Path = MANIFEST) -> App:
    """As after "Create an app from a manifest" and "Install to workspace"."""
    return App(yaml.safe_load(path.read_text(encoding="utf-8")))
