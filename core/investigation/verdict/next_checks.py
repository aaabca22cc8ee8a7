"""Chooses the command, file or question that separates the rivals best.

A check is worth the bits that its outcome is expected to tell about which rival is right, under
the posterior as it is, *something else* (number 0) among them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.investigation_state import TurnPart
from core.cases.model import Check, EvidenceKind, Expectation, Hypothesis
from core.investigation.causes.metric_features import signature_of
from core.investigation.causes.scored_cause import name_of
from core.investigation.decision import Situation, Verdict
from core.investigation.isolation import UNSPARED, Isolation
from core.investigation.verdict.asked_checks import BY_CHANCE, SOMETHING_ELSE, expected_bits
from core.investigation.verdict.hypotheses import judged, title
from core.investigation.verdict.probe_commands import fill_command
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.evidence.signatures import Signature

say = sentences("investigation.next_checks")

RIVALS = 4  # hypotheses among which a check decides
CHECKS = 5  # that are worth listing
# How likely a check shows what it is to show. Judgements of ours, not fitted: one that is right
# is shown by its own check in six cases of seven, something else in one of ten.
_SHOWN = 0.85
_SHOWN_BY_DEEPER = 0.5  # by a fault that would bring this one about, at the same service
_REFUTED = 0.05  # the refuting sight where the hypothesis is right
_REFUTED_ELSE = 0.6  # and where it is not
_LEAST = 0.01  # bits under which nothing is asked


def next_checks(
    situation: Situation,
    hypotheses: Sequence[Hypothesis],
    something_else: float,
    isolation: Isolation = UNSPARED,
) -> tuple[Check, ...]:
    """The checks to try next, by expected bits; answered ones are not asked again.

    The best one is listed however little it separates: an untested leader would stay untested.
    """
    rivals = [hypothesis for hypothesis in hypotheses if _is_open(hypothesis)][:RIVALS]
    shares = shares_of(rivals, hypotheses, something_else)
    answered = {
        asked_check.check.name
        for asked_check in situation.investigation.checks
        if asked_check.answered_by
    }
    of_each = isolation.each(
        TurnPart.CHECK,
        rivals,
        lambda hypothesis: tuple(_checks_of(hypothesis, rivals, situation, shares)),
        named=lambda hypothesis: say("part_check", one=title(hypothesis)),
    )
    unanswered = (check for checks in of_each for check in checks if check.name not in answered)
    ordered = sorted(unanswered, key=lambda check: (-check.gain, check.command is None))
    return tuple(ordered[:1] + [check for check in ordered[1:CHECKS] if check.gain >= _LEAST])


def shares_of(
    rivals: Iterable[Hypothesis], hypotheses: Iterable[Hypothesis], something_else: float
) -> Mapping[int, float]:
    """The share of each rival, by number; the rest is something else. Together they are 1."""
    shares = {hypothesis.number: hypothesis.confidence for hypothesis in rivals}
    unnamed = (
        hypothesis.confidence for hypothesis in hypotheses if hypothesis.number not in shares
    )
    shares[SOMETHING_ELSE] = max(0.0, something_else + math.fsum(unnamed))
    total = math.fsum(shares.values())
    return {number: share / total for number, share in shares.items()} if total else shares


def question_of(check: Check, hypotheses: Sequence[Hypothesis], verdict: Verdict) -> RedactedText:
    """`To separate 1 from 2: compare connections in use with the limit`."""
    open_ones = [hypothesis for hypothesis in hypotheses if hypothesis.is_alive]
    numbers = [hypothesis.number for hypothesis in open_ones if _is_about(check, hypothesis)]
    others = [hypothesis.number for hypothesis in open_ones if hypothesis.number not in numbers]
    if not numbers:
        return say("next_step", ask=check.ask.line())
    if verdict is Verdict.ROOT_CAUSE or not others:
        return say("to_be_sure", n=numbers[0], ask=check.ask.line())
    return say("to_separate", n=numbers[0], m=others[0], ask=check.ask.line())


def _is_about(check: Check, hypothesis: Hypothesis) -> bool:
    is_expected = any(
        e.hypothesis == hypothesis.number != SOMETHING_ELSE for e in check.expectations
    )
    return is_expected and check.name.startswith(f"{hypothesis.cause.key}/")


def _is_open(hypothesis: Hypothesis) -> bool:
    return hypothesis.is_alive and not judged(hypothesis)


@dataclass(frozen=True, kw_only=True)
class _Sight:
    """Something that may be seen: its words, its pattern, and its probability for each rival."""

    says: RedactedText
    otherwise: RedactedText
    pattern: str
    likely: Mapping[int, float]

    def expectations(self) -> Iterator[Expectation]:
        for number, likely in self.likely.items():
            says = self.says if likely >= 1 / 2 else self.otherwise
            yield Expectation(
                hypothesis=number, says=says, pattern=self.pattern, likely=round(likely, 3)
            )


def _checks_of(
    hypothesis: Hypothesis,
    rivals: Sequence[Hypothesis],
    situation: Situation,
    shares: Mapping[int, float],
) -> Iterator[Check]:
    """Its own check, one that would refute it if that is another command, and its log."""
    signature = signature_of(hypothesis.cause.fault)
    if signature is None:
        return
    confirming = _confirming(hypothesis, signature, rivals)
    refuting = _refuting(hypothesis, signature, rivals)
    key, confirm, refute = hypothesis.cause.key, signature.confirm, signature.refute
    if confirm is None:
        yield _check(f"{key}/asked", signature.check, None, [confirming], shares)
    elif refute is None or refuting is None:
        command = fill_command(confirm.command, hypothesis, situation)
        yield _check(f"{key}/confirm", confirm.do, command, [confirming], shares)
    else:
        command, refuting_command = (
            fill_command(confirm.command, hypothesis, situation),
            fill_command(refute.command, hypothesis, situation),
        )
        yield _check(f"{key}/confirm", confirm.do, command, [confirming, refuting], shares)
        if refuting_command is not None and refuting_command != command:
            yield _check(f"{key}/refute", refute.do, refuting_command, [refuting], shares)
    if hypothesis.cause.service and not _is_brought(hypothesis.cause.service, situation):
        yield _its_log(hypothesis, confirming, shares)


def _check(
    name: str,
    ask: RedactedText,
    command: RedactedText | None,
    sights: Sequence[_Sight],
    shares: Mapping[int, float],
    kind: EvidenceKind = EvidenceKind.CHECK,
) -> Check:
    expectations = tuple(expectation for sight in sights for expectation in sight.expectations())
    gain = round(expected_bits(shares, expectations), 4)
    return Check(
        name=name, ask=ask, command=command, kind=kind, gain=gain, expectations=expectations
    )


def _confirming(
    hypothesis: Hypothesis, signature: Signature, rivals: Sequence[Hypothesis]
) -> _Sight:
    """What its own check shows, and the probability of that for every rival."""
    probe, counter = signature.confirm, signature.refute
    likely = {other.number: _likely(hypothesis, other) for other in rivals}
    return _Sight(
        says=probe.shows if probe else say("it_is_so"),
        otherwise=counter.shows if counter else say("none_of_that"),
        pattern=probe.pattern.pattern if probe else "",
        likely={**likely, SOMETHING_ELSE: BY_CHANCE},
    )


def _refuting(
    hypothesis: Hypothesis, signature: Signature, rivals: Sequence[Hypothesis]
) -> _Sight | None:
    probe = signature.refute
    if probe is None:
        return None
    others = {other.number: _REFUTED_ELSE for other in rivals if other.number != hypothesis.number}
    return _Sight(
        says=probe.shows,
        otherwise=say("none_of_that"),
        pattern=probe.pattern.pattern,
        likely={hypothesis.number: _REFUTED, **others, SOMETHING_ELSE: _REFUTED_ELSE},
    )


def _likely(hypothesis: Hypothesis, other: Hypothesis) -> float:
    """The probability that the check of the first shows its sight if the other is right."""
    if other.number == hypothesis.number:
        return _SHOWN
    mine, theirs = signature_of(hypothesis.cause.fault), signature_of(other.cause.fault)
    if other.cause.service != hypothesis.cause.service or mine is None or theirs is None:
        return BY_CHANCE
    return _SHOWN_BY_DEEPER if theirs.depth > mine.depth else BY_CHANCE


def _its_log(hypothesis: Hypothesis, confirming: _Sight, shares: Mapping[int, float]) -> Check:
    """The request for the log of the blamed service, which nobody has brought."""
    ask = say(
        "bring_its_log",
        service=name_of(hypothesis.cause.service),
    )
    # A log may miss what a look at the machine shows.
    likely = {n: 0.7 if n == hypothesis.number else share for n, share in confirming.likely.items()}
    sight = _Sight(
        says=say("in_its_own_log", cause=hypothesis.statement),
        otherwise=say("none_of_that"),
        pattern="",
        likely=likely,
    )
    return _check(f"{hypothesis.cause.key}/log", ask, None, [sight], shares, EvidenceKind.LOG)


def _is_brought(service: str, situation: Situation) -> bool:
    services = {file.service for file in situation.files}
    services |= {
        finding.service for findings in situation.findings.values() for finding in findings
    }
    return service in services
