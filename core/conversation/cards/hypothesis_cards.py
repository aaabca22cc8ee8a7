"""The cards of the hypotheses, and of the reasons for one of them.

What rests on a line that is not there is struck through and counts for nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, LiteralString

from core.cases.model import (
    Citation,
    Hypothesis,
    HypothesisState,
    PredictionOutcome,
)
from core.conversation.cards.card import (
    SHOWN,
    Action,
    Card,
    Mark,
    RankedRow,
    Row,
    fold_rows,
    line_count,
)
from core.conversation.cards.case_card import confidence
from core.conversation.cards.case_rows import unread_rows
from core.conversation.cards.quotes import argued
from core.conversation.cards.verdict_rows import (
    QUOTED_LONG,
    QUOTED_SHORT,
    differing_rows,
    harmless_rows,
    harmless_text,
    head_text,
    impact_rows,
    is_set_off,
    next_row,
    no_trigger_rows,
    open_hypotheses,
    root_cause,
    shown_rows,
    trigger_rows,
)
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.cases.model import Case
    from core.cases.projection import CaseView
    from core.evidence.model import EvidenceFile
    from core.redaction.engine import Redactor

# What of the hypotheses is shown first; of a root cause, the verdict before any rival.
_HEAD, _STEP, _LEADER, _RIVAL, _UNREAD, _AGAINST, _TITLE, _REJECTED, _REST = range(9)
_RANKS = {0: _LEADER, 1: _RIVAL}  # by place, without a root cause
_LEAST_RIVAL = 0.05  # share of the posterior: what is less likely is no rival of the leader
_QUOTED_LEAST = 48  # characters of a line, where places and names take the room
_CHECK_WIDTH = 110  # of a check; `run` gives the whole
_QUESTION = 2  # lines of a phone for the question above the reasons
_OUTCOMES = {
    PredictionOutcome.HELD: RedactedText.format("seen"),
    PredictionOutcome.FAILED: RedactedText.format("not seen"),
    PredictionOutcome.UNTESTED: RedactedText.format("not checked yet"),
}
_SCALE_NOTE = RedactedText.format("Weights are log-odds: +2.3 makes it ten times as likely.")


def hypotheses_card(
    view: CaseView,
    *,
    files: Sequence[EvidenceFile] = (),
    redactor: Redactor,
    is_kept: bool = True,
) -> Card:
    """The verdict, what shows it and what to do now; folded, all that speaks for and against each.

    files: those of the case; what of them was not read is said. is_kept: whether somebody can still
    say to the case what is right and what was done.
    """
    case, alive = view.case, open_hypotheses(view)
    for room in (QUOTED_LONG, QUOTED_SHORT, _QUOTED_LEAST):
        ranked = _ranked_rows(view, files, redactor=redactor, is_kept=is_kept, room=room)
        rows, fold = fold_rows(ranked)
        if all(entry.rank > _LEADER or entry.row in rows for entry in ranked):
            break
    if harmless_text(view) is not None:  # nobody is suspected of what nobody suffers
        kept = {id(entry.row) for entry in ranked if entry.rank in (_HEAD, _UNREAD)}
        fold = [*(row for row in rows if id(row) not in kept), *fold]
        rows = [row for row in rows if id(row) in kept]
    return Card(
        key=f"hypotheses:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        fold=tuple(fold),
        actions=tuple(_verdict_actions(alive)) if is_kept and harmless_text(view) is None else (),
        case_number=case.number,
    )


def _ranked_rows(
    view: CaseView,
    files: Sequence[EvidenceFile],
    *,
    redactor: Redactor,
    is_kept: bool,
    room: int,
) -> list[RankedRow]:
    """All rows in the order of reading.

    room: characters of a line that is quoted in the verdict.
    """
    quoted = set[RedactedText]()
    return [
        *_verdict(view, quoted=quoted, is_kept=is_kept, room=room),
        *(RankedRow(row=row, rank=_UNREAD) for row in unread_rows(files)),
        *_hypotheses(view, redactor=redactor, quoted=quoted, room=room),
    ]


def why_card(case: Case, hypothesis: Hypothesis, *, redactor: Redactor) -> Card:
    """All that speaks for one of a case's hypotheses and against it, what a person said first."""
    title = why_title(hypothesis)
    rows, fold = reasons(hypothesis)
    run = Action(
        verb="run", argument=str(hypothesis.number), label=RedactedText.format("Run check")
    )
    headline = RedactedText.format("{tag} {title}", tag=case.tag, title=title.text)
    return Card(
        key=f"why:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=(replace(title, text=headline), *verdict_rows(hypothesis, redactor), *rows),
        fold=tuple(fold),
        actions=(run,) if hypothesis.is_alive else (),
        case_number=case.number,
    )


