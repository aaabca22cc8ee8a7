"""What a cluster says of its objects, with times: who is not ready, and who died of what.

Read of dumps (`kubectl get -o yaml`); what kubectl writes for people is read by
`core.evidence.configuration.cluster_texts`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.clock import from_iso
from core.evidence.configuration.tree import Branch
from core.evidence.model import Level
from core.evidence.pods import workload_of
from core.evidence.status.observations import StatusObservation
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.evidence.configuration.objects import ConfigurationObject

say = sentences("evidence.cluster_status")

_MANY_RESTARTS = 3
SETTLED = frozenset({"Completed"})
STARTING = frozenset({"ContainerCreating", "PodInitializing"})
# Conditions that tell of trouble when they are False, and those that do when they are True.
_GOOD = frozenset(
    {"Ready", "Available", "ContainersReady", "PodScheduled", "Initialized", "Progressing"}
    | {"Synced", "Established", "ScalingActive", "AbleToScale"}
)
_BAD = frozenset(
    {"MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable", "Failed"}
    | {"ReplicaFailure", "ScalingLimited", "Degraded", "Stalled", "OutOfDisk"}
)
LEVELS = {"Warning": Level.WARNING, "Normal": Level.INFO}


def observations_of(objects: Iterable[ConfigurationObject]) -> Iterator[StatusObservation]:
    """What the status of objects, and objects that are events, tell."""
    for configured in objects:
        tree = configured.tree
        if not isinstance(tree, Branch):
            continue
        if configured.kind == "Event":
            yield from _event(tree)
        elif status := tree.branch("status"):
            owner = _owner_of(configured)
            label = f"{configured.kind} {configured.name}"
            yield from _containers(status, label, owner)
            yield from _conditions(status, label, owner)
            yield from _unavailable(status, label, owner)


def _owner_of(configured: ConfigurationObject) -> str | None:
    if configured.kind == "Node":
        return None
    return configured.app if configured.app != configured.name else workload_of(configured.name)


def _containers(status: Branch, label: str, owner: str | None) -> Iterator[StatusObservation]:
    for listed in ("initContainerStatuses", "containerStatuses"):
        for container in status.members(listed):
            yield from _container(container, label, owner, is_main=listed == "containerStatuses")


def _container(
    container: Branch, label: str, owner: str | None, *, is_main: bool
) -> Iterator[StatusObservation]:
    name = container.text("name")
    restarts = _count(container.text("restartCount"))
    for state in ("state", "lastState"):
        ended = container.branch(state, "terminated")
        if ended is not None and not _is_settled(ended):
            yield _termination(ended, f"{label}: {name}", owner, restarts)
    waiting = container.branch("state", "waiting")
    reason = waiting.text("reason") if waiting else ""
    if waiting is not None and reason not in STARTING:
        words = say.raw("waiting", name=f"{label}: {name}", reason=reason or "?")
        message = waiting.text("message")
        yield StatusObservation(
            words=f"{words}: {message}" if message else words,
            line=waiting.line,
            count=max(1, restarts),
            service=owner,
        )
    elif is_main and container.text("ready") == "false" and reason not in STARTING:
        leaf = container.leaf("ready")
        ended_well = container.branch("state", "terminated")
        if leaf is not None and not (ended_well and _is_settled(ended_well)):
            words = say.raw("not_ready", name=f"{label}: {name}")
            yield StatusObservation(words=words, line=leaf.line, level=Level.WARNING, service=owner)
    restarted = container.leaf("restartCount")
    if restarted and restarts >= _MANY_RESTARTS:
        words = say.raw("restarted", name=f"{label}: {name}", n=restarts)
        yield StatusObservation(
            words=words, line=restarted.line, level=Level.WARNING, service=owner
        )


def _is_settled(ended: Branch) -> bool:
    return ended.text("reason") in SETTLED or ended.text("exitCode") == "0"


def _termination(ended: Branch, label: str, owner: str | None, restarts: int) -> StatusObservation:
    at = from_iso(ended.text("finishedAt"))
    words = say.raw(
        "terminated",
        name=label,
        reason=ended.text("reason") or "?",
        code=ended.text("exitCode") or "?",
    )
    message = ended.text("message")
    return StatusObservation(
        words=f"{words}: {message}" if message else words,
        line=ended.line,
        count=max(1, restarts),
        first=at,
        last=at,
        service=owner,
    )


def _conditions(status: Branch, label: str, owner: str | None) -> Iterator[StatusObservation]:
    for condition in status.members("conditions"):
        kind, state = condition.text("type"), condition.text("status")
        is_trouble = (kind in _GOOD and state in ("False", "Unknown")) or (
            kind in _BAD and state == "True"
        )
        if not is_trouble or condition.text("reason") in ("PodCompleted", "Completed"):
            continue
        at = from_iso(condition.text("lastTransitionTime"))
        words = say.raw("condition", name=label, kind=kind, state=state)
        why = ": ".join(filter(None, (condition.text("reason"), condition.text("message"))))
        yield StatusObservation(
            words=f"{words}: {why}" if why else words,
            line=condition.line,
            level=Level.WARNING,
            first=at,
            last=at,
            service=owner,
        )


def _unavailable(status: Branch, label: str, owner: str | None) -> Iterator[StatusObservation]:
    leaf = status.leaf("unavailableReplicas")
    if leaf and _count(leaf.value):
        words = say.raw("unavailable", name=label, n=_count(leaf.value))
        yield StatusObservation(words=words, line=leaf.line, level=Level.WARNING, service=owner)


def _event(tree: Branch) -> Iterator[StatusObservation]:
    about = tree.branch("involvedObject") or tree.branch("regarding")
    kind, name = (about.text("kind"), about.text("name")) if about else ("", "")
    times = [
        from_iso(tree.text(*keys))
        for keys in (
            ("firstTimestamp",),
            ("eventTime",),
            ("deprecatedFirstTimestamp",),
            ("series", "lastObservedTime"),
            ("lastTimestamp",),
            ("deprecatedLastTimestamp",),
        )
    ]
    known = [at for at in times if at is not None]
    count = tree.text("count") or tree.text("series", "count") or tree.text("deprecatedCount")
    reason = tree.leaf("reason") or tree
    message = tree.leaf("message") or tree.leaf("note") or tree
    yield StatusObservation(
        words=event_words(
            kind, name, tree.text("reason"), tree.text("message") or tree.text("note")
        ),
        line=reason.line,
        until=message.line if message.line == reason.line + 1 else reason.line,
        level=LEVELS.get(tree.text("type"), Level.INFO),
        count=max(1, _count(count)),
        first=min(known, default=None),
        last=max(known, default=None),
        service=service_of_event(kind, name),
    )


def event_words(kind: str, name: str, reason: str, message: str) -> str:
    """An event as a line."""
    return f"{kind} {name}: {reason}: {' '.join(message.split())}"


def service_of_event(kind: str, name: str) -> str | None:
    """The workload whose event it is; None for that of a node."""
    if not name or kind.lower() == "node":
        return None
    return workload_of(re.sub(r"-[0-9a-f]{8,10}$", "", name) if kind == "ReplicaSet" else name)


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004
