"""What is believed, why, and what speaks against it? Answers about hypotheses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.investigation.answering.proposals import share_of, which
from core.investigation.answering.questions import number_in
from core.investigation.model import Answer
from core.text.redacted import Clean

if TYPE_CHECKING:
    from core.cases.hypotheses import Hypothesis
    from core.investigation.answering.asked import Asked
    from core.investigation.answering.responses import Response
    from core.investigation.decision import Decision

_SHOWN = 5  # lines an answer carries at most


def why(ask: Asked) -> Response:
    """Of the hypothesis that is named; of several a question back, of none the best."""
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
    return explained(one)


def explained(one: Hypothesis) -> Answer:
    """How likely it is, what speaks for it, and the best line against it."""
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


def against(ask: Asked) -> Response:
    """What speaks against it, or what would."""
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


def cause(ask: Asked) -> Answer:
    """The three that are believed most, and what is left for something else."""
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


def _no_hypothesis(decision: Decision) -> Answer:
    question = decision.next_question or Clean.say("Bring a log of the failing service.")
    words = "No hypothesis yet: no known failure in the evidence. {ask}"
    return Answer(text=Clean.say(words, ask=question), known=False)
