"""Cards as Markdown, and what of a line of evidence means nothing in it."""

from __future__ import annotations

import re
import time

import pytest

from api.markdown import answer_text, card_text, code, document, fenced, plain
from core.conversation.cards.card import Card, Link, Mark, Row
from core.text.redacted import redacted


def a_card(*rows: Row, fold: tuple[Row, ...] = (), key: str = "note:x") -> Card:
    return Card(key=key, version=1, mark=Mark.ANSWER, rows=rows, fold=fold)


def a_row(text: str, **fields: object) -> Row:
    return Row(text=redacted(text), **fields)  # type: ignore[arg-type]


def test_what_stands_below_a_heading_is_a_list() -> None:
    card = a_card(
        a_row("No root cause yet", strong=True),
        a_row("Next: look at the pool → `run`", citation="db.log:4182"),
        a_row("select 1;", code=True),
    )
    assert card_text(card) == (
        "**No root cause yet**\n\n"
        "- **Next**: look at the pool → `run` · `db.log:4182`\n\n"
        "```\nselect 1;\n```"
    )


def test_the_question_is_left_out_of_its_answer() -> None:
    card = a_card(a_row("#1 @dana asked: why?"), a_row("Because.", strong=True), key="answer:ask_1")
    assert card_text(card) == "**Because.**"
    alone = a_card(a_row("#1 stopped by @dana: why?"), key="answer:ask_1")
    assert card_text(alone) == "#1 stopped by @dana: why?".replace("#1", "\\#1", 1)


def test_folds_are_cut_and_counted() -> None:
    card = a_card(a_row("Head", strong=True), fold=tuple(a_row(f"row {n}") for n in range(11)))
    text = card_text(card)
    assert "**More**\n\n- row 0" in text
    assert text.endswith("and 3 more")


def test_cards_stand_one_below_the_other() -> None:
    assert answer_text([a_card(a_row("a")), a_card(), a_card(a_row("b"))]) == "a\n\nb"


def test_links_name_their_address_and_lead_nowhere() -> None:
    link = Link(label=redacted("Runbook"), url="https://wiki.test/a")
    assert card_text(a_card(a_row("x", links=(link,)))) == "x · Runbook `https://wiki.test/a`"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>x</b>", r"\<b\>x\</b\>"),
        ("![x](y)", r"!\[x\](y)"),
        ("[✅ Yes] [❌ No]", r"\[✅ Yes\] \[❌ No\]"),
        ("*a* _b_ ~c~ $d$ a|b", r"\*a\* \_b\_ \~c\~ \$d\$ a\|b"),
        ("# no heading", r"\# no heading"),
        ("- no list", r"\- no list"),
        ("1. no list", r"1\. no list"),
        ("&lt;b&gt; & co", "&amp;lt;b&amp;gt; & co"),
        ("see https://evil.test/a?b=1 now", "see `https://evil.test/a?b=1` now"),
        ("javascript://x and www.evil.test", "`javascript://x` and `www.evil.test`"),
        ("a@b.test", "`a@b.test`"),
        ("type `why 1`", "type `why 1`"),
        ("``` x", r"\`\`\` x"),
        ("two\nlines", "two lines"),
    ],
)
def test_nothing_of_a_line_means_anything(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize("text", ["`", "``", "a`b``c", " x ", ""])
def test_code_ends_where_it_should(text: str) -> None:
    span = code(text)
    fence = re.match("`+", span)
    assert fence
    assert span.endswith(fence[0])
    assert fence[0] not in span[len(fence[0]) : -len(fence[0])].replace(fence[0] + "`", "")


def test_a_block_is_longer_fenced_than_what_is_in_it() -> None:
    assert fenced("a\n````\nb").startswith("`````\n")


def test_documents_keep_their_code_and_lose_what_fetches() -> None:
    text = "# T\n- `<b> [x](y)` <img src=x> ![a](b) [c](d)"
    assert document(text) == "# T\n- `<b> [x](y)` \\<img src=x> \\![a\\](b) [c\\](d)"


BOUND_S = 6.0  # it takes a tenth of a second; with the square of the length it took minutes


@pytest.mark.parametrize("unit", ["a", "a.", "ab1-", "-", "`", "``a", "a@", "www.", "["])
def test_a_line_of_one_long_word_takes_no_longer_than_others(unit: str) -> None:
    word = (unit * 200_000)[:200_000]
    began = time.process_time()
    plain(word)
    document(word)
    assert time.process_time() - began < BOUND_S
