"""Quotes the lines of code that stack traces name, as a turn begins: redacted, and kept nowhere.

They are read from the original each time, so that they go with it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from core.evidence.model import EvidenceFile, Finding, FindingKind
from core.text.redacted import RedactedText
from core.text.sentences import sentences
from core.workflows.case_lines import CaseLines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.investigation.consultation.evidence_reader import NumberedLine
    from core.investigation.decision import Situation
    from core.workflows.services import Services

say = sentences("workflows.code_quotes")

MAX_QUOTED = 5  # functions of a case, those with the most traces
_EACH = 3  # lines before and after the named one
_LONGEST = 160  # characters of a line


async def with_quoted_code(situation: Situation, case_id: str, *, services: Services) -> Situation:
    """The situation with the lines around each place in the code that its traces end in."""
    reader, findings = CaseLines(case_id, services), dict(situation.findings)
    for file, finding in islice(_due(situation), MAX_QUOTED):
        lines = await reader.around(file, finding.locus.line_start, each=_EACH)
        quoted = quote_code(finding, lines)
        findings[file.id] = tuple(quoted if each is finding else each for each in findings[file.id])
    return replace(situation, findings=findings)


def _due(situation: Situation) -> Iterator[tuple[EvidenceFile, Finding]]:
    """What is to be quoted, with its file: not where the file is of another version."""
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            if finding.kind is FindingKind.FUNCTION and finding.data["is_same_version"]:
                yield file, finding


def quote_code(finding: Finding, lines: Sequence[NumberedLine]) -> Finding:
    """The finding with the named line behind its sentence, and below it those of its function."""
    at = finding.locus.line_start
    named = next((line.text for line in lines if line.number == at), RedactedText.EMPTY)
    if not named.text.strip():
        return finding
    first, last = finding.data["function_first"], finding.data["function_last"]
    around = [line for line in lines if _is_within(line.number, first, last)]
    rows = [_row(line, is_named=line.number == at) for line in around]
    head = say("named_line", sentence=finding.text, code=named.line().cut(_LONGEST).code())
    return replace(finding, text=RedactedText.join("\n", [head, *rows]))


def _is_within(line: int, first: object, last: object) -> bool:
    """Whether a line is in the function; outside of functions each is."""
    return not (isinstance(first, int) and isinstance(last, int) and first) or first <= line <= last


def _row(line: NumberedLine, *, is_named: bool) -> RedactedText:
    number = RedactedText.tag("", line.number)
    name = "marked_line" if is_named else "plain_line"
    return say(name, number=number, code=line.text.cut(_LONGEST))
