"""The report of a recorded case in its forms, from the store to the file that people get."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from core.conversation.reports.ports import Paper
from core.errors import NotFound, WrongUsage
from core.workflows.case_report import MARKDOWN_TYPE, PDF_TYPE, ReportForm, write_report
from tests.fakes.chat import HOME, in_memory
from tests.reports import FORMS, GOLDEN, RECORDINGS, WITH_PEOPLE, golden_path, play, written

if TYPE_CHECKING:
    from pathlib import Path

    from core.workflows.services import Services
    from tests.fakes.chat import House

SECTIONS = "Summary", "Impact", "Timeline", "Evidence", "Hypotheses", "Solution", "Follow-ups"
POST_MORTEM_SECTIONS = (
    *("Summary", "Impact", "Detection", "Timeline", "Root cause & trigger", "What went well"),
    *("What went poorly", "Where we got lucky", "Actions"),
)


@dataclass
class RememberedPapers:
    """A typesetter that keeps what it was given, and hands out a PDF of no pages."""

    papers: list[Paper] = field(default_factory=list)

    async def typeset(self, paper: Paper) -> bytes:
        self.papers.append(paper)
        return b"%PDF-"


@pytest.fixture
async def small(tmp_path: Path) -> Services:
    """A case with one pasted line, and a secret in it."""
    house = in_memory(tmp_path)
    await house.say("open checkout is slow", place=HOME)
    await house.say("#1 evidence 2026-01-01T00:00:00Z ERROR password=hunter2 pool timeout")
    await house.say("#1 ask does anybody know what is going on?")
    await house.work()
    return house.services


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("slug", RECORDINGS)
async def test_it_is_what_the_golden_file_shows(
    slug: str, form: ReportForm, tmp_path: Path
) -> None:
    golden = golden_path(slug, form).read_text(encoding="utf-8")
    assert await written(slug, form, tmp_path) == golden, "make cards, and look at the difference"


def test_no_golden_file_is_left_over() -> None:
    wanted = {golden_path(slug, form).name for slug in RECORDINGS for form in FORMS}
    assert {path.name for path in GOLDEN.iterdir()} == wanted


@pytest.mark.parametrize(
    ("form", "sections"),
    [(ReportForm.MARKDOWN, SECTIONS), (ReportForm.POST_MORTEM, POST_MORTEM_SECTIONS)],
)
async def test_its_sections_stand_in_order(
    small: Services, form: ReportForm, sections: tuple[str, ...]
) -> None:
    report = await write_report(1, form=form, services=small)
    text = report.body.decode()
    assert tuple(re.findall(r"^## (.+)$", text, flags=re.MULTILINE)) == sections
    assert report.media_type == MARKDOWN_TYPE


async def test_names_say_case_and_form(small: Services) -> None:
    services = replace(small, typesetter=RememberedPapers())
    reports = [await write_report(1, form=form, services=services) for form in ReportForm]
    assert [report.name for report in reports] == [
        *("case-1-report.md", "case-1-report.pdf", "case-1-post-mortem.md")
    ]
    assert reports[1].media_type == PDF_TYPE


@pytest.mark.parametrize("form", FORMS)
async def test_nothing_of_a_secret_is_in_it(small: Services, form: ReportForm) -> None:
    text = (await write_report(1, form=form, services=small)).body
    assert b"hunter2" not in text
    for data in re.findall(rb"base64,(\S+)", text):
        assert b"hunter2" not in base64.b64decode(data)


@pytest.mark.parametrize("form", FORMS)
async def test_a_terminal_shows_it_as_it_is_and_nothing_moves(
    form: ReportForm, tmp_path: Path
) -> None:
    house = in_memory(tmp_path)
    await house.say("open checkout \x1b[31mis slow\x1b[2K \u202efor all", place=HOME)
    await house.work()
    text = (await write_report(1, form=form, services=house.services)).body.decode()
    assert "is slow" in text
    assert text.replace("\n", "").isprintable()
    assert (text[-1], text[-2].isspace()) == ("\n", False)


async def test_what_people_ask_is_not_on_the_timeline(tmp_path: Path) -> None:
    house = await play(WITH_PEOPLE, tmp_path)
    for form in FORMS:
        text = (await write_report(1, form=form, services=house.services)).body.decode()
        timeline = text.partition("## Timeline")[2].partition("\n## ")[0]
        assert "what is going on" not in timeline
        assert "brought e" not in timeline


async def test_the_decisive_lines_stand_in_it_word_for_word(tmp_path: Path) -> None:
    house = await play("ferry-bookings", tmp_path)
    text = (await _markdown(house)).partition("### Decisive lines")[2].partition("\n## ")[0]
    shown = dict(re.findall(r"^`(\S+)`\n\n {4}(.+)$", text, flags=re.MULTILINE))
    assert "deploys/deploys.log:3-4" in shown
    files = RECORDINGS["ferry-bookings"] / "files"
    for label, line in shown.items():
        name, _, number = label.partition(":")
        original = (files / name).read_text().splitlines()[int(number.partition("-")[0]) - 1]
        assert " ".join(original.split()).startswith(line.removesuffix("…"))


async def test_the_picture_numbers_the_entries_of_the_list(tmp_path: Path) -> None:
    house = await play("ferry-bookings", tmp_path)
    text = await _markdown(house)
    data = re.search(r"^\[timeline\]: data:image/svg\+xml;base64,(\S+)$", text, re.MULTILINE)
    assert data is not None
    svg = base64.b64decode(data[1]).decode()
    drawn = {int(number) for number in re.findall(r">(\d{1,2})</text>", svg)}
    listed = {int(number) for number in re.findall(r"^(\d+)\. ", text, flags=re.MULTILINE)}
    assert drawn <= listed
    assert len(drawn) > 20


async def test_a_pdf_is_set_from_the_same_text(tmp_path: Path) -> None:
    house = await play("ferry-bookings", tmp_path)
    typesetter = RememberedPapers()
    services = replace(house.services, typesetter=typesetter)
    await write_report(1, form=ReportForm.PDF, services=services)
    (paper,) = typesetter.papers
    assert paper.title.text == "Case #1: 36.79% of storefront requests end in an error"
    assert (paper.case.text, paper.at) == ("#1", house.clock.now())
    above = (await _markdown(house)).partition("\n[timeline]:")[0]
    assert paper.markdown.text.startswith(above.rstrip())
    assert list(paper.pictures) == ["timeline", "causes"]
    assert all(picture.startswith((b"<?xml", b"<svg")) for picture in paper.pictures.values())


async def test_no_pdf_without_its_library(small: Services) -> None:
    with pytest.raises(WrongUsage, match="needs typst"):
        await write_report(1, form=ReportForm.PDF, services=small)


async def test_a_case_that_is_not_there(small: Services) -> None:
    with pytest.raises(NotFound):
        await write_report(7, form=ReportForm.MARKDOWN, services=small)


async def _markdown(house: House) -> str:
    report = await write_report(1, form=ReportForm.MARKDOWN, services=house.services)
    return report.body.decode()
