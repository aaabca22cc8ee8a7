"""A corpus in three parts, by kind of fault and by topology."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = ("fit", "choose", "last")
KINDS, SHAPES = (0.6, 0.8), (0.84, 0.92)  # where fit ends, and choose


def _draw(text: str, salt: str) -> float:
    digest = hashlib.sha256(f"{salt}:{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _part(drawn: float, bounds: tuple[float, float]) -> str:
    return PARTS[sum(drawn >= bound for bound in bounds)]


def part_of_kind(kind: str) -> str:
    """The part a kind belongs to."""
    return _part(_draw(kind, "kinds"), KINDS)


def part_of_shape(shape: str) -> str:
    """The part a topology belongs to; the edge in front makes it another topology."""
    return _part(_draw(shape, "shape"), SHAPES)


def part_of(kind: str, shape: str) -> str:
    """`last` only sees kinds or topologies that are in no other part.

    Of kind and topology the later part wins, so nothing that is held back is seen before.
    """
    return max(part_of_kind(kind), part_of_shape(shape), key=PARTS.index)


def split(truths: Mapping[str, Mapping[str, str]]) -> dict[str, list[str]]:
    """Idents by part."""
    parts: dict[str, list[str]] = {name: [] for name in PARTS}
    for ident, truth in sorted(truths.items()):
        parts[part_of(truth["kind"], truth["shape"])].append(ident)
    return parts
