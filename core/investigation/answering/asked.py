"""A question beside all that may answer it: which hypotheses it names, and what the files tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from core.evidence.model import FindingKind, Level
from core.investigation.answering.questions import fold, number_in
from core.investigation.causes.peers import mentions
from core.investigation.decision import Decision, Situation

if TYPE_CHECKING:
    from core.cases.hypotheses import Hypothesis
    from core.evidence.model import Finding

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
)


@dataclass(frozen=True)
class Asked:
    """A question with all that may answer it."""

    text: str
    situation: Situation
    decision: Decision

    @property
    def hypothesis(self) -> Hypothesis | None:
        """The one that the question names; else the best."""
        return next(iter([*self.named, *self.decision.hypotheses]), None)

    @cached_property
    def named(self) -> list[Hypothesis]:
        """Those that it names: the one of that number; else by fault, else by service."""
        rivals, asked, number = self.decision.hypotheses, fold(self.text), number_in(self.text)
        numbered = [one for one in rivals if one.number == number]
        by_fault = [one for one in rivals if one.cause.fault.replace("_", " ") in asked]
        by_fault = by_fault or [one for one in rivals if _is_meant(one.cause.fault, asked)]
        by_place = [one for one in rivals if _is_named(one.cause.service, asked)]
        both = [one for one in by_fault if one in by_place]
        return numbered or both or by_fault or by_place

    @cached_property
    def findings(self) -> list[Finding]:
        """Of all files, earliest first; those without a time last."""
        every = [one for found in self.situation.findings.values() for one in found]
        return sorted(every, key=_moment)

    @cached_property
    def errors(self) -> list[Finding]:
        """Error lines, earliest first."""
        return [one for one in self.findings if one.level in _SERIOUS and one.kind in _TELLING]

    @property
    def error_kinds(self) -> list[Finding]:
        """The same, each kind of line once."""
        kinds = (FindingKind.TEMPLATE, FindingKind.SIGNAL)
        return list({one.locus: one for one in self.errors if one.kind in kinds}.values())


def _is_meant(fault: str, asked: str) -> bool:
    """Does the question have a word of it that says something: `is it the pool`?"""
    telling = {word for word in fault.split("_") if len(word) >= _TELLING_WORD} - _ORDINARY
    return bool(telling & {*asked.replace("?", " ").split()})


def _is_named(service: str | None, asked: str) -> bool:
    return bool(service) and mentions(asked, (service or "").casefold())


def _moment(one: Finding) -> tuple[bool, float, int]:
    at = one.first
    return at is None, at.timestamp() if at else 0.0, one.locus.line_start
