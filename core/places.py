"""A place in chat, and where a case is to be at home."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

API = "api"  # the platform of whoever asks over HTTP
_SAME_READERS = frozenset({"slack"})  # its threads have no readers of their own
_PRIVATE = {"slack": "D"}  # Slack's ids of direct conversations begin so


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in chat. `thread` is empty for the channel itself.

    `workspace` is the id of a `Workspace`; `channel` is the platform's id of it; `@ID` is the
    direct conversation with a person.
    """

    platform: str
    workspace: str
    channel: str
    thread: str = ""

    @property
    def lane(self) -> str:
        """In which what is shown in the channel goes out, one after the other."""
        return f"send:{self.platform}:{self.workspace}:{self.channel}"

    def lane_of_case(self, case_id: str) -> str:
        """In which goes out what the channel shows of a case that goes before others.

        The same for the channel and for a thread in it: versions of a card keep their order.
        """
        return f"{self.lane}:{case_id}"

    @property
    def answers_lane(self) -> str:
        """In which answers go out: nobody waits for the cards of all cases, or another thread."""
        return f"answer:{self.platform}:{self.workspace}:{self.channel}:{self.thread}"

    @property
    def is_direct(self) -> bool:
        """Whether it is a direct conversation between one person and the bot."""
        return self.channel.startswith("@")

    @property
    def is_private(self) -> bool:
        """Whether one person alone reads what is said there, beside us."""
        sign = _PRIVATE.get(self.platform, "@")
        return self.is_direct or self.platform == API or self.channel.startswith(sign)

    @property
    def whole_channel(self) -> Place:
        """The channel that a thread is in."""
        return Place(platform=self.platform, workspace=self.workspace, channel=self.channel)

    @property
    def audience(self) -> Place:
        """The channel; the thread itself where that may have readers of its own."""
        return self.whole_channel if self.platform in _SAME_READERS else self

    @property
    def key(self) -> str:
        """A name of it that no other has; a thread's begins with its channel's."""
        thread = f":{self.thread}" if self.thread else ""
        return f"{self.platform}:{self.workspace}:{self.channel}{thread}"

    def reads(self, closed_to: str) -> bool:
        """Whether who reads here reads what is closed to the channel or thread of that key."""
        return closed_to in {"", self.key, self.whole_channel.key}

    def within(self, workspace: str) -> Place:
        """The same place as that of another workspace."""
        return replace(self, workspace=workspace)


class CaseRoom(StrEnum):
    """What a case gets for itself where it opens."""

    THREAD = "thread"  # below its card in the configured channel; a post in a forum
    CHANNEL = "channel"  # a channel of its own


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a case is to be at home, before anything of it is there.

    `channel` is an id or a `#name`, as people write it; for a case with a channel of its own it
    is where that one is announced. invited: the platform's ids of whom that is made for.
    workspace: "" in a policy, which holds for whichever workspace the tenant has there.
    """

    platform: str
    channel: str
    room: CaseRoom = CaseRoom.THREAD
    workspace: str = ""
    invited: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Where it begins: the channel itself."""
        return Place(platform=self.platform, workspace=self.workspace, channel=self.channel)