def why_title(hypothesis: Hypothesis) -> Row:
    """`1. checkout refuses connections, 72 %`."""
    text = RedactedText.format(
        "{n}. {statement}, {share}",
        n=hypothesis.number,
        statement=hypothesis.statement.line(),
        share=quantities.percent(hypothesis.confidence),
    )
    return Row(text=text, strong=True)


def reasons(hypothesis: Hypothesis) -> tuple[list[Row], list[Row]]:
    """The rows below the title that fit a phone, and what is folded."""
    room = SHOWN - _QUESTION - line_count(why_title(hypothesis))
    rows, fold = fold_rows(list(_reason_rows(hypothesis)), room=room)
    return rows, [*fold, Row(text=_SCALE_NOTE)]


def _reason_rows(hypothesis: Hypothesis) -> Iterator[RankedRow]:
    """In the order of reading; the best line of each side, then the check, are shown first."""
    lines = [*hypothesis.supporting, *hypothesis.contradicting]
    resolved = [line for line in lines if line.resolves]
    quoted = set[RedactedText]()
    sides = [[line for line in resolved if line.weight >= 0]]
    sides.append([line for line in resolved if line.weight < 0])
    weighed = [pair for side in sides for pair in argued(side, quoted=quoted, room=QUOTED_SHORT)]
    best = {line.weight >= 0: line for line, _ in sorted(weighed, key=_strength)}
    if not weighed:
        yield RankedRow(row=Row(text=RedactedText.format("for: no line yet, unsupported")), rank=0)
    for line, text in weighed:
        rank = (0 if line.weight >= 0 else 1) if line in best.values() else 5
        yield RankedRow(row=_weighed_row(line, text), rank=rank)
    yield from (RankedRow(row=row, rank=3) for row in _unsupported_rows(lines))
    yield from (RankedRow(row=row, rank=4) for row in _prediction_rows(hypothesis))
    if hypothesis.check:
        text = RedactedText.format("Would settle it: {check}", check=check_text(hypothesis))
        yield RankedRow(row=Row(text=text), rank=2)
    instruction = RedactedText.format("To check that: `run {n}`", n=hypothesis.number)
    yield RankedRow(row=Row(text=instruction), rank=2)


def check_text(hypothesis: Hypothesis) -> RedactedText:
    """Its check in whole clauses, short enough for a phone."""
    return hypothesis.check.line().clause(_CHECK_WIDTH)


def weight(line: Citation) -> RedactedText:
    """`+3.2`, or with a minus sign."""
    sign = RedactedText.format("+") if line.weight >= 0 else RedactedText.format("\u2212")
    return RedactedText.format("{sign}{n}", sign=sign, n=round(abs(line.weight), 1))


def _strength(weighed: tuple[Citation, RedactedText]) -> float:
    return abs(weighed[0].weight)


def _weighed_row(line: Citation, reason: RedactedText) -> Row:
    side = RedactedText.format("for") if line.weight >= 0 else RedactedText.format("against")
    text = RedactedText.format("{side} {weight}: {why}", side=side, weight=weight(line), why=reason)
    return Row(text=text, citation=line.label)


def _unsupported_rows(lines: Iterable[Citation]) -> Iterator[Row]:
    """Claims whose line is not where they say it is, struck through."""
    unresolved = [line for line in lines if not line.resolves]
    for line, reason in argued(unresolved, room=QUOTED_SHORT):
        text = RedactedText.format("unsupported, not counted: {why}", why=reason)
        yield Row(text=text, citation=line.label, struck=True)


def _prediction_rows(hypothesis: Hypothesis) -> Iterator[Row]:
    """Each expectation and whether it was seen; one that stands among the lines is not repeated."""
    weighed = {line.why for line in hypothesis.contradicting}
    for prediction in hypothesis.predictions:
        text = RedactedText.format(
            "expected: {what} \u2014 {how}",
            what=prediction.text.line(),
            how=_OUTCOMES[prediction.outcome],
        )
        if text not in weighed:
            places = (place for line in prediction.citations if (place := line.label))
            yield Row(text=text, citation=next(places, None))


