"""Isolates the parts of a turn: a part that fails is left out and named as a defect."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from core.cases.investigation_state import Defect, TurnPart
from core.errors import Unavailable
from core.jobs.model import problem_of
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from core.text.redacted import RedactedText

Item = TypeVar("Item")
Result = TypeVar("Result")
Other = TypeVar("Other")

_PROBLEMS = Redactor(b"problems of ours")  # types and places of errors; they hold no secret
log = logging.getLogger(__name__)


@dataclass
class Isolation:
    """Collects what failed in one turn, or on one card.

    spares: False lets every error through, for callers that test a single part.
    """

    spares: bool = True
    defects: list[Defect] = field(default_factory=list)

    @contextmanager
    def guard(self, part: TurnPart, name: RedactedText) -> Iterator[None]:
        """Turns an error inside into a defect, so that the rest of the turn goes on.

        Raises Unavailable unchanged: a service that does not answer is retried later with the whole
        turn.
        """
        try:
            yield
        except Unavailable:
            raise
        except Exception as error:  # the one place: any bug may be in any part
            if not self.spares:
                raise
            self._leave_out(part, name, problem_of(error))

    def each(
        self,
        part: TurnPart,
        items: Iterable[Item],
        work: Callable[[Item], Result],
        *,
        named: Callable[[Item], RedactedText],
    ) -> list[Result]:
        """The result of the work for each item; an item whose work fails is left out."""
        done: list[Result] = []
        for item in items:
            with self.guard(part, named(item)):
                done.append(work(item))
        return done

    def attempt(
        self, part: TurnPart, name: RedactedText, work: Callable[[], Result], *, otherwise: Other
    ) -> Result | Other:
        """The result of the work, or `otherwise` if it fails."""
        done: list[Result] = []
        with self.guard(part, name):
            done.append(work())
        return done[0] if done else otherwise

    def blame(self, part: TurnPart, name: RedactedText, problem: RedactedText) -> None:
        """Records a part as left out, once."""
        defect = Defect(part=part, name=name, problem=problem)
        if defect not in self.defects:
            self.defects.append(defect)

    def take_over(self, other: Isolation) -> None:
        """Adds the defects of another isolation to this one."""
        for defect in other.defects:
            self.blame(defect.part, defect.name, defect.problem)

    def _leave_out(self, part: TurnPart, name: RedactedText, problem: str) -> None:
        log.error("left out: a %s (%s)", part, problem)
        self.blame(part, name, _PROBLEMS.clean(problem).line())


UNSPARED = Isolation(spares=False)
