"""Extracts profiles and thread dumps: where time and memory go, and which threads wait for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import UnreadableEvidence
from core.evidence.extractor import HEAD_BYTES, Detected, Head
from core.evidence.lines import read_raw
from core.evidence.model import DataType, Extraction, FindingKind
from core.evidence.profiles.formats import detect_format
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.evidence.extractor import Exhibit
    from core.evidence.profiles.model import ProfileReading

say = sentences("evidence.profile_reading")

_SURE = 0.99  # nothing else begins like these


class ProfileExtractor:
    """Reads profiles."""

    name = "profile"

    def detect(self, head: Head) -> Detected | None:
        form = detect_format(head)
        if form is None:
            return None
        return Detected(DataType.PROFILE, _SURE, self.name, say.raw("profile_of", form=form.value))

    def extract(self, exhibit: Exhibit) -> Extraction:
        """The heaviest functions and path, threads that wait. Raises UnreadableEvidence."""
        form = detect_format(Head(read_raw(exhibit.original, HEAD_BYTES), exhibit.name))
        if form is None:
            raise UnreadableEvidence("no format of profiles that is known")
        # Few files are profiles, and their readers take a while to load.
        from core.evidence.profiles.file_findings import findings_of  # noqa: PLC0415
        from core.evidence.profiles.readers import read_profile  # noqa: PLC0415

        reading = read_profile(exhibit.original, form)
        findings = findings_of(
            reading, file=exhibit.name, service=exhibit.service, redactor=exhibit.redactor
        )
        return Extraction(
            data_type=DataType.PROFILE,
            extractor=self.name,
            confidence=exhibit.detected.confidence,
            events=reading.records,
            lines=_lines(reading),
            size=reading.size,
            errors=sum(finding.kind is FindingKind.THREADS for finding in findings),
            findings=findings,
            service=exhibit.service,
            problem=reading.problem,
        )

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction


def _lines(reading: ProfileReading) -> int:
    """Lines of a text; of another format the number of its last stack, which loci name."""
    if reading.is_text:
        return reading.lines
    places = (stack.place for profile in reading.profiles for stack in profile.stacks)
    return max(places, default=1)
