"""A claim that cites what is not there is struck through; one that cites rightly stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases.model import Citation, EvidenceKind
from core.evidence.model import FileState, Locus
from core.investigation.reasoner import decide
from core.investigation.verdict.citations import CitableEvidence, unsupported
from core.text.redacted import RedactedText, redacted
from tests.core.investigation.sample_situations import (
    INCIDENTS,
    LogLines,
    a_log,
    a_situation,
    incident,
)

if TYPE_CHECKING:
    from core.investigation.decision import Situation

if TYPE_CHECKING:
    from pathlib import Path

POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"
SCENE = a_situation(a_log("api", LogLines(text=POOL)))
HERE = SCENE.findings[SCENE.files[0].id][0].locus
TRUE = Citation(text=redacted(POOL), locus=HERE, weight=3.0, why=RedactedText.format("seen"))


def holds(citation: Citation, situation: Situation = SCENE) -> bool:
    return CitableEvidence(situation).holds(citation)


def test_what_stands_there_resolves() -> None:
    assert holds(TRUE)
    assert holds(replace(TRUE, text=redacted("QueuePool limit of size 5 overflow 10…")))


@pytest.mark.parametrize(
    "citation",
    [
        replace(TRUE, text=redacted("the disk is full")),
        replace(TRUE, text=RedactedText.EMPTY),
        replace(TRUE, locus=None),
        replace(TRUE, locus=replace(HERE, file="other.log")),
        replace(TRUE, locus=replace(HERE, line_start=9, line_end=9)),
        replace(TRUE, locus=replace(HERE, line_start=0)),
        replace(TRUE, locus=replace(HERE, line_end=99_999_999)),
        replace(TRUE, locus=replace(HERE, byte_end=10**12)),
        replace(TRUE, kind=EvidenceKind.METRIC, locus=replace(HERE, series="made_up")),
        replace(TRUE, kind=EvidenceKind.TRACE, locus=replace(HERE, span="beef")),
    ],
)
def test_what_does_not_stand_there_is_struck(citation: Citation) -> None:
    assert not holds(citation)
    assert CitableEvidence(SCENE).checked(citation).resolves is False


@given(st.text(max_size=60), st.integers(-5, 5000), st.integers(-5, 5000))
def test_any_other_text_or_place_is_struck(text: str, start: int, end: int) -> None:
    quoted = " ".join(text.rstrip("…").split())
    citation = replace(
        TRUE, text=redacted(text), locus=Locus(file=HERE.file, line_start=start, line_end=end)
    )
    reaches = 1 <= start <= HERE.line_start <= end <= SCENE.files[0].lines
    assert holds(citation) is (reaches and bool(quoted) and (quoted in POOL or POOL in quoted))


def test_outcomes_of_checks_and_alerts_rest_in_the_case() -> None:
    for kind in (EvidenceKind.CHECK, EvidenceKind.ALERT):
        assert holds(replace(TRUE, kind=kind, locus=None))


@pytest.mark.parametrize("state", [FileState.DELETED, FileState.FAILED, FileState.CANCELLED])
def test_a_file_that_is_gone_supports_nothing(state: FileState) -> None:
    gone = replace(SCENE, files=(replace(SCENE.files[0], state=state),))
    assert not holds(TRUE, gone)


def test_a_struck_line_counts_for_nothing() -> None:
    hypothesis = decide(SCENE).hypotheses[0]
    confirmed = replace(hypothesis, verdict_by="dana")
    before = decide(replace(SCENE, hypotheses=(confirmed,)))
    gone = replace(SCENE, files=(replace(SCENE.files[0], state=FileState.DELETED),), findings={})
    after = decide(replace(gone, hypotheses=(confirmed,)))
    assert unsupported(before) == 0
    assert unsupported(after) == len(hypothesis.supporting)
    assert not any(line.resolves for line in after.hypotheses[0].supporting)
    assert after.hypotheses[0].confidence < before.hypotheses[0].confidence


@pytest.mark.parametrize("folder", INCIDENTS, ids=lambda folder: folder.name)
def test_all_that_the_engine_cites_resolves(folder: Path) -> None:
    decision = decide(incident(folder))
    assert decision.hypotheses
    assert unsupported(decision) == 0
