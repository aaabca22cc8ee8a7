from __future__ import annotations

import pytest

from bot.discord.buttons import Pressed, button, pressed
from core.conversation.commands.vocabulary import VERBS


@pytest.mark.parametrize(
    "meant",
    [
        Pressed(verb="confirm", argument="1", case_number=128),
        Pressed(verb="again", argument="utt_0198-a:b #128"),
        Pressed(verb="more", argument="1:hypotheses:case_1", case_number=7),
        Pressed(verb="ask"),
    ],
)
def test_an_id_says_all_that_the_button_means(meant: Pressed) -> None:
    assert pressed(meant.custom_id) == meant


def test_a_verb_is_chosen_and_what_goes_with_it_stays_apart() -> None:
    assert Pressed(verb="confirm", argument="1").order() == ("confirm", "1")
    assert Pressed(verb="reject", argument="2").order("#2 is empty") == ("reject", "2 #2 is empty")
    assert Pressed(verb="resolve").order("ok?") == ("resolve", "ok?")
    again = Pressed(verb="again", argument="utt_0198 #128")
    assert again.order() == ("", "again utt_0198 #128")


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "fm",
        "fm:",
        "fm::1:",
        "other:confirm:1:1",
        "fm:x:y:1",
        f"fm:status:{10**20}:",
        "fm:status:²:",
    ],
)
def test_an_id_of_somebody_else_means_nothing(custom_id: str) -> None:
    assert pressed(custom_id) is None


def test_a_button_that_could_not_say_what_it_means_is_not_drawn() -> None:
    assert button(Pressed(verb="ask", argument="x" * 100), "Ask") is None


def test_which_buttons_open_a_form() -> None:
    asking = {verb for verb in VERBS if Pressed(verb=verb).asks}
    assert asking == {"ask", "open", "correct", "resolve", "reject", "result", "search"}
    assert Pressed(verb="reject", argument="2").asks == "Why is it not the cause?"
    assert Pressed(verb="result", argument="1").asks == "What did the check print?"
    assert Pressed(verb="result", argument="1 yes").asks is None
    assert Pressed(verb="run").asks is None
    assert Pressed(verb="confirm", argument="1").asks is None
    assert Pressed(verb="ask", argument="what changed?").asks is None
