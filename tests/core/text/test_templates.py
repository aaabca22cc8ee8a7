"""Templates filled with redacted text: nothing else gets in, and nothing in it is a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jinja2 import TemplateError, UndefinedError

from core.text.templates import fill, templates_of
from tests.examples import REDACTOR

if TYPE_CHECKING:
    from core.text.redacted import RedactedText

_WRITTEN = {
    "letter": "Dear {{ name }},\n{% for line in lines %}\n- {{ line }}\n{% endfor %}\n",
    "counted": "{{ count }} lines of {braces}",
}
_TEMPLATES = templates_of(_WRITTEN.__getitem__)


def _said(text: str) -> RedactedText:
    return REDACTOR.clean(text)


def test_slots_are_filled_where_they_stand() -> None:
    letter = fill(
        _TEMPLATES, "letter", {"name": _said("Ada"), "lines": [_said("a"), _said("b")]}, into="it"
    )
    assert letter.text == "Dear Ada,\n- a\n- b\n"


def test_what_looks_like_a_template_in_a_slot_is_text() -> None:
    hostile = _said("{{ lines }} {% raw %} {0}")
    letter = fill(_TEMPLATES, "letter", {"name": hostile, "lines": []}, into="it")
    assert letter.text == f"Dear {hostile.text},\n"


def test_braces_of_the_template_stay() -> None:
    counted = fill(_TEMPLATES, "counted", {"count": 3}, into="it", plain=(int,))
    assert counted.text == "3 lines of {braces}"


def test_nothing_else_gets_in() -> None:
    with pytest.raises(TypeError, match="int in a letter is not clean"):
        fill(_TEMPLATES, "counted", {"count": 3}, into="a letter")
    with pytest.raises(TypeError, match="str in a letter is not clean"):
        fill(_TEMPLATES, "letter", {"name": "Ada", "lines": []}, into="a letter")


def test_a_slot_that_nobody_fills_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        fill(_TEMPLATES, "letter", {"name": _said("Ada")}, into="it")


def test_a_template_reaches_nothing_behind_its_slots() -> None:
    prying = templates_of(lambda _: "{{ name.__class__.__mro__ }}")
    with pytest.raises((TemplateError, TypeError)):
        fill(prying, "prying", {"name": _said("Ada")}, into="it")


@pytest.mark.parametrize(("kept", "end"), [(True, "\n"), (False, "")])
def test_the_last_line_ends_as_wanted(kept: bool, end: str) -> None:  # noqa: FBT001
    templates = templates_of(lambda _: "end\n", ends_with_newline=kept)
    assert fill(templates, "any", {}, into="it").text == f"end{end}"
