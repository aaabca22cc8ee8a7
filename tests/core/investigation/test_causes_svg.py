"""The graph of causes as SVG: its words can be read, and nothing of a name becomes markup."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from core.investigation.causes_svg import draw_causes_svg
from core.investigation.reasoner import decide
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation
from tests.core.investigation.test_causes_picture import CASE, DECISION

SVG = "{http://www.w3.org/2000/svg}"


def test_services_causes_and_calls_are_words_boxes_and_arrows() -> None:
    svg = ET.fromstring(draw_causes_svg(DECISION, CASE))  # noqa: S314 - our own
    words = [text.text or "" for text in svg.iter(f"{SVG}text")]
    assert {"web (alert)", "checkout", "db", "search"} <= set(words)
    assert any(word.startswith("1. ") for word in words)
    frames = [each for each in svg.iter(f"{SVG}rect") if each.get("rx")]
    assert len(frames) == 4
    arrows = [each for each in svg.iter(f"{SVG}path") if each.get("marker-end")]
    assert len(arrows) == 3


def test_a_name_is_no_markup() -> None:
    name = '<script>alert("x")</script>'
    odd = a_situation(a_log(name, LogLines(text="No space left on device", count=40)), alert=name)
    drawn = draw_causes_svg(decide(odd), odd)
    assert b"<script" not in drawn
    ET.fromstring(drawn)  # noqa: S314 - our own


def test_without_services_there_is_no_picture() -> None:
    empty = a_situation()
    assert draw_causes_svg(decide(empty), empty) == b""
