"""Who may do what? Everyone may read; members may command, and admins hear what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.access.model import Standing
from core.errors import NotPermitted

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.access.model import Identity

_WHO = {
    Standing.GUEST: "guests",
    Standing.STRANGER: "people from outside this workspace",
    Standing.BOT: "bots",
}


def must_be_allowed(who: Identity, *, changes: bool, admins: Collection[str]) -> None:
    """Raises NotPermitted where somebody who may only read wants to change something.

    admins: `platform:id`, who may whatever the platform says of them.
    """
    standing = who.profile.standing
    if not changes or standing is Standing.MEMBER or who.handle in admins:
        return
    message = f"{_WHO[standing]} may read along, but not command"
    raise NotPermitted(message)
