"""A case for a model: one service refuses what another asks of it, and no rule knows why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.model import Question
from core.evidence.model import FileState, Level
from core.investigation.budget import Budget
from core.investigation.model_reasoner import WithModel
from core.places import Place
from core.redaction.engine import Redactor
from tests.core.investigation.sample_situations import REDACTOR, T0, LogLines, a_log, a_situation

if TYPE_CHECKING:
    from core.evidence.model import Finding
    from core.investigation.decision import Situation
    from core.investigation.language_model import LanguageModel

QUOTA = "ledger.log:698"
NOPE = "checkout.log:700"


def a_case(*questions: str, rounds: int = 6, reply: str = "ledger said nope") -> Situation:
    """Its files are read, and a turn of so many rounds has begun."""
    situation = a_situation(
        a_log("checkout", LogLines(text=reply, at=600, count=40)),
        a_log("ledger", LogLines(text="quota of postings reached", at=598, count=50)),
        calls=[("web", "checkout"), ("checkout", "ledger")],
        alert="web",
    )
    budget = Budget(rounds=rounds)
    budget.take_round()
    files = tuple(replace(file, state=FileState.PROCESSED) for file in situation.files)
    asked = tuple(
        Question(
            id=f"ask-{number}",
            tenant_id="default",
            case_id="case-1",
            asked_by="dana",
            asked_at=T0,
            text=REDACTOR.clean(text),
            place=Place(platform="terminal", workspace="", channel="here"),
        )
        for number, text in enumerate(questions, 1)
    )
    return replace(situation, files=files, budget=budget, questions=asked)


def lines_about(accused: str, situation: Situation) -> list[str]:
    """Four places of a service's own, the loudest first, and four of others: what a liar cites."""
    own, others = list[str](), list[str]()
    for file in situation.files:
        findings = sorted(situation.findings[file.id], key=_loudness, reverse=True)
        places = [finding.locus.label for finding in findings]
        (own if file.service == accused else others).extend(places[:4])
    return [*own[:4], *others[:4]]


def _loudness(finding: Finding) -> int:
    return list(Level).index(finding.level)


def reasoner(model: LanguageModel) -> WithModel:
    """The engine with this model beside it."""
    return WithModel(model, lambda _situation: Redactor(b"k" * 32))
