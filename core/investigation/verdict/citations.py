"""Does a citation resolve: is what it says really there? One that does not counts for nothing.

It resolves where the file it names is still with us, the lines, bytes, series, window or span lie
within what was found in that file, and the text is what rests there. Outcomes of checks and what
an alert says rest in the case itself, not in a file.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from core.cases.hypotheses import Citation, EvidenceKind, Hypothesis, Prediction
from core.evidence.model import EvidenceFile, FileState, Finding, FindingKind
from core.evidence.series.moves import read_moves
from core.investigation.decision import Situation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.evidence.model import Locus
    from core.investigation.decision import Decision

_OF_THE_CASE = frozenset({EvidenceKind.CHECK, EvidenceKind.ALERT})
_OF_FIGURES = frozenset({EvidenceKind.METRIC, EvidenceKind.TRACE})  # told in sentences of ours
_GONE = frozenset({FileState.DELETED, FileState.FAILED, FileState.CANCELLED})


@dataclass(frozen=True)
class Shelf:
    """What of a situation can be cited, by the name of the file."""

    situation: Situation

    def resolved(self, hypothesis: Hypothesis) -> Hypothesis:
        """With each line struck through (`resolves` False) that says what is not there."""
        return replace(
            hypothesis,
            supporting=tuple(map(self.checked, hypothesis.supporting)),
            contradicting=tuple(map(self.checked, hypothesis.contradicting)),
            predictions=tuple(map(self._prediction, hypothesis.predictions)),
        )

    def checked(self, citation: Citation) -> Citation:
        """The same, with what is true of `resolves` now."""
        resolves = self.holds(citation)
        return citation if resolves is citation.resolves else replace(citation, resolves=resolves)

    def holds(self, citation: Citation) -> bool:
        """Is it there?"""
        if citation.kind in _OF_THE_CASE:
            return True
        locus = citation.locus
        if locus is None:
            return False
        files = [one for one in self._files[locus.file] if _is_within(locus, one)]
        if citation.kind in _OF_FIGURES and (locus.series or locus.span):
            return any((locus.series or locus.span) in self._named.get(one.id, ()) for one in files)
        found = (finding for file in files for finding in self.situation.findings.get(file.id, ()))
        at_place = (one for one in found if _overlaps(locus, one.locus))
        return any(citation.kind in _OF_FIGURES or _says(one, citation) for one in at_place)

    @cached_property
    def _named(self) -> dict[str, frozenset[str]]:
        """Series and spans that were found, by the id of the file."""
        return {
            file_id: frozenset(name for one in findings for name in _names(one))
            for file_id, findings in self.situation.findings.items()
        }

    @cached_property
    def _files(self) -> defaultdict[str, list[EvidenceFile]]:
        found: defaultdict[str, list[EvidenceFile]] = defaultdict(list)
        for one in self.situation.files:
            if one.state not in _GONE:
                found[one.name.text].append(one)
        return found

    def _prediction(self, one: Prediction) -> Prediction:
        return replace(one, citations=tuple(map(self.checked, one.citations)))


def unsupported(decision: Decision) -> int:
    """How many claims of a decision cite what is not there."""
    return sum(not line.resolves for one in decision.hypotheses for line in _lines(one))


def _lines(one: Hypothesis) -> Iterable[Citation]:
    yield from one.supporting
    yield from one.contradicting
    for prediction in one.predictions:
        yield from prediction.citations


def _is_within(locus: Locus, file: EvidenceFile) -> bool:
    """Its lines and bytes are there (where the file was counted), and its window touches it."""
    lines_fit = 1 <= locus.line_start <= locus.line_end <= max(1, file.lines or locus.line_end)
    bytes_fit = locus.byte_start <= locus.byte_end and (
        file.decoded or not file.size or (locus.byte_end <= file.size)
    )
    if locus.first and locus.last and file.first and file.last:
        return lines_fit and bytes_fit and locus.first <= file.last and locus.last >= file.first
    return lines_fit and bytes_fit


def _says(finding: Finding, citation: Citation) -> bool:
    """A line is quoted as it stands, but for how it is cut off and spaced."""
    said, there = _bare(citation.text.text), _bare(finding.text.text)
    return bool(said) and (said in there or there in said)


def _names(finding: Finding) -> Iterable[str]:
    if finding.kind is FindingKind.MOVES:
        yield from (one.series for one in read_moves(finding.data))
    yield from filter(None, (finding.locus.series, finding.locus.span))


def _overlaps(one: Locus, other: Locus) -> bool:
    return one.line_start <= other.line_end and other.line_start <= one.line_end


def _bare(text: str) -> str:
    return " ".join(text.rstrip("…").split())
