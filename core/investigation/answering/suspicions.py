"""Answers to people who suspect something: how a named cause or service stands among the rivals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.cases.model import Citation, Hypothesis, HypothesisState
from core.evidence.model import Level
from core.investigation.answering import facts
from core.investigation.answering.facts import QuestionContext, cite, explained
from core.investigation.answering.intents import suspects
from core.investigation.answering.proposals import is_it, share_of, which
from core.investigation.answering.responses import Answer, Response
from core.investigation.causes.scored_cause import name_of
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from core.evidence.model import Finding

say = sentences("investigation.suspicions")

_SHOWN = 3  # lines
_PART = re.compile(r"[-_./ ]+")
_WORD = re.compile(r"[a-z]+")
_TELLING_PART = 5  # letters that mean the same inside another word


def whether(ask: QuestionContext) -> Response:
    """Whether it is what somebody names: its standing, what speaks for it and against it."""
    rivals = ask.named
    leader = next(iter(ask.decision.hypotheses), None)
    if len(rivals) > 1 and leader in rivals and ask.question.suspects:
        rivals = [leader]
    match rivals:
        case [hypothesis] if hypothesis is leader:
            return is_it(hypothesis)
        case [hypothesis]:
            return _standing(hypothesis, leader)
        case [_, *_]:
            return which(rivals)
    return _not_suspected(ask, leader)


def why(ask: QuestionContext) -> Response:
    """Why a cause is believed; of what nobody suspects, that it is not."""
    if ask.question.suspects and not ask.named:
        return why_not(ask)
    return facts.why(ask)


def why_not(ask: QuestionContext) -> Response:
    """Why something is not believed to be the cause."""
    leader = next(iter(ask.decision.hypotheses), None)
    rivals = [hypothesis for hypothesis in ask.named if hypothesis is not leader]
    if rivals:
        return _standing(rivals[0], leader)
    return explained(leader) if leader in ask.named and leader else _not_suspected(ask, leader)


def _standing(hypothesis: Hypothesis, leader: Hypothesis | None) -> Answer:
    """Where it stands, what speaks against it, else what is missing for it."""
    against = [line for line in hypothesis.contradicting if line.resolves]
    supporting = [line for line in hypothesis.supporting if line.resolves]
    is_rejected = hypothesis.state is HypothesisState.REJECTED
    number, cause = hypothesis.number, hypothesis.statement
    parts = [say("stands", n=number, cause=cause, share=share_of(hypothesis))]
    if is_rejected:
        parts = [say("rejected", n=number, cause=cause)]
    if against:
        parts.append(say("against", why=against[0].why))
    elif supporting:
        parts.append(say("for", why=supporting[0].why))
    parts += [_leading(leader)] if leader and leader is not hypothesis else []
    return Answer(text=RedactedText.join(" ", parts), citations=(*against[:2], *supporting[:1]))


def _not_suspected(ask: QuestionContext, leader: Hypothesis | None) -> Answer:
    """Nothing is believed of it: what its own evidence shows, and what is believed instead."""
    parts, cited = list[RedactedText](), list[Citation]()
    for name in _named_services(ask):
        findings = [finding for finding in ask.findings if finding.service == name]
        errors = [finding for finding in findings if finding in ask.errors]
        parts.append(_seen_of(name, findings, errors))
        cited += [cite(finding) for finding in errors[:_SHOWN]]
    asked = ask.question.suspects or ask.question.names or ask.question.unknown
    parts += _files_named(ask) if not parts else []
    if not parts and asked:
        words = ask.text_part(" ".join(asked))
        lines = _lines_about(ask)
        cited += [cite(finding) for finding in lines]
        parts.append(_told_of(words, lines) if lines else _no_sign(ask, words))
    if not parts:
        parts.append(say("not_known_here"))
    parts.append(_leading(leader) if leader else say("nothing_leads"))
    return Answer(text=RedactedText.join(" ", parts), citations=tuple(cited[:_SHOWN]))


def _seen_of(name: str, findings: Sequence[Finding], errors: Sequence[Finding]) -> RedactedText:
    """What its own lines show; lines without an error clear nobody."""
    if not findings:
        return say("no_lines_of", name=name_of(name))
    count = sum(finding.count for finding in errors if finding.level in (Level.ERROR, Level.FATAL))
    times = [at for finding in findings for at in (finding.first, finding.last) if at]
    if not times:
        return say("errors_of", name=name_of(name), n=count)
    return say("errors_of_between", name=name_of(name), n=count, first=min(times), last=max(times))


def _lines_about(ask: QuestionContext) -> list[Finding]:
    """The errors of others that speak of it: `org.postgresql.util.PSQLException` of a database."""
    meant = _parts_meant(ask)
    return [finding for finding in ask.error_kinds if _speaks_of(finding.text.text, meant)]


def _speaks_of(line: str, meant: Collection[str]) -> bool:
    words = set(_WORD.findall(line.casefold()))
    return bool(words & set(meant)) or any(
        part in word for part in meant if len(part) >= _TELLING_PART for word in words
    )


def _told_of(what: RedactedText, lines: Sequence[Finding]) -> RedactedText:
    names = dict.fromkeys(name_of(finding.service) for finding in lines)
    count = sum(finding.count for finding in lines)
    return say("told_of", what=what, n=count, names=RedactedText.join(", ", list(names)[:_SHOWN]))


def _no_sign(ask: QuestionContext, what: RedactedText) -> RedactedText:
    return say("no_sign", what=what, n=len(ask.situation.files))


def _files_named(ask: QuestionContext) -> list[RedactedText]:
    """The files that a word of the question names: `redis-server.log`."""
    parts = _parts_meant(ask)
    return [
        say("file_of", name=file.name.line(), tag=file.tag, n=file.lines, errors=file.errors)
        for file in ask.situation.files
        if parts & {*_PART.split(file.name.text.casefold().rpartition("/")[2])}
    ][:_SHOWN]


def _parts_meant(ask: QuestionContext) -> set[str]:
    """What a name must hold to be meant."""
    meant = (suspects().get(word, ((), ()))[1] for word in ask.question.suspects)
    return {part for parts in meant for part in parts} | {*ask.question.names}


def _named_services(ask: QuestionContext) -> list[str]:
    """The services that the question names, or means by a word such as `database`."""
    parts = _parts_meant(ask)
    known = dict.fromkeys(finding.service for finding in ask.findings if finding.service)
    return [name for name in known if parts & {name.casefold(), *_PART.split(name.casefold())}]


def _leading(leader: Hypothesis) -> RedactedText:
    return say("leading", n=leader.number, cause=leader.statement, share=share_of(leader))
