"""Reads the situation of a turn, and puts it into words for a reasoner.

`observe` reads it from the database in one consistent view. `brief` renders it inside a token
budget: lines that hypotheses cite always, messages as far as they are hot or warm.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind
from core.investigation.decision import Situation
from core.investigation.joined_files import with_joined_files
from core.investigation.memory import prompt_context
from core.investigation.memory.messages import Memory, MemoryLimits, estimate, read_messages
from core.investigation.memory.recall import organise
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.cases.ports import CasesUnit
    from core.cases.projection import CaseView
    from core.redaction.engine import Redactor

say = sentences("investigation.situation")

_LEADERS = 3  # hypotheses that talk is compared with
_NOTE = 8  # tokens of the line that says how much talk is not told


@dataclass(frozen=True, kw_only=True)
class Brief:
    """The text sent to a reasoner for a situation. `memory` says which messages are in it.

    `whole` is what the text would take with every message, in tokens like `tokens`.
    """

    text: RedactedText
    memory: Memory
    tokens: int
    whole: int


async def observe(unit: CasesUnit, view: CaseView) -> Situation:
    """The situation of one case: alerts, files, findings, messages and the hypotheses so far."""
    findings = await unit.files.findings(view.case.id)
    situation = Situation(
        at=unit.now,
        occurrences=tuple(await unit.occurrences.of_case(view.case.id)),
        files=tuple(await unit.files.of_case(view.case.id)),
        findings=findings,
        hypotheses=view.hypotheses,
        investigation=view.investigation,
        calls=topology(finding for of_file in findings.values() for finding in of_file),
        messages=await read_messages(unit, view.case.id),
        questions=tuple(await unit.questions.open(view.case.id)),
        case=view,
        hold=unit.rules.resolve_after,
        rule=unit.rules.root_cause,
    )
    return with_joined_files(situation)


def brief(
    situation: Situation,
    question: RedactedText,
    *,
    redactor: Redactor,
    limits: MemoryLimits | None = None,
) -> Brief:
    """The situation in words, for a reasoner that is to answer `question` (empty: to continue).

    Cited lines are always included, even if they alone exceed the limits.
    """
    limits = limits or MemoryLimits()
    needed = [
        *prompt_context.alerts(situation, redactor=redactor),
        *prompt_context.beliefs(situation),
    ]
    useful = [
        *prompt_context.steps(situation),
        *prompt_context.calls(situation),
    ]
    asked = [say("question", text=question.line())] if question else []
    facts = sum(estimate(line.text) for line in chain(needed, useful, asked))
    whole = facts + sum(message.tokens for message in situation.messages)
    left = limits.after(facts + _NOTE, whole=whole)
    memory = organise(situation.messages, cue(situation, question), limits=left)
    lines = [*needed, *useful, *prompt_context.talk(memory, redactor=redactor), *asked]
    text = RedactedText.join("\n", lines)
    return Brief(text=text, memory=memory, tokens=estimate(text.text), whole=whole)


def cue(situation: Situation, question: RedactedText) -> str:
    """The text that messages are compared with: the question, or what the case is about now."""
    if question:
        return question.text
    open_ones = sorted(situation.hypotheses, key=lambda hypothesis: hypothesis.rank)
    about = [
        f"{occurrence.name} {occurrence.service or ''} {occurrence.summary}"
        for occurrence in situation.occurrences
    ]
    about += [
        f"{hypothesis.statement.text} {hypothesis.check.text}"
        for hypothesis in open_ones[:_LEADERS]
    ]
    return " ".join(about)


def topology(findings: Iterable[Finding]) -> tuple[tuple[str, str], ...]:
    """The (caller, callee) pairs found in files of the case."""
    return tuple(
        (str(finding.data["caller"]), str(finding.data["callee"]))
        for finding in findings
        if finding.kind is FindingKind.CALL
    )
