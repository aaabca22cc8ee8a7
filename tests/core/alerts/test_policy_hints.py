"""Beside tests/core/alerts/test_policy.py, which reads whole files: the advice itself."""

from __future__ import annotations

import pytest
import yaml

from core.alerts.policy import EXAMPLE, Mistake, key_advice, yaml_mistake

KEYS = ("name", "match", "to")


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("matchers", "Did you mean match?"),
        ("nmae", "Did you mean name?"),
        ("group_by", "There are name, match, to."),
        ("continue", "The first route that fits takes the case: list all its channels in to."),
    ],
)
def test_a_key_that_there_is_not(word: str, advice: str) -> None:
    assert key_advice(word, KEYS) == advice


def fault_in(text: str) -> Mistake:
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        yaml.compose(text, Loader=yaml.SafeLoader)
    return yaml_mistake(caught.value, text)


def test_a_comment_that_swallows_a_brace_is_told_in_its_own_line() -> None:
    mistake = fault_in('a: {slack: "#in"}\nb: {discord: #in}\n\nc: [1]\n')
    assert mistake == Mistake(
        line=2, says="without quotes a # begins a comment", instead=f"Write {EXAMPLE}."
    )


def test_other_faults_are_told_where_yaml_stumbles() -> None:
    mistake = fault_in('a: 1 # slack: #in\nb: "\n')
    assert mistake.line > 1
    assert mistake.says.startswith("no YAML: ")
