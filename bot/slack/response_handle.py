"""What is kept of an interaction, to answer that person alone, also after a restart."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from core.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class ResponseHandle:
    """Who is to be answered, and how.

    thread: the thread they look at; "" for the channel.
    response_url: good for five answers in 30 minutes, also where the bot is no member.
    """

    user: str
    thread: str = ""
    response_url: str = field(default="", repr=False)

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> ResponseHandle:
        """Raises NotFound for a text that is no handle."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            message = "whoever asked cannot be reached any more"
            raise NotFound(message) from error
