"""Answers to the very same prompt of the same tenant, for a while."""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from core.investigation.language_model import ModelReply

if TYPE_CHECKING:
    from core.investigation.language_model import ModelRequest

MOST = 500  # answers
LARGEST = 64 * 1024  # characters of one


@dataclass(frozen=True)
class _Kept:
    reply: ModelReply
    until: float


class ReplyCache:
    """In the memory of this process. lives_s: how long an answer is given again."""

    def __init__(self, *, lives_s: float, most: int = MOST) -> None:
        self._lives_s = lives_s
        self._most = most
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def find(self, request: ModelRequest) -> ModelReply | None:
        """The answer of before, which costs nothing."""
        key = _key_of(request)
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.until < time.monotonic():
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return kept.reply

    def keep(self, request: ModelRequest, reply: ModelReply) -> None:
        """Keep it, unless it is cut or too long; the one not asked for longest goes."""
        if reply.is_cut or len(reply.text) > LARGEST:
            return
        free = replace(
            reply,
            tokens_in=0,
            tokens_out=0,
            cost=0,
            seconds=0.0,
            fallbacks=(),
            withdrawn="",
            is_cached=True,
        )
        self._kept[_key_of(request)] = _Kept(free, time.monotonic() + self._lives_s)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


def _key_of(request: ModelRequest) -> str:
    messages = [
        [
            message.speaker,
            message.text.text,
            [asdict(call) for call in message.calls],
            message.answers,
        ]
        for message in request.messages
    ]
    tools = [asdict(tool) for tool in request.tools]
    asked: list[object] = [request.tenant_id, request.role, messages, tools]
    asked += [request.schema, request.max_tokens]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
