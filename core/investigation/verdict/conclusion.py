"""What is concluded after a turn, in the few lines that are read first.

What is believed and how far it can be trusted; who suffers since when; the change that set it off;
the lines that show it; and what to do next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.investigation_state import SolutionState
from core.cases.model import Citation, EvidenceKind, Trust, WorkingConclusion
from core.evidence.model import DataType, FindingKind
from core.evidence.series.families import Family
from core.evidence.series.findings import format_amount, format_time, whole
from core.evidence.series.moves import read_families
from core.investigation.alerted_outcomes import shares_alerted
from core.investigation.alerted_work import does_alerted_work
from core.investigation.causes.evidence_index import CLOCKS, changes, sightings
from core.investigation.causes.metric_features import (
    MILLISECONDS,
    SECONDS,
    MetricFeature,
    is_felt,
    is_share,
)
from core.investigation.causes.scores import name_of
from core.investigation.causes.troubles import is_refusal
from core.investigation.decision import Decision, Verdict
from core.investigation.verdict.hypotheses import judged
from core.text.quantities import listed, span
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.cases.investigation_state import InvestigationState
    from core.cases.model import Hypothesis
    from core.cases.opinion import Opinion
    from core.evidence.model import EvidenceFile
    from core.evidence.series.moves import SeriesMove
    from core.investigation.causes.metric_features import Measure
    from core.investigation.causes.troubles import ServiceHealth, Trouble
    from core.investigation.decision import Situation

say = sentences("investigation.conclusion")

_SUFFERS = 0.4  # strength of a sign from which on it is told
_FEW_NAMES = 2  # of others that suffer
_SUFFERING = (
    MetricFeature.ERRORS,
    MetricFeature.FAILED,
    MetricFeature.LATENCY,
    MetricFeature.SATURATION,
)
# What a series' name tells of its unit.
_UNITS = ((say.later("milliseconds"), MILLISECONDS), (say.later("seconds"), SECONDS))
_SAME = timedelta(seconds=2)  # between two lines of one change
_ARROW = re.compile(r"\s(?:->|=>|→)\s|\(was \S|\bfrom\b[^\n]{1,80}\bto\b")
_TICKET = re.compile(r"\b[A-Z]{2,8}-\d{1,7}\b")
_WORD = re.compile(r"[A-Za-z]{3,}")
_KEY = re.compile(r"\"\w+\"\s?:")
_FAILED_REQUEST = re.compile(
    r"(?i)(?:\bHTTP/[\d.]+\"? |\bstatus\W{1,4}|\banswered |\breturned (?:http )?)5\d\d\b"
    r"|\b(?:request|call)\b.{0,60}\b(?:failed|timed out|gave up)\b"
)
_QUANTILE = re.compile(r"(?i)(?<![a-z0-9])p(50|90|95|99)(?![0-9])")
_NEARBY = timedelta(seconds=60)  # in which a change is told that no line ties to the cause
_LAGS, _TAKES = timedelta(seconds=60), timedelta(minutes=10)
_LEADS = 0.5  # share of the posterior from which the leader is trusted a little
_SUPPORTING, _NEXT_STEPS = 3, 3


def draw_conclusion(
    investigation: InvestigationState, decision: Decision, *, at: datetime
) -> WorkingConclusion:
    """The working conclusion after a turn: the belief, its trust, its lines and the next steps."""
    alive = [hypothesis for hypothesis in decision.hypotheses if hypothesis.is_alive]
    leader = next(iter(alive), None)
    lines = leader.supporting if leader else ()
    return WorkingConclusion(
        conclusion=_belief(decision, leader, decision.opinion or investigation.opinion),
        confidence=_trust(decision, leader),
        supporting=tuple(citation for citation in lines if citation.resolves)[:_SUPPORTING],
        next_steps=tuple(_steps(investigation, decision))[:_NEXT_STEPS],
        updated_at=at,
        impact=decision.impact,
        trigger=decision.trigger or decision.nearby,
        about=leader.number if leader else None,
        harmless=decision.verdict is Verdict.NO_IMPACT_FOUND,
    )


def says_something_new(drawn: WorkingConclusion, before: WorkingConclusion | None) -> bool:
    """Whether a conclusion is worth recording: its belief, lines or next step changed."""
    return before is None or _gist(drawn) != _gist(before)


def _gist(conclusion: WorkingConclusion) -> tuple[object, ...]:
    """The parts of a conclusion whose change is worth recording."""
    lines = tuple(line.text for line in conclusion.supporting)
    around = tuple(line.why for line in (conclusion.impact, conclusion.trigger) if line)
    step = conclusion.next_steps[:1]
    return conclusion.about, conclusion.conclusion, conclusion.confidence, lines, around, step


def percent(share: float) -> int:
    """A share in percent, from 1 to 99: what is computed is never certain."""
    return max(1, min(99, round(share * 100)))


def _belief(decision: Decision, leader: Hypothesis | None, opinion: Opinion | None) -> RedactedText:
    if decision.verdict is Verdict.NO_IMPACT_FOUND:
        return _harmless(decision, opinion)
    if leader is None:
        return say("no_cause_yet")
    statement, share = leader.statement.line(), percent(leader.confidence)
    if judged(leader):
        return say("cause_confirmed", said=statement)
    if decision.verdict is Verdict.ROOT_CAUSE:
        return say("root_cause", said=statement, share=share)
    return say("most_likely", said=statement, share=share)


def _harmless(decision: Decision, opinion: Opinion | None) -> RedactedText:
    """Why nobody suffers: by what is seen, else by a model that read it."""
    if decision.impact is not None:
        return decision.impact.why
    if opinion is not None and opinion.is_harmless and opinion.missing:
        return say("no_impact_by_model", why=opinion.missing[0])
    return say("no_impact")


def _trust(decision: Decision, leader: Hypothesis | None) -> Trust:
    """High for a root cause, medium for a strong leader with supporting lines, else low."""
    if decision.verdict is Verdict.ROOT_CAUSE:
        return Trust.HIGH
    if leader is not None and leader.confidence >= _LEADS and leader.supporting:
        return Trust.MEDIUM
    return Trust.LOW


def _steps(investigation: InvestigationState, decision: Decision) -> Iterator[RedactedText]:
    """The fix that waits for a person, the question to people, and the missing evidence."""
    for solution in investigation.solutions:
        if solution.state is SolutionState.PROPOSED and decision.verdict is Verdict.ROOT_CAUSE:
            yield solution.text
        elif solution.state is SolutionState.CONFIRMED:
            yield say("see_whether_helped", expects=solution.expects)
    if decision.next_question is not None:
        yield decision.next_question
    elif decision.missing:
        yield say("bring_next", what=decision.missing[0])
    for item in decision.missing[1:]:
        yield say("bring_next", what=item)


@dataclass(frozen=True, kw_only=True)
class _Suffering:
    """What a service suffers: in words, and with the line that shows it. rank: the worst first."""

    service: str
    words: RedactedText
    line: Citation
    rank: tuple[int, int, float]


def impact(health: ServiceHealth) -> Citation | None:
    """Who suffers most and since when, and who else; None if nothing shows that anybody does."""
    suffering = sorted(
        (*_measured(health), *_logged(health)),
        key=lambda suffered: suffered.rank,
        reverse=True,
    )
    if not suffering:
        return _alerted(health.situation)
    worst = suffering[0]
    others = list(dict.fromkeys(name_of(each.service) for each in suffering))[1:]
    words = worst.words
    if others:
        named = listed(others, most=_FEW_NAMES)
        words = say("others_suffer", words=words, names=named)
    return replace(worst.line, why=words, weight=0.0)


def _alerted(situation: Situation) -> Citation | None:
    """What the first alert says fails, by its own count of failures; None where none counts any."""
    alerts = [(alert.latest_start, share.least) for alert, share in shares_alerted(situation)]
    if not alerts:
        return None
    at, least = min(alerts)
    words = say("alert_counts_failures", share=whole(100 * least), at=format_time(at, dated=False))
    return Citation(text=words, locus=None, weight=0.0, why=words, kind=EvidenceKind.METRIC)


def is_harmless(health: ServiceHealth, suffered: Citation | None) -> bool:
    """Whether nobody suffers: failures and slowness around the alert reach nobody, or none moved.

    suffered: the impact. New errors in a log may be the first that is seen of something, unless the
    callers of the service are watched and well. An alert that counts failures among all that was
    asked has seen somebody suffer.
    """
    if health.situation.onset is None or any(shares_alerted(health.situation)):
        return False
    felt = [
        trouble for trouble in health.troubles if trouble.felt and not _is_beside(trouble, health)
    ]
    if felt:
        return all(_stays_inside(trouble, health) for trouble in felt)
    logs_errors = any(
        trouble.kind is EvidenceKind.LOG and not _is_beside(trouble, health)
        for trouble in health.troubles
    )
    return suffered is None and not logs_errors and _is_measured(health.situation)


def _is_beside(trouble: Trouble, health: ServiceHealth) -> bool:
    """Whether a log complains of what neither calls nor is called by those whom alerts are about.

    So it is where somebody told who calls whom; else whatever complains may be of them.
    """
    alerted, graph = health.field.alerted, health.graph
    if trouble.kind is not EvidenceKind.LOG or not health.situation.calls or not alerted:
        return False
    near = alerted.union(*map(graph.dependencies, alerted), *map(graph.dependants, alerted))
    works = does_alerted_work(trouble.service, health.field.directory)
    return trouble.service not in near and trouble.service in graph.named and not works


def contained(health: ServiceHealth) -> Citation | None:
    """The first trouble that callers make up for, of what harms nobody; None if there is none."""
    trouble = next((trouble for trouble in health.troubles if trouble.felt), None)
    if trouble is None or trouble.since is None:
        return None
    callers = [name_of(name) for name in sorted(health.graph.callers(trouble.service))]
    words = say(
        "stays_inside",
        name=name_of(trouble.service),
        at=format_time(trouble.since, dated=False),
        callers=listed(callers, most=_FEW_NAMES),
    )
    return trouble.cited(words, 0.0)


def _stays_inside(trouble: Trouble, health: ServiceHealth) -> bool:
    """Whether callers make up for it: whoever depends on it is well, and watched where it calls.

    Nobody makes up for answers that come late.
    """
    service = trouble.service
    feels = any(
        each.felt
        for name in health.graph.dependants(service)
        for each in health.of_service.get(name, ())
    )
    if feels or not trouble.fails or is_refusal(trouble.text.text):
        return False
    if service in health.field.alerted and trouble.kind is EvidenceKind.METRIC:
        return False  # somebody watches its failures, and they are measured
    if _is_of_another(trouble, health):
        return False
    callers = health.graph.callers(service)
    if any(health.of_service.get(name) for name in callers & health.field.alerted):
        return False  # whoever alerts, and is slower a little, does not make up for it
    return bool(callers) and all(_would_show_failures(name, health) for name in callers)


def _is_of_another(trouble: Trouble, health: ServiceHealth) -> bool:
    """Whether a log complains of whom it calls: a caller that does not make up for it."""
    if trouble.kind is not EvidenceKind.LOG:
        return False
    directory = health.field.directory
    return directory.complained_of(trouble.text.text, by=trouble.service) != trouble.service


def _would_show_failures(service: str, health: ServiceHealth) -> bool:
    """Whether its failures are measured, or a log of it begins before the alert and ends after."""
    situation = health.situation
    return _is_measured(situation, service) or any(
        file.service == service and file.data_type is DataType.LOG
        for file in situation.files
        if _is_around(file, situation.onset)
    )


def _is_measured(situation: Situation, service: str | None = None) -> bool:
    """Whether failures and times to answer are measured around the alert. service: None for any."""
    return {Family.ERRORS.value, Family.LATENCY.value} <= _families(situation, service)


def _families(situation: Situation, service: str | None) -> set[str]:
    """What is measured around the alert of a service; None for any."""
    measured = set[str]()
    for file in situation.files:
        if _is_around(file, situation.onset):
            for finding in situation.findings.get(file.id, ()):
                is_of = service is None or (finding.service or file.service) == service
                if finding.kind is FindingKind.MOVES and is_of:
                    measured |= read_families(finding.data).keys()
    return measured


def _is_around(file: EvidenceFile, moment: datetime | None) -> bool:
    return bool(moment and file.first and file.last and file.first <= moment <= file.last)


def _measured(health: ServiceHealth) -> Iterator[_Suffering]:
    """Failures before slowness, each where it is strongest."""
    for service, portrait in health.field.portraits.items():
        for place, sign in enumerate(reversed(_SUFFERING)):
            measure = portrait.signs.get(sign)
            if measure is not None and measure.strength >= _SUFFERS and is_felt(sign, measure):
                shown = measure.shown
                yield _Suffering(
                    service=service,
                    words=_suffering_text(service, sign, measure, health),
                    line=Citation(
                        text=shown.text,
                        locus=shown.locus,
                        weight=0.0,
                        why=RedactedText.EMPTY,
                        kind=shown.kind,
                    ),
                    rank=(_nearness(service, health), place + 1, measure.strength),
                )


def _logged(health: ServiceHealth) -> Iterator[_Suffering]:
    """Errors that a service's own log has since the onset, and not before.

    Of a service that is measured its measurements tell, unless lines tell of requests that failed.
    What stands beside those whom the alerts are about is no impact of theirs.
    """
    for trouble in health.troubles:
        measured = Family.LATENCY.value in _families(health.situation, trouble.service)
        is_request = bool(_FAILED_REQUEST.search(trouble.text.text))
        is_theirs = trouble.kind is EvidenceKind.LOG and not _is_beside(trouble, health)
        if is_theirs and (is_request or not measured):
            name = name_of(trouble.service)
            words = say("logs_errors", name=name)
            if trouble.since is not None:
                at = format_time(trouble.since, dated=False)
                words = say("logs_errors_since", name=name, at=at)
            yield _Suffering(
                service=trouble.service,
                words=words,
                line=trouble.cited(words),
                rank=(_nearness(trouble.service, health), 0, 0.0),
            )


def _nearness(service: str, health: ServiceHealth) -> int:
    """How near a service is to the users: the alert is about it, nobody calls it, or neither."""
    if service in health.field.alerted:
        return 2
    return int(not health.graph.callers(service))


def _suffering_text(
    service: str, sign: MetricFeature, measure: Measure, health: ServiceHealth
) -> RedactedText:
    name, moved = name_of(service), measure.shown.moved
    if moved is None:
        return RedactedText.format("{name}: {text}", name=name, text=measure.shown.text)
    own = health.of_service.get(service, ())
    at = format_time(_felt_since(own, datetime.fromtimestamp(moved.at, UTC)), dated=False)
    before, after = (moved.before, moved.after) if moved.bad >= 0 else _turned(moved)
    if sign is MetricFeature.ERRORS and is_share(moved):
        return say("share_fails", name=name, before=_share(before), after=_share(after), at=at)
    amounts = [_amount(value, moved) for value in (moved.before, moved.after)]
    if sign is MetricFeature.LATENCY:
        what = _QUANTILE.search(moved.series)
        which = RedactedText.format("p{n}", n=int(what[1])) if what else say("time_to_answer")
        return say("is_slow", name=name, what=which, before=amounts[0], after=amounts[1], at=at)
    words = "work_waits" if sign is MetricFeature.SATURATION else "errors_rise"
    return say(words, name=name, before=amounts[0], after=amounts[1], at=at)


def _turned(moved: SeriesMove) -> tuple[float, float]:
    """Of what is good: the share that is not."""
    return 1.0 - moved.before, 1.0 - moved.after


def _share(value: float) -> RedactedText:
    return RedactedText.format("{n} %", n=whole(float(f"{100 * value:.3g}")))


def _amount(value: float, moved: SeriesMove) -> RedactedText:
    """With the unit that the series' name tells."""
    amount = format_amount(value, moved.unit)
    unit = next((unit for unit, name in _UNITS if name.search(moved.series)), None)
    return RedactedText.format("{amount} {unit}", amount=amount, unit=unit()) if unit else amount


