"""Who suffers, since when and how much; and whether nobody does."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.model import Citation, EvidenceKind
from core.evidence.model import DataType, FindingKind
from core.evidence.series.families import Family
from core.evidence.series.findings import format_amount, format_time, whole
from core.evidence.series.moves import read_families
from core.investigation.alerted_outcomes import shares_alerted
from core.investigation.alerted_work import does_alerted_work
from core.investigation.causes.metric_features import (
    MILLISECONDS,
    SECONDS,
    MetricFeature,
    is_felt,
    is_share,
)
from core.investigation.causes.scored_cause import name_of
from core.investigation.causes.troubles import is_refusal
from core.text.quantities import counted, listed
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.evidence.model import EvidenceFile
    from core.evidence.series.moves import SeriesMove
    from core.investigation.causes.metric_features import Measure
    from core.investigation.causes.troubles import ServiceHealth, Trouble
    from core.investigation.decision import Situation

say = sentences("investigation.conclusion")

_SUFFERS = 0.4  # strength of a sign from which on it is told
_MOMENT, _LONG_BEFORE = timedelta(seconds=10), timedelta(seconds=60)
_STILL, _LONG_OVER = timedelta(seconds=15), timedelta(seconds=45)  # before the logs end
_FEW_NAMES = 2  # of others that suffer
_SUFFERING = (
    MetricFeature.ERRORS,
    MetricFeature.FAILED,
    MetricFeature.LATENCY,
    MetricFeature.SATURATION,
)
_RATE = re.compile(r"\bi?rate\d?\(")
_OF_ACCESS = re.compile(r"^http_duration_")  # what is counted of an access log, in seconds
_SERIES_NAME = re.compile(r"[A-Za-z_][\w.:]{2,99}")
_LARGE = 100  # from which on no digit after the point counts
_FAILED_REQUEST = re.compile(
    r"(?i)(?:\bHTTP/[\d.]+\"? |\bstatus\W{1,4}|\banswered |\breturned (?:http )?)5\d\d\b"
    r"|\b(?:request|call)\b.{0,60}\b(?:failed|timed out|gave up)\b"
)
_ANSWERS = {Family.ERRORS.value, Family.LATENCY.value}
_QUANTILE = re.compile(r"(?i)(?<![a-z0-9])p(50|90|95|99)(?![0-9])")
_LAGS = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class _Suffering:
    """What a service suffers: in words, and with the line that shows it. rank: the worst first.

    since: as its words say; None where they do not.
    """

    service: str
    since: datetime | None
    words: RedactedText
    line: Citation
    rank: tuple[int, int, float]


def impact(health: ServiceHealth) -> Citation | None:
    """Who suffers most and since when, and who else; None if nothing shows that anybody does."""
    suffering = _suffering(health)
    if not suffering:
        return _alerted(health.situation)
    worst = suffering[0]
    others = list(dict.fromkeys(name_of(each.service) for each in suffering))[1:]
    words = _lasting(worst, health)
    if others:
        named = listed(others, most=_FEW_NAMES)
        words = say("others_suffer", words=words, names=named)
    return replace(worst.line, why=words, weight=0.0)


def _lasting(suffered: _Suffering, health: ServiceHealth) -> RedactedText:
    """With whether it is over: by when those who suffer last complained in a log.

    A service that says nothing more may be well, or gone.
    """
    last, ends = health.ended, health.logs_end
    if last is None or ends is None or suffered.since is None:
        return suffered.words
    if ends - last <= _STILL:
        return say("goes_on", words=suffered.words)
    if ends - last >= _LONG_OVER and last >= suffered.since:
        return say("seen_until", words=suffered.words, at=format_time(last, dated=False))
    return suffered.words


def suffered_since(health: ServiceHealth) -> datetime | None:
    """Since when the service suffers that `impact` names, as it says."""
    return next((each.since for each in _suffering(health)), None)


def _suffering(health: ServiceHealth) -> list[_Suffering]:
    """Who suffers, the worst first."""
    suffering = (*_measured(health), *_logged(health))
    return sorted(suffering, key=lambda suffered: suffered.rank, reverse=True)


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
    troubles = [
        trouble
        for trouble in health.troubles
        if not _was_for_a_moment(trouble, health) and not _was_made_up_for(trouble, health)
    ]
    felt = [trouble for trouble in troubles if trouble.felt and not _is_beside(trouble, health)]
    if felt:
        return all(_stays_inside(trouble, health) for trouble in felt)
    logs_errors = any(
        trouble.kind is EvidenceKind.LOG and not _is_beside(trouble, health) for trouble in troubles
    )
    return suffered is None and not logs_errors and _is_measured(health.situation)


def _was_for_a_moment(trouble: Trouble, health: ServiceHealth) -> bool:
    """Whether a log complained for seconds, a while before anybody was alerted: of a restart.

    Of a stack trace the line above it tells how long.
    """
    onset, since = health.situation.onset, trouble.since
    if trouble.kind is not EvidenceKind.LOG or not (onset and since):
        return False
    beside = (each for each in health.troubles if each.service == trouble.service)
    ends = (
        [trouble.until] if trouble.until else [each.until for each in beside if each.since == since]
    )
    until = max(filter(None, ends), default=None)
    return until is not None and until - since <= _MOMENT and onset - until >= _LONG_BEFORE


def _was_made_up_for(trouble: Trouble, health: ServiceHealth) -> bool:
    """Whether a proxy complains of a server and asked another: what it answered was well."""
    service = trouble.service
    if trouble.kind is not EvidenceKind.LOG or not health.field.directory.is_proxy(service):
        return False
    felt = (each for each in health.of_service[service] if each.kind is not EvidenceKind.LOG)
    return _is_measured(health.situation, service) and not any(each.felt for each in felt)


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
    graph = health.graph
    felt = (each for each in health.troubles if each.felt and graph.callers(each.service))
    trouble = next(felt, None)
    if trouble is None or trouble.since is None:
        return None
    callers = [name_of(name) for name in sorted(graph.callers(trouble.service))]
    words = say(
        "stays_inside",
        name=name_of(trouble.service),
        at=format_time(trouble.since, dated=False),
        callers=listed(callers, most=_FEW_NAMES),
    )
    return trouble.cited(words, 0.0)


def measured_well(health: ServiceHealth) -> Citation | None:
    """How many services are measured, and in which time, of what harms nobody; None of none."""
    situation = health.situation
    services = set[str]()
    files = []
    for file in situation.files:
        answers = [
            finding.service or file.service or file.name.text
            for finding in situation.findings.get(file.id, ())
            if finding.kind is FindingKind.MOVES and _ANSWERS & read_families(finding.data).keys()
        ]
        if answers and _is_around(file, situation.onset):
            files.append(file)
            services.update(answers)
    since = min((file.first for file in files if file.first), default=None)
    until = max((file.last for file in files if file.last), default=None)
    if not services or since is None or until is None:
        return None
    words = say(
        "stay_well",
        services=counted(len(services), "service", "services"),
        since=format_time(since, dated=False),
        until=format_time(until, dated=False),
    )
    return Citation(text=words, locus=None, weight=0.0, why=words, kind=EvidenceKind.METRIC)


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
    return _families(situation, service) >= _ANSWERS


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
                    since=_felt(service, measure, health),
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
        is_theirs = is_theirs and not _was_for_a_moment(trouble, health)
        if is_theirs and (is_request or not measured):
            name = name_of(trouble.service)
            words = say("logs_errors", name=name)
            if trouble.since is not None:
                at = format_time(trouble.since, dated=False)
                words = say("logs_errors_since", name=name, at=at)
            yield _Suffering(
                service=trouble.service,
                since=trouble.since,
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
    felt = _felt(service, measure, health) or datetime.fromtimestamp(moved.at, UTC)
    at = format_time(felt, dated=False)
    before, after = (moved.before, moved.after) if moved.bad >= 0 else _turned(moved)
    if sign is MetricFeature.ERRORS and is_share(moved):
        return say("share_fails", name=name, before=_share(before), after=_share(after), at=at)
    levels = (moved.before, moved.after)
    if sign is MetricFeature.LATENCY:
        amounts = [_time_taken(value, moved) for value in levels]
        what = _QUANTILE.search(moved.series)
        which = RedactedText.format("p{n}", n=int(what[1])) if what else say("time_to_answer")
        return say("is_slow", name=name, what=which, before=amounts[0], after=amounts[1], at=at)
    amounts = [_amount(value, moved) for value in levels]
    if not moved.before:
        amounts[0] = RedactedText.format("0")
    if sign is MetricFeature.SATURATION:
        which = _measured_name(moved)
        return say("fills_up", name=name, what=which, before=amounts[0], after=amounts[1], at=at)
    return say("errors_rise", name=name, before=amounts[0], after=amounts[1], at=at)


def _felt(service: str, measure: Measure, health: ServiceHealth) -> datetime | None:
    moved = measure.shown.moved
    if moved is None:
        return None
    return felt_since(health.of_service.get(service, ()), datetime.fromtimestamp(moved.at, UTC))


def _turned(moved: SeriesMove) -> tuple[float, float]:
    """Of what is good: the share that is not."""
    return 1.0 - moved.before, 1.0 - moved.after


def _share(value: float) -> RedactedText:
    return RedactedText.format("{n} %", n=whole(float(f"{100 * value:.3g}")))


def _amount(value: float, moved: SeriesMove) -> RedactedText:
    """With its unit: of a rate that a query computes it is `/s`, too."""
    unit = "/s" if _RATE.search(moved.series) else moved.unit
    return format_amount(float(f"{value:.2g}") if abs(value) < _LARGE else value, unit)


def _time_taken(value: float, moved: SeriesMove) -> RedactedText:
    """`250 ms`, `3.2 s`; without a unit where the series' name tells none."""
    seconds = _in_seconds(value, moved.series)
    if seconds is None:
        return format_amount(value, moved.unit)
    if seconds < 1:
        return say("milliseconds", n=whole(float(f"{1000 * seconds:.2g}")))
    return say("seconds", n=whole(float(f"{seconds:.2g}")))


def _in_seconds(value: float, series: str) -> float | None:
    if MILLISECONDS.search(series):
        return value / 1000
    return value if SECONDS.search(series) or _OF_ACCESS.search(series) else None


def _measured_name(moved: SeriesMove) -> RedactedText:
    """What a series measures, by its own name, without the query around it and its labels."""
    names = _SERIES_NAME.findall(moved.series.partition("{")[0]) or [moved.series]
    return name_of(max(names, key=len))


def felt_since(troubles: Iterable[Trouble], moved: datetime) -> datetime:
    """When it was felt first: a figure over half a minute moves later than the first failure."""
    felt = (trouble.since for trouble in troubles if trouble.felt and trouble.since)
    return min([moved, *(since for since in felt if moved - _LAGS <= since <= moved)])
