"""What is known when a turn begins, and what of it is sent to a reasoner?

`observe` reads it from the tables, in one consistent view. `brief` puts it into words inside a
token budget: what the turn's hypotheses cite always, talk as far as it is hot or warm.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind
from core.investigation.decision import Situation
from core.investigation.memory import told
from core.investigation.memory.messages import read_messages
from core.investigation.memory.model import Limits, Memory
from core.investigation.memory.tiers import organise
from core.investigation.memory.tokens import estimate
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.cases.events import CaseView
    from core.clock import Clock
    from core.redaction.engine import Redactor
    from core.store import Unit

_LEADERS = 3  # hypotheses that talk is compared with
_NOTE = 8  # tokens of the line that says how much talk is not told


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What is sent of a situation. `memory` says which messages are in it.

    `whole` is what all of it would take, with every message, in tokens like `tokens`.
    """

    text: Clean
    memory: Memory
    tokens: int
    whole: int


async def observe(unit: Unit, view: CaseView, *, clock: Clock) -> Situation:
    """Alerts, files, findings and talk of one case, with the hypotheses and verdicts so far."""
    findings = await unit.files.findings(view.case.id)
    return Situation(
        at=clock.now(),
        occurrences=tuple(await unit.occurrences.of_case(view.case.id)),
        files=tuple(await unit.files.of_case(view.case.id)),
        findings=findings,
        hypotheses=view.hypotheses,
        course=view.course,
        calls=topology(finding for found in findings.values() for finding in found),
        messages=await read_messages(unit, view.case.id),
    )


def brief(
    situation: Situation, question: Clean, *, redactor: Redactor, limits: Limits | None = None
) -> Brief:
    """The situation in words, for a reasoner that is to answer `question` (empty: to go on).

    Cited lines are always there, also where they alone are beyond the limits.
    """
    limits = limits or Limits()
    needed = [*told.alerts(situation, redactor=redactor), *told.beliefs(situation)]
    useful = [*told.steps(situation), *told.changes(situation), *told.calls(situation)]
    asked = [Clean.say("Question: {text}", text=question.line())] if question else []
    facts = sum(estimate(line.text) for line in chain(needed, useful, asked))
    whole = facts + sum(one.tokens for one in situation.messages)
    left = limits.after(facts + _NOTE, whole=whole)
    memory = organise(situation.messages, cue(situation, question), limits=left)
    lines = [*needed, *useful, *told.talk(memory, redactor=redactor), *asked]
    text = Clean.join("\n", lines)
    return Brief(text=text, memory=memory, tokens=estimate(text.text), whole=whole)


def cue(situation: Situation, question: Clean) -> str:
    """What talk is compared with: the question, or what the case is about now."""
    if question:
        return question.text
    open_ones = sorted(situation.hypotheses, key=lambda one: one.rank)
    about = [f"{one.name} {one.service or ''} {one.summary}" for one in situation.occurrences]
    about += [f"{one.statement.text} {one.check.text}" for one in open_ones[:_LEADERS]]
    return " ".join(about)


def topology(findings: Iterable[Finding]) -> tuple[tuple[str, str], ...]:
    """(caller, callee) pairs that files of the case tell of."""
    return tuple(
        (str(finding.data["caller"]), str(finding.data["callee"]))
        for finding in findings
        if finding.kind is FindingKind.CALL
    )
