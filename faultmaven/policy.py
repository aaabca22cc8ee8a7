"""The policy in force: the file that the settings name, else their channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.alerts.policy import examine_policy, parse_policy
from core.alerts.routing import Policy
from core.places import Destination
from faultmaven.named_files import text_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.alerts.policy import Mistake
    from faultmaven.settings import Settings


def read_policy(settings: Settings) -> Policy:
    """The policy of this process, for as long as it lives.

    Raises WrongUsage that names every line at fault, or says why the file cannot be read.
    """
    if settings.policy_file is None:
        return Policy(otherwise=configured_channels(settings))
    return parse_policy(
        _text(settings.policy_file),
        name=settings.policy_file.name,
        room=settings.case_place,
        otherwise=configured_channels(settings),
    )


def examine(settings: Settings) -> tuple[Policy, list[Mistake]]:
    """The policy as far as it is valid, and its mistakes. Raises WrongUsage where nothing is."""
    if settings.policy_file is None:
        return read_policy(settings), []
    return examine_policy(
        _text(settings.policy_file),
        room=settings.case_place,
        otherwise=configured_channels(settings),
    )


def configured_channels(settings: Settings) -> tuple[Destination, ...]:
    """Where cases open that no route takes."""
    channels = {"slack": settings.slack_channel, "discord": settings.discord_channel}
    return tuple(
        Destination(platform=platform, channel=channel, room=settings.case_place)
        for platform, channel in channels.items()
        if channel
    )


def _text(path: Path) -> str:
    return text_of(path, what="the policy file", setting="FAULTMAVEN_POLICY_FILE")
