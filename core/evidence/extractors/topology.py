"""Extracts a topology, `{"calls": [["caller", "callee"], …]}`, as a person writes it down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from core.errors import UnreadableEvidence
from core.evidence.extractor import Detected
from core.evidence.lines import read_head
from core.evidence.model import DataType, Extraction, Finding, FindingKind, Level, Locus
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.evidence.extractor import Exhibit, Head
    from core.redaction.engine import Redactor

say = sentences("evidence.topology")

MAX_BYTES = 4 * 2**20
MAX_CALLS = 5_000
_CALLS = re.compile(r'^\s*\{\s*"calls"\s*:\s*\[')


class Topology(BaseModel):
    """The document. Other keys are left alone."""

    calls: list[tuple[str, str]]


class TopologyExtractor:
    """Reads topologies. One is of all services."""

    name = "topology"

    def detect(self, head: Head) -> Detected | None:
        """Detect a list, written by a person, of which service calls which."""
        if _CALLS.search(head.text[:200]):
            return Detected(DataType.CONFIG, 0.97, self.name, say("list_of_calls").text)
        return None

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction

    def extract(self, exhibit: Exhibit) -> Extraction:
        """One finding per call. Raises UnreadableEvidence."""
        raw = read_head(exhibit.original, MAX_BYTES)
        try:
            calls = Topology.model_validate_json(raw).calls[:MAX_CALLS]
        except ValidationError as error:
            message = 'a topology is {"calls": [["caller", "callee"], …]}'
            raise UnreadableEvidence(message) from error
        lines = raw.count(b"\n") + (not raw.endswith(b"\n"))
        locus = Locus(file=exhibit.name, line_start=1, line_end=lines, byte_end=len(raw))
        return Extraction(
            data_type=DataType.CONFIG,
            extractor="topology",
            confidence=exhibit.detected.confidence,
            events=len(calls),
            lines=lines,
            size=len(raw),
            findings=tuple(_call(*names, locus, exhibit.redactor) for names in calls),
        )


def _call(caller: str, callee: str, locus: Locus, redactor: Redactor) -> Finding:
    caller_name, other = redactor.clean(caller), redactor.clean(callee)
    return Finding(
        kind=FindingKind.CALL,
        level=Level.INFO,
        text=say("calls", caller=caller_name, callee=other),
        locus=locus,
        data={"caller": caller_name.text, "callee": other.text},
    )
