"""Answers from hypotheses and files, each with its lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from core.cases.model import Citation, Hypothesis
from core.evidence.configuration.changes import is_of_settings
from core.evidence.model import FileState, Finding, FindingKind, Level
from core.evidence.signatures import signals
from core.investigation.answering.intents import suspects
from core.investigation.answering.proposals import share_of, which
from core.investigation.answering.questions import (
    AskedQuestion,
    CaseWords,
    case_words,
    read_question,
)
from core.investigation.answering.responses import Answer, Response
from core.investigation.answering.typos import fold
from core.investigation.causes.evidence_index import EvidenceIndex
from core.investigation.causes.named_services import mentions
from core.investigation.causes.scored_cause import name_of
from core.investigation.change_text import changed_what
from core.investigation.configuration_changes import ranked_changes
from core.investigation.decision import Decision, Situation, Verdict
from core.investigation.verdict.hypotheses import lines_of
from core.text import quantities
from core.text.redacted import RedactedText
from core.text.sentences import sentences

say = sentences("investigation.facts")

_TELLING_WORD = 4  # letters
# Words of faults that questions are full of.
_ORDINARY = frozenset(
    {"error", "errors", "failed", "failure", "down", "slow", "high", "full", "change", "changed"}
    | {"deploy", "service", "request", "requests", "started", "restart", "restarted", "time"}
)
_SERIOUS = (Level.ERROR, Level.FATAL)
_TELLING = (
    FindingKind.FIRST_ERROR,
    FindingKind.TEMPLATE,
    FindingKind.STACK_TRACE,
    FindingKind.SIGNAL,
    FindingKind.THREADS,
    FindingKind.PROFILE,
)


@dataclass(frozen=True)
class QuestionContext:
    """A question with all that may answer it."""

    text: str
    situation: Situation
    decision: Decision
    redacted: RedactedText = RedactedText.EMPTY  # the same text, of which parts may be shown

    @cached_property
    def question(self) -> AskedQuestion:
        return read_question(self.text, words_of(self.situation))

    @property
    def hypothesis(self) -> Hypothesis | None:
        """The one that the question names; else the best."""
        return next(iter([*self.named, *self.decision.hypotheses]), None)

    @cached_property
    def named(self) -> list[Hypothesis]:
        """Those that it names: the one of that number; else by fault, else by service."""
        rivals, folded, question = self.decision.hypotheses, fold(self.text), self.question
        numbered = [each for each in rivals if each.number == question.number]
        spelt = [each for each in rivals if each.cause.fault.replace("_", " ") in folded]
        by_fault = spelt or [
            each for each in rivals if _is_meant(each.cause.fault, folded, question.suspects)
        ]
        by_place = [each for each in rivals if _is_named(each.cause.service, folded)]
        both = [hypothesis for hypothesis in by_fault if hypothesis in by_place]
        return numbered or both or by_fault or by_place

    def is_about(self, service: str) -> bool:
        """Whether the question names this service, or none at all."""
        names = (*self.question.names, *self.question.unknown)
        return not self.question.names or any(
            name in (service.casefold(), *service.casefold().split("-")) for name in names
        )

    def text_part(self, words: str) -> RedactedText:
        """Words of the question as they may be shown."""
        at = self.redacted.text.casefold().find(words)
        return self.redacted.part(at, at + len(words)) if at >= 0 else say("that")

    @cached_property
    def findings(self) -> list[Finding]:
        """Of all files, earliest first; those without a time last."""
        findings = [finding for of_file in self.situation.findings.values() for finding in of_file]
        return sorted(findings, key=_moment)

    @cached_property
    def errors(self) -> list[Finding]:
        """Error lines, earliest first."""
        return [
            finding
            for finding in self.findings
            if finding.level in _SERIOUS and finding.kind in _TELLING
        ]

    @property
    def error_kinds(self) -> list[Finding]:
        """The same, each kind of line once."""
        kinds = (FindingKind.TEMPLATE, FindingKind.SIGNAL)
        return list(
            {finding.locus: finding for finding in self.errors if finding.kind in kinds}.values()
        )


def words_of(situation: Situation) -> CaseWords:
    """The services and files that the case knows by name."""
    services = {finding.service for of_file in situation.findings.values() for finding in of_file}
    services |= {hypothesis.cause.service for hypothesis in situation.hypotheses}
    services |= {occurrence.service for occurrence in situation.occurrences}
    return case_words(services, situation.files, onset=situation.onset)


def _is_meant(fault: str, question: str, suspected: tuple[str, ...]) -> bool:
    """Whether the question contains a word for the fault: `is it the pool`, `the db`."""
    telling = {word for word in fault.split("_") if len(word) >= _TELLING_WORD} - _ORDINARY
    beginnings = [start for word in suspected for start in suspects().get(word, ((), ()))[0]]
    if any(fault.startswith(start) for start in beginnings):
        return True
    return bool(telling & {*question.replace("?", " ").split()})


def _is_named(service: str | None, question: str) -> bool:
    return bool(service) and mentions(question, (service or "").casefold())


def _moment(finding: Finding) -> tuple[bool, float, int]:
    at = finding.first
    return at is None, at.timestamp() if at else 0.0, finding.locus.line_start


_QUOTED = 120  # characters of a change
_AUTHOR = re.compile(
    r"(?i)\b(?:by|user|author|actor|deployer|owner)[\"']?[=:]\s?[\"']?([\w.@-]{2,60})"
)
_SHOWN = 5  # lines an answer carries at most
_LEAST_SETTINGS = 2  # of them that are settings, where settings differ


def why(ask: QuestionContext) -> Response:
    """Of the hypothesis that is named; of several a question back, of none the best."""
    if len(ask.named) > 1:
        return which(ask.named)
    unknown, hypotheses = ask.question.number, ask.decision.hypotheses
    if unknown is not None and hypotheses and not ask.named:
        numbers = RedactedText.join(
            ", ", [RedactedText.format("{n}", n=hypothesis.number) for hypothesis in hypotheses]
        )
        text = say("no_such_hypothesis", n=unknown, all=numbers)
        return Answer(text=text, known=False)
    hypothesis = ask.hypothesis
    if hypothesis is None:
        return _no_hypothesis(ask)
    return explained(hypothesis)


def explained(hypothesis: Hypothesis) -> Answer:
    """How likely it is, what speaks for it, and the best line against it."""
    lines = [line for line in hypothesis.supporting if line.resolves]
    reasons = RedactedText.join("; ", list(dict.fromkeys(line.why for line in lines))[:_SHOWN])
    text = RedactedText.format(
        "{number}. {cause}, {share}: {reasons}.",
        number=hypothesis.number,
        cause=hypothesis.statement,
        share=share_of(hypothesis),
        reasons=reasons or say("no_line_yet"),
    )
    against = next((line for line in hypothesis.contradicting if line.resolves), None)
    if against is not None:
        text = RedactedText.join(" ", [text, say("against_it", why=against.why)])
    cited = (*hypothesis.supporting[:_SHOWN], *hypothesis.contradicting[:1])
    return Answer(text=text, citations=cited, explained=hypothesis)


def against(ask: QuestionContext) -> Response:
    """What speaks against it, or what would."""
    if len(ask.named) > 1:
        return which(ask.named)
    hypothesis = ask.hypothesis
    if hypothesis is None:
        return _no_hypothesis(ask)
    if not hypothesis.contradicting:
        text = say(
            "nothing_against",
            cause=hypothesis.statement,
            check=hypothesis.check,
        )
        return Answer(text=text)
    reasons = RedactedText.join(
        "; ", list(dict.fromkeys(line.why for line in hypothesis.contradicting))
    )
    text = say("against", cause=hypothesis.statement, reasons=reasons)
    return Answer(text=text, citations=hypothesis.contradicting[:_SHOWN])


def cause(ask: QuestionContext) -> Answer:
    """The three that are believed most, and what is left for something else."""
    if not ask.decision.hypotheses:
        return _no_hypothesis(ask)
    parts = [
        RedactedText.format(
            "{number}. {cause}, {share}",
            number=hypothesis.number,
            cause=hypothesis.statement,
            share=share_of(hypothesis),
        )
        for hypothesis in ask.decision.hypotheses[:3]
    ]
    rest = say("something_else", share=quantities.percent(ask.decision.something_else))
    text = RedactedText.join("; ", [*parts, rest])
    return Answer(text=text, citations=ask.decision.hypotheses[0].supporting[:_SHOWN])


def _no_hypothesis(ask: QuestionContext) -> Answer:
    unread = [file for file in ask.situation.files if file.state is FileState.RECEIVED]
    if unread:
        names = RedactedText.join(", ", [file.name.line() for file in unread[:_SHOWN]])
        return Answer(text=say("no_hypothesis_unread", names=names), known=False)
    question = ask.decision.next_question or say("bring_failing_log")
    return Answer(text=say("no_hypothesis", ask=question), known=False)


def affected(ask: QuestionContext) -> Answer:
    """Who suffers, since when and how much."""
    suffered = ask.decision.impact
    if suffered is not None:
        text = say("affected", what=suffered.why.line())
        return Answer(text=text, citations=(suffered,))
    if ask.decision.verdict is Verdict.NO_IMPACT_FOUND:
        return Answer(text=say("nobody_affected"))
    return Answer(text=say("not_known_who"), known=False)


def set_off(ask: QuestionContext) -> Answer:
    """The change that set the leading cause off; where none stands before it, what did change."""
    line = ask.decision.trigger or ask.decision.nearby
    if line is None:
        seen = changed(ask)
        text = RedactedText.join(" ", [say("nothing_set_off"), seen.text])
        return replace(seen, text=text)
    text = say("set_off", when=line.why.line(), what=changed_what(line.text, room=_QUOTED))
    others = [finding for finding in changes_in(ask) if _concerns(finding, ask)]
    if not ask.question.names or any(finding.locus == line.locus for finding in others):
        return Answer(text=text, citations=(line,))
    names = RedactedText.join(", ", [ask.text_part(name) for name in ask.question.names])
    asked = say("changes_of", name=names, n=len(others))
    cited = tuple(cite(finding, why=place_of(finding)) for finding in others[-2:])
    return Answer(text=RedactedText.join(" ", [asked, text]), citations=(line, *cited))


def changed(ask: QuestionContext) -> Answer:
    """Deploys and changes of configuration with who made them, the newest of them cited.

    Behind them settings that differ between versions of a file, the most telling first.
    """
    concerning = [finding for finding in changes_in(ask) if _concerns(finding, ask)]
    ordered = [finding for finding in concerning if not is_of_settings(finding)]
    settings = [finding for finding in ranked_changes(ask.situation) if _concerns(finding, ask)]
    if not ordered and not settings:
        files = quantities.counted(len(ask.situation.files), "file", "files")
        return Answer(text=say("no_change", files=files), known=False)
    room = max(_LEAST_SETTINGS, _SHOWN - len(ordered)) if settings else 0
    latest = [*ordered[max(0, len(ordered) - _SHOWN + room) :], *settings[:room]]
    authors = list(dict.fromkeys(author for each in ordered if (author := _author(each))))
    parts = [say("made_by", who=RedactedText.join(", ", authors[:_SHOWN]))] if authors else []
    if ordered:
        parts.append(say("changes", n=len(ordered), place=place_of(ordered[-1])))
    if undated := [finding for finding in settings if finding.first is None]:
        parts.append(say("settings", n=len(undated), first=undated[0].text.line().cut(_QUOTED)))
    line = ask.decision.trigger or ask.decision.nearby
    if line is not None and not ask.question.names:
        what = changed_what(line.text, room=_QUOTED)
        parts.append(say("right_before", when=line.why.line(), what=what))
    cited = tuple(cite(finding, why=place_of(finding)) for finding in latest)
    return Answer(text=RedactedText.join(" ", parts), citations=cited)


def changes_in(ask: QuestionContext) -> list[Finding]:
    """Lines of changes, earliest first; those that tell what changed, where there are any."""
    seen = EvidenceIndex(ask.situation).changes
    loci = {match.locus for match in seen if match.is_telling} or {match.locus for match in seen}
    by_locus = {finding.locus: finding for finding in ask.findings if finding.locus in loci}
    return list(by_locus.values())


def _concerns(finding: Finding, ask: QuestionContext) -> bool:
    """Whether a change is of a service that the question names, or it names none."""
    text = finding.text.text.casefold()
    is_told = any(name in text for name in ask.question.names)
    return is_told or ask.is_about(finding.service or "")


def _author(finding: Finding) -> RedactedText | None:
    match = _AUTHOR.search(finding.text.text)
    return finding.text.part(*match.span(1)) if match else None


def first_error(ask: QuestionContext) -> Answer:
    """When and where, and how many there were."""
    if not ask.errors:
        return _no_errors(ask.situation)
    first = ask.errors[0]
    count = sum(finding.count for finding in ask.error_kinds) or first.count
    text = say("first_error", place=place_of(first), n=count)
    return Answer(text=text, citations=(cite(first),))


def how_often(ask: QuestionContext) -> Answer:
    """Of the hypothesis's own lines; without one, of the most frequent error."""
    counted = [finding for finding in ask.findings if _is_of(finding, ask.hypothesis)]
    counted = counted or ask.error_kinds
    if not counted:
        return _no_errors(ask.situation)
    top = max(counted, key=lambda finding: finding.count)
    text = say("how_often", n=top.count, rate=_rate(top))
    if top.first and top.last:
        span = say("from_to", first=top.first, last=top.last)
        text = RedactedText.join(", ", [text, span])
    return Answer(text=text, citations=(cite(top),))


