"""Hypotheses of recorded incidents, and the reasons for the first, fit a phone's screen."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.discord.cards import leaves
from bot.slack.cards import message_of
from core.conversation.cards.card import (
    SHOWN_CHARACTERS,
    Card,
    Mark,
    RankedRow,
    Row,
    fold_rows,
    line_count,
    one_screen,
)
from core.conversation.cards.hypothesis_cards import hypotheses_card, why_card
from core.conversation.cards.verdict_rows import QUOTED_SHORT
from core.evidence.line_quotes import quote
from core.investigation.reasoner import decide
from core.investigation.verdict.conclusion import draw_conclusion
from core.text.redacted import RedactedText
from tests.core.investigation.sample_situations import incident
from tests.examples import KNOWN, REDACTOR, examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.cases.model import Hypothesis
    from core.cases.projection import CaseView

COLUMNS, LINES = 48, 15
EXAMPLES = examples()
RECORDINGS = Path(__file__).parents[3] / "recordings"
FOLDERS = sorted(path.parent for path in RECORDINGS.glob("*/topology.json"))


@cache
def decided(folder: Path) -> CaseView:
    """The case after a turn on the incident."""
    situation = incident(folder)
    decision = decide(situation)
    conclusion = draw_conclusion(situation.investigation, decision, at=situation.at)
    investigation = replace(KNOWN.investigation, conclusion=conclusion)
    return replace(KNOWN, hypotheses=decision.hypotheses, investigation=investigation)


def hypotheses_of(folder: Path) -> tuple[Hypothesis, ...]:
    return decided(folder).hypotheses


def cards_of(folder: Path) -> list[Card]:
    view, hypotheses = decided(folder), hypotheses_of(folder)
    return [
        hypotheses_card(view, redactor=REDACTOR),
        *(why_card(view.case, hypothesis, redactor=REDACTOR) for hypothesis in hypotheses),
    ]


def on_slack(card: Card) -> list[str]:
    """The lines of the message, before `More`, as a phone wraps them."""
    (block,) = [block for block in message_of(card).blocks if block["type"] == "rich_text"]
    return [line for text, bullet in _sections(block) for line in _wrapped(text, bullet=bullet)]


def _sections(element: dict[str, Any], *, bullet: bool = False) -> Iterator[tuple[str, bool]]:
    if element["type"] == "rich_text_section":
        yield "".join(part.get("text", "") for part in element["elements"]), bullet
        return
    for part in element.get("elements", ()):
        yield from _sections(part, bullet=element["type"] == "rich_text_list")


def on_discord(card: Card) -> list[str]:
    plain = leaves(card)[0].replace("**", "").replace("~~", "").replace("`", "").replace("\\", "")
    return [
        wrapped
        for line in plain.split("\n")
        for wrapped in _wrapped(line.removeprefix("- "), bullet=line.startswith("- "))
    ]


def _wrapped(text: str, *, bullet: bool) -> list[str]:
    """A bullet hangs: what wraps stands below its text."""
    width = COLUMNS - 2 if bullet else COLUMNS
    return [line for part in text.split("\n") for line in textwrap.wrap(part, width)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_cards_of_recorded_incidents_fit_a_phone(folder: Path) -> None:
    for card in cards_of(folder):
        assert len(on_slack(card)) <= LINES
        assert len(on_discord(card)) <= LINES
        is_harmless = "No impact" in card.rows[0].text.text  # then nobody is suspected
        assert len(card.rows) > 1 or is_harmless or not hypotheses_of(folder)


@pytest.mark.parametrize("slug", EXAMPLES)
def test_every_card_is_one_screen_of_a_phone_and_loses_nothing_to_it(slug: str) -> None:
    card = EXAMPLES[slug]
    shown = one_screen(card)
    characters = sum(len(row.text.text) + len(row.citation or "") for row in shown.rows)
    assert characters <= SHOWN_CHARACTERS
    if not card.mark.is_glanced:  # a case's own card has six rows at most
        assert sum(map(line_count, shown.rows)) <= LINES
    assert {*card.rows, *card.fold} <= {*shown.rows, *shown.fold}


def test_of_a_text_that_is_longer_than_a_screen_the_beginning_is_shown() -> None:
    text = REDACTOR.clean("word " * 1000)
    card = Card(key="k", version=1, mark=Mark.ANSWER, rows=(Row(text=text),))
    shown = one_screen(card)
    assert sum(map(line_count, shown.rows)) <= LINES
    assert shown.rows[0].text.text.endswith("…")
    assert shown.fold == card.rows


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_line_is_repeated_on_a_card(folder: Path) -> None:
    evidence = {
        quote(line.text, room=QUOTED_SHORT).text
        for hypothesis in hypotheses_of(folder)
        for line in (*hypothesis.supporting, *hypothesis.contradicting)
    }
    for card in cards_of(folder):
        rows = [row.text.text for row in (*card.rows, *card.fold)]
        assert len(rows) == len(set(rows))
        for line in evidence:
            assert "\n".join(rows).count(line) <= 1, line


def test_nothing_is_lost_to_the_fold() -> None:
    """Every hypothesis and every reason stands on the card, before the fold or below it."""
    for folder in FOLDERS:
        card = cards_of(folder)[0]
        texts = "\n".join(row.text.text for row in (*card.rows, *card.fold))
        for hypothesis in hypotheses_of(folder):
            assert hypothesis.statement.text in texts
            if hypothesis.is_alive:
                assert all(line.why.text in texts for line in hypothesis.supporting)


def _row(text: str, rank: int) -> RankedRow:
    row = Row(text=REDACTOR.clean(text))
    return RankedRow(row=row, rank=rank, below=Row(text=REDACTOR.clean(f"1 {text}")))


def test_rows_go_below_the_fold_by_rank_and_keep_their_order() -> None:
    rows = [_row("first", 0), _row("least", 2), _row("second", 1)]
    shown, folded = fold_rows(rows, room=2)
    assert [row.text.text for row in shown] == ["first", "second"]
    assert [row.text.text for row in folded] == ["1 least"]


def test_a_row_is_as_long_as_it_wraps_with_its_place() -> None:
    text = RedactedText.format("four words are here")
    assert line_count(Row(text=text)) == 1
    assert line_count(Row(text=text, citation="a/path/of/a/file.log:12")) == 1
    assert line_count(Row(text=text, citation="a/longer/path/of/a/file.log:1234-5678")) == 2
