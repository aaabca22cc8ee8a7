"""Extracts configuration: its settings for comparison, dangerous ones, and what a cluster tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.configuration.diffs import names_configuration
from core.evidence.configuration.marks import (
    SettingsFormat,
    cluster_text,
    format_of,
    holds_cluster_objects,
    is_kept_as_settings,
    is_named_as_blocks,
)
from core.evidence.configuration.plans import holds_plan
from core.evidence.configuration.table_marks import is_table_of_settings
from core.evidence.detection.configuration import configuration_likeness
from core.evidence.detection.json_exports import find_export
from core.evidence.detection.programs import score_code
from core.evidence.detection.prose import score_prose
from core.evidence.detection.sample import Likeness, Sample, best
from core.evidence.detection.transcripts import changes_by_hand
from core.evidence.extractor import Detected
from core.evidence.extractors.text import extract_text
from core.evidence.model import DataType
from core.evidence.status.marks import status_report
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.evidence.extractor import Exhibit, Head
    from core.evidence.model import Extraction

say = sentences("evidence.configuration")

_BY_STRUCTURE = 0.96
_SURE = 0.98
_TABLES = (SettingsFormat.TABLE, SettingsFormat.SCHEDULE, SettingsFormat.PAIRS)


class ConfigurationExtractor:
    """Reads files of settings, whatever their format."""

    name = "configuration"

    def detect(self, head: Head) -> Detected | None:
        """Detect settings in a format that is read setting by setting, and what tells of them."""
        is_work = changes_by_hand(Sample.of(head))
        if not is_work and cluster_text(head.text) is not None:
            return Detected(DataType.TEXT, _SURE, self.name, say.raw("cluster_table"))
        if not is_work and (report := status_report(head.seen)):
            reason = say.raw("status_report", tool=report.tool)
            return Detected(DataType.TEXT, _SURE, self.name, reason)
        if names_configuration(head.seen):
            return _diff_claim(head, self.name)
        # Of what somebody did by hand only what a server answered that it is set to.
        may_be = not is_work or is_table_of_settings(head.text)
        return _settings_claim(head, self.name) if may_be else None

    def extract(self, exhibit: Exhibit) -> Extraction:
        """A note with the first lines, then the findings of each object."""
        from core.evidence.configuration.findings import with_findings  # noqa: PLC0415 - few files

        return with_findings(extract_text(exhibit, extractor=self.name), exhibit)

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction


def _diff_claim(head: Head, name: str) -> Detected:
    """A diff is code, as others are; in prose it stays prose."""
    code, prose = score_code(Sample.of(head)), score_prose(Sample.of(head))
    kind = DataType.CODE if code.score >= prose.score else DataType.TEXT
    return Detected(kind, _SURE, name, say.raw("patch"))


def _settings_claim(head: Head, name: str) -> Detected | None:
    if holds_plan(head.seen):
        return Detected(DataType.TEXT, _SURE, name, say.raw("plan"))
    settings_format = format_of(head.name, head.text)
    if settings_format in _TABLES:
        return Detected(DataType.CONFIG, _SURE, name, say.raw("table"))
    return _settings_by_lines(head, name) if settings_format else None


def _settings_by_lines(head: Head, name: str) -> Detected | None:
    if holds_cluster_objects(head.text):
        return Detected(DataType.CONFIG, _SURE, name, say.raw("cluster_objects"))
    export = find_export(head)
    if export is not None:
        is_settings = export.data_type is DataType.CONFIG
        claim = Detected(export.data_type, export.confidence, name, export.reason)
        return claim if is_settings else None
    likeness = configuration_likeness(head)
    if is_named_as_blocks(head.name) and _is_sound(head):  # HCL may read like a program
        likeness = best(likeness, Likeness(_BY_STRUCTURE, say.raw("blocks")))
    if is_kept_as_settings(head.name):
        likeness = best(likeness, Likeness(_BY_STRUCTURE, say.raw("kept_as_settings")))
    return likeness.claim(DataType.CONFIG, name)


def _is_sound(head: Head) -> bool:
    """Whether its blocks are read without a doubt."""
    from core.evidence.configuration.blocks import read_blocks_of  # noqa: PLC0415 - few files

    return not read_blocks_of(head.text).strange or not head.whole
