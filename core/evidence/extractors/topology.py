"""Who calls whom? `{"calls": [["caller", "callee"], …]}`, as a person writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from core.clean import Clean
from core.errors import UnreadableEvidence
from core.evidence.lines import read_head
from core.evidence.model import DataType, Extraction, Finding, FindingKind, Level, Locus
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.detection import Detected

MAX_BYTES = 4 * 2**20
MAX_CALLS = 5_000


class Topology(BaseModel):
    """The document. Other keys are left alone."""

    calls: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class TopologyReader:
    """Reads a topology under the name `name`; all it shows of it is redacted."""

    name: str
    service: str | None  # a topology is of all services
    redactor: Redactor

    def extract(self, path: Path, detected: Detected) -> Extraction:
        """One finding per call. Raises UnreadableEvidence."""
        raw = read_head(path, MAX_BYTES)
        try:
            calls = Topology.model_validate_json(raw).calls[:MAX_CALLS]
        except ValidationError as error:
            message = 'a topology is {"calls": [["caller", "callee"], …]}'
            raise UnreadableEvidence(message) from error
        lines = raw.count(b"\n") + (not raw.endswith(b"\n"))
        locus = Locus(file=self.name, line_start=1, line_end=lines, byte_end=len(raw))
        return Extraction(
            data_type=DataType.CONFIG,
            extractor="topology",
            confidence=detected.confidence,
            events=len(calls),
            lines=lines,
            size=len(raw),
            findings=tuple(self._call(caller, callee, locus) for caller, callee in calls),
        )

    def _call(self, caller: str, callee: str, locus: Locus) -> Finding:
        one, other = self.redactor.clean(caller), self.redactor.clean(callee)
        return Finding(
            kind=FindingKind.CALL,
            level=Level.INFO,
            text=Clean.say("{caller} calls {callee}", caller=one, callee=other),
            locus=locus,
            data={"caller": one.text, "callee": other.text},
        )
