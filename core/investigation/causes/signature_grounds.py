"""Weighs what supports or opposes one candidate cause, taken by itself.

Each rule yields lines with a weight in nats: above 0 for, below 0 against. The figures are
judgements of ours, not fitted: a signature that hardly ever lies is worth about 3 nats (20 to 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.model import Citation, EvidenceKind
from core.investigation.alerted_work import does_alerted_work
from core.investigation.causes.evidence_index import Candidate, EvidenceIndex
from core.investigation.causes.metric_grounds import ALERT_DEPENDS, ALERTED
from core.investigation.causes.named_services import supervised_in
from core.text.quantities import span
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.investigation.causes.evidence_index import Feature
    from core.text.redacted import RedactedText

say = sentences("investigation.grounds")

HEALED = -3.0
# Of requests: whoever is asked in their place shows nothing of them.
_REFUSALS = frozenset({"request_too_large", "request_blocked", "rate_limited"})
_ALL_ALONG = -1.8
_NEW = 0.6
_MILD = -0.7
_BEFORE_ANYBODY = -2.0
_FOR_LONG = timedelta(seconds=60)  # that nobody suffers from an error
_FOR_A_WHILE, _OVER = timedelta(seconds=30), timedelta(seconds=15)
_FEW = {1: -0.9, 2: -0.4}  # by number of lines
_SELDOM = {1: say.later("seen_once"), 2: say.later("seen_twice")}
_MANY = ((100, 0.7), (10, 0.4))
_MORE_SIGNALS = 1.2  # at most, for further signals of the same fault
_ANY_CHANGE = 0.4
_CHANGED_SETTING = 0.8  # what the fault is about, at a time that nobody knows
_CHANGED_FUNCTION = 1.6  # in which its traces end: more than a change of anything, at any time
_FAILS_IN_CODE = 0.3  # says where it fails, and little of why
_CLOCKS_DIFFER = "clock_skew"
_BEFORE_ALERT = timedelta(minutes=20)
_AFTER_ALERT = timedelta(minutes=5)
_SLACK = timedelta(seconds=60)
_SOME_TIME = timedelta(seconds=10)
_SOME_LINES = 20
_STEADY = (0.4, 2.5)  # rate in the second half of a file, as a multiple of that in the first


def grounds(candidate: Candidate, scene: EvidenceIndex) -> tuple[Citation, ...]:
    """All lines for and against it."""
    return tuple(line for rule in _RULES for line in rule(candidate, scene))


def change_grounds(candidate: Candidate, scene: EvidenceIndex) -> tuple[Citation, ...]:
    """What a change just before says for it."""
    return tuple(_change(candidate, scene))


def cite(
    match: Feature, weight: float, why: RedactedText, kind: EvidenceKind | None = None
) -> Citation:
    """A line for (weight above 0) or against. kind: that of its file, if not given."""
    return Citation(
        text=match.text,
        locus=match.locus,
        weight=weight,
        why=why,
        kind=kind or match.kind,
    )


def _signals(candidate: Candidate, _scene: EvidenceIndex) -> Iterator[Citation]:
    """The best signal counts in full, further ones less and less."""
    names, left = set[str](), _MORE_SIGNALS
    for match in candidate.seen:
        if match.signal.name not in names:
            weight = match.signal.weight if not names else min(left, 0.4 * match.signal.weight)
            left -= weight if names else 0
            yield cite(match, weight, match.signal.says)
            names.add(match.signal.name)


def _mildness(candidate: Candidate, _scene: EvidenceIndex) -> Iterator[Citation]:
    # How loud a supervisor says that a process ends tells nothing of the process.
    is_others = supervised_in(candidate.best.text.text) is not None
    if candidate.best.is_mild and not candidate.best.once_is_enough and not is_others:
        yield cite(candidate.best, _MILD, say("mild"))


def _volume(candidate: Candidate, _scene: EvidenceIndex) -> Iterator[Citation]:
    """One line may be chance, hundreds are not; but a process dies once."""
    count = candidate.count
    weight = next((weight for least, weight in _MANY if count >= least), _FEW.get(count, 0.0))
    if weight > 0:
        words = say("seen_times", n=count)
        yield cite(_most_frequent(candidate), weight, words)
    elif weight < 0 and not any(match.once_is_enough for match in candidate.seen):
        yield cite(candidate.best, weight, _SELDOM[count]())


def _newness(candidate: Candidate, _scene: EvidenceIndex) -> Iterator[Citation]:
    """Something that was not there before weighs more than what was there all along."""
    match = _earliest(candidate)
    lead = match.quiet_before
    if lead is None:
        yield from _newness_by_lines(match)
    elif lead >= max(_SOME_TIME, match.span * 0.05):
        words = say("first_seen", at=match.first)
        yield cite(match, _NEW, words)
    elif match.span >= timedelta(minutes=2) and _is_steady(match):
        yield cite(match, _ALL_ALONG, say("all_along"))


def _newness_by_lines(match: Feature) -> Iterator[Citation]:
    """For files that tell no times."""
    line = match.locus.line_start
    if line > _SOME_LINES and line > match.file.lines * 0.05:
        words = say("first_seen_in_line", n=line)
        yield cite(match, _NEW / 2, words)


def _earliness(candidate: Candidate, scene: EvidenceIndex) -> Iterator[Citation]:
    """What was there, or over, before anybody suffered set nothing off."""
    if was_before(candidate, scene.felt):
        yield cite(_earliest(candidate), _BEFORE_ANYBODY, say("before_anybody", at=scene.felt))
    elif was_over(candidate, scene.began):
        yield cite(_earliest(candidate), _BEFORE_ANYBODY, say("over_before", at=scene.began))


def was_before(candidate: Candidate, moment: datetime | None) -> bool:
    """Whether it was there for a while before that: a warning, or since its log began."""
    if moment is None or candidate.first is None or candidate.best.once_is_enough:
        return False
    lead = _earliest(candidate).quiet_before
    if lead is not None and lead < _SOME_TIME and moment - candidate.first > _FOR_LONG:
        return True
    return candidate.best.is_mild and moment - candidate.first > _FOR_A_WHILE


def was_over(candidate: Candidate, moment: datetime | None) -> bool:
    """Whether it ended a while before that, and is nothing that lasts or happens but once."""
    if moment is None or candidate.last is None or moment - candidate.last <= _OVER:
        return False
    return not any(match.once_is_enough or match.signal.lasting for match in candidate.seen)


def _recovery(candidate: Candidate, scene: EvidenceIndex) -> Iterator[Citation]:
    """A failure that ended long before its log does is over, or was none."""
    match = max(candidate.seen, key=_end)
    quiet, onset = match.quiet_after, scene.situation.onset
    if quiet is None or match.first is None or match.last is None:
        return
    if any(sighting.signal.lasting for sighting in candidate.seen):
        return  # it would take a line that says otherwise: see _opposition
    if scene.ended is not None and match.last >= scene.ended - _OVER:
        return  # nobody suffered any more
    if quiet < max(timedelta(seconds=15), match.span * 0.25):
        return
    lasted = match.last - match.first
    near_alert = onset is not None and match.first - _SLACK <= onset <= match.last + _BEFORE_ALERT
    brief = lasted < match.span * 0.2 and not near_alert and not match.once_is_enough
    weight = HEALED if brief else -0.9
    words = say("stopped", span=span(quiet))
    yield cite(match, weight, words)


def _opposition(candidate: Candidate, scene: EvidenceIndex) -> Iterator[Citation]:
    for match in scene.against(candidate):
        if match.last and candidate.last and match.last >= candidate.last - _SLACK:
            yield cite(match, -match.signal.weight, match.signal.says)


def _alert_time(candidate: Candidate, scene: EvidenceIndex) -> Iterator[Citation]:
    onset, first, last = scene.situation.onset, candidate.first, candidate.last
    if onset is None or first is None or last is None:
        return
    match = _earliest(candidate)
    if onset - _BEFORE_ALERT <= first <= onset + _AFTER_ALERT:
        yield cite(match, 0.8, _began_from_alert(first - onset), EvidenceKind.ALERT)
    elif candidate.cause.fault == _CLOCKS_DIFFER:
        return  # what it tells of the time is what is wrong
    elif first > onset + _AFTER_ALERT:
        yield cite(match, -1.0, _began_from_alert(first - onset))
    elif last < onset - _BEFORE_ALERT:
        yield cite(match, -2.0, say("ended_before_alert", span=span(onset - last)))


def _began_from_alert(after: timedelta) -> RedactedText:
    """`began 47 s before the alert`. after: how long after the alert; negative before it."""
    if abs(after) < timedelta(seconds=1):
        return say("began_with_alert")
    side = "began_before_alert" if after < timedelta(0) else "began_after_alert"
    return say(side, span=span(abs(after)))


def _alert_place(candidate: Candidate, scene: EvidenceIndex) -> Iterator[Citation]:
    alerted = {
        occurrence.service for occurrence in scene.situation.occurrences if occurrence.service
    }
    service = candidate.cause.service
    if service is None or not alerted & set(scene.services.known):
        return
    behind = any(scene.situation.graph.is_behind(service, caller) for caller in alerted)
    behind = behind or does_alerted_work(service, scene.services)
    if service in alerted or behind:
        words = (ALERTED if service in alerted else ALERT_DEPENDS)()
        yield cite(candidate.best, 0.4, words, EvidenceKind.ALERT)
    elif alerted <= scene.situation.graph.named and not (
        alerted & candidate.callers or _readers(service, scene) or _refuses(candidate, scene)
    ):
        words = say("alert_does_not_depend")
        yield cite(candidate.best, -0.8, words)


def _refuses(candidate: Candidate, scene: EvidenceIndex) -> bool:
    """Whether it refuses what it should pass on to the one that alerts: who asked is not served."""
    alerted = {occurrence.service for occurrence in scene.situation.occurrences}
    callees = scene.situation.graph.callees(candidate.cause.service)
    return candidate.cause.fault in _REFUSALS and not alerted.isdisjoint(callees)


def _readers(service: str, scene: EvidenceIndex) -> frozenset[str]:
    """Who reads a store that the service writes to: what it does not write, they do not show."""
    graph = scene.situation.graph
    stores = {name for name in graph.callees(service) if scene.services.kind(name)}
    return frozenset[str]().union(*map(graph.callers, stores)) - {service}


def _other_errors(candidate: Candidate, scene: EvidenceIndex) -> Iterator[Citation]:
    """More frequent errors of no known kind that began earlier: perhaps the cause is theirs."""
    first = candidate.first
    if first is None:
        return
    for finding in scene.unknown_errors:
        if (
            finding.first
            and finding.first < first - _SLACK
            and finding.count >= 3 * candidate.count
        ):
            words = say("earlier_errors", at=finding.first)
            yield Citation(text=finding.text, locus=finding.locus, weight=-0.8, why=words)
            return


def _change(candidate: Candidate, scene: EvidenceIndex) -> Iterator[Citation]:
    """A change just before weighs for what changes break, a little for all else."""
    setting = scene.setting_behind(candidate)
    if setting is not None:
        yield cite(setting, _CHANGED_SETTING, say("setting_changed"), EvidenceKind.CHANGE)
    function = scene.function_behind(candidate)
    if function is not None:
        yield cite(function, _CHANGED_FUNCTION, say("function_changed"), EvidenceKind.CHANGE)
    change = scene.change_before(candidate)
    if change is None or (function is not None and change.locus == function.locus):
        return
    helped = any(match.signal.change_helps for match in candidate.seen)
    weight = change.signal.weight if helped else _ANY_CHANGE
    at = change.latest_before(candidate.first)
    words = say("changed_before", at=at)
    yield cite(change, weight, words, EvidenceKind.CHANGE)


def _code(candidate: Candidate, scene: EvidenceIndex) -> Iterator[Citation]:
    """The function that most traces of its own failing code end in."""
    for finding in scene.failing_functions(candidate)[:1]:
        yield Citation(
            text=finding.text.part(0, len(finding.text.text.partition("\n")[0])),
            locus=finding.locus,
            weight=_FAILS_IN_CODE,
            why=say("fails_in_code"),
        )


_Rule = Callable[[Candidate, EvidenceIndex], Iterator[Citation]]
_RULES: tuple[_Rule, ...] = (
    _signals,
    _mildness,
    _volume,
    _newness,
    _earliness,
    _recovery,
    _opposition,
    _alert_time,
    _alert_place,
    _other_errors,
    _change,
    _code,
)


def _most_frequent(candidate: Candidate) -> Feature:
    return max(candidate.seen, key=lambda match: match.count)


def _earliest(candidate: Candidate) -> Feature:
    return min(candidate.seen, key=_beginning)


def _beginning(match: Feature) -> tuple[float, int]:
    return match.first.timestamp() if match.first else math.inf, match.locus.line_start


def _end(match: Feature) -> float:
    return match.last.timestamp() if match.last else -math.inf


def _is_steady(match: Feature) -> bool:
    """Whether the rate in the file's second half resembles that in the first."""
    if match.file.first is None or match.file.last is None or len(match.buckets) <= 1:
        return False
    middle = (match.file.first.timestamp() + match.file.last.timestamp()) / 120
    late = sum(count for minute, count in match.buckets.items() if minute >= middle)
    early = sum(match.buckets.values()) - late
    return early > 0 and _STEADY[0] <= late / early <= _STEADY[1]
