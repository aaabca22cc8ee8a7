"""What Slack is sent of every card, kept in golden files; and what no card may do to a reader."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.slack.cards import (
    BUTTONS,
    LABEL,
    VALUE,
    announcement_of,
    documents,
    folded,
    message_of,
)
from bot.slack.forms import fold_view
from core.conversation.cards.card import CASE_LINES, TO_TYPE, Action, Card, Mark, Row
from core.conversation.messages.message import Opening
from core.text.redacted import UNBROKEN, RedactedText, one_line, redacted, restore_redacted
from tests.bot.slack.golden import GOLDEN, golden, golden_path
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = examples()
CASE_CARDS = [slug for slug, card in EXAMPLES.items() if card.mark.is_glanced]
REPORT = Card(
    key="report:case_128",
    version=3,
    mark=Mark.ANSWER,
    rows=(Row(text=RedactedText.format("#128 report, 2 lines of Markdown"), strong=True),),
    fold=(Row(text=RedactedText.format("# one\ntwo <!channel>")),),
    case_number=128,
)


def elements(value: Any) -> Iterator[dict[str, Any]]:
    """Every dictionary in blocks, however deep."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from elements(inner)


def said(blocks: list[dict[str, Any]]) -> str:
    """What a reader sees."""
    return "".join(
        element["text"] for element in elements(blocks) if isinstance(element.get("text"), str)
    )


def the_lines(blocks: list[dict[str, Any]]) -> list[str]:
    return said([block for block in blocks if block["type"] == "rich_text"]).split("\n")


@pytest.mark.parametrize("slug", EXAMPLES)
def test_card_is_drawn_as_kept(slug: str) -> None:
    kept = golden_path(slug).read_text(encoding="utf-8")
    assert golden(EXAMPLES[slug]) == kept, "`make cards`, then look at it"


def test_no_golden_file_is_left_over() -> None:
    wanted = {golden_path(slug).name for slug in EXAMPLES}
    assert {path.name for path in GOLDEN.glob("*.slack.json")} == wanted


@pytest.mark.parametrize("slug", CASE_CARDS)
def test_a_case_card_has_at_most_six_lines_and_one_for_each_row(slug: str) -> None:
    card = EXAMPLES[slug]
    assert len(the_lines(message_of(card).blocks)) == len(card.rows) <= CASE_LINES


@pytest.mark.parametrize("slug", EXAMPLES)
def test_a_card_says_all_that_its_rows_say(slug: str) -> None:
    card = EXAMPLES[slug]
    shown = said(message_of(card).blocks).replace(UNBROKEN, " ")
    for row in card.rows:
        assert one_line(TO_TYPE.sub(r"\1", row.text.text)) in shown
        assert row.citation is None or row.citation in shown


@pytest.mark.parametrize("slug", EXAMPLES)
def test_icon_and_colour_only_repeat_what_the_words_say(slug: str) -> None:
    card = EXAMPLES[slug]
    words = {Mark.FIRING: "Firing", Mark.RESOLVED: "Resolved"}
    assert words.get(card.mark, "") in said(message_of(card).blocks)


def test_a_citation_stands_in_code_at_the_end_of_its_line() -> None:
    card = Card(
        key="k",
        version=1,
        mark=Mark.FIRING,
        rows=(
            Row(text=RedactedText.format("pool is full"), citation="a-name-" * 20 + ".log:4182"),
        ),
    )
    (section,) = message_of(card).blocks[0]["elements"]
    last = section["elements"][-1]
    assert last["style"] == {"code": True}
    assert last["text"].endswith(".log:4182")


def test_repeated_verbs_have_action_ids_of_their_own() -> None:
    blocks = message_of(EXAMPLES["hypotheses"]).blocks
    ids = [element["action_id"] for element in elements(blocks) if "action_id" in element]
    assert len(ids) == len(set(ids)) > 1


def test_a_button_keeps_its_meaning_in_its_value() -> None:
    action = Action(verb="again", argument="utt_1 #128", label=RedactedText.format("Try again"))
    card = replace(EXAMPLES["refused"], actions=(action,), case_number=128)
    button = message_of(card).blocks[-1]["elements"][0]
    assert (button["action_id"], button["value"]) == ("fm:again", "128 utt_1 #128")


def test_what_is_folded_is_behind_more() -> None:
    row = Row(text=RedactedText.format("further line"), citation="api.log:2")
    card = replace(EXAMPLES["answer"], fold=(row,))
    message = message_of(card)
    assert "further line" not in said(message.blocks)
    more = message.blocks[-1]["elements"][-1]
    assert (more["text"]["text"], more["value"]) == ("More", f"128 {card.key}")
    assert "further line   api.log:2" in said(fold_view(card)["blocks"])


def test_one_reader_alone_is_shown_all_of_it_at_once() -> None:
    card = replace(EXAMPLES["answer"], fold=(Row(text=RedactedText.format("further line")),))
    blocks = message_of(card, unfolded=True).blocks
    assert "further line" in said(blocks)
    assert "More" not in said(blocks)


def test_a_document_holds_nothing_that_a_terminal_obeys() -> None:
    card = replace(
        REPORT, fold=(replace(REPORT.fold[0], text=restore_redacted("# \x1b[2Kone\ntwo")),)
    )
    (document,) = documents(card)
    assert document.text == "# \N{REPLACEMENT CHARACTER}[2Kone\ntwo"


def test_a_report_is_a_document_and_not_behind_more() -> None:
    message = message_of(REPORT)
    (document,) = message.documents
    assert document.text == "# one\ntwo <!channel>"
    assert document.title == "#128 report, 2 lines of Markdown"
    assert re.fullmatch(r"case-128-[0-9a-f]{8}\.md", document.name)
    assert len(message.blocks) == 1
    assert documents(replace(REPORT, fold=(Row(text=RedactedText.format("# other\ntext")),))) != (
        document,
    )


