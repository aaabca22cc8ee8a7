"""What a case comes to, in the few rows that are read first: its verdict and its next step.

Who suffers, what set it off, the lines that show it, and what to do now; each once.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import Solution, SolutionState
from core.cases.model import Citation, EvidenceKind, HypothesisState, Trust
from core.conversation.cards.card import Action, Row
from core.evidence.line_quotes import quote
from core.investigation.causes.scored_cause import name_of
from core.investigation.verdict.asked_checks import open_checks
from core.investigation.worded_change import ChangeSort, WordedChange
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.cases.model import Hypothesis
    from core.cases.projection import CaseView

QUOTED_SHORT = 72  # characters of a line that is quoted beside its reasons
QUOTED_LONG = 110  # where a screen has room for what shows the verdict in so many
_TELLING = 0.5  # nats: what weighs less is no second line of the screen
_MOST_LINES = 2  # that show a root cause, each once
_FIX_WIDTH, _FIRST_STEP_WIDTH = 84, 120  # of what to do now; of the first of its steps
_STEP_END = re.compile(r"; ")
_STEP_WIDTH = 76  # of what is better told in whole clauses, where lines are shorter
_RUN = Action(verb="run", argument="", label=RedactedText.format("Run check"))
_TITLES = {
    "impact": RedactedText.format("Hurts"),
    "trigger": RedactedText.format("Trigger"),
    "seen": RedactedText.format("Seen"),
    "changed": RedactedText.format("Changed"),
    "shown": RedactedText.format("Shown by"),
    "fix": RedactedText.format("Do now"),
    "next": RedactedText.format("Next"),
}


def root_cause(view: CaseView) -> Hypothesis | None:
    """The leading hypothesis, if the last turn took it for the root cause, or a person did."""
    leader, conclusion = next(iter(open_hypotheses(view)), None), view.investigation.conclusion
    if leader is None or leader.state is HypothesisState.VALIDATED:
        return leader
    if conclusion is None or conclusion.confidence is not Trust.HIGH:
        return None
    return leader if conclusion.about == leader.number else None


def harmless_text(view: CaseView) -> RedactedText | None:
    """`No impact found: …`, where the last turn found that nobody suffers, and nobody objected."""
    conclusion = view.investigation.conclusion
    confirmed = any(known.state is HypothesisState.VALIDATED for known in view.hypotheses)
    if conclusion is None or not conclusion.harmless or confirmed:
        return None
    return conclusion.conclusion.line()


def belief_text(hypothesis: Hypothesis) -> RedactedText:
    """`Root cause 91 %: reads of billing are stale`; the number is with the commands below it."""
    statement = hypothesis.statement.line()
    if hypothesis.state is HypothesisState.VALIDATED:
        return RedactedText.format("Root cause, confirmed: {statement}", statement=statement)
    share = quantities.percent(hypothesis.confidence)
    return RedactedText.format("Root cause {share}: {statement}", share=share, statement=statement)


def head_text(view: CaseView, cause: Hypothesis) -> RedactedText:
    """The belief; of a change, whose words the row of the trigger has, only where it was.

    Of what a release brought, with the release.
    """
    if (version := _release_of(view, cause)) is not None:
        statement = RedactedText.format(
            "{what}, release {version}", what=cause.statement.line(), version=version
        )
        return belief_text(replace(cause, statement=statement))
    short = RedactedText.format("the change at {name}", name=name_of(cause.cause.service))
    statement = cause.statement.line()
    if is_set_off(view) and statement.text.startswith(f"{short.text}: "):
        return belief_text(replace(cause, statement=short))
    return belief_text(cause)


def _release_of(view: CaseView, cause: Hypothesis) -> RedactedText | None:
    """The version of the cause's own service that set it off, where its words do not have it."""
    line, service = _trigger_of(view), cause.cause.service
    if line is None or service is None or not is_set_off(view):
        return None
    change = WordedChange.of(line.text)
    is_release = change.sort is ChangeSort.RELEASE and change.is_of(name_of(service))
    if not is_release or change.after is None or change.after.text in cause.statement.text:
        return None
    return change.after


