"""Markdown of reports becomes blocks of plain text, in which nothing from outside is a mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation.reports.markdown import quoted_line
from core.text.redacted import RedactedText, restore_redacted
from integrations.typesetting.markup import blocks_of, pieces_of
from tests.integrations.typesetting.hostile import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integrations.typesetting.markup import Block


def words_of(spans: Sequence[Block]) -> str:
    return "".join("".join(span["pieces"]) for span in spans)


def test_headings_lists_and_lines() -> None:
    blocks = blocks_of(
        "# One\n\ntext `a b` `name`\n\n- [ ] do\n  - below\n1. first\n\n`a:1`\n\n    a line\n"
    )
    assert [block["kind"] for block in blocks] == [
        *("heading", "paragraph", "item", "item", "item", "paragraph", "line")
    ]
    assert [span["kind"] for span in blocks[1]["spans"]] == ["words", "quote", "words", "name"]
    assert [(block["box"], block["depth"]) for block in blocks[2:5]] == [
        ("open", 0),
        ("", 1),
        ("", 0),
    ]
    assert (blocks[4]["number"], words_of(blocks[2]["spans"])) == ("1", "do")


def test_a_place_in_parentheses_keeps_them() -> None:
    (block,) = blocks_of("it broke (`api.log:7`), twice (`a b`)")
    kinds = [(span["kind"], "".join(span["pieces"])) for span in block["spans"]]
    assert kinds == [
        ("words", "it broke "),
        ("place", "api.log:7"),
        ("words", ", twice ("),
        ("quote", "a b"),
        ("words", ")"),
    ]


def test_a_picture_stands_where_its_reference_is_defined_alone() -> None:
    text = "![The timeline as a picture][timeline]"
    assert [block["kind"] for block in blocks_of(f"{text}\n\n[timeline]: x.svg")] == ["picture"]
    assert [block["kind"] for block in blocks_of(text)] == ["paragraph"]


def test_what_belongs_together_is_kept_together() -> None:
    blocks = blocks_of("- file\n  - finding\n- other\n\n`a:1`\n\n    line\n")
    assert [block.get("keeps") for block in blocks] == [True, False, False, True, None]


def test_long_words_may_be_parted_and_nothing_is_lost() -> None:
    text = f"a {'x' * 100} /var/log/very/long/path/to/a/file-with-a-name.log:17 b"
    pieces = pieces_of(text)
    assert "".join(pieces) == text
    assert max(len(piece) for piece in pieces if " " not in piece) <= 48


def test_a_text_from_right_to_left_turns_nothing_else_round() -> None:
    (piece,) = pieces_of("שלום \u202egol.exe")
    assert piece.startswith("\u2068")
    assert piece.endswith("\u2069")
    assert "\u202e" not in piece


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_one_span_of_text(text: str) -> None:
    _stays_text(text)


@given(st.text(max_size=200))
def test_any_text_stays_one_span_of_text(text: str) -> None:
    _stays_text(text)


def _stays_text(text: str) -> None:
    clean = restore_redacted(text)
    rows = [
        RedactedText.format("## {text}", text=clean.code()),
        RedactedText.EMPTY,
        RedactedText.format("- before {text} after", text=clean.code()),
        RedactedText.EMPTY,
        RedactedText.format("`a:1`"),
        *quoted_line(clean),
        RedactedText.format("end"),
    ]
    blocks = blocks_of(RedactedText.join("\n", rows).text)
    assert [block["kind"] for block in blocks] == [
        "heading",
        "item",
        "paragraph",
        "line",
        "paragraph",
    ]
    kinds = [span["kind"] for span in blocks[1]["spans"]]
    assert kinds in (["words", "quote", "words"], ["words", "name", "words"])
    shown = words_of(blocks[1]["spans"])
    assert shown.startswith("before ")
    assert shown.endswith(" after")