def test_rows_that_do_not_fit_are_folded_and_none_is_lost() -> None:
    rows = tuple(Row(text=redacted(f"line {nth}: {'x' * 200}")) for nth in range(200))
    card = Card(key="k", version=1, mark=Mark.ANSWER, rows=rows, case_number=1)
    shown, hidden = said(message_of(card).blocks), said(fold_view(card)["blocks"])
    assert "line 0:" in shown
    assert "line 199:" in hidden
    assert all(f"line {nth}:" in shown + hidden for nth in range(200))
    assert len(folded(card)) < 200


def test_a_row_that_is_cut_is_behind_more_in_full() -> None:
    text = "begin " + "word " * 2000 + "end"
    card = Card(key="k", version=1, mark=Mark.ANSWER, rows=(Row(text=redacted(text)),))
    assert "end" not in said(message_of(card).blocks)[:-4]
    assert said(fold_view(card)["blocks"]).replace("\n", "") == text


def test_an_announcement_links_the_channel() -> None:
    card = EXAMPLES["case-opened"]
    message = announcement_of(Opening(number=128, title=card.rows[0].text, card=card), "C9")
    assert {"type": "channel", "channel_id": "C9"} in list(elements(message.blocks))
    assert len(the_lines(message.blocks)) == 1


HOSTILE = [
    "<!channel> <!here> <@U0123> <#C0123> <!subteam^S1>",
    "@channel @here @everyone",
    "*bold* _italic_ ~gone~ `code` ```fence```",
    "<http://evil.example|https://bank.example>",
    "> quote\n# heading\n- point",
    "\u202egnp.exe\u2066 \x1b[31m red \x00 \ud800",
    "&lt;!channel&gt; :rotating_light:",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_came_from_outside_is_obeyed(text: str) -> None:
    row = Row(text=redacted(text), citation=text)
    label = redacted(text)
    card = Card(
        key=text,
        version=1,
        mark=Mark.FIRING,
        rows=(row,),
        fold=(row,),
        actions=(Action(verb="status", argument=text, label=label),),
    )
    must_be_inert(card)
    must_be_inert(replace(card, mark=Mark.ANSWER))


ANYTHING = st.text(alphabet=st.characters(codec=None), max_size=80)
ROWS = st.builds(
    lambda text, times, citation, strong: Row(
        text=redacted(text * times), citation=citation, strong=strong
    ),
    text=st.one_of(ANYTHING, st.sampled_from(HOSTILE)),
    times=st.sampled_from([1, 1, 1, 400]),
    citation=st.one_of(st.none(), ANYTHING),
    strong=st.booleans(),
)
ACTIONS = st.builds(
    lambda verb, argument, label: Action(verb=verb, argument=argument, label=redacted(label)),
    verb=st.sampled_from(["confirm", "reject", "status"]),
    argument=ANYTHING,
    label=ANYTHING,
)
CARDS = st.builds(
    Card,
    key=st.just("case:1"),
    version=st.just(1),
    mark=st.sampled_from(list(Mark)),
    rows=st.lists(ROWS, min_size=1, max_size=12).map(tuple),
    actions=st.lists(ACTIONS, max_size=30).map(tuple),
    fold=st.lists(ROWS, max_size=6).map(tuple),
    case_number=st.one_of(st.none(), st.integers(1, 10**9)),
)


@pytest.mark.timeout(120)
@settings(deadline=None, max_examples=12)  # a busy machine is no fault of a card
@given(CARDS)
def test_no_card_can_be_misread_or_breaks_a_limit(card: Card) -> None:
    must_be_inert(card)


@pytest.mark.parametrize("slug", EXAMPLES)
def test_the_sdk_takes_every_example(slug: str) -> None:
    must_be_inert(EXAMPLES[slug])


def must_be_inert(card: Card) -> None:
    """No mention, no link, no markup; within what docs.slack.dev allows, as the SDK checks it."""
    message, view = message_of(card), fold_view(card)
    for blocks, most in ((message.blocks, 50), (view["blocks"], 100)):
        assert 0 < len(blocks) <= most
        for block in Block.parse_all(blocks):
            block.validate_json()
        for element in elements(blocks):
            must_be_plain(element)
    json.dumps(message.blocks).encode("utf-8")
    View(**view).validate_json()
    assert sum(len(text) for text in (said(message.blocks),)) <= 12_000
    must_be_escaped(message.text)


def must_be_plain(element: dict[str, Any]) -> None:
    kinds = {"rich_text", "rich_text_section", "rich_text_list", "rich_text_preformatted"}
    kinds |= {"text", "emoji", "plain_text", "link"}
    assert element.get("type") in {*kinds, "actions", "button", "section", "modal", None}
    if element.get("type") == "text":
        assert 0 < len(element["text"]) <= 3000
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f]", element["text"])
    if element.get("type") == "link":  # of ours alone: a label, and the host in sight
        assert element["text"].endswith(f" {urlsplit(element['url']).netloc}")
    if element.get("type") == "plain_text":
        assert element["emoji"] is False
    if element.get("type") == "button":
        assert 0 < len(element["text"]["text"]) <= LABEL
        assert len(element["value"]) <= VALUE
        assert len(element["action_id"]) <= 255
    if element.get("type") == "actions":
        assert 0 < len(element["elements"]) <= BUTTONS


def must_be_escaped(text: str) -> None:
    assert 0 < len(text) <= 4000
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", text)
