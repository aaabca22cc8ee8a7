"""What does a reasoner see, and what does it conclude? The same types for every reasoner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.alerts.model import Occurrence
from core.cases.hypotheses import Check, Hypothesis
from core.cases.investigation_state import Course, Spent
from core.evidence.model import EvidenceFile, Finding
from core.investigation.budget import Budget
from core.investigation.memory.model import Said
from core.investigation.model import RankedCause, Sufficiency, Verdict
from core.text.redacted import Clean


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that is known when a turn begins. The reasoner sees nothing else.

    `calls` are (caller, callee) pairs of the topology, where one was given. `files` and
    `findings` belong together by `findings[file.id]`. `hypotheses` are those of the last turn,
    so that numbers and people's verdicts are kept. `at` is the moment the question is about.
    `course` is how the investigation went until now, `budget` what the turn may still take.
    `messages` are the newest of what was said, in order.
    """

    at: datetime
    occurrences: tuple[Occurrence, ...] = ()
    files: tuple[EvidenceFile, ...] = ()
    findings: Mapping[str, tuple[Finding, ...]]
    hypotheses: tuple[Hypothesis, ...] = ()
    calls: tuple[tuple[str, str], ...] = ()
    course: Course = field(default_factory=Course)
    budget: Budget = field(default_factory=Budget, compare=False, repr=False)
    messages: tuple[Said, ...] = ()

    @property
    def onset(self) -> datetime | None:
        """When the alerts say it began."""
        return min((one.starts_at for one in self.occurrences), default=None)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a reasoner concludes from a situation, whichever reasoner it is.

    `something_else` is the posterior's share of causes nobody has named. `missing` says which
    evidence would help; `next_question` is the one thing to ask of people now.
    `sufficiency` is the ground of the verdict; `checks` are what would separate the rivals, best
    first; `spent` is what the decision took.
    """

    verdict: Verdict
    hypotheses: tuple[Hypothesis, ...]
    something_else: float
    causes: tuple[RankedCause, ...]
    missing: tuple[Clean, ...]
    next_question: Clean | None
    sufficiency: Sufficiency = field(default_factory=lambda: Sufficiency(enough=False))
    checks: tuple[Check, ...] = ()
    spent: Spent = field(default_factory=Spent)
