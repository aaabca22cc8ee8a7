"""People, their standing on a platform, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from core.errors import NotPermitted

if TYPE_CHECKING:
    from collections.abc import Collection


class Standing(StrEnum):
    """The standing of a person on a platform, on one scale."""

    MEMBER = "member"
    GUEST = "guest"  # invited to some channels only
    STRANGER = "stranger"  # of another organisation, in a shared channel; or gone
    BOT = "bot"


@dataclass(frozen=True, kw_only=True)
class PersonProfile:
    """Somebody, as a platform knows them now. `name` is what people call them there."""

    name: str
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Somebody on one platform, and the user they are. `external_id` is the platform's own.

    A user is made at the first contact. linked_at: since when that user is an account, which this
    person proved to hold; None for whoever has none here.
    """

    tenant_id: str
    platform: str
    workspace: str
    external_id: str
    user_id: str
    profile: PersonProfile
    met_at: datetime
    seen_at: datetime  # when the platform was asked last
    linked_at: datetime | None = None

    @property
    def key(self) -> str:
        """`slack:workspace_1:U0123`, which no other identity of the tenant has."""
        return f"{self.platform}:{self.workspace}:{self.external_id}"

    @property
    def handle(self) -> str:
        """`slack:U0123`, as settings name somebody."""
        return f"{self.platform}:{self.external_id}"


_WHO = {
    Standing.GUEST: "guests",
    Standing.STRANGER: "people from outside this workspace",
    Standing.BOT: "bots",
}


def require_permission(who: Identity, *, changes: bool, admins: Collection[str]) -> None:
    """Raises NotPermitted where somebody who may only read wants to change something.

    admins: `platform:id`, who may whatever the platform says of them.
    """
    standing = who.profile.standing
    if not changes or standing is Standing.MEMBER or who.handle in admins:
        return
    message = f"{_WHO[standing]} may read along, but not command"
    raise NotPermitted(message)


class People(Protocol):
    """The repository of people who have spoken with us."""

    async def identity(
        self, platform: str, workspace: str, external_id: str, *, lock: bool = False
    ) -> Identity | None:
        """lock: no other unit reads it so until this one ends."""

    async def meet(self, identity: Identity) -> Identity:
        """Insert it with its user, or renew profile and `seen_at`; all else stays."""

    async def link(self, identity: Identity) -> None:
        """Store whose it is: `user_id`, and `linked_at`. Raises NotFound."""

    async def linked_to(self, user_id: str) -> list[Identity]:
        """Those with a `linked_at`, in its order."""
