"""What fixed the like of a case before, with how often it worked: a prior for what is suggested.

A fix is worth the mean of a Beta distribution: the uniform one before anything is known, updated by
each time it was tried, and by what people say where it was suggested. A try counts as much as its
case is alike and as it is recent; what people say in a case counts as one try. Precedents order
suggestions of fixes and checks. They never change the confidence of a hypothesis, and no citation
is made of one; what past cases say is shown as text and nothing in it is obeyed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from core.cases.estimates import beta_mean, freshness
from core.cases.feedback import (
    NO_FEEDBACK,
    Feedback,
    FeedbackTally,
    SuggestionKey,
    SuggestionKind,
    tallies,
)
from core.cases.investigation_state import FixRecord
from core.cases.memories import CaseMemory, FixOutcome, TriedFix
from core.cases.model import Cause
from core.evidence.signatures import signals
from core.knowledge.terms import terms
from core.text import quantities
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from core.cases.model import Check
    from core.investigation.decision import Situation

say = sentences("investigation.precedents")

SAME_WORDS = 0.5  # share of the words of two texts, from which they tell of one fix
SUGGESTED = 0.52  # estimate above which a fix is suggested: better than one that nobody tried


class CaseLikeness(Enum):
    """How much a past case is like this one; the value is the weight of what it tells."""

    SAME_SERVICE = 1.0  # the same fault at the same service
    SAME_FAULT = 0.5  # at another service
    SAME_ALERT = 0.25  # where the cause is not known on one side


@dataclass(frozen=True, kw_only=True)
class LikeCase:
    """What a case is compared by. cause: the leading one; alerts: their names.

    feedback: what people said of what was suggested, in whichever case.
    """

    cause: Cause | None
    alerts: frozenset[str]
    at: datetime
    feedback: tuple[Feedback, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Try:
    """A fix as it was tried in one past case. weight: by likeness and age."""

    fix: TriedFix
    memory: CaseMemory
    likeness: CaseLikeness
    weight: float

    @property
    def worked(self) -> bool:
        return self.fix.outcome is FixOutcome.WORKED


@dataclass(frozen=True, kw_only=True)
class Precedent:
    """A fix that was tried in cases like this one.

    text: as it was worded last where it worked. estimate: of the chance that it works, 0 to 1.
    last: when its last case was decided. is_doubted: it failed when it was tried last, or disagrees
    with what fixed most others of the same cause. cases: numbers of those that tried it.
    """

    text: RedactedText
    likeness: CaseLikeness
    estimate: float
    record: FixRecord
    last: datetime
    is_doubted: bool = False
    cases: tuple[int, ...] = ()

    @property
    def is_suggested(self) -> bool:
        """Whether it may be named first."""
        return not self.is_doubted and self.record.worked > 0 and self.estimate > SUGGESTED

    @property
    def line(self) -> RedactedText:
        """`Fixed before: a larger pool (#112, 14 min; worked 3 of 4)`."""
        words = "doubted" if self.is_doubted else "fixed_before"
        return say(words, fix=self.text.line(), record=record_text(self.record))


def record_text(record: FixRecord) -> RedactedText:
    """`#112, 14 min; worked 3 of 4`."""
    tag = RedactedText.tag("#", record.number)
    if record.took is not None:
        tag = say("after", tag=tag, took=quantities.span(record.took))
    text = say("record", tag=tag, worked=record.worked, tried=record.tried)
    if not record.helped and not record.unhelpful:
        return text
    return say("with_feedback", text=text, helped=record.helped, unhelpful=record.unhelpful)


def like_case(situation: Situation, cause: Cause | None) -> LikeCase:
    """What the case of a situation is compared by, where this is its leading cause."""
    alerts = frozenset(occurrence.name for occurrence in situation.occurrences)
    return LikeCase(cause=cause, alerts=alerts, at=situation.at, feedback=situation.feedback)


def possible_faults(situation: Situation) -> set[str]:
    """Those of the hypotheses so far, and those that findings are known to come of."""
    found_signals = {
        name
        for findings in situation.findings.values()
        for finding in findings
        for name in finding.signals
    }
    faults = {hypothesis.cause.fault for hypothesis in situation.hypotheses}
    return faults | {signal.fault for name, signal in signals().items() if name in found_signals}


def precedents(memories: Iterable[CaseMemory], case: LikeCase) -> tuple[Precedent, ...]:
    """The fixes that were tried in cases like this one, the most promising first."""
    groups = _groups(list(_tries(memories, case)))
    known = [_precedent(group, groups, case) for group in groups]
    known.sort(key=lambda each: (each.is_doubted, -each.estimate, -each.last.timestamp()))
    return tuple(known)


def suggestion(memories: Iterable[CaseMemory], case: LikeCase) -> Precedent | None:
    """The fix to name first; None where none is known that may be."""
    first = next(iter(precedents(memories, case)), None)
    return first if first and first.is_suggested else None


def likeness(memory: CaseMemory, case: LikeCase) -> CaseLikeness | None:
    """None for a case that is not like it: another cause under the same alert is none."""
    cause = case.cause
    if cause is not None and memory.fault is not None:
        if memory.fault != cause.fault:
            return None
        same = memory.service == cause.service
        return CaseLikeness.SAME_SERVICE if same else CaseLikeness.SAME_FAULT
    alerts = {alert.text for alert in memory.alerts}
    return CaseLikeness.SAME_ALERT if alerts & case.alerts else None


def by_experience(
    checks: Sequence[Check], memories: Iterable[CaseMemory], case: LikeCase
) -> tuple[Check, ...]:
    """The checks, those that decided past cases of the fault before others worth about as much.

    What a check is expected to tell is multiplied by the estimate that it decides. What people say
    of a check counts as the same fault elsewhere does.
    """
    weights, total = defaultdict[str, float](float), 0.0
    spoken = tallies(case.feedback, at=case.at)
    for memory in memories:
        how = likeness(memory, case)
        if how is None or not memory.checks:
            continue
        weight = how.value * freshness(memory.at, case.at)
        total += weight
        for kind in set(map(_kind_of, memory.checks)):
            weights[kind] += weight

    def worth(check: Check) -> float:
        words = spoken.get(check_suggestion(check.name), NO_FEEDBACK)
        elsewhere = CaseLikeness.SAME_FAULT.value
        worked = weights[_kind_of(check.name)] + elsewhere * words.worked
        return check.gain * beta_mean(worked, total + elsewhere * words.tried)

    return tuple(sorted(checks, key=worth, reverse=True))


def check_suggestion(name: str) -> SuggestionKey:
    """Of the name of a check: the same for the fault at every service."""
    return SuggestionKey(SuggestionKind.CHECK, _kind_of(name))


def check_reference(name: str) -> str:
    """What a button calls the check: short, and the same for the fault at every service."""
    return hashlib.sha256(_kind_of(name).encode()).hexdigest()[:8]


def _kind_of(name: str) -> str:
    """`connection_pool_exhausted/confirm` of `checkout/connection_pool_exhausted/confirm`."""
    return "/".join(name.split("/")[-2:])


def _tries(memories: Iterable[CaseMemory], case: LikeCase) -> Iterator[_Try]:
    for memory in memories:
        how = likeness(memory, case)
        if how is None:
            continue
        for fix in memory.fixes:
            weight = how.value * freshness(fix.at, case.at)
            yield _Try(fix=fix, memory=memory, likeness=how, weight=weight)


def _groups(tries: Sequence[_Try]) -> list[list[_Try]]:
    """The tries of one fix each, in the order of time; fixes are the same by their words."""
    groups: list[tuple[set[str], list[_Try]]] = []
    for attempt in sorted(tries, key=lambda attempt: attempt.fix.at):
        words = _words_of(attempt)
        best = max(groups, key=lambda group: _share(words, group[0]), default=None)
        if best is None or _share(words, best[0]) < SAME_WORDS:
            groups.append((words, [attempt]))
        else:
            best[1].append(attempt)
    return [group for _, group in groups]


def _words_of(attempt: _Try) -> set[str]:
    """Without the service's own name, which differs where the fix is the same."""
    own = set(terms(attempt.fix.text.text))
    return own - set(terms(attempt.memory.service or "")) or own


