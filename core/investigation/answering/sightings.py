"""What do the files tell: changes, the first error, how often, since when? Answers with lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.hypotheses import Citation
from core.investigation.causes.scene import Scene
from core.investigation.causes.weighing import name_of
from core.investigation.model import Answer
from core.investigation.verdict.hypotheses import lines_of
from core.signatures import signals
from core.text.redacted import Clean

if TYPE_CHECKING:
    from core.cases.hypotheses import Hypothesis
    from core.evidence.model import Finding
    from core.investigation.answering.asked import Asked
    from core.investigation.decision import Situation

_SHOWN = 5  # lines an answer carries at most


def changed(ask: Asked) -> Answer:
    """Deploys and changes of configuration, the newest of them cited."""
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


def first_error(ask: Asked) -> Answer:
    """When and where, and how many there were."""
    if not ask.errors:
        return _no_errors(ask.situation)
    first = ask.errors[0]
    count = sum(one.count for one in ask.error_kinds) or first.count
    text = Clean.say("First error: {place}. Error lines: {n}.", place=_place(first), n=count)
    return Answer(text=text, citations=(_cite(first),))


def how_often(ask: Asked) -> Answer:
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


def when(ask: Asked) -> Answer:
    """The alert, the first sign of the hypothesis, the first error."""
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


def _no_errors(situation: Situation) -> Answer:
    words = "No error in {n} files. Bring a log of the failing service."
    return Answer(text=Clean.say(words, n=len(situation.files)), known=False)


def _is_of(found: Finding, one: Hypothesis | None) -> bool:
    """Is it one of the hypothesis's own lines?"""
    if one is None or not any(line.locus == found.locus for line in lines_of(one)):
        return False
    known = signals()
    return any(known[name].fault == one.cause.fault for name in found.signals if name in known)


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
