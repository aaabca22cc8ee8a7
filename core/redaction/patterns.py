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

if TYPE_CHECKING:
    from collections.abc import Collection

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
KINDS = frozenset(rule.kind for rule in RULES)
OPTIONAL = frozenset(rule.kind for rule in network.STRICT)


def optional_rules(kinds: Collection[str]) -> tuple[Rule, ...]:
    """Rules of ours for these kinds, which are off by default."""
    return tuple(rule for rule in network.STRICT if rule.kind in kinds)
