"""The engine's verdicts on cases, computed in processes of their own, many at a time."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.parts.incidents import alert_body
from benchmarks.parts.inquiry import situation_of, with_alert
from core.investigation.decision import Verdict
from core.investigation.reasoner import decide
from core.investigation.verdict.citations import unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.investigation.decision import Decision, Situation

MADE_UP = 0.75  # of what the files cover has passed when a made-up alert fires


class FilesUnderTest(Protocol):
    """A case that can write the files an operator has of it."""

    @property
    def alerted(self) -> str: ...

    def write(self, folder: Path) -> None:
        """Its files, below `files` of `folder`."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """The files of a case, and the alerts under which they are looked at, by name.

    An alert that is None is made up. names: what a service is called here, and its own name.
    """

    case: FilesUnderTest
    alerts: Mapping[str, bytes | None]
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EngineVerdict:
    """What was said: services, best first; the verdict; the leader's service and its share.

    `struck` counts the claims whose citations did not resolve.
    """

    ranking: tuple[str, ...]
    is_found: bool
    leader: str | None
    confidence: float
    lacking: tuple[str, ...]
    struck: int


def look_at_all(tasks: Sequence[Task], *, processes: int = 2) -> list[dict[str, EngineVerdict]]:
    """Verdicts of all tasks, in their order."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        return list(pool.map(look, tasks, chunksize=2))


def look(task: Task) -> dict[str, EngineVerdict]:
    """Verdicts on a task, by the name of the alert."""
    situation = read(task.case)
    return {
        name: seen(decide(with_alert(situation, body or _made_up(task.case, situation))), task)
        for name, body in task.alerts.items()
    }


def read(case: FilesUnderTest) -> Situation:
    """The situation that the task's files describe, without an alert."""
    with tempfile.TemporaryDirectory(prefix="rca-") as name:
        case.write(Path(name))
        return situation_of(Path(name) / "files")


def seen(decision: Decision, task: Task) -> EngineVerdict:
    """What the scores need of a decision."""
    named = [cause.cause.service for cause in decision.causes if cause.cause.service]
    own = [task.names.get(name, name) for name in named]
    best = decision.hypotheses[0] if decision.hypotheses else None
    leader = best.cause.service if best else None
    return EngineVerdict(
        ranking=tuple(dict.fromkeys(own)),
        is_found=decision.verdict is Verdict.ROOT_CAUSE,
        leader=task.names.get(leader, leader) if leader else None,
        confidence=best.confidence if best else 0.0,
        lacking=tuple(gap.text for gap in decision.sufficiency.lacking),
        struck=unsupported(decision),
    )


def _made_up(case: FilesUnderTest, situation: Situation) -> bytes:
    """Of the case's service, when most of what the files cover has passed."""
    first = min((file.first for file in situation.files if file.first), default=situation.at)
    last = max((file.last for file in situation.files if file.last), default=situation.at)
    at = first + (last - first) * MADE_UP
    return alert_body(case.alerted, at.timestamp(), complaint="latency")
