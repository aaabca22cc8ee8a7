"""Extracts configuration: its settings for comparison, dangerous ones, and what a cluster tells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.configuration.digests import settings_findings
from core.evidence.configuration.formats import format_of, read_configuration
from core.evidence.configuration.objects import objects_of
from core.evidence.detection.configuration import configuration_likeness
from core.evidence.detection.json_exports import find_export
from core.evidence.extractor import Detected
from core.evidence.extractors.text import extract_text
from core.evidence.lines import read_blocks
from core.evidence.model import DataType, Extraction
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.configuration.formats import ReadConfiguration
    from core.evidence.extractor import Exhibit, Head
    from core.evidence.model import Finding

say = sentences("evidence.configuration")

MAX_BYTES = 4 * 2**20
_NAMED_LINES = 3


class ConfigurationExtractor:
    """Reads files of settings, whatever their format."""

    name = "configuration"

    def detect(self, head: Head) -> Detected | None:
        """Detect settings in a format that is read setting by setting."""
        if format_of(head.name, head.text) is None:
            return None
        export = find_export(head)
        if export is not None:
            if export.data_type is not DataType.CONFIG:
                return None
            return Detected(DataType.CONFIG, export.confidence, self.name, export.reason)
        return configuration_likeness(head).claim(DataType.CONFIG, self.name)

    def extract(self, exhibit: Exhibit) -> Extraction:
        """A note with the first lines, then the settings of each object."""
        extraction = extract_text(exhibit, extractor=self.name)
        text, is_whole = _text_of(exhibit)
        settings_format = format_of(exhibit.name, text)
        read = read_configuration(text, settings_format) if settings_format else None
        if read is None:
            return extraction
        findings = _findings(read, extraction, exhibit)
        return replace(
            extraction,
            findings=(*extraction.findings, *findings),
            problem=_problem(read, is_whole=is_whole),
        )

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction


def _findings(
    read: ReadConfiguration, extraction: Extraction, exhibit: Exhibit
) -> Iterator[Finding]:
    objects = list(objects_of(read.trees))
    yield from settings_findings(
        objects, file=exhibit.name, lines=extraction.lines, redactor=exhibit.redactor
    )


def _text_of(exhibit: Exhibit) -> tuple[str, bool]:
    """The first lines, at most MAX_BYTES of them, and whether that is all."""
    lines: list[str] = []
    for block in read_blocks(exhibit.original, block_bytes=MAX_BYTES):
        room = int(np.searchsorted(block.starts[1:], MAX_BYTES, side="right"))
        lines += block.lines.head(room).to_list()
        if room < len(block.lines) or len(lines) > room:
            return "\n".join(lines), False
    return "\n".join(lines), True


def _problem(read: ReadConfiguration, *, is_whole: bool) -> str | None:
    problems = []
    if read.broken:
        lines = ", ".join(map(str, read.broken[:_NAMED_LINES]))
        problems.append(say.raw("broken", lines=lines))
    if not is_whole:
        problems.append(say.raw("cut_off", mb=MAX_BYTES // 2**20))
    elif read.is_cut:
        problems.append(say.raw("too_much"))
    return "; ".join(problems) or None