def when(ask: QuestionContext) -> Answer:
    """The alert, the first sign of the hypothesis, the first error."""
    parts, cited, hypothesis = list[RedactedText](), list[Citation](), ask.hypothesis
    if ask.situation.onset:
        parts.append(say("alert_began", at=ask.situation.onset))
    seen = [finding for finding in ask.findings if _is_of(finding, hypothesis)]
    if hypothesis and seen and seen[0].first:
        parts.append(say("cause_since", cause=hypothesis.statement, at=seen[0].first))
        cited.append(cite(seen[0]))
    if ask.errors and ask.errors[0].first:
        parts.append(say("first_error_at", at=ask.errors[0].first))
        cited.append(cite(ask.errors[0]))
    if not parts:
        text = say("no_times")
        return Answer(text=text, known=False)
    return Answer(text=RedactedText.join(" ", parts), citations=tuple(cited))


def _no_errors(situation: Situation) -> Answer:
    files = quantities.counted(len(situation.files), "file", "files")
    return Answer(text=say("no_error", files=files), known=False)


def _is_of(finding: Finding, hypothesis: Hypothesis | None) -> bool:
    """Whether the finding is one of the hypothesis's own lines."""
    if hypothesis is None or not any(line.locus == finding.locus for line in lines_of(hypothesis)):
        return False
    patterns = signals()
    return any(
        patterns[name].fault == hypothesis.cause.fault
        for name in finding.signals
        if name in patterns
    )


def place_of(finding: Finding) -> RedactedText:
    """When and where: `02:41:07 UTC, api`. The line itself is cited, not quoted again."""
    parts = [RedactedText.format("{at}", at=finding.first)] if finding.first else []
    parts += [name_of(finding.service)] if finding.service else []
    return RedactedText.join(", ", parts) or say("at_unknown_time")


def _rate(finding: Finding) -> RedactedText:
    """`, at most 96/min`, where times are known."""
    if not finding.buckets:
        return RedactedText.EMPTY
    return say("at_most", n=max(finding.buckets.values()))


def cite(finding: Finding, *, why: RedactedText = RedactedText.EMPTY) -> Citation:
    """The line of a finding, as an answer cites it."""
    return Citation(text=finding.text, locus=finding.locus, weight=0.0, why=why)
