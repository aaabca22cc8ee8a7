"""The case card changes in place, replies scroll by above it, and nothing is drawn twice."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from bot.terminal.screen import Screen
from tests.examples import KNOWN, OCCURRENCES, RESOLVED, card, examples
from tests.fakes.terminal import FakeTerminal

if TYPE_CHECKING:
    from core.conversation.cards.card import Card

EXAMPLES = examples()
FIRING = EXAMPLES["case-hypotheses"]
ANSWER, LOOKING = EXAMPLES["answer"], EXAMPLES["looking"]
WIDTH = 80


@pytest.fixture
def terminal() -> FakeTerminal:
    return FakeTerminal()


@pytest.fixture
def screen(terminal: FakeTerminal) -> Screen:
    console = Console(file=terminal, width=WIDTH, force_terminal=True)
    return Screen(console, typed=lambda: "half a qu")


@pytest.fixture
def pipe() -> tuple[Screen, StringIO]:
    out = StringIO()
    return Screen(Console(file=out, width=WIDTH)), out


def of_another_case(shown: Card) -> Card:
    return replace(shown, key="case:other", case_number=129)


def test_a_newer_card_takes_the_place_of_the_older(screen: Screen, terminal: FakeTerminal) -> None:
    screen.reply([FIRING])
    screen.update(card(RESOLVED, occurrences=OCCURRENCES))
    assert len([line for line in terminal.seen if line.startswith("▌")]) == 3
    assert "Resolved #128" in terminal.seen[0]


def test_replies_stand_above_the_case_and_the_prompt_below(
    screen: Screen, terminal: FakeTerminal
) -> None:
    screen.reply([FIRING])
    screen.ask()
    screen.update(ANSWER)
    assert "dana asked" in terminal.seen[0]
    assert terminal.seen[-1] == "> half a qu"
    assert "Owner dana" in terminal.seen[-2]


def test_what_is_under_way_gives_way_to_its_answer(screen: Screen, terminal: FakeTerminal) -> None:
    screen.reply([FIRING])
    screen.reply([LOOKING])
    assert any("Looking" in line for line in terminal.seen)
    assert screen.waiting == {LOOKING.key}
    screen.update(ANSWER)
    assert not any("Looking" in line for line in terminal.seen)
    assert screen.waiting == frozenset()


def test_an_answer_that_came_first_is_not_waited_for(screen: Screen) -> None:
    screen.update(ANSWER)
    screen.reply([LOOKING])
    assert screen.waiting == frozenset()


def test_the_entered_line_moves_up_and_the_card_stays_last(
    screen: Screen, terminal: FakeTerminal
) -> None:
    screen.reply([FIRING])
    screen.ask()
    terminal.write("> ")
    terminal.enter("why 1?")
    screen.entered("why 1?")
    screen.reply([ANSWER])
    assert terminal.seen[0] == "> why 1?"
    assert "dana asked" in terminal.seen[1]
    assert len([line for line in terminal.seen if "Firing #128" in line]) == 1
    assert "Owner dana" in [line for line in terminal.seen if line][-1]


@pytest.mark.parametrize("line", ["evidence " + "x" * 300, "one\ntwo\nthree", "x" * 78])
def test_a_line_longer_than_the_screen_leaves_no_trace_of_the_old_card(
    screen: Screen, terminal: FakeTerminal, line: str
) -> None:
    screen.reply([FIRING])
    screen.ask()
    terminal.write("> ")
    terminal.enter(line)
    screen.entered(line)
    assert len([line for line in terminal.seen if "Firing #128" in line]) == 1
    assert terminal.seen[0].startswith("> ")


def test_a_change_while_a_long_line_is_typed_leaves_no_trace_either(terminal: FakeTerminal) -> None:
    typed = "~" * 200
    console = Console(file=terminal, width=WIDTH, force_terminal=True)
    screen = Screen(console, typed=lambda: typed)
    screen.reply([FIRING])
    screen.ask()
    terminal.write(f"> {typed}")
    screen.update(card(RESOLVED, occurrences=OCCURRENCES))
    assert len([line for line in terminal.seen if "#128" in line]) == 1
    assert "".join(terminal.seen).count("~") == 200


def test_the_same_version_is_drawn_once(pipe: tuple[Screen, StringIO]) -> None:
    screen, out = pipe
    screen.reply([FIRING])
    screen.update(FIRING)
    screen.update(replace(FIRING, version=FIRING.version - 1))
    assert out.getvalue().count("Firing #128") == 1
    screen.update(card(RESOLVED, occurrences=OCCURRENCES))
    assert out.getvalue().count("Resolved #128") == 1


def test_in_a_pipe_nothing_moves(pipe: tuple[Screen, StringIO]) -> None:
    screen, out = pipe
    screen.reply([FIRING, LOOKING])
    screen.update(ANSWER)
    assert "\x1b" not in out.getvalue()
    assert all(len(line) <= WIDTH for line in out.getvalue().splitlines())


def test_of_other_cases_only_the_beginning_is_drawn(pipe: tuple[Screen, StringIO]) -> None:
    screen, out = pipe
    screen.reply([FIRING])
    other = of_another_case(FIRING)
    screen.update(other)
    assert out.getvalue().count("#128 High") == 2
    screen.update(replace(other, version=other.version + 1))
    screen.update(replace(ANSWER, case_number=129))
    assert out.getvalue().count("#128 High") == 2
    assert "asked" not in out.getvalue()


def test_the_first_case_that_appears_is_followed(screen: Screen) -> None:
    assert screen.followed is None
    screen.update(card(KNOWN))
    assert screen.followed == 128


def test_a_case_that_is_asked_for_is_followed_from_then_on(screen: Screen) -> None:
    screen.reply([FIRING])
    screen.reply([of_another_case(FIRING)])
    assert screen.followed == 129


def test_what_was_there_before_is_not_drawn(pipe: tuple[Screen, StringIO]) -> None:
    screen, out = pipe
    screen.knows(ANSWER)
    screen.update(ANSWER)
    assert out.getvalue() == ""
