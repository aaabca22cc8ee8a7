"""Extracts source code: what a file defines, and what a diff touches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.evidence.code.languages import language_of, names_code
from core.evidence.detection.programs import score_code
from core.evidence.detection.sample import Likeness, Sample, best
from core.evidence.extractors.text import extract_text
from core.evidence.model import DataType
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.evidence.extractor import Detected, Exhibit, Head
    from core.evidence.model import Extraction

say = sentences("evidence.code")

_PARSED = 0.95


class CodeExtractor:
    """Reads source code in the languages whose grammars are installed."""

    name = "code"

    def detect(self, head: Head) -> Detected | None:
        """Detect a file named as code that reads or parses as such, and a diff of code."""
        if names_code(head.text):
            claimed = score_code(Sample.of(head)).claim(DataType.CODE, self.name)
            return replace(claimed, reason=say.raw("patch")) if claimed else None
        if language_of(head.name) is None:
            return None
        likeness = score_code(Sample.of(head))
        if likeness.score < _PARSED and _parses(head):
            likeness = best(likeness, Likeness(_PARSED, say.raw("parses")))
        return likeness.claim(DataType.CODE, self.name)

    def extract(self, exhibit: Exhibit) -> Extraction:
        """A note that sums it up, then what it defines or changes."""
        from core.evidence.code.findings import with_code  # noqa: PLC0415 - few files are code

        return with_code(extract_text(exhibit, extractor=self.name), exhibit)

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction


def _parses(head: Head) -> bool:
    """Whether it is small, parses without a fault and defines something."""
    from core.evidence.code.outline import parses_whole  # noqa: PLC0415 - see above

    language = language_of(head.name)
    return language is not None and head.whole and parses_whole(head.raw, language)
