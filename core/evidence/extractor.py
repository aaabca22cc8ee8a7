"""What every extractor is: it says whether a file is its own, reads it, and adds what follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol

from core.evidence.model import DataType
from core.evidence.original import Original
from core.evidence.reading.escapes import without_escapes
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    import polars as pl

    from core.evidence.model import Extraction

HEAD_BYTES = 64 * 2**10
NOBODY = "none"  # who takes a file that no extractor takes


@dataclass(frozen=True)
class Head:
    """The first HEAD_BYTES of a file's text (decoded), and what it is called.

    `whole` where that is all of it.
    """

    raw: bytes
    name: str = ""

    @property
    def whole(self) -> bool:
        return len(self.raw) < HEAD_BYTES

    @cached_property
    def text(self) -> str:
        return self.raw.decode("utf-8", errors="replace")

    @cached_property
    def lines(self) -> list[str]:
        """Those that say something, without colours; not the last where the head cuts it off."""
        lines = [line.rstrip("\r") for line in self.seen.split("\n") if line.strip()]
        if not self.whole and len(lines) > 1:
            lines.pop()
        return lines

    @cached_property
    def seen(self) -> str:
        """The text as a terminal shows it, without colours."""
        return without_escapes(self.text)

    @property
    def suffix(self) -> str:
        """In lower case, without its dot."""
        return PurePath(self.name).suffix.lstrip(".").lower()


@dataclass(frozen=True)
class Detected:
    """What a file is, how sure that is (0 to 1), which extractor takes it, and why.

    The most confident extractor gets the file, so that all have to mean the same by a number:
    0.95 and more, it was parsed as that format, or nothing else begins like this; 0.6 to 0.9, most
    of it looks like it; 0.5 and less, a guess that any better claim may overrule. What only the
    name says is worth 0.3 at most. `reason` is shown to people: "it ..." in a few words of ours.
    """

    data_type: DataType
    confidence: float
    extractor: str
    reason: str = ""


class EventTable(Protocol):
    """Takes the events of one file, in any order; keeps no text of them."""

    def add(self, events: pl.DataFrame) -> None:
        """Some events, with the columns of `core.evidence.events.table.COLUMNS`."""

    def close(self, kinds: dict[int, int]) -> None:
        """All have been added. kinds: the template (an index) of each key of a kind."""


class NoTable:
    """Keeps no events."""

    def add(self, events: pl.DataFrame) -> None:
        """Nothing is kept."""

    def close(self, kinds: dict[int, int]) -> None:
        """Nothing was kept."""


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """A file as an extractor is handed it.

    `name` is redacted already. `service` is whose file it is, None where only its content can
    tell. All text that leaves the extractor goes through `redactor`.
    """

    original: Original
    name: str
    service: str | None
    detected: Detected
    redactor: Redactor
    table: EventTable = field(default_factory=NoTable)


class Extractor(Protocol):
    """Reads one type of file. Has no state: one object serves every file of a process."""

    @property
    def name(self) -> str:
        """By which `Detected.extractor` and its entry point call it."""

    def detect(self, head: Head) -> Detected | None:
        """None where the file is not its own. The most confident extractor gets the file."""

    def extract(self, exhibit: Exhibit) -> Extraction:
        """What its content says, in one reading and bounded memory. Raises UnreadableEvidence."""

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        """With what follows from all of it together: bursts, onset, what comes first."""
