"""What rests in memory, and how does a unit of work get its own copy of it?"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from core.access.model import Identity
from core.alerts.model import Delivery, Occurrence, Source
from core.cases.events import CaseView, Event
from core.clean import Clean
from core.conversation.model import Binding, Message, Outbound, Place, Question, Utterance
from core.errors import Conflict, NotFound
from core.evidence.model import EvidenceFile, Finding
from core.investigation.steps import TurnStep
from core.jobs.model import Job

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator

Key = TypeVar("Key")
Record = TypeVar("Record")


class Table(Generic[Key, Record]):
    """Rows in the order they were put; a draft copies them at its first change."""

    def __init__(
        self,
        rows: dict[Key, Record] | None = None,
        *,
        frozen: bool = False,
        conflicts: list[Conflict] | None = None,
    ) -> None:
        self._rows: dict[Key, Record] = {} if rows is None else rows
        self._own = rows is None
        self._frozen = frozen
        self._conflicts = [] if conflicts is None else conflicts

    def draft(self, *, frozen: bool, conflicts: list[Conflict]) -> Table[Key, Record]:
        """The same rows, to be changed without anyone seeing it."""
        return Table(self._rows, frozen=frozen, conflicts=conflicts)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._rows.values())

    def items(self) -> ItemsView[Key, Record]:
        return self._rows.items()

    def __contains__(self, key: Key) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: Key) -> Record | None:
        return self._rows.get(key)

    def require(self, key: Key, what: str) -> Record:
        """The row; raises NotFound."""
        if key not in self._rows:
            message = f"no {what} {key}"
            raise NotFound(message)
        return self._rows[key]

    def add(self, key: Key, row: Record) -> None:
        """A new row; raises Conflict where the key is taken."""
        if key in self._rows:
            self._conflicts.append(Conflict(f"{key} is stored already"))
            raise self._conflicts[-1]
        self.put(key, row)

    def put(self, key: Key, row: Record) -> None:
        """A new row, or a new state of one that keeps its place in the order."""
        self._writable()[key] = row

    def remove(self, key: Key) -> None:
        del self._writable()[key]

    def _writable(self) -> dict[Key, Record]:
        if self._frozen:
            message = "a unit that only reads was asked to write"
            raise RuntimeError(message)
        if not self._own:
            self._rows = dict(self._rows)
            self._own = True
        return self._rows


@dataclass(frozen=True)
class Tables:
    """Every table. `waiting` holds jobs that are pending or running, `settled` the others.

    `conflicts` of a unit keep it from being committed, also where somebody caught them.
    """

    counters: Table[str, int] = field(default_factory=Table)
    deliveries: Table[str, Delivery] = field(default_factory=Table)
    delivery_keys: Table[tuple[str, Source, str], str] = field(default_factory=Table)
    occurrences: Table[str, Occurrence] = field(default_factory=Table)
    views: Table[str, CaseView] = field(default_factory=Table)
    events: Table[tuple[str, int], Event] = field(default_factory=Table)
    texts: Table[tuple[str, str], Clean] = field(default_factory=Table)
    steps: Table[tuple[str, str, int], TurnStep] = field(default_factory=Table)
    files: Table[str, EvidenceFile] = field(default_factory=Table)
    findings: Table[str, tuple[Finding, ...]] = field(default_factory=Table)
    bindings: Table[int, Binding] = field(default_factory=Table)
    outbound: Table[str, Outbound] = field(default_factory=Table)
    messages: Table[str, Message] = field(default_factory=Table)
    questions: Table[str, Question] = field(default_factory=Table)
    utterances: Table[tuple[str, str, str, str], Utterance] = field(default_factory=Table)
    mention_only: Table[tuple[str, Place], bool] = field(default_factory=Table)
    identities: Table[tuple[str, str, str, str], Identity] = field(default_factory=Table)
    waiting: Table[str, Job] = field(default_factory=Table)
    settled: Table[str, Job] = field(default_factory=Table)
    conflicts: list[Conflict] = field(default_factory=list)

    def draft(self, *, frozen: bool = False) -> Tables:
        """A copy for one unit of work; frozen, one that refuses changes."""
        conflicts: list[Conflict] = []
        tables: dict[str, Any] = {
            name: getattr(self, name).draft(frozen=frozen, conflicts=conflicts) for name in _TABLES
        }
        return Tables(**tables, conflicts=conflicts)

    def refuse(self, message: str) -> NoReturn:
        """Raises Conflict, as a unique constraint does."""
        self.conflicts.append(Conflict(message))
        raise self.conflicts[-1]

    def next(self, counter: str) -> int:
        """1, 2, 3 …; a number given in a unit that rolls back is given again."""
        value = (self.counters.get(counter) or 0) + 1
        self.counters.put(counter, value)
        return value


_TABLES = [one.name for one in fields(Tables) if one.name != "conflicts"]
