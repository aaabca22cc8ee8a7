"""What rests in memory, and how does a unit of work get its own copy of it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from core.errors import Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, Mapping

    from core.access.model import Identity
    from core.alerts.model import Delivery, Occurrence, Source
    from core.cases.events import CaseView, Event
    from core.cases.questions import Question
    from core.conversation.messages.channels import Binding
    from core.conversation.messages.incoming import Utterance
    from core.conversation.messages.outgoing import Message, Outbound
    from core.evidence.model import EvidenceFile, Finding
    from core.investigation.steps import TurnStep
    from core.jobs.model import Job
    from core.places import Place
    from core.text.redacted import Clean

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


class Tables:
    """Every table. `waiting` holds jobs that are pending or running, `settled` the others.

    `conflicts` of a unit keep it from being committed, also where somebody caught them.
    """

    counters: Table[str, int]
    deliveries: Table[str, Delivery]
    delivery_keys: Table[tuple[str, Source, str], str]
    occurrences: Table[str, Occurrence]
    views: Table[str, CaseView]
    events: Table[tuple[str, int], Event]
    texts: Table[tuple[str, str], Clean]
    steps: Table[tuple[str, str, int], TurnStep]
    files: Table[str, EvidenceFile]
    findings: Table[str, tuple[Finding, ...]]
    bindings: Table[int, Binding]
    outbound: Table[str, Outbound]
    messages: Table[str, Message]
    questions: Table[str, Question]
    utterances: Table[tuple[str, str, str, str], Utterance]
    mention_only: Table[tuple[str, Place], bool]
    identities: Table[tuple[str, str, str, str], Identity]
    waiting: Table[str, Job]
    settled: Table[str, Job]

    def __init__(
        self, behind: Mapping[str, Table[Any, Any]] | None = None, *, frozen: bool = False
    ):
        self.conflicts: list[Conflict] = []
        self._frozen = frozen
        self._behind = behind or {name: Table() for name in _TABLES}

    def __getattr__(self, name: str) -> Table[Any, Any]:
        """At its first use only: a unit needs a few of them, and there are many units."""
        if name not in _TABLES:
            raise AttributeError(name)
        own = self._behind[name].draft(frozen=self._frozen, conflicts=self.conflicts)
        setattr(self, name, own)
        return own

    def draft(self, *, frozen: bool = False) -> Tables:
        """A copy for one unit of work; frozen, one that refuses changes."""
        used = {name: own for name, own in vars(self).items() if name in _TABLES}
        return Tables({**self._behind, **used}, frozen=frozen)

    def refuse(self, message: str) -> NoReturn:
        """Raises Conflict, as a unique constraint does."""
        self.conflicts.append(Conflict(message))
        raise self.conflicts[-1]

    def next(self, counter: str) -> int:
        """1, 2, 3 …; a number given in a unit that rolls back is given again."""
        value = (self.counters.get(counter) or 0) + 1
        self.counters.put(counter, value)
        return value


_TABLES = frozenset(Tables.__annotations__)
