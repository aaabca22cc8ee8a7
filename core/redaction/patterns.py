"""What must not be shown or stored as text, and how is it recognised? All rules, on one shelf.

Patterns keep to bounded repeats: no line, however long or hostile, makes them slow. Private
addresses, host names and request ids are no secrets here. Public addresses are hidden; web sites
are where they are a person's, or where an installation asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.redaction import (
    assignments,
    commands,
    contexts,
    identity,
    network,
    personal,
    sentences,
    sources,
    tokens,
)
from core.redaction.span import SECRET

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from core.redaction.custom import CustomRule
    from core.redaction.rule import Rule

RULES: tuple[Rule, ...] = (
    *tokens.RULES,
    *contexts.RULES,
    *commands.RULES,
    *sources.RULES,
    *sentences.RULES,
    *assignments.RULES,
    *personal.RULES,
    *identity.RULES,
    *network.RULES,
)
OPTIONAL = frozenset(rule.kind for rule in network.STRICT)
# What an installation may leave in its texts: everything but secrets.
PERSONAL = frozenset(rule.kind for rule in RULES) - {SECRET}


def optional_rules(kinds: Collection[str]) -> tuple[Rule, ...]:
    """Rules of ours for these kinds, which are off by default."""
    return tuple(rule for rule in network.STRICT if rule.kind in kinds)


def chosen_rules(own: Sequence[CustomRule]) -> tuple[Rule, ...]:
    """Ours, as an installation wants them: more of a kind, or none."""
    unwanted = {rule.name for rule in own if rule.is_off} & PERSONAL
    wanted = {rule.name for rule in own if not rule.pattern} - unwanted
    if not unwanted and not wanted:
        return RULES
    kept = (rule for rule in RULES if rule.kind not in unwanted)
    return (*kept, *optional_rules(wanted))
