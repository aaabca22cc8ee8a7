"""What a message of any program says. Shapes: docs.slack.dev/reference/block-kit/blocks."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.texts import lines_of


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    section = {"type": "rich_text_section", "elements": list(elements)}
    return {"type": "rich_text", "elements": [section]}


def words(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


HEADER = {
    "type": "header",
    "text": {"type": "plain_text", "text": "[FIRING:1] Pool &amp; co"},
}
SECTION = {
    "type": "section",
    "text": {"type": "mrkdwn", "text": "*Runbook* <https://wiki.example/pool|the page>"},
    "fields": [
        {"type": "mrkdwn", "text": "service: a &lt; b"},
        {"type": "plain_text", "text": "x"},
    ],
}
CONTEXT = {
    "type": "context",
    "elements": [{"type": "image", "image_url": "https://x"}, {"type": "mrkdwn", "text": "02:53"}],
}
TOLD = [
    "[FIRING:1] Pool & co",
    "*Runbook* the page https://wiki.example/pool",
    "service: a < b",
    "x",
    "02:53",
]


def test_blocks_are_read() -> None:
    assert lines_of({"blocks": [HEADER, SECTION, {"type": "divider"}, CONTEXT]}) == TOLD


def test_blocks_in_attachments_are_read_too() -> None:
    message = {"attachments": [{"fallback": "no preview", "blocks": [HEADER, SECTION, CONTEXT]}]}
    assert lines_of(message) == TOLD


def test_attachments_of_the_old_kind() -> None:
    attachment = {
        "pretext": "Alert",
        "title": "PoolExhausted",
        "text": "no slot",
        "fields": [{"title": "service", "value": "checkout"}, {"title": "", "value": "eu-1"}],
        "fallback": "not needed",
    }
    texts = ["Alert", "PoolExhausted", "no slot", "service: checkout", "eu-1", "more"]
    assert lines_of({"attachments": [attachment, {"fallback": "more"}, {}]}) == texts


def test_rich_text_is_read_as_it_would_have_been_typed() -> None:
    block = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    words("see "),
                    {"type": "link", "url": "https://a.example", "text": "graph"},
                    {"type": "link", "url": "https://b.example"},
                    {"type": "user", "user_id": "U2"},
                    {"type": "channel", "channel_id": "C2"},
                    {"type": "emoji", "name": "fire"},
                    {"type": "broadcast", "range": "here"},
                ],
            },
            {
                "type": "rich_text_list",
                "elements": [rich(words("one"))["elements"][0], rich(words("two"))["elements"][0]],
            },
            {"type": "rich_text_preformatted", "elements": [words("ERROR <init>\n  at x")]},
        ],
    }
    assert lines_of({"blocks": [block]}) == [
        "see graph https://a.examplehttps://b.example@U2#C2:fire:@here",
        "one",
        "two",
        "ERROR <init>\n  at x",
    ]


def test_what_is_said_twice_is_read_once() -> None:
    message = {
        "bot_id": "B1",
        "text": "[FIRING:1] Pool &amp; co",
        "blocks": [HEADER, CONTEXT],
    }
    assert lines_of(message) == ["[FIRING:1] Pool & co", "02:53"]


def test_what_a_person_writes_is_in_its_text() -> None:
    assert lines_of({"text": "hm", "blocks": [rich(words("h"), words("m!"))]}) == ["hm"]


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": None, "blocks": None, "attachments": None},
        {
            "text": "  ",
            "blocks": [{"type": "image", "image_url": "https://x"}, {"type": "section"}],
        },
        {"attachments": [{"image_url": "https://x"}]},
    ],
)
def test_nothing(message: dict[str, Any]) -> None:
    assert lines_of(message) == []
