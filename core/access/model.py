"""Who is somebody? A person, known by an identity on each platform they speak from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """What a platform says of somebody, on one scale."""

    MEMBER = "member"
    GUEST = "guest"  # invited to some channels only
    STRANGER = "stranger"  # of another organisation, in a shared channel; or gone
    BOT = "bot"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Somebody, as a platform knows them now. `name` is what people call them there."""

    name: str
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Somebody on one platform, and the user they are. `external_id` is the platform's own.

    A user is made at the first contact; until accounts can be joined each identity has its own.
    """

    tenant_id: str
    platform: str
    workspace: str
    external_id: str
    user_id: str
    profile: Profile
    met_at: datetime
    seen_at: datetime  # when the platform was asked last

    @property
    def handle(self) -> str:
        """`slack:U0123`, as settings name somebody."""
        return f"{self.platform}:{self.external_id}"
