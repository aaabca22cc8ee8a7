"""Block Kit: what Slack refuses, and where it says the fault is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.slack.blocks import check_message
from tests.fakes.slack.calls import SlackRefused


def text(length: int, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": kind, "text": "x" * length}


def section(**more: Any) -> dict[str, Any]:
    return {"type": "section", "text": text(1, "mrkdwn"), **more}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": text(5), "action_id": "a", **more}


def actions(*elements: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def rich(*elements: Any) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(elements)}


def words(*elements: Any) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


GOOD = [
    section(),
    section(accessory=button(), fields=[text(2000)] * 2),
    {"type": "section", "text": text(3000)},
    {"type": "header", "text": text(150)},
    {"type": "divider"},
    {"type": "context", "elements": [text(10, "mrkdwn")] * 10},
    actions(*(button(action_id=str(number)) for number in range(25))),
    actions(button(style="danger", value="x" * 2000)),
    {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"},
    {"type": "markdown", "text": "x" * 12_000},
    rich(
        words(
            {"type": "text", "text": "bold", "style": {"bold": True, "code": True}},
            {"type": "link", "url": "https://example.com", "text": "here"},
            {"type": "user", "user_id": "U1"},
        ),
        {"type": "rich_text_list", "style": "bullet", "elements": [words()]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "log"}]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
    ),
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block["type"])
def test_what_slack_takes(block: dict[str, Any]) -> None:
    (checked,) = check_message([block])
    assert checked["block_id"]


BAD = [
    ({"type": "carousel"}, "/blocks/0"),
    ("not a block", "/blocks/0"),
    ({"type": "section"}, "/blocks/0"),
    ({"type": "section", "text": text(3001)}, "/blocks/0/text/text"),
    ({"type": "section", "text": text(0)}, "/blocks/0/text/text"),
    (section(fields=[text(1)] * 11), "/blocks/0/fields"),
    (section(fields=[text(2001)]), "/blocks/0/fields/0/text"),
    (section(accessory={"type": "plain_text_input"}), "/blocks/0/accessory"),
    (section(block_id="x" * 256), "/blocks/0/block_id"),
    ({"type": "header", "text": text(151)}, "/blocks/0/text/text"),
    ({"type": "header", "text": text(5, "mrkdwn")}, "/blocks/0/text"),
    ({"type": "context", "elements": [text(1)] * 11}, "/blocks/0/elements"),
    (actions(), "/blocks/0"),
    (actions(*(button(action_id=str(n)) for n in range(26))), "/blocks/0/elements"),
    (actions(button(), button()), "/blocks/0/elements"),
    (actions(button(text=text(76))), "/blocks/0/elements/0/text/text"),
    (actions(button(text=text(5, "mrkdwn"))), "/blocks/0/elements/0/text"),
    (actions(button(value="x" * 2001)), "/blocks/0/elements/0/value"),
    (actions(button(url="x" * 3001)), "/blocks/0/elements/0/url"),
    (actions(button(action_id="x" * 256)), "/blocks/0/elements/0/action_id"),
    (actions(button(style="loud")), "/blocks/0/elements/0/style"),
    (actions(button(confirm={"title": text(101)})), "/blocks/0/elements/0/confirm/title/text"),
    ({"type": "image", "image_url": "https://example.com/a.png"}, "/blocks/0"),
    (rich(), "/blocks/0"),
    (rich({"type": "text", "text": "loose"}), "/blocks/0/elements/0"),
    (rich(words({"type": "text", "text": ""})), "/blocks/0/elements/0/elements/0/text"),
    (rich(words({"type": "button"})), "/blocks/0/elements/0/elements/0"),
    (
        rich({"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U1"}]}),
        "/blocks/0/elements/0/elements/0",
    ),
    (rich({"type": "rich_text_list", "elements": []}), "/blocks/0/elements/0/style"),
    (
        rich(words({"type": "text", "text": "x", "style": {"blink": True}})),
        "/blocks/0/elements/0/elements/0/style",
    ),
]


@pytest.mark.parametrize(("block", "where"), BAD)
def test_what_slack_refuses(block: Any, where: str) -> None:
    with pytest.raises(SlackRefused, match="invalid_blocks") as caught:
        check_message([block])
    assert any(fault.endswith(f"[json-pointer:{where}]") for fault in caught.value.more["errors"])


def test_no_more_than_fifty_and_no_name_twice() -> None:
    check_message([section()] * 50)
    with pytest.raises(SlackRefused, match="invalid_blocks"):
        check_message([section()] * 51)
    with pytest.raises(SlackRefused, match="invalid_blocks"):
        check_message([section(block_id="a"), section(block_id="a")])


def test_all_texts_together_have_a_limit() -> None:
    fits = [{"type": "section", "text": text(2640)}] * 5
    check_message(fits)
    with pytest.raises(SlackRefused, match="msg_blocks_too_long"):
        check_message([*fits, section()])
    with pytest.raises(SlackRefused, match="invalid_blocks_format"):
        check_message({"type": "section"})


def test_markdown_blocks_share_their_limit() -> None:
    with pytest.raises(SlackRefused, match="invalid_blocks"):
        check_message([{"type": "markdown", "text": "x" * 6001}] * 2)
