"""A model that knows which few words mean the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.errors import ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.knowledge.vectors import Vectors

CONCEPTS = (
    ("disk", "drive", "volume", "storage"),
    ("full", "room", "space", "exhausted"),
    ("replica", "standby", "follower"),
    ("lag", "behind", "late"),
    ("certificate", "tls"),
    ("expired", "old"),
)


@dataclass
class ConceptEmbedder:
    """Implements `Embedder`. is_broken: the model cannot be loaded. before: is called first."""

    name: str = "concepts"
    is_broken: bool = False
    texts: list[str] = field(default_factory=list)
    before: Callable[[], None] | None = None

    @property
    def size(self) -> int:
        return len(CONCEPTS) + 1

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.is_broken:
            message = "the model is cut off"
            raise ModelUnavailable(message)
        if self.before:
            self.before()
        self.texts += texts
        return np.stack([_vector(text) for text in texts])


def _vector(text: str) -> Vectors:
    words = text.lower().split()
    counts = [sum(word.strip(".,#") in concept for word in words) for concept in CONCEPTS]
    vector = np.array([*counts, 0.1], np.float32)
    unit: Vectors = vector / np.linalg.norm(vector)
    return unit