def trigger(
    hypotheses: Sequence[Hypothesis],
    health: ServiceHealth,
    suffered: Citation | None,
    *,
    opinion: Opinion | None = None,
) -> Citation | None:
    """The change that set the leading cause off, and how long before the first effect it was.

    suffered: the impact. opinion: of a model, which may know what no rule takes for a change.
    """
    situation = health.situation
    leader = next((hypothesis for hypothesis in hypotheses if hypothesis.is_alive), None)
    proposed = _told_by_model(leader, opinion) if leader and opinion else None
    if proposed is not None and _is_before(proposed, suffered, situation):
        return proposed
    lines = leader.supporting if leader else ()
    tied = [line for line in lines if line.kind is EvidenceKind.CHANGE and line.resolves]
    if not tied:
        return None
    # Of two versions of a file nobody knows when they were changed; what a log tells of goes first.
    line = max(tied, key=lambda change: (moment_of(change, situation) is not None, change.weight))
    at, began = moment_of(line, situation), moment_of(suffered, situation) if suffered else None
    began = _felt_since(health.troubles, began) if began else None
    if at is not None and began is not None and began < at:  # it took a while, and broke it then
        line = _begun_by(line, situation, began) or line
        at = moment_of(line, situation)
    if at is None:
        return line
    line = _best_told(line, at, leader, health) if leader else line
    words = say("changed_at", at=format_time(at, dated=False))
    if began is not None and began >= at:
        words = say("changed_ahead", at=format_time(at, dated=False), ahead=span(began - at))
    return replace(line, why=words, weight=0.0)


