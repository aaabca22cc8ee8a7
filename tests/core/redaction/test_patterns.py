from __future__ import annotations

import pytest

from core.redaction.patterns import RULES


def test_hints_are_lower_case() -> None:
    assert all(hint == hint.lower() for rule in RULES for hint in rule.hints)


def test_every_rule_names_the_value() -> None:
    for rule in RULES:
        assert {"v", "b"} & set(rule.pattern.groupindex), rule.pattern.pattern


@pytest.mark.parametrize(
    ("number", "is_card"),
    [
        ("4111111111111111", True),
        ("4111111111111112", False),
        ("378282246310005", True),
        ("4444444444444448", True),
        ("4000000000000000", False),
    ],
)
def test_cards_have_a_check_digit(number: str, is_card: bool) -> None:  # noqa: FBT001
    found = [rule for rule in RULES if rule.kind == "card"]
    matches = [match for rule in found if (match := rule.pattern.search(f"paid {number} ok"))]
    assert any(rule.accepts(m) for rule, m in zip(found, matches, strict=False)) == is_card
