from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.extractor import Detected
from core.evidence.extractors.text import TextExtractor
from core.evidence.model import DataType, FindingKind, Level
from tests.core.evidence.exhibits import exhibit

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Extraction


def extract(path: Path, text: str, data_type: DataType = DataType.TEXT) -> Extraction:
    path.write_text(text)
    exhibited = exhibit(path, Detected(data_type, 0.7, "text"), name="pasted.txt", service=None)
    return TextExtractor().extract(exhibited)


def test_a_note_keeps_a_persons_words(tmp_path: Path) -> None:
    extraction = extract(tmp_path / "t", "It was slow at noon.\nAsk dana@example.com.\n")
    (note,) = extraction.findings
    assert note.kind is FindingKind.NOTE
    assert note.text.text.startswith("It was slow at noon.\nAsk «email-")
    assert note.locus.label == "pasted.txt:1-2"


def test_lines_that_a_program_wrote_are_known(tmp_path: Path) -> None:
    extraction = extract(
        tmp_path / "t", "what I saw:\npsql: FATAL:  sorry, too many clients already\n"
    )
    (signal,) = [finding for finding in extraction.findings if finding.kind is FindingKind.SIGNAL]
    assert signal.signals
    assert signal.locus.label == "pasted.txt:2"


def test_code_and_configuration_carry_no_signals(tmp_path: Path) -> None:
    text = 'raise Error("FATAL:  sorry, too many clients already")\n'
    for data_type in (DataType.CODE, DataType.CONFIG):
        extraction = extract(tmp_path / "t", text, data_type)
        assert [finding.kind for finding in extraction.findings] == [FindingKind.NOTE]


def test_what_a_tool_says_broke_is_told_with_its_line(tmp_path: Path) -> None:
    text = (
        "$ npm test\nPASS seat.js\nnpm ERR! Test failed.\n│ Error: no such seat map\nNo errors: 0\n"
    )
    _, *errors = extract(tmp_path / "t", text).findings
    assert [(finding.level, finding.locus.label) for finding in errors] == [
        (Level.ERROR, "pasted.txt:3"),
        (Level.ERROR, "pasted.txt:4"),
    ]


def test_the_commits_of_a_repository_are_changes(tmp_path: Path) -> None:
    text = (
        "commit 7d10c44e5d1a\nAuthor: Kim <kim@example.org>\n"
        "Date:   Mon Mar 2 21:28:46 2026 +0100\n\n    edge: let fewer wait\n\n"
        "diff --git a/edge/limits.rules b/edge/limits.rules\n"
        "--- a/edge/limits.rules\n+++ b/edge/limits.rules\n@@ -1 +1 @@\n-wait 30\n+wait 3\n"
    )
    for data_type in (DataType.CODE, DataType.TEXT):
        extraction = extract(tmp_path / "t", text, data_type)
        (change,) = [each for each in extraction.findings if each.kind is FindingKind.CHANGE]
        assert "7d10c44e (edge: let fewer wait) touched edge/limits.rules" in change.text.text
        assert (change.locus.line_start, change.locus.line_end) == (1, 12)
        assert extraction.first == change.first
        assert change.first is not None
        assert change.first.isoformat() == "2026-03-02T20:28:46+00:00"