def harmless_rows(view: CaseView) -> list[Row]:
    """Where nobody suffers: what fired, what of it is in trouble, and what was changed near it."""
    conclusion = view.investigation.conclusion
    if harmless_text(view) is None or conclusion is None:
        return []
    rows = []
    if not view.case.is_of_person:
        title = view.case.title.line().cut_after_word(QUOTED_SHORT)
        rows.append(Row(text=RedactedText.format("Fired: {title}", title=title)))
    if (line := conclusion.impact) is not None and line.locus:
        rows.append(_titled("seen", quote(line.text, room=QUOTED_SHORT), line))
    if (line := conclusion.trigger) is not None and conclusion.is_tied:
        what = WordedChange.of(line.text).summary(QUOTED_SHORT)
        text = RedactedText.format("{when}: {what}", when=line.why.line(), what=what)
        rows.append(_titled("changed", text, line))
    step = RedactedText.format("Do now: nothing for users; see why it fires, or whether it should")
    return [*rows, Row(text=step)]


def impact_rows(view: CaseView) -> list[Row]:
    """`Hurts: orders: 18 % of requests fail since 02:14:10 UTC, 0 % before`, if anything shows."""
    conclusion = view.investigation.conclusion
    if conclusion is None or conclusion.impact is None:
        return []
    return [_titled("impact", conclusion.impact.why.line(), conclusion.impact)]


def is_set_off(view: CaseView) -> bool:
    """Whether the trigger that is shown is tied to the cause."""
    conclusion = view.investigation.conclusion
    return conclusion is not None and conclusion.is_tied


def trigger_rows(view: CaseView, *, room: int = QUOTED_SHORT) -> list[tuple[Row, RedactedText]]:
    """`Trigger: 02:13:05 UTC, 65 s before the first effect: nightly-export v3 started`.

    With what it quotes, in at most `room` characters. As long as the cause is none yet, it is
    perhaps the trigger.
    """
    line = _trigger_of(view)
    if line is None:
        return []
    what, when = WordedChange.of(line.text).summary(room), line.why.line()
    if root_cause(view) is None and is_set_off(view):
        when = RedactedText.format("perhaps {when}", when=when)
    text = RedactedText.format("{when}: {what}", when=when, what=what)
    return [(_titled("trigger", text, line), quote(line.text, room=room))]


def differing_rows(view: CaseView) -> list[Row]:
    """`Changed: first of 3 differences of settings: pool.max: 40 → 4`.

    Where nothing that was read fails, and no cause is thought of.
    """
    conclusion = view.investigation.conclusion
    if conclusion is None or conclusion.about is not None or open_hypotheses(view):
        return []
    line = conclusion.trigger
    if line is None or conclusion.harmless:
        return []
    text = RedactedText.format("{which}: {what}", which=line.why.line(), what=_difference(line))
    return [_titled("changed", text, line)]


def _difference(line: Citation) -> RedactedText:
    """A difference without where the older value stood."""
    text = line.text.line()
    place = text.text.find(" (before: ")
    return (text if place < 0 else text.part(0, place)).cut_after_word(QUOTED_LONG)


def no_trigger_rows(view: CaseView) -> list[Row]:
    """That no change was seen, where a turn looked for what set the root cause off."""
    conclusion, leader = view.investigation.conclusion, root_cause(view)
    looked = conclusion is not None and leader is not None and conclusion.about == leader.number
    if not looked or _trigger_of(view) is not None:
        return []
    return [Row(text=RedactedText.format("Trigger: no change seen before it"))]


def shown_rows(view: CaseView, *, room: int = QUOTED_SHORT) -> list[tuple[Row, RedactedText]]:
    """The lines that show the root cause, each once; not those of the impact and the trigger.

    The strongest of each kind goes before a second of its kind. With what each quotes, in at most
    `room` characters.
    """
    cause, conclusion = root_cause(view), view.investigation.conclusion
    around = (conclusion.impact, _trigger_of(view)) if conclusion else ()
    known_texts = {line.text for line in around if line is not None}
    first, others = list[Citation](), list[Citation]()
    for line in sorted(cause.supporting if cause else (), key=_tells, reverse=True):
        if line.resolves and line.text not in known_texts and _is_telling(line):
            known_texts.add(line.text)
            is_new = line.kind not in (known.kind for known in first)
            (first if is_new else others).append(line)
    best = [*first, *others][:_MOST_LINES]
    lines = [*best[:1], *(line for line in best[1:] if line.weight >= _TELLING)]
    quotes = [quote(line.text, room=room) for line in lines]
    return [(_titled("shown", text, line), text) for text, line in zip(quotes, lines, strict=True)]


