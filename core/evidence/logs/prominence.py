"""Which kinds of lines deserve to be seen first?

What a logger calls an error is one half of it, what the line says the other: a fatal "failed to
open" is more of an alert than a fatal "register: 0x00".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.logs.levels import guess_level
from core.evidence.model import Level

if TYPE_CHECKING:
    from core.evidence.logs.templates import Template

RANK = {level: rank for rank, level in enumerate(Level)}
SERIOUS = frozenset({Level.ERROR, Level.FATAL})
_KNOWN = 2  # weight of being known to a failure signature


def prominence(template: Template) -> int:
    """More is more of an alert."""
    said = guess_level(template.pattern)
    return 2 * RANK[template.level] + RANK[said] + _KNOWN * bool(template.labels)


def is_alert(template: Template) -> bool:
    """Serious by its level, or known for a failure."""
    return template.level in SERIOUS or bool(template.labels)


def by_prominence(template: Template) -> tuple[int, int, int]:
    """Sorts templates: alerts first, of equal ones the commoner, then the earlier."""
    return -prominence(template), -template.count, template.line