def _share(words: Collection[str], others: Collection[str]) -> float:
    """Of Jaccard: what two sets have in common, of all that they have."""
    every = {*words, *others}
    return len({*words} & {*others}) / len(every) if every else 0.0


def _precedent(
    group: Sequence[_Try], groups: Sequence[Sequence[_Try]], case: LikeCase
) -> Precedent:
    worked = [attempt for attempt in group if attempt.worked]
    # Of the likest cases the newest: there its words fit as they stand.
    best = max(worked or group, key=lambda attempt: (attempt.likeness.value, attempt.fix.at))
    spoken = _spoken_of(group, case)
    successes = sum(attempt.weight for attempt in worked) + spoken.worked
    total = sum(attempt.weight for attempt in group) + spoken.tried
    return Precedent(
        text=best.fix.text,
        likeness=best.likeness,
        estimate=beta_mean(successes, total),
        record=FixRecord(
            number=best.memory.number,
            took=best.memory.took,
            worked=len(worked),
            tried=len(group),
            helped=spoken.helped,
            unhelpful=spoken.unhelpful,
        ),
        last=best.fix.at,
        cases=tuple(sorted({attempt.memory.number for attempt in group})),
        is_doubted=_failed_last(group) or _is_outvoted(group, groups),
    )


def _spoken_of(group: Sequence[_Try], case: LikeCase) -> FeedbackTally:
    """What people said where the fix was suggested: of the last fix of each case that tried it.

    Not where the fix was tried then: what came of it there is known better.
    """
    tried_in = {attempt.memory.case_id for attempt in group}
    elsewhere = [word for word in case.feedback if word.case_id not in tried_in]
    spoken, total = tallies(elsewhere, at=case.at), NO_FEEDBACK
    for attempt in group:
        if attempt.fix == attempt.memory.fixes[-1]:
            subject = SuggestionKey(SuggestionKind.FIX, attempt.memory.case_id)
            total += spoken.get(subject, NO_FEEDBACK).weighted(attempt.likeness.value)
    return total


def _failed_last(group: Sequence[_Try]) -> bool:
    """In the likest cases: what does not help another service may still help this one."""
    likest = max(attempt.likeness.value for attempt in group)
    return not [attempt for attempt in group if attempt.likeness.value == likest][-1].worked


def _is_outvoted(group: Sequence[_Try], groups: Sequence[Sequence[_Try]]) -> bool:
    """Whether it worked in one case, while another fix had worked before and has not failed since.

    What is new has to work twice, or what was known to fail: one wrong note changes nothing.
    """
    worked = [attempt.fix.at for attempt in group if attempt.worked]
    if len(worked) != 1:
        return False
    return any(
        other is not group
        and not _failed_last(other)
        and any(attempt.worked and attempt.fix.at < worked[0] for attempt in other)
        for other in groups
    )
