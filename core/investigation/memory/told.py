"""How is what is known told to a reasoner? In short lines, the most needed first.

What hypotheses cite is told once and in full length of a line, whoever cites it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from core.cases.hypotheses import HypothesisState, Outcome
from core.cases.investigation_state import SolutionState
from core.evidence.model import FindingKind
from core.investigation.causes.weighing import name_of
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.cases.hypotheses import Citation, Hypothesis
    from core.investigation.decision import Situation
    from core.investigation.memory.model import Memory
    from core.redaction.engine import Redactor

_LINE = 240  # characters of a line of evidence
_ALERTS, _CHANGES, _CALLS = 5, 8, 24  # of each at most

_FOR, _AGAINST = Clean.say("+"), Clean.say("-")
_OVER = (SolutionState.VALIDATED, SolutionState.FAILED)


@lru_cache(maxsize=2048)
def _named(name: str | None) -> Clean:
    # The same files and services are named in every line, and redaction looks at each anew.
    return name_of(name)


def alerts(situation: Situation, *, redactor: Redactor) -> Iterator[Clean]:
    """The newest alerts: what fires, where, since when."""
    newest = sorted(situation.occurrences, key=lambda one: one.starts_at, reverse=True)
    for one in newest[:_ALERTS]:
        yield Clean.say(
            "Alert {name} on {service} since {at}: {summary}",
            name=redactor.clean(one.name).line(),
            service=_named(one.service),
            at=one.starts_at,
            summary=redactor.clean(one.summary).line().cut(_LINE),
        )
    if len(newest) > _ALERTS:
        yield Clean.say("and {n} alerts before", n=len(newest) - _ALERTS)


def beliefs(situation: Situation) -> Iterator[Clean]:
    """The conclusion so far, then every hypothesis with the lines that it cites."""
    conclusion = situation.course.conclusion
    if conclusion:
        yield Clean.say("So far: {text}", text=conclusion.conclusion.line())
    known: dict[Clean, int] = {}
    for one in sorted(situation.hypotheses, key=lambda one: one.rank):
        yield _statement(one)
        if one.is_alive:
            yield from _lines(_FOR, one.supporting, known)
        yield from _lines(_AGAINST, one.contradicting, known)
        yield from _tested(one, known)
    if conclusion:
        yield from _lines(_FOR, conclusion.supporting, known)


def steps(situation: Situation) -> Iterator[Clean]:
    """Checks that people were asked for, and solutions that are under way."""
    for asked in situation.course.checks:
        words = "Asked for: {ask}" if asked.answered_by is None else "Answered: {ask}"
        yield Clean.say(words, ask=asked.check.ask.line().cut(_LINE))
    for one in situation.course.solutions:
        if one.state not in _OVER:
            yield Clean.say("Solution {n}: {text}", n=one.number, text=one.text.line().cut(_LINE))


def changes(situation: Situation) -> Iterator[Clean]:
    """The newest deploys and changes of configuration."""
    found = [
        one
        for several in situation.findings.values()
        for one in several
        if one.kind is FindingKind.CHANGE
    ]
    found.sort(key=lambda one: one.first.timestamp() if one.first else 0.0)
    for one in found[-_CHANGES:]:
        text = one.text.line().cut(_LINE)
        yield Clean.say("Change at {at}: {text}", at=one.first, text=text)


def calls(situation: Situation) -> Iterator[Clean]:
    """Who calls whom, as far as it concerns services that are alerted or suspected."""
    about = {one.service for one in situation.occurrences}
    about |= {one.cause.service for one in situation.hypotheses}
    near = [pair for pair in dict.fromkeys(situation.calls) if about & {*pair}]
    if near:
        told = [
            Clean.say("{caller} > {callee}", caller=_named(caller), callee=_named(callee))
            for caller, callee in near[:_CALLS]
        ]
        yield Clean.say("Calls: {calls}", calls=Clean.join(", ", told))


def talk(memory: Memory, *, redactor: Redactor) -> Iterator[Clean]:
    """What was said, oldest first, and how much is not told."""
    if memory.cold:
        yield Clean.say("{n} messages are not told.", n=len(memory.cold))
    people = {by: redactor.clean(by).line() for by in {one.by for one in memory.kept}}
    for one in memory.kept:
        yield Clean.say("{by}: {text}", by=people[one.by], text=one.text.line())


def _statement(one: Hypothesis) -> Clean:
    return Clean.say(
        "{n}. {text}, {share} %{ruled_out}",
        n=one.number,
        text=one.statement.line(),
        share=round(one.confidence * 100),
        ruled_out=Clean.say(", rejected") if one.state is HypothesisState.REJECTED else Clean.EMPTY,
    )


def _lines(sign: Clean, cited: Iterable[Citation], known: dict[Clean, int]) -> Iterator[Clean]:
    """Each cited line once; those that another hypothesis cites, too, by their number."""
    again, before = list[Clean](), len(known)
    for line in cited:
        if not line.resolves:
            continue
        where = _named(line.locus.label) if line.locus else Clean.say("said")
        text = line.text.line().cut(_LINE)
        key = Clean.join(" ", [where, text])
        if key in known:
            if known[key] <= before:
                again.append(Clean.tag("c", known[key]))
            continue
        known[key] = len(known) + 1
        yield Clean.join(" ", [sign, Clean.tag("c", known[key]), key])
    if again:
        yield Clean.join(" ", [sign, Clean.join(" ", list(dict.fromkeys(again)))])


def _tested(one: Hypothesis, known: dict[Clean, int]) -> Iterator[Clean]:
    for prediction in one.predictions:
        if prediction.outcome is not Outcome.UNTESTED:
            held = prediction.outcome is Outcome.HELD
            words = "predicted, held: {text}" if held else "predicted, failed: {text}"
            yield Clean.say(words, text=prediction.text.line().cut(_LINE))
            yield from _lines(_FOR if held else _AGAINST, prediction.citations, known)
