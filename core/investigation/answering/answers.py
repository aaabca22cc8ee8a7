"""What can evidence answer without a model? Each answer carries its lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from core.clean import Clean
from core.evidence.model import Finding, FindingKind, Level
from core.investigation.answering.proposals import (
    escalation,
    is_it,
    plan,
    progress,
    share_of,
    unreadable,
    what_next,
    which,
)
from core.investigation.answering.questions import Intent, asks_whether, fold, number_in, understand
from core.investigation.answering.recollection import remembered
from core.investigation.answering.responses import NeedsMoreData, Response
from core.investigation.answering.router import Route, route
from core.investigation.causes.peers import mentions
from core.investigation.causes.scene import Scene
from core.investigation.causes.weighing import name_of
from core.investigation.decision import Decision, Situation
from core.investigation.model import Answer, Citation, Hypothesis
from core.investigation.signatures import signals
from core.investigation.verdict.hypotheses import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable

COURTESY = Clean.say("Here. Ask me: why 1? what next? what changed? Or type `help`.")
_SHOWN = 5  # lines an answer carries at most
_SERIOUS = (Level.ERROR, Level.FATAL)
_TELLING = (
    FindingKind.FIRST_ERROR,
    FindingKind.TEMPLATE,
    FindingKind.STACK_TRACE,
    FindingKind.SIGNAL,
)


def answer_question(question: Clean, situation: Situation, decision: Decision) -> Response:
    """The response of the skill that the question goes to; any text has one."""
    asked = _Asked(question.text, situation, decision)
    match route(question.text):
        case Route.CONVERSATION:
            return Answer(text=COURTESY)
        case Route.CONTEXT:
            return remembered(question.text, situation)
        case Route.LOG_ANALYSIS | Route.TROUBLESHOOTING:
            return _troubleshoot(asked)


def _troubleshoot(asked: _Asked) -> Response:
    if asked.named and asks_whether(asked.text):
        return is_it(asked.named[0])
    intent = understand(asked.text)
    if intent is not None:
        return _REPLIES[intent](asked)
    text = Clean.say(
        "No answer to that without a model. I can say: why a hypothesis, what contradicts it,"
        " what changed, the first error, how often, when it started, what is missing, what next."
    )
    return Answer(text=text, known=False)


@dataclass(frozen=True)
class _Asked:
    """A question with all that may answer it."""

    text: str
    situation: Situation
    decision: Decision

    @property
    def hypothesis(self) -> Hypothesis | None:
        """The one that the question names; else the best."""
        return next(iter([*self.named, *self.decision.hypotheses]), None)

    @cached_property
    def named(self) -> list[Hypothesis]:
        """Those that it names: the one of that number; else by fault, else by service."""
        rivals, asked, number = self.decision.hypotheses, fold(self.text), number_in(self.text)
        numbered = [one for one in rivals if one.number == number]
        by_fault = [one for one in rivals if one.cause.fault.replace("_", " ") in asked]
        by_place = [one for one in rivals if _is_named(one.cause.service, asked)]
        both = [one for one in by_fault if one in by_place]
        return numbered or both or by_fault or by_place

    @cached_property
    def findings(self) -> list[Finding]:
        """Of all files, earliest first; those without a time last."""
        every = [one for found in self.situation.findings.values() for one in found]
        return sorted(every, key=_moment)

    @cached_property
    def errors(self) -> list[Finding]:
        """Error lines, earliest first."""
        return [one for one in self.findings if one.level in _SERIOUS and one.kind in _TELLING]

    @property
    def error_kinds(self) -> list[Finding]:
        """The same, each kind of line once."""
        kinds = (FindingKind.TEMPLATE, FindingKind.SIGNAL)
        return list({one.locus: one for one in self.errors if one.kind in kinds}.values())


def _why(ask: _Asked) -> Response:
    if len(ask.named) > 1:
        return which(ask.named)
    unknown, known = number_in(ask.text), ask.decision.hypotheses
    if unknown is not None and known and not ask.named:
        numbers = Clean.join(", ", [Clean.say("{n}", n=one.number) for one in known])
        words = "There is no hypothesis {n} here, only {all}."
        return Answer(text=Clean.say(words, n=unknown, all=numbers), known=False)
    one = ask.hypothesis
    if one is None:
        return _no_hypothesis(ask.decision)
    lines = [line for line in one.supporting if line.resolves]
    reasons = Clean.join("; ", list(dict.fromkeys(line.why for line in lines))[:_SHOWN])
    text = Clean.say(
        "{number}. {cause}, {share}: {reasons}.",
        number=one.number,
        cause=one.statement,
        share=share_of(one),
        reasons=reasons or Clean.say("no line of evidence yet"),
    )
    against = next((line for line in one.contradicting if line.resolves), None)
    if against is not None:
        text = Clean.join(" ", [text, Clean.say("Against: {why}.", why=against.why)])
    cited = (*one.supporting[:_SHOWN], *one.contradicting[:1])
    return Answer(text=text, citations=cited, explained=one)


def _against(ask: _Asked) -> Response:
    if len(ask.named) > 1:
        return which(ask.named)
    one = ask.hypothesis
    if one is None:
        return _no_hypothesis(ask.decision)
    if not one.contradicting:
        text = Clean.say(
            "Nothing so far speaks against {cause}. To refute it: {check}.",
            cause=one.statement,
            check=one.check,
        )
        return Answer(text=text)
    reasons = Clean.join("; ", list(dict.fromkeys(line.why for line in one.contradicting)))
    text = Clean.say("Against {cause}: {reasons}.", cause=one.statement, reasons=reasons)
    return Answer(text=text, citations=one.contradicting[:_SHOWN])


def _changed(ask: _Asked) -> Answer:
    seen = Scene(ask.situation).changes
    known = {one.finding.locus for one in seen if one.is_telling} or {
        one.finding.locus for one in seen
    }
    ordered = list({one.locus: one for one in ask.findings if one.locus in known}.values())
    if not ordered:
        text = Clean.say(
            "No deploy and no change of configuration in {n} files. Bring the deploy log.",
            n=len(ask.situation.files),
        )
        return Answer(text=text, known=False)
    latest = ordered[-_SHOWN:]
    text = Clean.say("Changes: {n}, the last at {place}.", n=len(ordered), place=_place(latest[-1]))
    return Answer(text=text, citations=tuple(_cite(one, why=_place(one)) for one in latest))


def _first_error(ask: _Asked) -> Answer:
    if not ask.errors:
        return _no_errors(ask.situation)
    first = ask.errors[0]
    count = sum(one.count for one in ask.error_kinds) or first.count
    text = Clean.say("First error: {place}. Error lines: {n}.", place=_place(first), n=count)
    return Answer(text=text, citations=(_cite(first),))


def _often(ask: _Asked) -> Answer:
    """Of the hypothesis's own lines; without one, of the most frequent error."""
    counted = [one for one in ask.findings if _is_of(one, ask.hypothesis)]
    counted = counted or ask.error_kinds
    if not counted:
        return _no_errors(ask.situation)
    top = max(counted, key=lambda one: one.count)
    text = Clean.say("{n} times{rate}", n=top.count, rate=_rate(top))
    if top.first and top.last:
        span = Clean.say("from {first} to {last}", first=top.first, last=top.last)
        text = Clean.join(", ", [text, span])
    return Answer(text=text, citations=(_cite(top),))


