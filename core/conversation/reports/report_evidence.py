"""The part of a report that argues: the evidence, its decisive lines, and the hypotheses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.model import Citation, Hypothesis, HypothesisState, PredictionOutcome
from core.conversation.cards.evidence_cards import file_line
from core.conversation.cards.quotes import argued, told
from core.conversation.cards.verdict_rows import open_hypotheses
from core.conversation.reports.markdown import LINE_WIDTH, Formatter, quoted_line, section
from core.conversation.reports.timeline import highlights
from core.evidence.model import Coverage, DataType, EvidenceFile, Finding
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.cases.ports import Dossier
    from core.evidence.model import Locus

FINDINGS_SHOWN = 2  # of one file; the rest is counted
_FILES_SHOWN = 15  # with their findings; of the others the names
_LINES_FOR, _LINES_AGAINST = 3, 2  # of one hypothesis
_HYPOTHESES_SHOWN = 4  # with their lines
_DIGEST = 12  # characters of a SHA-256 that name a file; `export` has all of it
_LINES_SHOWN = 8  # as they stand in their files
_LINE_LENGTH = 400  # characters of one of them
_OF_LINES = (DataType.LOG, DataType.TEXT)


def decisive_places(dossier: Dossier) -> Iterator[tuple[EvidenceFile, Locus]]:
    """Where the lines stand on which the verdict rests: impact, trigger, then the leading cause.

    Each once: a change is cited with all lines of its moment, and a reason for it with one of them.
    """
    conclusion, leader = (
        dossier.view.investigation.conclusion,
        next(iter(open_hypotheses(dossier.view)), None),
    )
    citations = [
        *(filter(None, (conclusion.impact, conclusion.trigger)) if conclusion else ()),
        *(leader.supporting if leader else ()),
        *(leader.contradicting if leader else ()),
    ]
    files = {file.name.text: file for file in dossier.files if file.data_type in _OF_LINES}
    places: dict[tuple[str, int], Locus] = {}
    for citation in citations:
        locus = citation.locus
        if locus and citation.resolves and locus.file in files:
            places.setdefault((locus.file, locus.line_start), locus)
    for locus in list(places.values())[:_LINES_SHOWN]:
        yield files[locus.file], locus


def evidence_section(
    dossier: Dossier, pen: Formatter, *, lines: Mapping[str, RedactedText]
) -> list[RedactedText]:
    """Alerts, then files with their findings. lines: those of files, by their label."""
    rows = [
        _alert_line(occurrence.summary or occurrence.name, occurrence.fires, pen)
        for occurrence in dossier.occurrences
    ]
    findings_of = {file.id: _shown_findings(dossier, file) for file in dossier.files}
    loud = sorted(dossier.files, key=lambda file: not highlights(findings_of[file.id]))
    shown = {file.id for file in loud[:_FILES_SHOWN] if _is_telling(file, findings_of[file.id])}
    for file in dossier.files:
        if file.id in shown:
            rows += _file_lines(file, findings_of[file.id], pen)
    others = [file.tag for file in dossier.files if file.id not in shown]
    if others:
        named = quantities.listed(others, most=60)
        rows.append(RedactedText.format("- Nothing unusual or not listed: {files}", files=named))
    body = rows or [RedactedText.format("None was brought.")]
    return [*section(RedactedText.format("Evidence"), body), *_decisive_lines(lines, pen)]


def _decisive_lines(lines: Mapping[str, RedactedText], pen: Formatter) -> list[RedactedText]:
    if not lines:
        return []
    rows = [RedactedText.format("### Decisive lines")]
    for label, text in lines.items():
        rows += [pen.name(label), *quoted_line(text.cut(_LINE_LENGTH))]
    return rows


def _alert_line(summary: str, fires: int, pen: Formatter) -> RedactedText:
    return RedactedText.format(
        "- Alert {summary}, delivered {times}", summary=pen.name(summary), times=_times(fires)
    )


def _times(number: int) -> RedactedText:
    """`once`, `3 times`."""
    if number == 1:
        return RedactedText.format("once")
    return RedactedText.format("{n} times", n=number)


def _shown_findings(dossier: Dossier, file: EvidenceFile) -> list[Finding]:
    """Of a configuration none: what it sets is in the file, and says nothing by itself."""
    if file.data_type is DataType.CONFIG:
        return []
    return [finding for finding in dossier.findings.get(file.id, ()) if not finding.is_digest]


def _is_telling(file: EvidenceFile, findings: Sequence[Finding]) -> bool:
    return bool(highlights(findings)) or file.coverage is not Coverage.WHOLE


def _file_lines(
    file: EvidenceFile, findings: Sequence[Finding], pen: Formatter
) -> list[RedactedText]:
    digest = RedactedText.EMPTY
    if file.was_stored:
        digest = RedactedText.format(", SHA-256 {digest}", digest=pen.name(file.blob[:_DIGEST]))
    lines = [RedactedText.format("- {name}{digest}", name=file_line(file).code(), digest=digest)]
    why = file.problem.code() if file.problem else RedactedText.format("unknown")
    if file.coverage is Coverage.NONE:
        return [*lines, RedactedText.format("  - Not read: {why}", why=why)]
    if file.coverage is Coverage.PART:
        lines.append(RedactedText.format("  - Read in part: {why}", why=why))
    shown = highlights(findings)[:FINDINGS_SHOWN]
    lines += [_finding_line(finding, pen) for finding in shown]
    if shown and len(findings) > len(shown):
        more = quantities.counted(len(findings) - len(shown), "finding", "findings")
        lines.append(RedactedText.format("  - and {more} not listed", more=more))
    return lines


def _finding_line(finding: Finding, pen: Formatter) -> RedactedText:
    what = told(finding, room=LINE_WIDTH).code()
    return RedactedText.format("  - {told}{at}", told=what, at=pen.at(finding.locus))


def hypotheses_section(
    hypotheses: Sequence[Hypothesis], pen: Formatter, *, picture: Sequence[RedactedText] = ()
) -> list[RedactedText]:
    """Each by rank, with its lines for and against, and why it was rejected if it was."""
    lines = list(picture)
    ranked = sorted(hypotheses, key=lambda hypothesis: hypothesis.rank)
    for place, hypothesis in enumerate(ranked):
        title = RedactedText.format(
            "### {n}. {text} — {said}",
            n=hypothesis.number,
            text=hypothesis.statement.code(),
            said=standing_text(hypothesis, pen),
        )
        lines += [title, *_verdict_lines(hypothesis, pen)]
        if place < _HYPOTHESES_SHOWN:
            lines += _argument_lines(hypothesis, pen)
    return section(
        RedactedText.format("Hypotheses"),
        lines or [RedactedText.format("None: the evidence shows no known failure.")],
    )


def _argument_lines(hypothesis: Hypothesis, pen: Formatter) -> list[RedactedText]:
    lines = citation_lines(RedactedText.format("For"), hypothesis.supporting, pen)
    if hypothesis.is_alive or hypothesis.verdict_why:  # else they are why it was rejected
        against = RedactedText.format("Against")
        lines += citation_lines(against, hypothesis.contradicting, pen, most=_LINES_AGAINST)
    if not hypothesis.supporting:
        lines.append(RedactedText.format("- For: no line, unsupported"))
    if hypothesis.check and hypothesis.is_alive:
        lines.append(RedactedText.format("- Check: {check}", check=hypothesis.check.code()))
    return lines


def _verdict_lines(hypothesis: Hypothesis, pen: Formatter) -> list[RedactedText]:
    """Why it was confirmed or rejected, as far as anybody said or anything shows."""
    if not hypothesis.is_alive:
        why = rejection_text(hypothesis, pen)
        return [RedactedText.format("- Why rejected: {why}", why=why)]
    if not hypothesis.verdict_why:
        return []
    return [RedactedText.format("- Why confirmed: {why}", why=hypothesis.verdict_why.code())]


def rejection_text(hypothesis: Hypothesis, pen: Formatter) -> RedactedText:
    """A person's reason, else the first line against it, else what it made expect in vain."""
    if hypothesis.verdict_why:
        return hypothesis.verdict_why.code()
    for line, text in argued(hypothesis.contradicting, room=LINE_WIDTH):
        return RedactedText.format("{text}{at}", text=text.code(), at=pen.at(line.locus))
    for prediction in hypothesis.predictions:
        if prediction.outcome is PredictionOutcome.FAILED:
            return RedactedText.format("expected and not seen: {text}", text=prediction.text)
    return RedactedText.format("no reason was given")


