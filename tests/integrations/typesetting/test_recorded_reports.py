"""The PDF of recorded cases: its sections in order, on four pages at most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("typst", reason="the extra `pdf` is not installed")

from core.workflows.case_report import ReportForm, write_report
from integrations.typesetting.pdf import TypstTypesetter
from tests.core.workflows.test_case_report import SECTIONS
from tests.integrations.typesetting.papers import read_pdf, text_of
from tests.reports import RECORDINGS, play

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration
MOST_PAGES = 4


@pytest.mark.parametrize("slug", RECORDINGS)
async def test_a_recorded_case_fits_on_four_pages_in_its_sections(
    slug: str, tmp_path: Path
) -> None:
    house = await play(slug, tmp_path)
    services = replace(house.services, typesetter=TypstTypesetter())
    report = await write_report(1, form=ReportForm.PDF, services=services)
    assert len(read_pdf(report.body).pages) <= MOST_PAGES
    shown = text_of(report.body)
    places = [shown.index(f" {title} ") for title in SECTIONS]
    assert places == sorted(places)
    again = await write_report(1, form=ReportForm.PDF, services=services)
    assert again.body == report.body


async def test_the_words_of_the_picture_are_words(tmp_path: Path) -> None:
    house = await play("ferry-bookings", tmp_path)
    services = replace(house.services, typesetter=TypstTypesetter())
    report = await write_report(1, form=ReportForm.PDF, services=services)
    assert "onset 08:19:55 UTC" in text_of(report.body)