def _verdict(
    view: CaseView, *, quoted: set[RedactedText], is_kept: bool, room: int
) -> Iterator[RankedRow]:
    """Its head, who suffers, the trigger and, of a root cause, its lines and what to do now."""
    cause = root_cause(view)
    yield RankedRow(row=Row(text=_head_text(view, cause), strong=True), rank=_HEAD)
    yield from (RankedRow(row=row, rank=_HEAD) for row in harmless_rows(view))
    yield from (RankedRow(row=row, rank=_LEADER) for row in impact_rows(view))
    yield from (RankedRow(row=row, rank=_LEADER) for row in differing_rows(view))
    for row, line in trigger_rows(view, room=room):
        quoted.add(line)
        yield RankedRow(row=row, rank=_LEADER if is_set_off(view) else _RIVAL)
    if cause is None:
        return
    yield from (RankedRow(row=row, rank=_RIVAL) for row in no_trigger_rows(view))
    for nth, (row, line) in enumerate(shown_rows(view, room=room)):
        quoted.add(line)
        below = RedactedText.format("for: {text}", text=line)
        entry = _ranked_below(cause, replace(row, text=below), _RIVAL if nth else _LEADER)
        yield replace(entry, row=row)
    yield RankedRow(row=next_row(view, cause, is_kept=is_kept), rank=_STEP)


def _hypotheses(
    view: CaseView, *, redactor: Redactor, quoted: set[RedactedText], room: int
) -> Iterator[RankedRow]:
    """Each with its lines; without a root cause, the leader and its rival come first."""
    cause, alive = root_cause(view), open_hypotheses(view)
    for place, hypothesis in enumerate(alive):
        is_cause = hypothesis is cause
        is_rival = place == 0 or hypothesis.confidence >= _LEAST_RIVAL
        rank = _REST if cause else (_RANKS.get(place, _TITLE) if is_rival else _TITLE)
        if not is_cause:
            title = _title_row(hypothesis, redactor)
            yield RankedRow(row=title, rank=_TITLE if cause else rank)
        yield from _ranked_verdict(hypothesis, min(rank, _RIVAL), redactor)
        yield from _line_rows(hypothesis, rank, quoted, room)
        if hypothesis.check and (place or cause):
            check = Row(text=RedactedText.format("check: {check}", check=check_text(hypothesis)))
            yield _ranked_below(hypothesis, check, _TITLE if is_cause else _REST)
    if alive and cause is None:
        yield _settling_row(view, alive[0])
    if alive and not any(hypothesis.state is HypothesisState.VALIDATED for hypothesis in alive):
        yield RankedRow(row=_something_else_row(view.hypotheses), rank=_REST)
    for hypothesis in view.hypotheses:
        if hypothesis.state is HypothesisState.REJECTED:
            yield from _rejected_rows(hypothesis, redactor=redactor)


def _head_text(view: CaseView, cause: Hypothesis | None) -> RedactedText:
    tag, alive = view.case.tag, open_hypotheses(view)
    if cause is not None:
        return RedactedText.format("{tag} {belief}", tag=tag, belief=head_text(view, cause))
    if (harmless := harmless_text(view)) is not None:
        return RedactedText.format("{tag} {text}", tag=tag, text=harmless)
    if not view.hypotheses:
        return RedactedText.format(
            "{tag} No root cause yet, no hypotheses yet: {what}",
            tag=tag,
            what=_missing_text(view.case),
        )
    counts = [quantities.counted(len(alive), "hypothesis", "hypotheses")]
    if rejected := len(view.hypotheses) - len(alive):
        counts.append(RedactedText.format("{n} rejected", n=rejected))
    return RedactedText.format(
        "{tag} No root cause yet · {counts}", tag=tag, counts=RedactedText.join(", ", counts)
    )


def _line_rows(
    hypothesis: Hypothesis, rank: int, quoted: set[RedactedText], room: int
) -> Iterator[RankedRow]:
    """Lines for and against. The best line for it has `rank`, and its other reasons stand below."""
    if not hypothesis.supporting:
        unsupported = Row(text=RedactedText.format("for: no line yet, unsupported"))
        yield _ranked_below(hypothesis, unsupported, rank)
    for nth, row in enumerate(_citation_rows("for", hypothesis.supporting, quoted, room)):
        entry = _ranked_below(hypothesis, row, _REST if nth else rank)
        yield from (entry,) if nth or rank == _REST else _shortened(entry, hypothesis)
    for nth, row in enumerate(_citation_rows("against", hypothesis.contradicting, quoted, room)):
        best = _AGAINST if rank == _LEADER and not nth else _REST
        yield _ranked_below(hypothesis, row, best)