def citation_lines(
    side: RedactedText, lines: Sequence[Citation], pen: Formatter, *, most: int = _LINES_FOR
) -> list[RedactedText]:
    """What lines say for or against something, each with its place; the rest is counted."""
    arguments = list(argued(lines, room=LINE_WIDTH))
    shown = [
        RedactedText.format(
            "- {side}: {text}{at}", side=side, text=text.code(), at=pen.at(line.locus)
        )
        for line, text in arguments[:most]
    ]
    if left := len(arguments) - len(shown):
        more = quantities.counted(left, "more line", "more lines")
        shown.append(RedactedText.format("- {side}: {more}", side=side, more=more))
    return shown


def standing_text(hypothesis: Hypothesis, pen: Formatter) -> RedactedText:
    """`95 %, not confirmed`, or by whom it was confirmed or rejected."""
    by = RedactedText.EMPTY
    if hypothesis.verdict_by:
        by = RedactedText.format(" by {by}", by=pen.name(hypothesis.verdict_by))
    if hypothesis.state is HypothesisState.VALIDATED:
        return RedactedText.format("confirmed{by}", by=by)
    if hypothesis.state is HypothesisState.REJECTED:
        return RedactedText.format("rejected{by}", by=by)
    return RedactedText.format(
        "{share}, not confirmed", share=quantities.percent(hypothesis.confidence)
    )
