"""A paper becomes a PDF: the same bytes each time, within limits, and nothing in it is obeyed."""

from __future__ import annotations

import pytest

pytest.importorskip("typst", reason="the extra `pdf` is not installed")

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import OurFault, OutOfLimits
from core.text.redacted import restore_redacted
from integrations.typesetting import pdf as pdf_room
from integrations.typesetting.pdf import TypstTypesetter, is_installed
from tests.integrations.typesetting.hostile import HOSTILE
from tests.integrations.typesetting.papers import AT, PICTURE, a_paper, read_pdf, text_of

pytestmark = pytest.mark.integration

_MONO = 0.602  # the width of a letter of DejaVu Sans Mono, in letters' heights
REPORT = "# Case #7: `it broke`\n\n## Summary\n\n- State: open\n"


async def test_it_says_what_the_paper_says_with_title_author_and_number() -> None:
    pdf = await TypstTypesetter().typeset(a_paper(REPORT))
    about = read_pdf(pdf).metadata
    assert about is not None
    assert (about.title, about.author) == ("Case #7: it broke", "FaultMaven")
    assert about.keywords == "Case #7"
    assert about.creation_date == AT
    shown = text_of(pdf)
    assert "Case #7: it broke Summary • State: open" in shown
    assert "FaultMaven · Case #7 · 2026-11-20 08:30 UTC 1 of 1" in shown


async def test_the_same_paper_at_the_same_time_makes_the_same_bytes() -> None:
    setter, paper = TypstTypesetter(), a_paper(REPORT, picture=PICTURE)
    first = await setter.typeset(paper)
    assert await setter.typeset(paper) == first
    later = a_paper(REPORT, picture=PICTURE, at=AT + timedelta(minutes=1))
    assert await setter.typeset(later) != first


async def test_a_picture_stands_in_it() -> None:
    text = f"{REPORT}\n![x][timeline]\n\n[timeline]: timeline.svg\n"
    assert "painted" in text_of(await TypstTypesetter().typeset(a_paper(text, picture=PICTURE)))


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_hostile_text_is_shown_and_not_obeyed(hostile: str) -> None:
    await _is_shown(hostile)


@given(st.lists(st.text(max_size=80), min_size=1, max_size=30))
@settings(max_examples=8, deadline=None)
async def test_any_text_is_shown_and_not_obeyed(texts: list[str]) -> None:
    await _is_shown(*texts)


async def _is_shown(*texts: str) -> None:
    clean = [restore_redacted(text) for text in texts]
    rows = "\n".join(f"- before {text.code().text} after" for text in clean)
    pdf = await TypstTypesetter().typeset(a_paper(f"# Title\n\n{rows}\n"))
    shown = text_of(pdf)
    assert shown.count("before") >= len(texts)
    assert "root:x:0" not in shown
    assert b"/URI" not in pdf
    assert b"/JavaScript" not in pdf


async def test_lines_of_any_length_stay_on_the_page() -> None:
    rows = "\n".join(f"- `{letter * 3_000}` (`{'y' * 300}:1`)" for letter in "xא")
    pdf = await TypstTypesetter().typeset(a_paper(f"{rows}\n\n`a:1`\n\n    {'z' * 3_000}\n"))
    ends = list[float]()

    def remember(text: str, at: list[float], _: object, __: object, size: float) -> None:
        ends.append(at[4] + _MONO * size * len(text.strip()))

    pages = read_pdf(pdf).pages
    for page in pages:
        page.extract_text(visitor_text=remember)
    assert 400 < max(ends) < float(pages[0].mediabox.width)
    shown = text_of(pdf)
    assert [shown.count(letter) for letter in "xאz"] == [3_000] * 3


async def test_too_many_pages_are_refused() -> None:
    with pytest.raises(OutOfLimits, match="more than 12 pages"):
        await TypstTypesetter().typeset(a_paper("- row\n" * 2_000))


async def test_it_is_given_up_after_its_time_and_leaves_no_process() -> None:
    with pytest.raises(OutOfLimits, match="the PDF takes longer"):
        await TypstTypesetter(wall_s=0.001).typeset(a_paper(REPORT))


async def test_a_picture_that_cannot_be_drawn_is_our_fault() -> None:
    text = "![x][timeline]\n\n[timeline]: timeline.svg\n"
    with pytest.raises(OurFault, match="could not be set"):
        await TypstTypesetter().typeset(a_paper(text, picture=b"<svg"))


def test_it_is_installed() -> None:
    assert is_installed()
    assert pdf_room.WALL_S > 0
