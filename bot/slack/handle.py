"""What is kept of an interaction, so that one person alone can be answered, after a restart too."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from core.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Handle:
    """Who asked, and how they are reached.

    thread: the thread they look at; "" for the channel.
    response_url: good for five answers in 30 minutes, also where the bot is no member.
    """

    user: str
    thread: str = ""
    response_url: str = field(default="", repr=False)

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Handle:
        """Raises NotFound for what is none."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            message = "whoever asked cannot be reached any more"
            raise NotFound(message) from error
