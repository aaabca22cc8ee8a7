"""Puts the gateway together from what settings say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.investigation.language_model import ModelRole
from integrations.llm.content import CallContent
from integrations.llm.gateway import Gateway
from integrations.llm.paid_calls import Patience
from integrations.llm.reply_cache import ReplyCache
from integrations.llm.seam import close, is_installed, load
from integrations.llm.spans import ModelSpans
from integrations.llm.targets import ModelTarget, read_target

if TYPE_CHECKING:
    from core.clock import Random
    from core.investigation.language_model import SpendingLedger

__all__ = [
    "CallContent",
    "ModelAccess",
    "ModelSpans",
    "ModelTarget",
    "close",
    "gateway_of",
    "is_installed",
    "load",
    "targets_of",
]


@dataclass(frozen=True, kw_only=True)
class ModelAccess:
    """Which models there are, and how patient we are. keys: by provider. Times in seconds."""

    models: Mapping[ModelRole, Sequence[str]]
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    server_key: str = field(default="", repr=False)
    deadline_s: float = 120.0
    first_byte_s: float = 20.0
    cache_s: float = 0.0


def targets_of(access: ModelAccess) -> dict[ModelRole, list[ModelTarget]]:
    """The models of each role, in order. Raises ValueError for one that cannot be read."""
    return {
        role: [read_target(model, access.keys, server_key=access.server_key) for model in models]
        for role, models in access.models.items()
    }


def gateway_of(
    access: ModelAccess,
    *,
    ledger: SpendingLedger,
    random: Random,
    spans: ModelSpans | None = None,
) -> Gateway:
    """The gateway. Imports nothing large; the first call does."""
    return Gateway(
        targets_of(access),
        ledger=ledger,
        random=random,
        patience=Patience(first_byte_s=access.first_byte_s, deadline_s=access.deadline_s),
        cache=ReplyCache(lives_s=access.cache_s) if access.cache_s else None,
        spans=spans,
    )
