"""What of a card's line stands out: the words to type, and what is looked for first.

Our own texts put what is to be typed between backticks. Text from outside may look the same, or
say `Next:`; then it stands out as well, and that is all that comes of it.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from core.text.legible import UNBROKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

# Two backticks in a row are nobody's words to type.
TO_TYPE = re.compile(r"(?<!`)`(?=\S)([^`\n]{1,80})(?<=\S)`(?!`)")
_KEY = r"(^(?:Next|Cause|Fix)(?=:)|(?<=— )(?:\d+\s%|confirmed|rejected))"
_PARTS = re.compile(f"{TO_TYPE.pattern}|{_KEY}")
_SHARE = re.compile(r"(?<=— )(\d+) %")


class Voice(Enum):
    """How a part of a line is said."""

    PLAIN = 0
    TYPED = 1  # to be typed as it stands
    KEY = 2  # what a glance looks for: the share of a hypothesis, the word before a colon


def voices(line: str) -> Iterator[tuple[Voice, str]]:
    """The parts of a line, none of them empty; `72 %` is not broken at its end."""
    unbroken = _SHARE.sub(rf"\1{UNBROKEN}%", line)
    for nth, part in enumerate(_PARTS.split(unbroken)):
        if part:
            yield Voice(nth % len(Voice)), part
