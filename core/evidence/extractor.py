"""The extractor interface and the catalogue of installed extractors, built-in and third-party.

A process looks once. What a stranger's extractor does wrong is said with its name and that of its
distribution, and stops nobody else: such a one is left out, or the file goes to the next best.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import EntryPoint, entry_points
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol, TypeVar

from core.errors import FaultMavenError, OutOfLimits, UnreadableEvidence
from core.evidence.correlation.identifiers import IdentifierCollector
from core.evidence.lines import without_escapes
from core.evidence.model import (
    NO_EXTRACTOR,
    DataType,
    Extraction,
    Original,
    WritableOriginal,
)
from core.jobs.model import problem_of
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import polars as pl

HEAD_BYTES = 64 * 2**10


@dataclass(frozen=True)
class Head:
    """The first HEAD_BYTES of a file's decoded text, with the file's name."""

    raw: bytes
    name: str = ""

    @property
    def whole(self) -> bool:
        """Whether the head is the whole file."""
        return len(self.raw) < HEAD_BYTES

    @cached_property
    def text(self) -> str:
        return self.raw.decode("utf-8", errors="replace")

    @cached_property
    def lines(self) -> list[str]:
        """Non-blank lines without colour codes, without a last line that the head cuts off."""
        lines = [line.rstrip("\r") for line in self.seen.split("\n") if line.strip()]
        if not self.whole and len(lines) > 1:
            lines.pop()
        return lines

    @cached_property
    def seen(self) -> str:
        """The text as a terminal shows it, without colour codes."""
        return without_escapes(self.text)

    @property
    def suffix(self) -> str:
        """The file name's suffix in lower case, without its dot."""
        return PurePath(self.name).suffix.lstrip(".").lower()


@dataclass(frozen=True)
class Detected:
    """The detected type of a file, the confidence (0 to 1), the extractor that claims it, and why.

    The most confident extractor gets the file, so the scale is common to all: 0.95 and more, it was
    parsed as that format, or nothing else begins like this; 0.6 to 0.9, most of it looks like it;
    0.5 and less, a guess that any better claim may overrule. Evidence from the name alone is worth
    0.3 at most. `reason` is shown to people as the end of "it ...". `is_certain`: no text, settings
    or code can look like this, so that their readers need not be asked.
    """

    data_type: DataType
    confidence: float
    extractor: str
    reason: str = ""
    is_certain: bool = False


class EventTable(Protocol):
    """Receives the events of one file, in any order, and keeps none of their text."""

    def add(self, events: pl.DataFrame) -> None:
        """Add events with the columns of `core.evidence.events.table.COLUMNS`."""

    def close(self, kinds: dict[int, int]) -> None:
        """Finish the table. kinds: the template number of each kind key."""


class NoTable:
    """An event table that keeps nothing."""

    def add(self, events: pl.DataFrame) -> None:
        """Discard the events."""

    def close(self, kinds: dict[int, int]) -> None:
        """Do nothing: no events were kept."""


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """A file as it is passed to an extractor.

    `name` is already redacted. `service` owns the file; None where only the content can tell. All
    text that leaves the extractor has to go through `redactor`. `rendition` is where an extractor
    of what is no text may write the text that it reads in it; its loci then point into that.
    """

    original: Original
    name: str
    service: str | None
    detected: Detected
    redactor: Redactor
    table: EventTable = field(default_factory=NoTable)
    rendition: WritableOriginal | None = None

    @cached_property
    def identifiers(self) -> IdentifierCollector:
        """Collects the ids in the file, hashed, for other files to be compared with it."""
        return IdentifierCollector(self.redactor.derive("correlation"))


class Extractor(Protocol):
    """Reads one type of file. Stateless: one object serves every file of a process."""

    @property
    def name(self) -> str:
        """The name used in `Detected.extractor` and in its entry point."""

    def detect(self, head: Head) -> Detected | None:
        """The extractor's claim to the file with this head; None where it makes none."""

    def extract(self, exhibit: Exhibit) -> Extraction:
        """Extract the content in one pass and bounded memory. Raises UnreadableEvidence."""

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        """Add what follows from the whole file: bursts, onset, order of events."""


