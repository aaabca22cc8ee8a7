"""Sets right the placeholders that a model mangles: `« Email-ABC234 »` is `«email-abc234»` again.

Only those that stand in the request are known; any other stays as it came.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.redaction.rules import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable

# Double or single guillemets, or what ASCII has for them.
OPENING = re.compile(r"\u00ab|\u2039+|<<+|<$")
MANGLED = re.compile(
    r"(?:\u00ab|\u2039\u2039?|<<)\s*(?P<kind>[A-Za-z]+)\s*[-\u2010-\u2015_:]\s*"
    r"(?P<name>[A-Za-z2-7]{6,})\s*(?:\u00bb|\u203a\u203a?|>>)"
)
LONGEST = 60  # characters of a mangled one: what is longer and open is none


class Placeholders:
    """Those of one request."""

    def __init__(self, texts: Iterable[str]) -> None:
        names = {match for text in texts for match in PLACEHOLDER.findall(text)}
        self._names: dict[str, str] = {name.strip("«»"): name for name in names}

    def restore(self, text: str) -> str:
        """The text with each mangled placeholder as it was sent."""
        return MANGLED.sub(self._right, text) if self._names else text

    def complete_part(self, text: str) -> str:
        """The text so far, restored, without what may be the beginning of a placeholder."""
        if not self._names:
            return text
        last = None
        for match in OPENING.finditer(text, max(0, len(text) - LONGEST)):
            last = match
        if last is not None and not MANGLED.search(text, last.start()):
            text = text[: last.start()]
        return self.restore(text)

    def _right(self, match: re.Match[str]) -> str:
        spelt = f"{match['kind']}-{match['name']}".lower()
        return self._names.get(spelt, str(match[0]))
