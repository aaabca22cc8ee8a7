from __future__ import annotations

from typing import Any

import pytest

from bot.discord.buttons import Pressed
from bot.discord.forms import form_of, typed_into


def test_a_form_asks_for_lines_and_says_whether_they_may_be_left_out() -> None:
    form = form_of(Pressed(verb="reject", argument="2", case_number=128), "Why?")
    (field,) = form["components"][0]["components"]
    assert (form["custom_id"], form["title"]) == ("fm:reject:128:2", "Reject #128")
    assert (field["label"], field["required"], field["style"]) == ("Why?", False, 2)
    (field,) = form_of(Pressed(verb="ask"), "What?")["components"][0]["components"]
    assert field["required"] is True


INPUT = {"type": 4, "custom_id": "text", "value": "df shows\n40 % free "}


@pytest.mark.parametrize(
    "components",
    [[{"type": 1, "components": [INPUT]}], [{"type": 18, "component": INPUT}], [INPUT]],
)
def test_what_was_typed_is_found_in_each_layout_that_discord_sends(
    components: list[dict[str, Any]],
) -> None:
    assert typed_into({"components": components}) == "df shows\n40 % free"


def test_an_empty_form_says_nothing() -> None:
    assert typed_into({"components": [{"type": 1, "components": [INPUT | {"value": ""}]}]}) == ""
