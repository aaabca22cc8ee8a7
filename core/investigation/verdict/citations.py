"""Whether citations resolve, and which independent kinds of evidence they are.

It resolves where the file it names is still with us, the lines, bytes, series, window or span lie
within what was found in that file, and the text is what rests there. Outcomes of checks and what
an alert says rest in the case itself, not in a file.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from core.cases.model import Citation, EvidenceKind, Hypothesis, Prediction, PredictionOutcome
from core.evidence.model import EvidenceFile, FileState, Finding, FindingKind, Locus
from core.evidence.series.moves import read_moves
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.causes.metric_features import CPU, MEMORY
from core.investigation.causes.scored_cause import EFFECTS_SEEN
from core.investigation.decision import Decision, Situation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_OF_THE_CASE = frozenset({EvidenceKind.CHECK, EvidenceKind.ALERT})


_OF_FIGURES = frozenset({EvidenceKind.METRIC, EvidenceKind.TRACE})  # told in sentences of ours


_GONE = frozenset({FileState.DELETED, FileState.FAILED, FileState.CANCELLED})


@dataclass(frozen=True)
class CitableEvidence:
    """The evidence of a situation that can be cited, by the name of the file."""

    situation: Situation

    def resolved(self, hypothesis: Hypothesis) -> Hypothesis:
        """The hypothesis with `resolves` False on each line that cites what is not there."""
        return replace(
            hypothesis,
            supporting=tuple(map(self.checked, hypothesis.supporting)),
            contradicting=tuple(map(self.checked, hypothesis.contradicting)),
            predictions=tuple(map(self._prediction, hypothesis.predictions)),
        )

    def checked(self, citation: Citation) -> Citation:
        """The citation with `resolves` up to date."""
        resolves = self.holds(citation)
        return citation if resolves is citation.resolves else replace(citation, resolves=resolves)

    def holds(self, citation: Citation) -> bool:
        """Whether the cited evidence exists."""
        if citation.kind in _OF_THE_CASE:
            return True
        locus = citation.locus
        if locus is None:
            return False
        files = [file for file in self._files[locus.file] if _is_within(locus, file)]
        if citation.kind in _OF_FIGURES and (locus.series or locus.span):
            return any(
                (locus.series or locus.span) in self._named.get(file.id, ()) for file in files
            )
        findings = (
            finding for file in files for finding in self.situation.findings.get(file.id, ())
        )
        at_place = (finding for finding in findings if overlaps(locus, finding.locus))
        return any(citation.kind in _OF_FIGURES or _says(finding, citation) for finding in at_place)

    @cached_property
    def _named(self) -> dict[str, frozenset[str]]:
        """Series and spans that were found, by the id of the file."""
        return {
            file_id: frozenset(name for finding in findings for name in _names(finding))
            for file_id, findings in self.situation.findings.items()
        }

    @cached_property
    def _files(self) -> defaultdict[str, list[EvidenceFile]]:
        files: defaultdict[str, list[EvidenceFile]] = defaultdict(list)
        for file in self.situation.files:
            if file.state not in _GONE:
                files[file.name.text].append(file)
        return files

    def _prediction(self, prediction: Prediction) -> Prediction:
        return replace(prediction, citations=tuple(map(self.checked, prediction.citations)))


def unsupported(decision: Decision) -> int:
    """The number of lines of a decision that cite what is not there."""
    return sum(
        not line.resolves for hypothesis in decision.hypotheses for line in _lines(hypothesis)
    )


def _lines(hypothesis: Hypothesis) -> Iterable[Citation]:
    yield from hypothesis.supporting
    yield from hypothesis.contradicting
    for prediction in hypothesis.predictions:
        yield from prediction.citations


def _is_within(locus: Locus, file: EvidenceFile) -> bool:
    """Whether lines, bytes and time window of the locus lie within the file."""
    lines_fit = 1 <= locus.line_start <= locus.line_end <= max(1, file.lines or locus.line_end)
    bytes_fit = locus.byte_start <= locus.byte_end and (
        file.decoded or not file.size or (locus.byte_end <= file.size)
    )
    if locus.first and locus.last and file.first and file.last:
        return lines_fit and bytes_fit and locus.first <= file.last and locus.last >= file.first
    return lines_fit and bytes_fit


def _says(finding: Finding, citation: Citation) -> bool:
    """Whether the finding contains the quoted line, apart from truncation and spacing."""
    quoted, there = _bare(citation.text.text), _bare(finding.text.text)
    return bool(quoted) and (quoted in there or there in quoted)


def _names(finding: Finding) -> Iterable[str]:
    if finding.kind is FindingKind.MOVES:
        yield from (move.series for move in read_moves(finding.data))
    yield from filter(None, (finding.locus.series, finding.locus.span))


def overlaps(one: Locus, other: Locus) -> bool:
    """Whether two places of one file share a line."""
    return one.line_start <= other.line_end and other.line_start <= one.line_end


def _bare(text: str) -> str:
    return " ".join(text.rstrip("…").split())


def moment_of(line: Citation, situation: Situation) -> datetime | None:
    """When the cited line was written, or the series moved."""
    if line.locus is not None and line.locus.first is not None:
        return line.locus.first
    for findings in situation.findings.values():
        for finding in findings:
            is_there = line.locus == finding.locus or _is_part_of(finding, line)
            if is_there and finding.first is not None:
                return finding.first
    return None


def _is_part_of(finding: Finding, line: Citation) -> bool:
    """Whether it is the line that is quoted of several which tell of one change."""
    return line.is_from(finding.locus.file) and finding.text == line.text


# Kinds that point at a service by what it does. A change points at whatever was changed.
BY_ITSELF = frozenset({EvidenceKind.LOG, EvidenceKind.METRIC, EvidenceKind.TRACE})


_SPEAKS = 0.3  # nats that all lines of a kind must add up to


WITNESSES = (
    EvidenceKind.LOG,
    EvidenceKind.METRIC,
    EvidenceKind.TRACE,
    EvidenceKind.CHANGE,
    EvidenceKind.CHECK,
)


def kinds_for(hypothesis: Hypothesis) -> tuple[EvidenceKind, ...]:
    """The independent kinds of evidence that support it, by lines or by predictions that held.

    Any restart moves CPU and memory: there a change is no witness of its own. What others suffer
    after a change does not tell of whose change it is.
    """
    is_change = hypothesis.cause.fault == BROKEN_BY_CHANGE
    held = set[EvidenceKind]() if is_change else _kinds_that_held(hypothesis)
    kinds = []
    for kind in WITNESSES:
        if kind is EvidenceKind.CHANGE and hypothesis.cause.fault in (CPU, MEMORY):
            continue
        weight = sum(
            line.weight for line in hypothesis.supporting if line.kind is kind and line.resolves
        )
        if weight >= _SPEAKS or kind in held:
            kinds.append(kind)
    return tuple(kinds)


def witnesses(hypothesis: Hypothesis) -> int:
    """How many independent ones support it: kinds of evidence, and another's log of the effect."""
    return len(kinds_for(hypothesis)) + _is_felt_elsewhere(hypothesis)


def _is_felt_elsewhere(hypothesis: Hypothesis) -> bool:
    """Whether the log of another service shows the effect, where all that proposes it is a log.

    What one service writes of a failed call, another bears out by failing itself.
    """
    if kinds_for(hypothesis) != (EvidenceKind.LOG,):
        return False
    proposing = {
        line.locus.file
        for line in hypothesis.supporting
        if line.locus and line.weight > EFFECTS_SEEN
    }
    held = (each for each in hypothesis.predictions if each.outcome is PredictionOutcome.HELD)
    return bool(proposing) and any(
        line.resolves and line.weight > 0 and line.locus and line.locus.file not in proposing
        for prediction in held
        for line in prediction.citations
    )


def _kinds_that_held(hypothesis: Hypothesis) -> set[EvidenceKind]:
    predictions = (
        prediction
        for prediction in hypothesis.predictions
        if prediction.outcome is PredictionOutcome.HELD
    )
    lines = (line for prediction in predictions for line in prediction.citations)
    return {line.kind for line in lines if line.resolves and line.weight > 0}