def changed_nearby(hypotheses: Sequence[Hypothesis], health: ServiceHealth) -> Citation | None:
    """The last that was changed anywhere just before the first effect: it may have no bearing."""
    leader = next((hypothesis for hypothesis in hypotheses if hypothesis.is_alive), None)
    began = health.began
    if began is None:
        return None
    near = [
        (change.first, change)
        for change in changes(sightings(health.situation))
        if change.is_telling
        and change.first is not None
        and began - _NEARBY <= change.first <= began + _SAME
    ]
    if not near:
        return None
    last = max(at for at, _ in near)
    about = set(leader.cause.fault.split("_")) if leader else set()
    at, change = max(
        ((at, change) for at, change in near if last - at <= _SAME),
        key=lambda dated: (_told_of_change(dated[1].text.text, about, None), last - dated[0]),
    )
    ahead = span(max(began - at, timedelta()))
    return Citation(
        text=change.text,
        locus=change.locus,
        weight=0.0,
        why=say("changed_nearby", at=format_time(at, dated=False), ahead=ahead),
        kind=EvidenceKind.CHANGE,
    )


def _told_by_model(leader: Hypothesis, opinion: Opinion) -> Citation | None:
    """What set the leader off by a model that names the same service, its likeliest cause first."""
    causes = sorted(opinion.causes, key=lambda cause: -cause.probability)
    return next((each.trigger for each in causes if each.service == leader.cause.service), None)


