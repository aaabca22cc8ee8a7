"""Writes the report of a case as a document: Markdown, PDF, or the draft of a post-mortem."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from core.cases.ports import Dossier, gather
from core.conversation.reports.ports import Paper
from core.conversation.reports.post_mortem import post_mortem_of
from core.conversation.reports.report import (
    incident_timeline,
    listed_entries,
    report_of,
    title_of,
    with_pictures_beside,
)
from core.conversation.reports.report_evidence import decisive_places
from core.conversation.reports.timeline_picture import draw_report_timeline
from core.errors import StoreUnavailable, WrongUsage
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText, legible
from core.workflows.case_lines import CaseLines
from core.workflows.case_pictures import draw_report_causes

if TYPE_CHECKING:
    from core.workflows.services import Services

MARKDOWN_TYPE, PDF_TYPE = "text/markdown; charset=utf-8", "application/pdf"
_SVG_TYPE = "image/svg+xml"


class ReportForm(StrEnum):
    """The forms of a report."""

    MARKDOWN = "md"
    PDF = "pdf"
    POST_MORTEM = "postmortem"


@dataclass(frozen=True)
class WrittenReport:
    """A report as a file: its name, its media type and its bytes."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class _Material:
    """What a report is written from. lines: lines as they stand in their files, by label."""

    dossier: Dossier
    lines: dict[str, RedactedText]
    redactor: Redactor
    now: datetime


async def write_report(number: int, *, form: ReportForm, services: Services) -> WrittenReport:
    """The report of the case with this number.

    Raises NotFound; for a PDF also WrongUsage where the extra is not installed, OutOfLimits,
    Overloaded and OurFault. The same case at the same time makes the same bytes.
    """
    if form is ReportForm.PDF and services.typesetter is None:
        message = "a PDF needs typst, which is not installed"
        step = "Install the extra: pip install 'faultmaven[pdf]'; or take the Markdown."
        raise WrongUsage(message, next_step=step)
    material = await _gather(number, services=services)
    match form:
        case ReportForm.POST_MORTEM:
            return await asyncio.to_thread(_post_mortem, number, material)
        case ReportForm.MARKDOWN:
            return await asyncio.to_thread(_markdown, number, material)
        case ReportForm.PDF:
            return await _pdf(number, material, services=services)


async def _gather(number: int, *, services: Services) -> _Material:
    async with services.reading() as unit:
        case = await unit.cases.by_number(number)
        dossier = await gather(unit, case.id)
    return _Material(
        dossier=dossier,
        lines=await _lines(dossier, services=services),
        redactor=services.redactor(case.id),
        now=services.now,
    )


async def _lines(dossier: Dossier, *, services: Services) -> dict[str, RedactedText]:
    """The decisive lines, read again from their files; not those of a file that is given up."""
    reader = CaseLines(dossier.view.case.id, services)
    lines: dict[str, RedactedText] = {}
    for file, locus in decisive_places(dossier):
        try:
            numbered = await reader.around(file, locus.line_start, each=0)
        except StoreUnavailable:  # a damaged original costs its lines, not the report
            continue
        lines.update((locus.label, line.text) for line in numbered)
    return lines


def _post_mortem(number: int, material: _Material) -> WrittenReport:
    text = post_mortem_of(material.dossier, now=material.now, redactor=material.redactor)
    return WrittenReport(f"case-{number}-post-mortem.md", MARKDOWN_TYPE, _file(text))


def _markdown(number: int, material: _Material) -> WrittenReport:
    """Pictures stand at the end, as data, so that the text above can be read as it is."""
    text, pictures = _drawn(material)
    data = {name: base64.b64encode(picture).decode() for name, picture in pictures.items()}
    lines = [f"[{name}]: data:{_SVG_TYPE};base64,{spelt}" for name, spelt in data.items()]
    body = _file(text, *lines)
    return WrittenReport(f"case-{number}-report.md", MARKDOWN_TYPE, body)


async def _pdf(number: int, material: _Material, *, services: Services) -> WrittenReport:
    assert services.typesetter is not None  # noqa: S101 - the caller looked
    text, pictures = await asyncio.to_thread(_drawn, material)
    case = material.dossier.view.case
    paper = Paper(
        title=title_of(case),
        case=case.tag,
        at=material.now,
        markdown=with_pictures_beside(text, pictures),
        pictures=pictures,
    )
    body = await services.typesetter.typeset(paper)
    return WrittenReport(f"case-{number}-report.pdf", PDF_TYPE, body)


def _drawn(material: _Material) -> tuple[RedactedText, dict[str, bytes]]:
    """The report, and the pictures of its timeline and its causes, where there is one to draw."""
    timeline = incident_timeline(material.dossier, redactor=material.redactor)
    drawn = {
        "timeline": draw_report_timeline(timeline, listed_entries(timeline)),
        "causes": draw_report_causes(material.dossier, at=material.now),
    }
    pictures = {name: picture for name, picture in drawn.items() if picture}
    text = report_of(
        material.dossier,
        now=material.now,
        redactor=material.redactor,
        lines=material.lines,
        pictured=pictures,
    )
    return text, pictures


def _file(text: RedactedText, *pictures: str) -> bytes:
    """A terminal may show it as it is: what would move its cursor is a sign here."""
    below = ["\n".join(pictures)] if pictures else []
    return "\n\n".join([legible(text.text), *below, ""]).removesuffix("\n").encode()
