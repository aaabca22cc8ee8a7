"""Answers about the state of things: over or not, which version runs, what to take back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from core.alerts.notes import links_of
from core.cases.investigation_state import SolutionState
from core.evidence.model import Finding
from core.investigation.answering.facts import QuestionContext, changes_in, cite, place_of
from core.investigation.answering.proposals import what_next
from core.investigation.answering.responses import Answer, Response
from core.investigation.causes.scored_cause import name_of
from core.investigation.change_text import changed_what
from core.investigation.service_graph import ServiceGraph
from core.investigation.service_names import one_name_each
from core.investigation.told_calls import with_calls_told
from core.redaction.engine import Redactor
from core.text import quantities
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.alerts.model import Occurrence

say = sentences("investigation.case_state")

_LINKS = Redactor(b"links of alerts")  # one that holds a secret was left out when it came

_SHOWN = 5  # lines
_QUOTED = 120  # characters of a change
# `version=2026.11.4`, `"version": "8.3.0"`, `image=api:1.2`; and `payments 1.19.0 ready`.
_VERSION = re.compile(
    r"(?i)\b(?:version|tag|release|image|revision|build)\"?\s?[=:]?\s?\"?(?:[\w./-]+:)?"
    r"(v?\d+(?:\.\d+)+[\w.+-]*|v\d+|[0-9a-f]{7,40})\b"
)
_NAMED_VERSION = r"(?i)(?<![\w.])%s[ /@:-]v?(\d+(?:\.\d+){1,4})(?![\w.]*[\w%%])"
_OTHER_ACTION = re.compile(r"restart|reboot|scale|fail ?over|kill|drain")
_TAKEN_BACK = re.compile(r"(?i)roll\w*.?back|revert")


def still(ask: QuestionContext) -> Answer:
    """The newest error, up to when the evidence reaches, and what the alert says; no all-clear."""
    parts, cited = list[RedactedText](), list[Finding]()
    errors = [finding for finding in ask.errors if finding.last or finding.first]
    if errors:
        newest = max(errors, key=_last)
        at = newest.last or newest.first
        place = name_of(newest.service) if newest.service else None
        parts.append(
            say("last_error", at=at, place=place) if place else say("last_error_at", at=at)
        )
        cited.append(newest)
    reach = [finding.last or finding.first for finding in ask.findings]
    until = max((at for at in reach if at), default=None)
    if until:
        parts.append(say("evidence_until", at=until))
    parts.append(_alerts(ask.situation.occurrences))
    parts.append(say("newer_lines"))
    citations = tuple(cite(finding) for finding in cited)
    return Answer(text=RedactedText.join(" ", parts), citations=citations)


def _last(finding: Finding) -> float:
    at = finding.last or finding.first
    return at.timestamp() if at else 0.0


def _alerts(occurrences: tuple[Occurrence, ...]) -> RedactedText:
    if not occurrences:
        return say("no_alert")
    firing = [occurrence for occurrence in occurrences if occurrence.firing]
    if firing:
        return say("firing", n=quantities.counted(len(firing), "alert", "alerts"))
    ended = max(occurrence.ended_at for occurrence in occurrences if occurrence.ended_at)
    return say("alerts_ended", at=ended)


def version(ask: QuestionContext) -> Answer:
    """The last version that a deploy, or a service's own line, names of each service."""
    newest: dict[str, tuple[RedactedText, Finding]] = {}
    lines = [finding for finding in ask.findings if finding.locus.series is None]
    for finding in [*lines, *changes_in(ask)]:
        spelt = _version_in(finding)
        if finding.service and spelt and ask.is_about(finding.service):
            newest[finding.service] = spelt, finding
    if not newest:
        return Answer(text=say("no_version"), known=False)
    rows = [
        say("version_of", name=name_of(service), version=text)
        for service, (text, _) in newest.items()
    ]
    citations = tuple(cite(finding, why=place_of(finding)) for _, finding in newest.values())
    return Answer(text=RedactedText.join("; ", rows), citations=citations[:_SHOWN])


def _version_in(finding: Finding) -> RedactedText | None:
    text = finding.text.text
    named = _NAMED_VERSION % re.escape(finding.service or "")
    match = _VERSION.search(text) or re.search(named, text)
    return finding.text.part(*match.span(1)) if match else None


