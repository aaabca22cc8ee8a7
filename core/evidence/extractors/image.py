"""Extracts screenshots: their text as a log or a note, and what the curves of a panel did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.detection import log_lines
from core.evidence.extractor import Detected, EventTable, Exhibit, Head
from core.evidence.extractors.log import LogExtractor
from core.evidence.extractors.text import extract_text
from core.evidence.model import NO_EXTRACTOR, DataType, Extraction, Finding
from core.evidence.ports import PictureReader
from core.evidence.screenshots.transcript import Transcript
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.evidence.extractor import Extractor
    from core.evidence.model import Original

say = sentences("evidence.screenshots")

_SURE = 0.995  # surer than whoever knows only that its bytes are no text
_MARKS = {
    b"\x89PNG\r\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
}
_IS_LOG = 0.5


@dataclass(frozen=True)
class ImageExtractor:
    """Reads pictures, where `reader` is available."""

    reader: PictureReader
    name = "image"

    def detect(self, head: Head) -> Detected | None:
        form = _form_of(head.raw)
        if form is None:
            return None
        return Detected(DataType.IMAGE, _SURE, self.name, say.raw("detected", form=form))

    def extract(self, exhibit: Exhibit) -> Extraction:
        """What its text says. Raises OutOfLimits, UnreadableEvidence."""
        if not self.reader.is_available:
            return self._without_content(exhibit, say.raw("no_reader"), extractor=NO_EXTRACTOR)
        # Few files are pictures, and what reads them takes a while to load.
        from core.evidence.screenshots.contents import read_picture  # noqa: PLC0415
        from core.evidence.screenshots.panel_findings import PanelFindingWriter  # noqa: PLC0415
        from core.evidence.screenshots.raster import read_raster  # noqa: PLC0415

        raster = read_raster(exhibit.original)
        reading = read_picture(raster.pixels, self.reader)
        writer = PanelFindingWriter(exhibit.name, exhibit.service, exhibit.redactor)
        moves = writer.write(reading.panels, first_line=len(reading.lines) + 1)
        lines = [*reading.lines, *(finding.text.text for finding in moves)]
        if not lines:
            return self._without_content(exhibit, say.raw("no_text"), extractor=self.name)
        extraction = _extract_lines(lines, exhibit)
        findings = extraction.findings if not moves else extraction.findings[:1]
        return replace(
            extraction,
            data_type=DataType.IMAGE,
            extractor=self.name,
            confidence=exhibit.detected.confidence,
            size=exhibit.original.size,
            findings=tuple(map(mark_approximate, (*moves, *findings))),
            problem=raster.problem,
            decoded=True,
        )

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction

    def _without_content(self, exhibit: Exhibit, why: str, *, extractor: str) -> Extraction:
        return Extraction(
            data_type=DataType.IMAGE,
            extractor=extractor,
            confidence=exhibit.detected.confidence,
            events=0,
            lines=0,
            size=exhibit.original.size,
            problem=why,
        )


@dataclass(frozen=True)
class FuzzyTable:
    """A table without ids: letters and digits may be mixed up, so that they must join nothing."""

    table: EventTable

    def add(self, events: pl.DataFrame) -> None:
        self.table.add(events.with_columns(pl.lit([], pl.List(pl.String)).alias("ids")))

    def close(self, kinds: dict[int, int]) -> None:
        self.table.close(kinds)


def _form_of(raw: bytes) -> str | None:
    if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP":
        return "WebP"
    if raw.startswith(b"BM") and raw[6:10] == bytes(4):
        return "BMP"
    return next((form for mark, form in _MARKS.items() if raw.startswith(mark)), None)


def _extract_lines(lines: list[str], exhibit: Exhibit) -> Extraction:
    """What the log extractor finds in the lines, or the one of text where they are no log."""
    raw = "".join(f"{line}\n" for line in lines).encode()
    reading = replace(exhibit, original=_stored(raw, exhibit), table=FuzzyTable(exhibit.table))
    claim = log_lines.claim(Head(raw, exhibit.name))
    if claim is not None and claim.extractor == LogExtractor.name and claim.confidence >= _IS_LOG:
        log = LogExtractor()
        extraction = log.enrich(log.extract(reading), reading)
    else:
        note = Detected(DataType.TEXT, exhibit.detected.confidence, exhibit.detected.extractor)
        extraction = extract_text(replace(reading, detected=note), extractor=note.extractor)
    findings = tuple(each for each in extraction.findings if not each.is_digest)
    return replace(extraction, findings=findings)


def _stored(raw: bytes, exhibit: Exhibit) -> Original:
    """The text where lines can be looked up later; in memory where nothing is kept."""
    if exhibit.rendition is None:
        return Transcript(raw, exhibit.original.written)
    with exhibit.rendition.create() as rendition:
        rendition.write(raw)
    return exhibit.rendition.original()


def mark_approximate(finding: Finding) -> Finding:
    """The finding, which says that it was read from a picture."""
    return replace(
        finding,
        text=say("approximate", text=finding.text),
        data={**finding.data, "approximate": True},
    )


def reads_pictures(extractors: Iterable[Extractor]) -> bool:
    """Whether one of them reads the text of a picture here."""
    return any(
        extractor.reader.is_available
        for extractor in extractors
        if isinstance(extractor, ImageExtractor)
    )