def _is_before(line: Citation, suffered: Citation | None, situation: Situation) -> bool:
    """Whether it is not later than its effect, as far as both tell when they were."""
    at, began = moment_of(line, situation), moment_of(suffered, situation) if suffered else None
    return at is None or began is None or at <= began + CLOCKS


def _best_told(line: Citation, at: datetime, leader: Hypothesis, health: ServiceHealth) -> Citation:
    """The line that tells most of what was changed there and then: several may tell of it."""
    situation, services = health.situation, health.field.directory
    service = leader.cause.service
    about = set(leader.cause.fault.split("_"))
    owners = {file.name.text: file.service for file in situation.files}
    best, most = line, _told_of_change(line.text.text, about, owners.get(_file(line) or ""))
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            is_then = finding.first is not None and abs(finding.first - at) <= _SAME
            if finding.kind is not FindingKind.CHANGE or not is_then:
                continue
            tells = _told_of_change(finding.text.text, about, file.service)
            is_there = service in {finding.service, *services.named_in(finding.text.text)}
            if is_there and tells > most:
                best, most = replace(line, text=finding.text, locus=finding.locus), tells
    return best


def _told_of_change(text: str, about: set[str], owner: str | None) -> tuple[bool, ...]:
    """Whether it speaks of the fault; says from what to what; names its ticket; is in no log."""
    words = {word.lower() for word in _WORD.findall(_KEY.sub("", text))}
    return bool(words & about), bool(_ARROW.search(text)), bool(_TICKET.search(text)), owner is None