def _when(ask: _Asked) -> Answer:
    parts, cited, one = list[Clean](), list[Citation](), ask.hypothesis
    if ask.situation.onset:
        parts.append(Clean.say("The alert began at {at}.", at=ask.situation.onset))
    seen = [found for found in ask.findings if _is_of(found, one)]
    if one and seen and seen[0].first:
        parts.append(Clean.say("{cause} since {at}.", cause=one.statement, at=seen[0].first))
        cited.append(_cite(seen[0]))
    if ask.errors and ask.errors[0].first:
        parts.append(Clean.say("First error at {at}.", at=ask.errors[0].first))
        cited.append(_cite(ask.errors[0]))
    if not parts:
        text = Clean.say("Nothing here tells a time. Bring a log with times.")
        return Answer(text=text, known=False)
    return Answer(text=Clean.join(" ", parts), citations=tuple(cited))


def _next(ask: _Asked) -> Response:
    return what_next(ask.situation, ask.decision)


def _missing(ask: _Asked) -> Response:
    if not ask.decision.missing:
        return Answer(text=Clean.say("Nothing more is needed."))
    wanted = Clean.join("; ", list(ask.decision.missing))
    text = Clean.say("Missing: {what}.", what=wanted)
    return NeedsMoreData(text=text, check=next(iter(ask.decision.checks), None))


