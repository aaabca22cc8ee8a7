"""Who may do what? Everyone may read; members may command, and admins hear what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.access.model import Standing
from core.errors import NotPermitted

if TYPE_CHECKING:
    from core.access.model import Profile

_WHO = {
    Standing.GUEST: "guests",
    Standing.STRANGER: "people from outside this workspace",
    Standing.BOT: "bots",
}


def must_be_allowed(profile: Profile, *, changes: bool) -> None:
    """Raises NotPermitted where somebody who may only read wants to change something."""
    if changes and profile.standing is not Standing.MEMBER:
        message = f"{_WHO[profile.standing]} may read along, but not command"
        raise NotPermitted(message)
