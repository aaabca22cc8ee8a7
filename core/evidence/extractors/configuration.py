"""Extracts configuration: its settings for comparison, dangerous ones, and what a cluster tells."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from core.evidence.configuration.changes import patch_finding
from core.evidence.configuration.digests import settings_findings
from core.evidence.configuration.formats import (
    SettingsFormat,
    format_of,
    is_named_as_blocks,
    read_configuration,
)
from core.evidence.configuration.hazards import hazard_findings
from core.evidence.configuration.objects import objects_of
from core.evidence.configuration.observations import (
    TABLES,
    observation_findings,
    observations_of,
)
from core.evidence.configuration.patches import names_configuration, patched_settings
from core.evidence.configuration.tree import settings_of
from core.evidence.detection.configuration import configuration_likeness
from core.evidence.detection.json_exports import find_export
from core.evidence.detection.programs import score_code
from core.evidence.detection.prose import score_prose
from core.evidence.detection.sample import Likeness, Sample, best
from core.evidence.extractor import Detected
from core.evidence.extractors.text import extract_text
from core.evidence.lines import read_blocks
from core.evidence.model import DataType, Extraction, FindingKind, Level
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.evidence.configuration.formats import ReadConfiguration
    from core.evidence.configuration.objects import ConfigurationObject
    from core.evidence.configuration.observations import ClusterObservation
    from core.evidence.extractor import Exhibit, Head
    from core.evidence.model import Finding
    from core.redaction.engine import Redactor

say = sentences("evidence.configuration")

MAX_BYTES = 4 * 2**20
_NAMED_LINES = 3
_BY_STRUCTURE = 0.9
_SURE = 0.98
_HEAD_LINES = 12
_OF_CLUSTER = re.compile(r"(?m)^\s*\"?apiVersion\"?:\s*\"?(?:[\w.-]+/)?v\d\w*\"?,?\s*$")


class _FileParts(TypedDict):
    """What every finding needs of its file."""

    file: str
    starts: Sequence[int]
    redactor: Redactor


class ConfigurationExtractor:
    """Reads files of settings, whatever their format."""

    name = "configuration"

    def detect(self, head: Head) -> Detected | None:
        """Detect settings in a format that is read setting by setting, and what tells of them."""
        if _table_reader(head.lines) is not None:
            return Detected(DataType.TEXT, _SURE, self.name, say.raw("cluster_table"))
        if names_configuration(head.text):
            return _diff_claim(head, self.name)
        if format_of(head.name, head.text) is None:
            return None
        return _settings_claim(head, self.name)

    def extract(self, exhibit: Exhibit) -> Extraction:
        """A note with the first lines, then the settings of each object."""
        extraction = extract_text(exhibit, extractor=self.name)
        text, starts, is_whole = _text_of(exhibit)
        if read_table := _table_reader(text.split("\n", _HEAD_LINES)):
            return _with_observations(extraction, read_table(text.split("\n")), starts, exhibit)
        if names_configuration(text):
            return _with_patches(extraction, text.split("\n"), starts, exhibit)
        settings_format = format_of(exhibit.name, text)
        read = read_configuration(text, settings_format) if settings_format else None
        if read is None:
            return extraction
        objects = list(objects_of(read.trees))
        extraction = _with_observations(extraction, observations_of(objects), starts, exhibit)
        findings = _findings(objects, starts, exhibit)
        return replace(
            extraction,
            findings=(*extraction.findings, *findings),
            problem=_problem(read, is_whole=is_whole),
        )

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction


def _settings_claim(head: Head, name: str) -> Detected | None:
    if _OF_CLUSTER.search(head.text):
        return Detected(DataType.CONFIG, _SURE, name, say.raw("cluster_objects"))
    export = find_export(head)
    if export is not None:
        is_settings = export.data_type is DataType.CONFIG
        claim = Detected(export.data_type, export.confidence, name, export.reason)
        return claim if is_settings else None
    likeness = configuration_likeness(head)
    if _is_block_file(head):  # HCL may read like a program
        likeness = best(likeness, Likeness(_BY_STRUCTURE, say.raw("blocks")))
    return likeness.claim(DataType.CONFIG, name)


def _is_block_file(head: Head) -> bool:
    """Whether its name says that it has blocks, and they are read without a doubt."""
    if not is_named_as_blocks(head.name):
        return False
    read = read_configuration(head.text, SettingsFormat.BLOCKS)
    return read is not None and (not read.broken or not head.whole)


def _diff_claim(head: Head, name: str) -> Detected:
    """A diff is code, as others are; in prose it stays prose."""
    code, prose = score_code(Sample.of(head)), score_prose(Sample.of(head))
    kind = DataType.CODE if code.score >= prose.score else DataType.TEXT
    return Detected(kind, _SURE, name, say.raw("patch"))


def _with_patches(
    extraction: Extraction, lines: Sequence[str], starts: Sequence[int], exhibit: Exhibit
) -> Extraction:
    """With the settings that the diffs in a text change."""
    changes = (
        patch_finding(patched, file=exhibit.name, starts=starts)
        for patched in patched_settings(lines, exhibit.redactor)
    )
    return replace(extraction, findings=(*extraction.findings, *changes))


def _table_reader(
    lines: Sequence[str],
) -> Callable[[Sequence[str]], Iterator[ClusterObservation]] | None:
    """What reads the output of kubectl; None for anything else."""
    return next(
        (reader for header, reader in TABLES if any(map(header.match, lines[:_HEAD_LINES]))), None
    )


def _with_observations(
    extraction: Extraction,
    observations: Iterator[ClusterObservation],
    starts: Sequence[int],
    exhibit: Exhibit,
) -> Extraction:
    """With what a cluster tells, and the time that it spans; lines are not told again."""
    findings = list(
        observation_findings(
            observations, file=exhibit.name, starts=starts, redactor=exhibit.redactor
        )
    )
    others = (
        finding
        for finding in extraction.findings
        if finding.kind is FindingKind.NOTE or not findings
    )
    times = [at for finding in findings for at in (finding.first, finding.last) if at]
    return replace(
        extraction,
        findings=(*others, *findings),
        errors=sum(finding.level is Level.ERROR for finding in findings),
        first=min(times, default=None),
        last=max(times, default=None),
    )


def _findings(
    objects: Sequence[ConfigurationObject], starts: Sequence[int], exhibit: Exhibit
) -> Iterator[Finding]:
    objects = [configured for configured in objects if configured.kind != "Event"]
    settings = [settings_of(configured.tree) for configured in objects]
    about = _FileParts(file=exhibit.name, starts=starts, redactor=exhibit.redactor)
    yield from hazard_findings(objects, settings, **about)
    yield from settings_findings(objects, settings, **about)


def _text_of(exhibit: Exhibit) -> tuple[str, list[int], bool]:
    """The first lines, at most MAX_BYTES of them, where each begins, and whether that is all."""
    lines: list[str] = []
    starts = [0]
    for block in read_blocks(exhibit.original, block_bytes=MAX_BYTES):
        room = int(np.searchsorted(block.starts[1:], MAX_BYTES, side="right"))
        lines += block.lines.head(room).to_list()
        starts += block.starts[1 : room + 1].tolist()
        if room < len(block.lines) or starts[-1] >= MAX_BYTES:
            return "\n".join(lines), starts, False
    return "\n".join(lines), starts, True


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
