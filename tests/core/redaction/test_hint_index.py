"""Looking up the parts of a text passes over no rule that looking for every hint would try."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.redaction.hint_index import index_of
from core.redaction.rule_choice import RULES

_HINTS = sorted({hint for rule in RULES for hint in rule.hints})


@given(st.lists(st.sampled_from(_HINTS) | st.text(max_size=12), max_size=8))
def test_a_rule_one_of_whose_hints_is_there_is_possible(words: list[str]) -> None:
    text = "".join(words)
    tried = {place for place, rule in enumerate(RULES) if any(hint in text for hint in rule.hints)}
    unhinted = {place for place, rule in enumerate(RULES) if not rule.hints}
    assert tried | unhinted <= set(index_of(RULES).possible(text))


def test_few_rules_are_possible_for_a_line_of_no_note() -> None:
    possible = index_of(RULES).possible("order 4711 stored in 12 ms")
    assert len(possible) < len(RULES) / 5
