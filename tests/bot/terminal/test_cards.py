"""What a terminal shows of every card, kept in golden files; and what no card may do to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from bot.terminal.cards import lines
from core.conversation.cards.card import CASE_LINES, Action, Card, Mark, Row
from core.text.redacted import RedactedText, restore_redacted
from tests.cards import GOLDEN, WIDTHS, drawn, golden_path
from tests.examples import examples

EXAMPLES = examples()
CASE_CARDS = [slug for slug, card in EXAMPLES.items() if card.mark.is_glanced]


@pytest.mark.parametrize("screen", WIDTHS)
@pytest.mark.parametrize("slug", EXAMPLES)
def test_card_is_drawn_as_kept(slug: str, screen: str) -> None:
    kept = golden_path(slug, screen).read_text(encoding="utf-8")
    assert drawn(EXAMPLES[slug], width=WIDTHS[screen]) == kept, "`make cards`, then look at it"


def test_no_golden_file_is_left_over() -> None:
    wanted = {golden_path(slug, screen).name for slug in EXAMPLES for screen in WIDTHS}
    assert {path.name for path in GOLDEN.glob("*.txt")} == wanted


@pytest.mark.parametrize("width", [200, 80, 44, 24])
@pytest.mark.parametrize("slug", EXAMPLES)
def test_no_line_is_wider_than_the_screen(slug: str, width: int) -> None:
    assert all(cell_len(line.plain) <= width for line in lines(EXAMPLES[slug], width=width))


@pytest.mark.parametrize("slug", CASE_CARDS)
def test_a_case_card_has_at_most_six_lines_and_one_for_each_row(slug: str) -> None:
    card = replace(EXAMPLES[slug], fold=())  # whoever asked for more gets it below
    assert len(lines(card, width=80)) == len(card.rows) <= CASE_LINES


def test_what_a_line_rests_on_stays_when_the_text_is_cut() -> None:
    row = Row(
        text=RedactedText.format("{x}", x=RedactedText.format("word " * 40)), citation="db.log:4182"
    )
    card = Card(key="k", version=1, mark=Mark.FIRING, rows=(row,))
    (line,) = lines(card, width=60)
    assert "…" in line.plain
    assert line.plain.endswith(" db.log:4182")


def test_the_line_number_stays_when_the_file_name_is_cut() -> None:
    row = Row(text=RedactedText.format("text"), citation="a-name-that-goes-on-" * 5 + ".log:4182")
    card = Card(key="k", version=1, mark=Mark.FIRING, rows=(row,))
    (line,) = lines(card, width=60)
    assert line.plain.endswith(".log:4182")


HOSTILE = "\x1b]0;title\x07\x1b[2Jcleared\r\u202eevil\u200b\x9b31m"


@pytest.mark.parametrize("mark", [Mark.FIRING, Mark.ANSWER])
def test_a_log_line_cannot_command_the_terminal(mark: Mark) -> None:
    row = Row(text=restore_redacted(HOSTILE), citation=HOSTILE)
    action = Action(verb="confirm", argument=HOSTILE, label=restore_redacted(HOSTILE))
    card = Card(key="k", version=1, mark=mark, rows=(row,), actions=(action,), fold=(row,))
    shown = drawn(card, width=200)
    assert all(line.isprintable() for line in shown.splitlines())
    assert "cleared" in shown


def test_brackets_are_no_markup() -> None:
    card = Card(
        key="k",
        version=1,
        mark=Mark.ANSWER,
        rows=(Row(text=RedactedText.format("[bold red]x[/] [link=a]")),),
    )
    assert "[bold red]x[/] [link=a]" in drawn(card, width=80)
