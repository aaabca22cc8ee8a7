"""A case in words for a model: what is known, found and ranked, between the marks of data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.investigation.causes.scored_cause import name_of
from core.investigation.consultation.tools import figures_last
from core.investigation.memory.prompt_context import evidence
from core.investigation.situation import brief
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.model import Question
    from core.evidence.model import EvidenceFile
    from core.investigation.answering.responses import Response
    from core.investigation.consultation.exchange import Consultation
    from core.investigation.consultation.profile import Profile
    from core.investigation.decision import Decision
    from core.investigation.survey import Survey

say = sentences("investigation.consultation")

_MOST_FILES = 40
_RIVALS = 4


async def case_prompt(
    exchange: Consultation,
    decision: Decision,
    *,
    surveyed: Survey,
    profile: Profile,
    question: Question | None = None,
    engine: Response | None = None,
) -> RedactedText:
    """The case, and the question where one is to be answered.

    engine: what the engine would answer.
    """
    situation, redactor = exchange.situation, exchange.redactor
    case_brief = brief(situation, RedactedText.EMPTY, redactor=redactor)
    lines = evidence(surveyed.watch, suffered=decision.impact, room=profile.room)
    return exchange.prompts.render(
        "case",
        open=exchange.marks.open,
        close=exchange.marks.close,
        brief=case_brief.text,
        files=_names_of(situation.files),
        evidence=[exchange.tools.show(line) for line in lines],
        small_files=await exchange.tools.small_files(room=profile.room_for_files),
        verdict=redactor.clean(decision.verdict.value),
        hypotheses=[
            say(
                "hypothesis",
                n=hypothesis.number,
                text=hypothesis.statement.line(),
                share=round(100 * hypothesis.confidence),
            )
            for hypothesis in decision.hypotheses[:_RIVALS]
        ],
        question=question.text if question else None,
        asker=redactor.clean(question.asked_by).line() if question else None,
        engine=say("engine", text=engine.text.line()) if engine else RedactedText.EMPTY,
    )


def _names_of(files: Sequence[EvidenceFile]) -> RedactedText:
    """The first of them, each with whose it is, and how many more there are."""
    named = [
        say("file", name=file.name.line(), service=name_of(file.service))
        for file in figures_last(files)[:_MOST_FILES]
    ]
    left = len(files) - len(named)
    return RedactedText.join(", ", [*named, *([say("files_left", n=left)] if left else [])])
