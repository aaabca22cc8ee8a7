"""Names that a text has in it: services, alerts and metrics as they are spelt, not parts of others.

`orders` is in `restart orders` and not in `orders-db`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST = 3  # characters: what is shorter is a word of English too often
_NAME = re.compile(r"[A-Za-z0-9_](?:[\w.:-]*[A-Za-z0-9_])?")
_METRIC = re.compile(r"\b[a-z]\w*_\w+\b(?!\s*\()")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|\{[^{}]*\}|\[[^\[\]]*\]|\b(?:by|without|on)\s*\([^()]*\)")


def names_in(text: str) -> frozenset[str]:
    """Folded; a name with dots or colons counts whole, and by its parts."""
    names = {name.casefold() for name in _NAME.findall(text)}
    return frozenset(names | {part for name in names for part in re.split(r"[.:/]", name)})


def known_in(names: frozenset[str], known: Iterable[str]) -> list[str]:
    """Those of the known ones that are among the names of a text, in alphabetical order."""
    spelt = {name for name in known if len(name) >= SHORTEST and name.casefold() in names}
    return sorted(spelt)


def metrics_in(expression: str) -> set[str]:
    """The names of series in a PromQL expression: not its functions, labels and durations."""
    return set(_METRIC.findall(_QUOTED.sub(" ", expression)))