ENTRY_POINT_GROUP = "faultmaven.extractors"
DISTRIBUTION = "faultmaven"
# In the order of their claims: of equally sure ones the first gets the file. Others come after.
BUILT_IN_NAMES = (
    "metric",
    "trace",
    "topology",
    "profile",
    "log",
    "image",
    "markdown",
    "configuration",
    "code",
    "text",
)
_METHODS = ("detect", "extract", "enrich")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plugin:
    """Wraps a third-party extractor, so that it raises only UnreadableEvidence (and limits)."""

    extractor: Extractor
    distribution: str

    @property
    def name(self) -> str:
        return self.extractor.name

    def detect(self, head: Head) -> Detected | None:
        detected = self._guard(lambda: self.extractor.detect(head))
        if detected is None or (isinstance(detected, Detected) and self._is_sound(detected)):
            return detected
        raise self._failure("detect gave no Detected of its own with a confidence from 0 to 1")

    def extract(self, exhibit: Exhibit) -> Extraction:
        return self._guard_extraction(lambda: self.extractor.extract(exhibit))

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return self._guard_extraction(lambda: self.extractor.enrich(extraction, exhibit))

    def _is_sound(self, detected: Detected) -> bool:
        return (
            detected.data_type in set(DataType)
            and detected.extractor == self.name
            and 0 <= detected.confidence <= 1
        )

    def _guard_extraction(self, ask: Callable[[], Extraction]) -> Extraction:
        extraction = self._guard(ask)
        if isinstance(extraction, Extraction):
            return extraction
        raise self._failure(f"it gave a {type(extraction).__name__} for an Extraction")

    def _guard(self, ask: Callable[[], _T]) -> _T:
        try:
            return ask()
        except (MemoryError, OutOfLimits):
            raise  # the limits are those of the file, not of the extractor
        except UnreadableEvidence as error:
            raise self._failure(str(error)) from error
        except Exception as error:  # code of strangers raises anything
            raise self._failure(problem_of(error)) from error

    def _failure(self, why: str) -> UnreadableEvidence:
        return UnreadableEvidence(f"{_label(self.name, self.distribution)} broke: {why}")


@dataclass(frozen=True)
class Catalogue:
    """The extractors in the order of their claims, and why other installed ones were left out."""

    extractors: tuple[Extractor, ...]
    problems: tuple[str, ...] = ()


def extractors() -> tuple[Extractor, ...]:
    """All usable extractors. Raises FaultMavenError where the built-in ones are not installed."""
    return catalogue().extractors


@cache
def catalogue() -> Catalogue:
    """The installed extractors, read once per process.

    Raises FaultMavenError as `extractors` does.
    """
    catalogue_read = read_catalogue(entry_points(group=ENTRY_POINT_GROUP))
    for problem in catalogue_read.problems:
        _log.warning("%s", problem)
    return catalogue_read


def read_catalogue(points: Iterable[EntryPoint]) -> Catalogue:
    """Load the extractors of these entry points.

    Raises FaultMavenError where a built-in one is missing.
    """
    named = sorted(points, key=lambda point: (_distribution_name(point), point.name))
    ours = {point.name: point for point in named if _distribution_name(point) == DISTRIBUTION}
    missing = [name for name in BUILT_IN_NAMES if name not in ours]
    if missing:
        message = f"FaultMaven is installed without its own extractors: {', '.join(missing)}"
        raise FaultMavenError(message, next_step="Run `make setup`, or install FaultMaven again.")
    loaded: dict[str, Extractor] = {name: ours[name].load()() for name in BUILT_IN_NAMES}
    problems = []
    for point in named:
        if _distribution_name(point) == DISTRIBUTION:
            continue
        try:
            loaded[point.name] = _load_plugin(point, taken=loaded)
        except UnreadableEvidence as error:
            problems.append(str(error))
    return Catalogue(tuple(loaded.values()), tuple(problems))


def _load_plugin(point: EntryPoint, *, taken: dict[str, Extractor]) -> Plugin:
    """Load a third-party extractor. Raises UnreadableEvidence that says why it is left out."""
    label = _label(point.name, _distribution_name(point))
    if point.name in {*taken, NO_EXTRACTOR}:
        message = f"{label} is left out: {_describe_owner(point.name, taken)} has that name"
        raise UnreadableEvidence(message)
    try:
        target = point.load()
        extractor = target() if isinstance(target, type) else target
        name = extractor.name
    except Exception as error:  # code of strangers raises anything
        raise UnreadableEvidence(f"{label} could not be loaded: {problem_of(error)}") from error
    missing_methods = [
        method for method in _METHODS if not callable(getattr(extractor, method, None))
    ]
    if missing_methods or name != point.name:
        why = (
            f"it has no {', '.join(missing_methods)}"
            if missing_methods
            else f"it calls itself {name!r}"
        )
        raise UnreadableEvidence(f"{label} is left out: {why}")
    return Plugin(extractor, _distribution_name(point))


def _describe_owner(name: str, taken: dict[str, Extractor]) -> str:
    owner = taken.get(name)
    return f"one of {owner.distribution}" if isinstance(owner, Plugin) else "one of FaultMaven's"


def _distribution_name(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unnamed distribution"


def _label(name: str, distribution: str) -> str:
    return f"extractor {name!r} of {distribution}"
