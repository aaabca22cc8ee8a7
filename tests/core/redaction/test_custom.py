from __future__ import annotations

import time

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from core.redaction.engine import Redactor
from core.redaction.rule_choice import CustomRule, OwnRules
from core.redaction.rules import placeholder

KEY = b"k" * 32


def clean(text: str, *rules: CustomRule) -> str:
    return Redactor(KEY, rules=rules).clean(text).text


def test_the_group_is_hidden_and_what_is_around_it_stays() -> None:
    rule = CustomRule(name="ticket", pattern=r"TCK-(?P<v>\d+)")
    assert clean("TCK-12, TCK-34", rule) == (
        f"TCK-{placeholder('ticket', '12', key=KEY)}, TCK-{placeholder('ticket', '34', key=KEY)}"
    )


def test_without_a_group_all_of_it_is_hidden() -> None:
    rule = CustomRule(name="ticket", pattern=r"\bTCK-\d+\b")
    hidden = placeholder("ticket", "TCK-1", key=KEY)
    assert clean("xTCK-1 TCK-1 TCK-1", rule) == f"xTCK-1 {hidden} {hidden}"


def test_a_rule_without_a_pattern_turns_ours_on() -> None:
    text = "GET https://parts.dealer.fr/"
    assert clean(text) == text
    assert clean(text, CustomRule(name="site")).startswith("GET «site-")


def test_rules_of_ours_can_be_turned_off_and_secrets_cannot() -> None:
    text = "93.184.216.34 password=tulip-77-garden"
    off = [CustomRule(name=name, is_off=True) for name in ("address", "secret")]
    assert clean(text, *off).startswith("93.184.216.34 password=«secret-")
    assert clean(text).startswith("«address-")


def test_a_pattern_that_hangs_other_engines_is_fast() -> None:
    rule = CustomRule(name="slow", pattern=r"(a+)+b(?P<v>c)")
    began = time.process_time()
    clean("a" * 65536, rule)
    assert time.process_time() - began < 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=5))
def test_spans_are_where_the_matches_are(lines: list[str]) -> None:
    own = OwnRules([CustomRule(name="vowel", pattern="[aeiou]+|é")])
    for at, spans in own.spans_of(pl.Series(lines)).items():
        for span in spans:
            value = lines[at][span.start : span.end]
            assert value == "é" or set(value) <= set("aeiou")
    spans_of_lines = own.spans_of(pl.Series(lines))
    assert {at for at, line in enumerate(lines) if set(line) & set("aeioué")} == set(spans_of_lines)
