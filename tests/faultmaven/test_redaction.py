from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.errors import WrongUsage
from core.redaction.rule_choice import CustomRule
from faultmaven.redaction import parse_rules, read_redaction_rules
from faultmaven.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_rules_are_read() -> None:
    text = "- name: ticket\n  pattern: 'TCK-\\d+'\n- name: site\n- name: phone\n  off: true\n"
    assert parse_rules(text, name="r.yaml") == (
        CustomRule(name="ticket", pattern="TCK-\\d+"),
        CustomRule(name="site"),
        CustomRule(name="phone", is_off=True),
    )
    assert parse_rules("", name="r.yaml") == ()


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("- name: T1\n  pattern: a", "r.yaml:1: name: 2 to 20 letters"),
        ("- name: aa\n  pattern: a\n  kind: b", "r.yaml:3: unknown: kind"),
        ("- name: aa\n\n- name: bb\n", "r.yaml:1: pattern: missing"),
        ("- name: aa\n  pattern: '(a'", "r.yaml:1: pattern: unclosed group"),
        ("- name: aa\n  pattern: '(?=a)b'", "look-around"),
        ("- name: aa\n  pattern: '(a)\\1'", "backreferences"),
        ("- name: aa\n  pattern: 'a*'", "matches nothing"),
        (f"- name: aa\n  pattern: '{'a' * 1001}'", "longer than 1000"),
        ("name: aa", "r.yaml:1: a list of at most 100 rules"),
        ("- name: secret\n  off: true", "r.yaml:1: off: true, and name is one of address"),
        ("- name: phone\n  off: maybe", "r.yaml:1: off: true"),
        ("- [", "no YAML"),
        ("- aa", "r.yaml:1: name"),
    ],
)
def test_mistakes_are_named_with_their_lines(text: str, mistakes: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        parse_rules(text, name="r.yaml")
    assert mistakes in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(WrongUsage) as caught:
        parse_rules("- name: a\n- name: b\n", name="r.yaml")
    assert "r.yaml:1" in str(caught.value)
    assert "r.yaml:2" in str(caught.value)


def test_the_file_that_the_settings_name(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    settings = Settings.model_construct(redaction_rules=path)
    with pytest.raises(WrongUsage, match="cannot be read"):
        read_redaction_rules(settings)
    path.write_text("- name: site\n")
    assert read_redaction_rules(settings) == (CustomRule(name="site"),)
    assert read_redaction_rules(Settings.model_construct(redaction_rules=None)) == ()