def _shortened(best: RankedRow, hypothesis: Hypothesis) -> Iterator[RankedRow]:
    """The row of the line that weighs most with the strongest of its reasons; then the others."""
    line, _ = next(argued(hypothesis.supporting))
    same = [reason for reason in hypothesis.supporting if reason.text == line.text]
    first, *others = sorted(same, key=lambda reason: reason.weight, reverse=True)
    _, text = next(argued([first], room=QUOTED_SHORT))
    yield replace(best, row=replace(best.row, text=RedactedText.format("for: {text}", text=text)))
    if others:
        reasons = RedactedText.join("; ", [reason.why.line() for reason in others])
        below = Row(text=RedactedText.format("also for: {reasons}", reasons=reasons))
        yield _ranked_below(hypothesis, below, _REST)


def _settling_row(view: CaseView, leader: Hypothesis) -> RankedRow:
    """The one step that would tell more: the leader's check, if it has one."""
    if not leader.check:
        return RankedRow(row=next_row(view, leader), rank=_LEADER)
    text = RedactedText.format("Would settle it: {check}", check=check_text(leader))
    return RankedRow(row=Row(text=text), rank=_LEADER)


def _missing_text(case: Case) -> RedactedText:
    if case.files:
        return RedactedText.format("nothing read so far shows a known failure. Bring another log.")
    return RedactedText.format("drop a log here, from 10 min before it began.")


def _ranked_below(hypothesis: Hypothesis, row: Row, rank: int) -> RankedRow:
    """A row under a hypothesis; below the fold it carries the number, `1 for: ...`."""
    text = RedactedText.format("{n} {text}", n=hypothesis.number, text=row.text)
    return RankedRow(row=row, rank=rank, below=replace(row, text=text))


def _title_row(hypothesis: Hypothesis, redactor: Redactor) -> Row:
    title = RedactedText.format(
        "{n}. {text} \u2014 {verdict}",
        n=hypothesis.number,
        text=hypothesis.statement.line(),
        verdict=confidence(hypothesis, redactor),
    )
    return Row(text=title, strong=True)


def _citation_rows(
    side: LiteralString, lines: Sequence[Citation], quoted: set[RedactedText], room: int
) -> Iterator[Row]:
    for line, reason in argued(lines, quoted=quoted, room=room):
        text = RedactedText.format("{side}: {text}", side=RedactedText.format(side), text=reason)
        yield Row(text=text, citation=line.label)


def _something_else_row(hypotheses: Sequence[Hypothesis]) -> Row:
    """The posterior's share of causes that nobody has named (it sums to 1 with the named ones)."""
    left = 1 - sum(hypothesis.confidence for hypothesis in hypotheses)
    text = RedactedText.format("Something else — {share}", share=quantities.percent(left))
    return Row(text=text, strong=True)


def _rejected_rows(hypothesis: Hypothesis, *, redactor: Redactor) -> Iterator[RankedRow]:
    yield RankedRow(row=_title_row(hypothesis, redactor), rank=_REJECTED)
    yield from _ranked_verdict(hypothesis, _REJECTED, redactor)


def verdict_rows(hypothesis: Hypothesis, redactor: Redactor) -> list[Row]:
    """`confirmed by @dana: we saw it`, where a person gave a reason."""
    if not hypothesis.verdict_why:
        return []
    why = hypothesis.verdict_why.line()
    if hypothesis.state is HypothesisState.REJECTED:  # its title says by whom
        return [Row(text=RedactedText.format("why: {why}", why=why))]
    verdict = confidence(hypothesis, redactor)
    return [Row(text=RedactedText.format("{verdict}: {why}", verdict=verdict, why=why))]


def _ranked_verdict(hypothesis: Hypothesis, rank: int, redactor: Redactor) -> Iterator[RankedRow]:
    for row in verdict_rows(hypothesis, redactor):
        yield _ranked_below(hypothesis, row, rank)


def _verdict_actions(alive: list[Hypothesis]) -> list[Action]:
    if not alive or alive[0].state is HypothesisState.VALIDATED:
        return []
    number = alive[0].number
    return [
        Action(
            verb="confirm", argument=str(number), label=RedactedText.format("Confirm {n}", n=number)
        ),
        Action(
            verb="reject", argument=str(number), label=RedactedText.format("Reject {n}", n=number)
        ),
    ]