def _begun_by(line: Citation, situation: Situation, moment: datetime) -> Citation | None:
    """The latest line before the moment that tells of the same service's change."""
    findings = [
        finding
        for of_file in situation.findings.values()
        for finding in of_file
        if finding.kind is FindingKind.CHANGE and finding.first
    ]
    service = next((each.service for each in findings if each.locus == line.locus), None)
    earlier = [
        finding
        for finding in findings
        if service is not None and finding.service == service and finding.locus.file == _file(line)
        if finding.first and moment - _TAKES <= finding.first <= moment
    ]
    latest = max(earlier, key=lambda finding: finding.first or moment, default=None)
    return replace(line, text=latest.text, locus=latest.locus) if latest else None


def _file(line: Citation) -> str | None:
    return line.locus.file if line.locus else None


def _felt_since(troubles: Iterable[Trouble], moved: datetime) -> datetime:
    """When it was felt first: a figure over half a minute moves later than the first failure."""
    felt = (trouble.since for trouble in troubles if trouble.felt and trouble.since)
    return min([moved, *(since for since in felt if moved - _LAGS <= since <= moved)])


def moment_of(line: Citation, situation: Situation) -> datetime | None:
    """When the cited line was written, or the series moved."""
    if line.locus is not None and line.locus.first is not None:
        return line.locus.first
    for findings in situation.findings.values():
        for finding in findings:
            if finding.locus == line.locus and finding.first is not None:
                return finding.first
    return None