def open_hypotheses(view: CaseView) -> list[Hypothesis]:
    """What is still believed possible, a confirmed one first, then by rank."""
    alive = [hypothesis for hypothesis in view.hypotheses if hypothesis.is_alive]
    return sorted(
        alive,
        key=lambda hypothesis: (hypothesis.state is not HypothesisState.VALIDATED, hypothesis.rank),
    )


def proposed(view: CaseView) -> Solution | None:
    """The fix that waits for somebody to do it; of a rejected cause none does."""
    rejected = {known.number for known in view.hypotheses if not known.is_alive}
    waiting = [
        solution
        for solution in view.investigation.solutions
        if solution.state is SolutionState.PROPOSED and solution.hypothesis not in rejected
    ]
    return waiting[-1] if waiting else None


def next_row(view: CaseView, best: Hypothesis, *, is_kept: bool = True) -> Row:
    """`Do now: roll back 2f9c, then `fixed 1``, or the check that decides.

    is_kept: whether the case is kept, so that somebody can say that it was done.
    """
    fix = proposed(view)
    title = _TITLES["fix" if fix else "next"]
    step = next_step(view, best) if is_kept or fix is None else _fix_text(fix)
    return Row(text=RedactedText.format("{title}: {step}", title=title, step=step))


def next_step(view: CaseView, best: Hypothesis) -> RedactedText:
    """The fix that waits for somebody, or what decides: the check that was asked last."""
    fix, asked = proposed(view), next(iter(open_checks(view.investigation)), None)
    if fix is not None:
        return RedactedText.format("{fix}, then `fixed {n}`", fix=_fix_text(fix), n=fix.number)
    if asked is not None and best.state is not HypothesisState.VALIDATED:
        ask = asked.check.ask.line().clause(_STEP_WIDTH - 14)
        return RedactedText.format("{ask} → `run`", ask=ask)
    if best.state is HypothesisState.VALIDATED:
        return RedactedText.format("fix it, then `resolve` with what fixed it")
    return best.check.line().clause(_STEP_WIDTH - 6)


def _fix_text(fix: Solution) -> RedactedText:
    """What to do, and the case that it ended before if there is one."""
    instruction = _first_steps(fix.text.line())
    if fix.record is None:
        return instruction
    tag = RedactedText.tag("#", fix.record.number)
    return RedactedText.format("{fix} (fixed {tag})", fix=instruction, tag=tag)


def _first_steps(text: RedactedText) -> RedactedText:
    """As many of its steps as are soon read, at least the first; semicolons stand between them."""
    ends = [match.start() for match in _STEP_END.finditer(text.text)]
    end = max([end for end in ends if end <= _FIX_WIDTH], default=min(ends, default=None))
    steps = text if end is None or len(text.text) <= _FIX_WIDTH else text.part(0, end)
    return steps.cut_after_word(_FIRST_STEP_WIDTH)


def next_actions(view: CaseView) -> tuple[Action, ...]:
    """To say that the fix was done where one is proposed; else to try what decides.

    Nothing more is to be decided once a person has confirmed a cause.
    """
    fix = proposed(view)
    if fix is not None:
        done = RedactedText.format("Mark as fixed")
        return (Action(verb="fixed", argument=str(fix.number), label=done),)
    is_confirmed = any(known.state is HypothesisState.VALIDATED for known in view.hypotheses)
    return () if is_confirmed or not open_hypotheses(view) else (_RUN,)


def _trigger_of(view: CaseView) -> Citation | None:
    """Of the cause that leads now: a conclusion is older than a person's word."""
    conclusion = view.investigation.conclusion
    leader = root_cause(view) or next(iter(open_hypotheses(view)), None)
    if conclusion is None or leader is None or conclusion.about != leader.number:
        return None
    return conclusion.trigger


def _tells(line: Citation) -> tuple[bool, float]:
    """What a program says of its failure tells more than that a figure moved."""
    return line.kind is not EvidenceKind.METRIC, line.weight


def _is_telling(line: Citation) -> bool:
    """Whether it shows a failure, or by which values something was changed.

    That somebody was at work shows no failure.
    """
    return line.kind is not EvidenceKind.CHANGE or WordedChange.of(line.text).before is not None


def _titled(title: str, text: RedactedText, line: Citation) -> Row:
    return Row(
        text=RedactedText.format("{title}: {text}", title=_TITLES[title], text=text),
        citation=line.label,
    )
