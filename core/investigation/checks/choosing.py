"""Which one command, file or question separates the rivals best, and what does each predict?

A check is worth the bits that its outcome is expected to tell about which rival is right, under
the posterior as it is, *something else* (number 0) among them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.hypotheses import Check, EvidenceKind, Expectation, Hypothesis
from core.investigation.causes.weighing import name_of
from core.investigation.checks.expectations import BY_CHANCE, SOMETHING_ELSE, expected_bits
from core.investigation.model import Verdict
from core.investigation.ranking.faults import signature_of
from core.investigation.verdict.hypotheses import judged
from core.redaction.engine import Redactor
from core.signatures import signatures
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.investigation.decision import Situation
    from core.signatures import Signature

RIVALS = 4  # hypotheses among which a check decides
CHECKS = 5  # that are worth listing
# How likely a check shows what it is to show. Judgements of ours, not fitted: one that is right
# is shown by its own check in six cases of seven, something else in one of ten.
_SHOWN = 0.85
_SHOWN_BY_DEEPER = 0.5  # by a fault that would bring this one about, at the same service
_REFUTED = 0.05  # the refuting sight where the hypothesis is right
_REFUTED_ELSE = 0.6  # and where it is not
_LEAST = 0.01  # bits under which nothing is asked
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
_COMMANDS = Redactor(b"commands of signatures")  # ours; they hold no secret
_NOT_THAT = Clean.say("nothing of that")


def next_checks(
    situation: Situation, hypotheses: Sequence[Hypothesis], something_else: float
) -> tuple[Check, ...]:
    """What is to be tried next, by expected bits; what was answered is not asked again.

    The best one is told however little it separates: a leader that nobody has tried stays untried.
    """
    rivals = [one for one in hypotheses if _is_open(one)][:RIVALS]
    shares = shares_of(rivals, hypotheses, something_else)
    answered = {one.check.name for one in situation.course.checks if one.answered_by}
    found = [
        check
        for one in rivals
        for check in _checks_of(one, rivals, situation, shares)
        if check.name not in answered
    ]
    ordered = sorted(found, key=lambda check: (-check.gain, check.command is None))
    return tuple(ordered[:1] + [check for check in ordered[1:CHECKS] if check.gain >= _LEAST])


def shares_of(
    rivals: Iterable[Hypothesis], hypotheses: Iterable[Hypothesis], something_else: float
) -> Mapping[int, float]:
    """By number; all that is no rival counts as something else. Together they are 1."""
    known = {one.number: one.confidence for one in rivals}
    unnamed = (one.confidence for one in hypotheses if one.number not in known)
    known[SOMETHING_ELSE] = max(0.0, something_else + math.fsum(unnamed))
    total = math.fsum(known.values())
    return {number: share / total for number, share in known.items()} if total else known


def question_of(check: Check, hypotheses: Sequence[Hypothesis], verdict: Verdict) -> Clean:
    """`To separate 1 from 2: compare connections in use with the limit`."""
    open_ones = [one for one in hypotheses if one.is_alive]
    numbers = [one.number for one in open_ones if _is_about(check, one)]
    others = [one.number for one in open_ones if one.number not in numbers]
    if not numbers:
        return Clean.say("Next: {ask}", ask=check.ask.line())
    if verdict is Verdict.ROOT_CAUSE or not others:
        return Clean.say("To confirm {n}, or not: {ask}", n=numbers[0], ask=check.ask.line())
    return Clean.say(
        "To separate {n} from {m}: {ask}", n=numbers[0], m=others[0], ask=check.ask.line()
    )


def _is_about(check: Check, one: Hypothesis) -> bool:
    told = any(e.hypothesis == one.number != SOMETHING_ELSE for e in check.expectations)
    return told and check.name.startswith(f"{one.cause.key}/")


def _is_open(one: Hypothesis) -> bool:
    return one.is_alive and not judged(one)


@dataclass(frozen=True, kw_only=True)
class _Sight:
    """Something that may be seen: in words, in what comes back, and how likely for whom."""

    says: Clean
    otherwise: Clean
    pattern: str
    likely: Mapping[int, float]

    def expectations(self) -> Iterator[Expectation]:
        for number, likely in self.likely.items():
            says = self.says if likely >= 1 / 2 else self.otherwise
            yield Expectation(
                hypothesis=number, says=says, pattern=self.pattern, likely=round(likely, 3)
            )


def _checks_of(
    one: Hypothesis, rivals: Sequence[Hypothesis], situation: Situation, shares: Mapping[int, float]
) -> Iterator[Check]:
    """Its own check, another that would refute it where that is another command, and its log."""
    signature = signature_of(one.cause.fault)
    if signature is None:
        return
    confirming = _confirming(one, signature, rivals)
    refuting = _refuting(one, signature, rivals)
    key, confirm, refute = one.cause.key, signature.confirm, signature.refute
    if confirm is None:
        yield _check(f"{key}/asked", signature.check, None, [confirming], shares)
    elif refute is None or refuting is None:
        command = _command(confirm.command, one)
        yield _check(f"{key}/confirm", confirm.do, command, [confirming], shares)
    else:
        command, other = _command(confirm.command, one), _command(refute.command, one)
        yield _check(f"{key}/confirm", confirm.do, command, [confirming, refuting], shares)
        if other is not None and other != command:
            yield _check(f"{key}/refute", refute.do, other, [refuting], shares)
    if one.cause.service and not _is_brought(one.cause.service, situation):
        yield _its_log(one, confirming, shares)


def _check(
    name: str,
    ask: Clean,
    command: Clean | None,
    sights: Sequence[_Sight],
    shares: Mapping[int, float],
    kind: EvidenceKind = EvidenceKind.CHECK,
) -> Check:
    expectations = tuple(one for sight in sights for one in sight.expectations())
    gain = round(expected_bits(shares, expectations), 4)
    return Check(
        name=name, ask=ask, command=command, kind=kind, gain=gain, expectations=expectations
    )


def _confirming(one: Hypothesis, signature: Signature, rivals: Sequence[Hypothesis]) -> _Sight:
    """What its own check shows, and how likely that is where a rival is right."""
    probe, counter = signature.confirm, signature.refute
    likely = {other.number: _likely(one, other) for other in rivals}
    return _Sight(
        says=probe.shows if probe else Clean.say("that it is so"),
        otherwise=counter.shows if counter else _NOT_THAT,
        pattern=probe.pattern.pattern if probe else "",
        likely={**likely, SOMETHING_ELSE: BY_CHANCE},
    )


def _refuting(one: Hypothesis, signature: Signature, rivals: Sequence[Hypothesis]) -> _Sight | None:
    probe = signature.refute
    if probe is None:
        return None
    others = {other.number: _REFUTED_ELSE for other in rivals if other.number != one.number}
    return _Sight(
        says=probe.shows,
        otherwise=_NOT_THAT,
        pattern=probe.pattern.pattern,
        likely={one.number: _REFUTED, **others, SOMETHING_ELSE: _REFUTED_ELSE},
    )


def _likely(one: Hypothesis, other: Hypothesis) -> float:
    """That the check of `one` shows what it is to show, where `other` is right."""
    if other.number == one.number:
        return _SHOWN
    known = signatures()
    if other.cause.service != one.cause.service or other.cause.fault not in known:
        return BY_CHANCE
    deeper = known[other.cause.fault].depth > known[one.cause.fault].depth
    return _SHOWN_BY_DEEPER if deeper else BY_CHANCE


def _its_log(one: Hypothesis, confirming: _Sight, shares: Mapping[int, float]) -> Check:
    """Nobody has brought the log of the service that is blamed."""
    ask = Clean.say(
        "bring the log of {service}, from 10 min before it began",
        service=name_of(one.cause.service),
    )
    # A log may miss what a look at the machine shows.
    likely = {n: 0.7 if n == one.number else share for n, share in confirming.likely.items()}
    sight = _Sight(
        says=Clean.say("{cause}, told by its own log", cause=one.statement),
        otherwise=_NOT_THAT,
        pattern="",
        likely=likely,
    )
    return _check(f"{one.cause.key}/log", ask, None, [sight], shares, EvidenceKind.LOG)


def _is_brought(service: str, situation: Situation) -> bool:
    told = {file.service for file in situation.files}
    told |= {found.service for every in situation.findings.values() for found in every}
    return service in told


def _command(command: str | None, one: Hypothesis) -> Clean | None:
    """With the service's name in it, where that is nothing but a name: people will run it."""
    if command is None:
        return None
    named = name_of(one.cause.service).text if one.cause.service else ""
    name = named if _PLAIN.fullmatch(named) else "SERVICE"
    return _COMMANDS.clean(command.replace("{service}", name))
