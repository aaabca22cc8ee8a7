"""What is read of a picture: its words with their boxes, and lines of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]  # rows by columns, or rows by columns by red, green, blue


class TextLayout(StrEnum):
    """How text lies in a picture."""

    BLOCK = "block"  # lines below each other, as in a terminal
    SCATTERED = "scattered"  # here and there, as around a graph


@dataclass(frozen=True, slots=True)
class PictureWord:
    """One word and its box in pixels. confidence: from 0 to 1; line: equal for words of one."""

    text: str
    left: float
    top: float
    width: float
    height: float
    confidence: float
    line: tuple[int, ...] = ()

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def middle(self) -> tuple[float, float]:
        """Column and row of its centre."""
        return self.left + self.width / 2, self.top + self.height / 2

    def overlaps(self, other: PictureWord) -> bool:
        """Whether their boxes do."""
        beside = self.left < other.right and other.left < self.right
        top = max(self.top, other.top)
        return beside and top < min(self.top + self.height, other.top + other.height)

    def shrunk(self, scale: float) -> PictureWord:
        """The word in a picture that is `scale` times smaller."""
        box = (self.left, self.top, self.width, self.height)
        left, top, width, height = (side / scale for side in box)
        return replace(self, left=left, top=top, width=width, height=height)