def _cause(ask: _Asked) -> Answer:
    if not ask.decision.hypotheses:
        return _no_hypothesis(ask.decision)
    told = [
        Clean.say(
            "{number}. {cause}, {share}",
            number=one.number,
            cause=one.statement,
            share=share_of(one),
        )
        for one in ask.decision.hypotheses[:3]
    ]
    rest = Clean.say("something else, {share} %", share=round(ask.decision.something_else * 100))
    text = Clean.join("; ", [*told, rest])
    return Answer(text=text, citations=ask.decision.hypotheses[0].supporting[:_SHOWN])


_REPLIES: dict[Intent, Callable[[_Asked], Response]] = {
    Intent.PROGRESS: lambda ask: progress(ask.situation, ask.decision),
    Intent.UNREADABLE: lambda ask: unreadable(ask.situation),
    Intent.ESCALATE: lambda ask: escalation(ask.situation, ask.decision),
    Intent.PLAN: lambda ask: plan(ask.decision),
    Intent.AGAINST: _against,
    Intent.MISSING: _missing,
    Intent.OFTEN: _often,
    Intent.FIRST_ERROR: _first_error,
    Intent.WHY: _why,
    Intent.CHANGED: _changed,
    Intent.NEXT: _next,
    Intent.WHEN: _when,
    Intent.CAUSE: _cause,
}


def _is_named(service: str | None, asked: str) -> bool:
    return bool(service) and mentions(asked, (service or "").casefold())


def _no_hypothesis(decision: Decision) -> Answer:
    question = decision.next_question or Clean.say("Bring a log of the failing service.")
    words = "No hypothesis yet: no known failure in the evidence. {ask}"
    return Answer(text=Clean.say(words, ask=question), known=False)


def _no_errors(situation: Situation) -> Answer:
    words = "No error in {n} files. Bring a log of the failing service."
    return Answer(text=Clean.say(words, n=len(situation.files)), known=False)


def _is_of(found: Finding, one: Hypothesis | None) -> bool:
    """Is it one of the hypothesis's own lines?"""
    if one is None or not any(line.locus == found.locus for line in lines_of(one)):
        return False
    known = signals()
    return any(known[name].fault == one.cause.fault for name in found.signals if name in known)


def _moment(one: Finding) -> tuple[bool, float, int]:
    at = one.first
    return at is None, at.timestamp() if at else 0.0, one.locus.line_start


def _place(one: Finding) -> Clean:
    """When and where: `02:41:07 UTC, api`. The line itself is cited, not quoted again."""
    parts = [Clean.say("{at}", at=one.first)] if one.first else []
    parts += [name_of(one.service)] if one.service else []
    return Clean.join(", ", parts) or Clean.say("at an unknown time")


def _rate(one: Finding) -> Clean:
    """`, at most 96/min`, where times are known."""
    if not one.buckets:
        return Clean.EMPTY
    return Clean.say(", at most {n}/min", n=max(one.buckets.values()))


def _cite(one: Finding, *, why: Clean = Clean.EMPTY) -> Citation:
    return Citation(text=one.text, locus=one.locus, weight=0.0, why=why)
