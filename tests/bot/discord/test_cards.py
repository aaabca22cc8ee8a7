"""What Discord shows of every card, kept in golden files; and what no card may do to it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord.cards import carries, leaves, message_of
from core.conversation.cards.card import CASE_LINES, Action, Card, Link, Mark, Row
from core.text.redacted import UNBROKEN, RedactedText, one_line, restore_redacted
from tests.bot.discord.golden import GOLDEN, golden, golden_path
from tests.bot.discord.markdown import live, read, without_ours
from tests.examples import examples

EXAMPLES = examples()


@pytest.mark.parametrize("slug", EXAMPLES)
def test_golden(slug: str) -> None:
    """`make cards` draws them again; look at the difference."""
    assert golden(EXAMPLES[slug]) == golden_path(slug).read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    kept = {path.name for path in GOLDEN.glob("*.discord.json")}
    assert kept == {golden_path(slug).name for slug in EXAMPLES}


@pytest.mark.parametrize("slug", EXAMPLES)
def test_all_words_of_a_card_are_there_and_none_is_live(slug: str) -> None:
    card = EXAMPLES[slug]
    drawn = "\n".join(leaves(card))
    for link in (link for row in (*card.rows, *card.fold) for link in row.links):
        assert f"[{link.text}]({link.url})" in drawn
        drawn = drawn.replace(f"[{link.text}]({link.url})", "")
    assert live(without_ours(drawn)) == []
    shown = read(without_ours(drawn)).replace(UNBROKEN, " ")
    for row in card.rows:
        assert one_line(row.text.text) in shown


def test_no_address_ends_its_link_early() -> None:
    url = "https://x.example/a)>[b](https://evil.example"
    link = Link(label=RedactedText.format("Runbook"), url=url)
    row = Row(text=RedactedText.format("See:"), links=(link,))
    (drawn,) = leaves(Card(key="k", version=1, mark=Mark.ANSWER, rows=(row,)))
    target = "https://x.example/a%29%3E[b]%28https://evil.example"
    assert drawn.endswith(f"[Runbook x.example]({target})")


@pytest.mark.parametrize("slug", [slug for slug, card in EXAMPLES.items() if card.mark.is_glanced])
def test_a_case_card_has_at_most_six_lines(slug: str) -> None:
    front, *_ = leaves(EXAMPLES[slug])
    assert len(front.split("\n")) == len(EXAMPLES[slug].rows) <= CASE_LINES


SPOKEN = ["`", "``", "`type`", "— 72 %", "— confirmed", "Next:", "Fix: ", "*", "\\", "@here", " "]
TEXTS = (
    st.text(max_size=200)
    | st.text(alphabet="*_`\\[](<@!#>:/ \nhttps", max_size=80)
    | st.lists(st.sampled_from([*SPOKEN, "<@1>", "](", "https://x", ":x:", "a"])).map("".join)
)
ROWS = st.builds(
    Row,
    text=TEXTS.map(restore_redacted),
    citation=st.none() | TEXTS,
    strong=st.booleans(),
    struck=st.booleans(),
    code=st.booleans(),
)
LONG = st.builds(
    Row, text=st.text(min_size=1, max_size=8).map(lambda slug: restore_redacted(slug * 300))
)
CARDS = st.builds(
    Card,
    key=st.text(min_size=1, max_size=120),
    version=st.just(1),
    mark=st.sampled_from(Mark),
    rows=st.lists(ROWS | LONG, max_size=12).map(tuple),
    fold=st.lists(ROWS | LONG, max_size=12).map(tuple),
    actions=st.lists(
        st.builds(
            Action,
            verb=st.sampled_from(["confirm", "reject", "again", "resolve"]),
            argument=TEXTS,
            label=TEXTS.map(restore_redacted),
        ),
        max_size=12,
    ).map(tuple),
    case_number=st.none() | st.integers(1, 10**9),
)


@pytest.mark.timeout(120)
@settings(deadline=None, max_examples=12)
@given(CARDS)
def test_no_card_breaks_a_limit_or_is_live(card: Card) -> None:
    for leaf in range(len(leaves(card))):
        message = message_of(card, marker="out_1", leaf=leaf)
        (embed,) = message.body["embeds"]
        assert 0 < len(embed["description"]) <= 4096
        assert live(without_ours(embed["description"])) == []
        assert message.body["allowed_mentions"] == {"parse": []}
        rows = message.body["components"]
        assert len(rows) <= 5
        buttons = [component for row in rows for component in row["components"]]
        assert all(1 <= len(row["components"]) <= 5 for row in rows)
        assert all(1 <= len(button["label"]) <= 80 for button in buttons)
        ids = [button["custom_id"] for button in buttons]
        assert len(set(ids)) == len(ids)
        assert all(1 <= len(id_) <= 100 for id_ in ids)


def test_a_command_below_an_empty_line_begins_its_own_line() -> None:
    rows = (Row(text=RedactedText.format("")), Row(text=RedactedText.format("make"), code=True))
    description = message_of(a_card(rows=rows, mark=Mark.FIRING)).body["embeds"][0]["description"]
    assert description.endswith("\n```\nmake\n```")


def test_an_empty_heading_heads_nothing() -> None:
    empty = Row(text=RedactedText.format(""), strong=True)
    rows = (empty, Row(text=RedactedText.format("gone"), struck=True))
    description = message_of(a_card(rows=rows, mark=Mark.REFUSED)).body["embeds"][0]["description"]
    assert description.endswith(" ~~gone~~")
    assert "- " not in description


def a_card(**parts: object) -> Card:
    given_parts = {"key": "hypotheses:case_1", "version": 1, "mark": Mark.ANSWER, "rows": ()}
    return Card(**(given_parts | parts))  # type: ignore[arg-type]


def test_a_fold_is_behind_a_button_that_says_which_card_and_leaf() -> None:
    row = Row(text=RedactedText.format("1 for: one more line"))
    card = a_card(
        rows=(Row(text=RedactedText.format("title"), strong=True),), fold=(row,), case_number=128
    )
    buttons = message_of(card).body["components"][0]["components"]
    assert [button["custom_id"] for button in buttons] == ["fm:more:128:1:hypotheses:case_1"]
    behind = message_of(card, leaf=1).body
    assert behind["embeds"][0]["description"] == "1 for: one more line"
    assert behind["components"] == []


def test_a_report_is_a_file_and_arrives_as_it_was_written() -> None:
    text = "# Case 128\n\n- `db.log`: *x*"
    card = a_card(key="report:case_1", fold=(Row(text=restore_redacted(text)),), case_number=128)
    (document,) = message_of(card).documents
    assert (document.name, document.content.decode()) == ("report-128.md", text)
    assert message_of(card).body["components"] == []


def test_a_file_holds_nothing_that_a_terminal_obeys() -> None:
    fold = (Row(text=restore_redacted("# \x1b[2Kone\ntwo")),)
    (document,) = message_of(a_card(key="report:case_1", fold=fold, case_number=128)).documents
    assert document.content.decode() == "# \N{REPLACEMENT CHARACTER}[2Kone\ntwo"


def test_a_card_whose_key_is_too_long_for_a_button_shows_the_rest_in_a_file() -> None:
    fold = (Row(text=RedactedText.format("what is folded")),)
    message = message_of(a_card(key="x" * 100, fold=fold))
    assert message.body["components"] == []
    assert "what is folded" in message.documents[0].content.decode()


def test_the_marker_is_in_the_message_and_not_in_its_text() -> None:
    message = message_of(a_card(), marker="out_7")
    as_discord_gives_it = json.loads(json.dumps(message.body))
    assert carries(as_discord_gives_it, "out_7")
    assert not carries(as_discord_gives_it, "out_70")
    assert "out_7" not in message.body["embeds"][0]["description"]
    assert "title" not in message.body["embeds"][0]
