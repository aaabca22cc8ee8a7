"""Ports of cases: the event log with its read models, the inbox of questions, steps of turns.

A dossier is everything that they hold of one case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from core.alerts import ports as alerts_ports
from core.alerts.model import Occurrence
from core.cases.events import CaseEvent
from core.cases.model import Question
from core.cases.projection import CaseView
from core.evidence.model import EvidenceFile, Finding
from core.knowledge import ports as knowledge_ports
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from core.cases.events import EventKind
    from core.cases.feedback import Feedback, SuggestionKey, SuggestionKind
    from core.cases.figures import CaseFigures
    from core.cases.memories import CaseMemory
    from core.cases.model import Case, TurnStep
    from core.cases.rows import CaseFilter, ListedCase


class Cases(Protocol):
    """The event logs, their read models, and the texts that events refer to."""

    @property
    def due_cards(self) -> set[str]:
        """Ids of the cases whose cards this unit's events may change; they commit with the unit."""

    async def next_number(self) -> int: ...
    async def append(self, events: Sequence[CaseEvent], view: CaseView) -> None:
        """Stores events with the view they fold into. A second writer of the same `seq` fails."""

    async def view(self, case_id: str, *, lock: bool = False) -> CaseView:
        """The read model of a case. lock: hold the case until the unit ends. Raises NotFound."""

    async def by_number(self, number: int) -> Case:
        """The case of this number. Raises NotFound."""

    async def open_for_group(self, group_key: str) -> Case | None: ...
    async def latest_for_group(self, group_key: str) -> Case | None:
        """The case of the group that was opened last, whatever its state."""

    async def listing(self, *, only_open: bool = False, most: int | None = None) -> list[Case]:
        """Cases, newest first. most: of them; all by default."""

    async def events(self, case_id: str) -> list[CaseEvent]: ...
    async def newest(
        self, case_id: str, kinds: Collection[EventKind], *, most: int
    ) -> list[CaseEvent]:
        """The newest events of these kinds, in log order."""

    async def since(self, kind: EventKind, moment: datetime) -> list[CaseEvent]:
        """Events of this kind in any case since `moment`, the earliest first."""

    async def put_texts(self, case_id: str, texts: Sequence[RedactedText]) -> None: ...
    async def texts(
        self, case_id: str, *, of: Collection[str] | None = None
    ) -> dict[str, RedactedText]:
        """Texts by digest, for folding. of: only these digests."""

    async def erase_texts(self, case_id: str, digests: Collection[str]) -> None:
        """Erases the texts for good; references to them then show that there was a text."""


class CaseRows(Protocol):
    """The rows of cases, which `Cases.append` writes: for lists and figures."""

    async def of_case(self, case_id: str) -> ListedCase:
        """Raises NotFound."""

    async def page(
        self, wanted: CaseFilter, *, limit: int, offset: int = 0, before: int | None = None
    ) -> list[ListedCase]:
        """Those that the filter takes, by number, the highest first. before: lower than this."""

    async def count(self, wanted: CaseFilter) -> int:
        """How many the filter takes."""

    async def figures(self, wanted: CaseFilter) -> CaseFigures:
        """What those that the filter takes add up to."""


class CaseMemories(Protocol):
    """What cases taught; by the case's id."""

    async def put(self, memory: CaseMemory) -> None:
        """In the place of what its case taught before."""

    async def remove(self, case_id: str) -> None:
        """No change where it is not there."""

    async def find(self, case_id: str) -> CaseMemory | None: ...
    async def of_cases(self, case_ids: Collection[str]) -> list[CaseMemory]:
        """What these cases taught, in no order; of a case that taught nothing there is none."""

    async def page(self, *, limit: int, before: int | None = None) -> list[CaseMemory]:
        """By number of the case, the highest first. before: lower than this."""

    async def alike(
        self, *, faults: Collection[str], alerts: Collection[str], limit: int
    ) -> list[CaseMemory]:
        """Those of one of the faults or first alerts, the newest first."""


class FeedbackRepository(Protocol):
    """What people said of suggestions, written with the events that say so."""

    async def put(self, feedback: Feedback) -> None:
        """In the place of what the person said of the suggestion in that case before."""

    async def of_case(self, case_id: str) -> list[Feedback]:
        """What was said in a case, the earliest first."""

    async def about(self, suggestions: Collection[SuggestionKey]) -> list[Feedback]:
        """What was said of these, in any case, the earliest first."""

    async def newest(self, kinds: Collection[SuggestionKind], *, most: int) -> list[Feedback]:
        """Of these kinds, in any case, the newest first."""


class Steps(Protocol):
    """The recorded steps of turns that are under way."""

    async def put(self, step: TurnStep) -> None:
        """Stores the step, replacing the one with the same case, turn and number."""

    async def of_turn(self, case_id: str, turn: str) -> list[TurnStep]:
        """The steps of a turn, in order."""

    async def clear(self, case_id: str) -> None:
        """Deletes the steps of every turn of the case."""


class Questions(Protocol):
    """The inbox of each case: the questions that people asked, until they are answered."""

    async def add(self, question: Question) -> None: ...
    async def get(self, question_id: str) -> Question:
        """The question of this id. Raises NotFound."""

    async def open(self, case_id: str) -> list[Question]:
        """The case's unanswered questions, oldest first."""

    async def of_case(self, case_id: str) -> list[Question]: ...
    async def answered(self, question_id: str, *, at: datetime) -> None: ...


class CasesUnit(alerts_ports.AlertsUnit, knowledge_ports.KnowledgeUnit, Protocol):
    """A unit of work with the stores of cases, alerts, evidence and documents."""

    @property
    def cases(self) -> Cases: ...
    @property
    def case_rows(self) -> CaseRows: ...
    @property
    def memories(self) -> CaseMemories: ...
    @property
    def feedback(self) -> FeedbackRepository: ...
    @property
    def questions(self) -> Questions: ...
    @property
    def steps(self) -> Steps: ...


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """One case with everything that belongs to it; `texts` by digest, `findings` by file id."""

    view: CaseView
    events: tuple[CaseEvent, ...] = ()
    texts: Mapping[str, RedactedText] = field(default_factory=dict)
    occurrences: tuple[Occurrence, ...] = ()
    files: tuple[EvidenceFile, ...] = ()
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()


async def gather(unit: CasesUnit, case_id: str) -> Dossier:
    """The dossier of a case. Raises NotFound."""
    return Dossier(
        view=await unit.cases.view(case_id),
        events=tuple(await unit.cases.events(case_id)),
        texts=await unit.cases.texts(case_id),
        occurrences=tuple(await unit.occurrences.of_case(case_id)),
        files=tuple(await unit.files.of_case(case_id)),
        findings=await unit.files.findings(case_id),
        questions=tuple(await unit.questions.of_case(case_id)),
    )