def rollback(ask: QuestionContext) -> Response:
    """Whether taking a change back would help: the one that set the leader off, and the fix."""
    trigger = ask.decision.trigger
    if _OTHER_ACTION.search(ask.text.casefold()):
        return what_next(ask.situation, ask.decision)
    done = [
        finding
        for finding in changes_in(ask)
        if re.search(r"(?i)roll\w*.?back|revert", finding.text.text)
    ]
    if done:
        what = changed_what(done[-1].text, room=_QUOTED)
        text = say("rolled_back", at=done[-1].first, what=what)
        state = still(ask)
        return Answer(
            text=RedactedText.join(" ", [text, state.text]),
            citations=(cite(done[-1]), *state.citations),
        )
    if trigger is None:
        step = what_next(ask.situation, ask.decision)
        return replace(step, text=RedactedText.join(" ", [say("nothing_to_take_back"), step.text]))
    fixes = [
        fix for fix in ask.situation.investigation.solutions if fix.state is SolutionState.PROPOSED
    ]
    after = say("then_fixed", n=fixes[-1].number) if fixes else RedactedText.EMPTY
    text = say("take_back", when=trigger.why.line(), what=changed_what(trigger.text, room=_QUOTED))
    if ask.question.text.casefold().startswith(("did", "was", "has", "who", "is it")):
        text = RedactedText.join(" ", [say("not_rolled_back"), text])
    return Answer(text=RedactedText.join(" ", [text, after]), citations=(trigger,))


def runbook(ask: QuestionContext) -> Answer:
    """A link that the alert brings, or a file that is called so."""
    links = links_of(ask.situation.occurrences)
    if "runbook" in links:
        return Answer(text=say("runbook_link", url=_LINKS.clean(links["runbook"])))
    if "dashboard" in links:
        return Answer(text=say("dashboard_link", url=_LINKS.clean(links["dashboard"])))
    for file in ask.situation.files:
        if re.search("(?i)runbook|playbook", file.name.text):
            return Answer(text=say("runbook_file", name=file.name.line(), tag=file.tag))
    return Answer(text=say("no_runbook"), known=False)


def top_errors(ask: QuestionContext) -> Answer:
    """The kinds of error lines, the most frequent first."""
    kinds = [
        finding
        for finding in ask.error_kinds
        if not ask.question.names or (finding.service and ask.is_about(finding.service))
    ]
    if not kinds:
        words = RedactedText.join(", ", [ask.text_part(name) for name in ask.question.names])
        return Answer(text=say("no_errors_of", what=words or say("the_files")), known=False)
    kinds.sort(key=lambda finding: -finding.count)
    total = sum(finding.count for finding in kinds)
    text = say("kinds", n=len(kinds), total=total)
    return Answer(
        text=text,
        citations=tuple(
            cite(finding, why=say("times", n=finding.count)) for finding in kinds[:_SHOWN]
        ),
    )


def callers(ask: QuestionContext) -> Response:
    """Who calls the service that the question names, by topology, traces and addresses."""
    graph, service = _calls_of(ask)
    if service is None:
        return Answer(text=say("no_call_known"), known=False)
    names = [name_of(name) for name in sorted(graph.callers(service))]
    if not names:
        return Answer(text=say("no_caller", service=name_of(service)))
    listed = RedactedText.join(", ", names)
    return Answer(text=say("called_by", service=name_of(service), names=listed))


def callees(ask: QuestionContext) -> Response:
    """Whom the service that the question names calls."""
    graph, service = _calls_of(ask)
    if service is None:
        return Answer(text=say("no_call_known"), known=False)
    names = [name_of(name) for name in sorted(graph.callees(service))]
    if not names:
        return Answer(text=say("no_callee", service=name_of(service)))
    listed = RedactedText.join(", ", names)
    return Answer(text=say("calls", service=name_of(service), names=listed))


def _calls_of(ask: QuestionContext) -> tuple[ServiceGraph, str | None]:
    """Who calls whom, and the service of the question, where any call of it is known."""
    situation = with_calls_told(one_name_each(ask.situation))
    graph = ServiceGraph(situation.all_calls)
    services = {name.casefold(): name for call in graph.calls for name in call}
    named = (services[name] for name in ask.question.names if name in services)
    return graph, next(named, None)
