"""Which extractors are installed? Ours, and those of other distributions, found by entry point.

A process looks once. What a stranger's extractor does wrong is said with its name and that of its
distribution, and stops nobody else: such a one is left out, or the file goes to the next best.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, TypeVar

from core.errors import FaultMavenError, OutOfLimits, UnreadableEvidence
from core.evidence.extractor import NOBODY, Detected, Extractor
from core.evidence.model import DataType, Extraction
from core.jobs.failure import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from core.evidence.extractor import Exhibit, Head

GROUP = "faultmaven.extractors"
DISTRIBUTION = "faultmaven"
# In the order of their claims: of equally sure ones the first gets the file. Others come after.
OURS = ("metric", "trace", "topology", "log", "markdown", "text")
_METHODS = ("detect", "extract", "enrich")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plugin:
    """Somebody else's extractor, which may do anything. Only UnreadableEvidence comes out of it."""

    extractor: Extractor
    distribution: str

    @property
    def name(self) -> str:
        return self.extractor.name

    def detect(self, head: Head) -> Detected | None:
        found = self._asked(lambda: self.extractor.detect(head))
        if found is None or (isinstance(found, Detected) and self._is_sound(found)):
            return found
        raise self._broken("detect gave no Detected of its own with a confidence from 0 to 1")

    def extract(self, exhibit: Exhibit) -> Extraction:
        return self._extraction(lambda: self.extractor.extract(exhibit))

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return self._extraction(lambda: self.extractor.enrich(extraction, exhibit))

    def _is_sound(self, found: Detected) -> bool:
        return (
            found.data_type in set(DataType)
            and found.extractor == self.name
            and 0 <= found.confidence <= 1
        )

    def _extraction(self, ask: Callable[[], Extraction]) -> Extraction:
        found = self._asked(ask)
        if isinstance(found, Extraction):
            return found
        raise self._broken(f"it gave a {type(found).__name__} for an Extraction")

    def _asked(self, ask: Callable[[], _T]) -> _T:
        try:
            return ask()
        except (MemoryError, OutOfLimits):
            raise  # the limits are those of the file, not of the extractor
        except UnreadableEvidence as error:
            raise self._broken(str(error)) from error
        except Exception as error:  # code of strangers raises anything
            raise self._broken(problem_of(error)) from error

    def _broken(self, why: str) -> UnreadableEvidence:
        return UnreadableEvidence(f"{_labelled(self.name, self.distribution)} broke: {why}")


@dataclass(frozen=True)
class Catalogue:
    """The extractors in the order of their claims, and why others are not among them."""

    extractors: tuple[Extractor, ...]
    problems: tuple[str, ...] = ()


def extractors() -> tuple[Extractor, ...]:
    """All that can be used. Raises FaultMavenError where not even ours are installed."""
    return catalogue().extractors


@cache
def catalogue() -> Catalogue:
    """What is installed, read once a process. Raises FaultMavenError as `extractors` does."""
    found = read_catalogue(entry_points(group=GROUP))
    for problem in found.problems:
        _log.warning("%s", problem)
    return found


def read_catalogue(points: Iterable[EntryPoint]) -> Catalogue:
    """Load what the entry points name. Raises FaultMavenError where one of ours is missing."""
    named = sorted(points, key=lambda point: (_distribution(point), point.name))
    ours = {point.name: point for point in named if _distribution(point) == DISTRIBUTION}
    missing = [name for name in OURS if name not in ours]
    if missing:
        message = f"FaultMaven is installed without its own extractors: {', '.join(missing)}"
        raise FaultMavenError(message, next_step="Run `make setup`, or install FaultMaven again.")
    found: dict[str, Extractor] = {name: ours[name].load()() for name in OURS}
    problems = []
    for point in named:
        if _distribution(point) == DISTRIBUTION:
            continue
        try:
            found[point.name] = _loaded(point, taken=found)
        except UnreadableEvidence as error:
            problems.append(str(error))
    return Catalogue(tuple(found.values()), tuple(problems))


def _loaded(point: EntryPoint, *, taken: dict[str, Extractor]) -> Plugin:
    """Raises UnreadableEvidence with what is wrong with it."""
    label = _labelled(point.name, _distribution(point))
    if point.name in {*taken, NOBODY}:
        message = f"{label} is left out: {_owner(point.name, taken)} has that name"
        raise UnreadableEvidence(message)
    try:
        made = point.load()
        extractor = made() if isinstance(made, type) else made
        name = extractor.name
    except Exception as error:  # code of strangers raises anything
        raise UnreadableEvidence(f"{label} could not be loaded: {problem_of(error)}") from error
    lacks = [method for method in _METHODS if not callable(getattr(extractor, method, None))]
    if lacks or name != point.name:
        why = f"it has no {', '.join(lacks)}" if lacks else f"it calls itself {name!r}"
        raise UnreadableEvidence(f"{label} is left out: {why}")
    return Plugin(extractor, _distribution(point))


def _owner(name: str, taken: dict[str, Extractor]) -> str:
    owner = taken.get(name)
    return f"one of {owner.distribution}" if isinstance(owner, Plugin) else "one of FaultMaven's"


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unnamed distribution"


def _labelled(name: str, distribution: str) -> str:
    return f"extractor {name!r} of {distribution}"
