"""Services that a change may have broken, though no line names a fault of theirs.

What set a failure off is most often what was changed last before it began. A change points at whom
it names; it accuses them only with something else: their own log or figures are different since, or
the failures speak of what was changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from core.cases.model import Cause, Citation, EvidenceKind
from core.evidence.logs.changes import COMMANDS
from core.evidence.signatures import measured_signatures
from core.investigation.causes.change_progress import is_same_change
from core.investigation.causes.change_traces import CHANGED_LAST, ChangeTraces
from core.investigation.causes.change_words import SLACK, SOON
from core.investigation.causes.evidence_index import Candidate, EvidenceIndex, Feature
from core.investigation.causes.troubles import ServiceHealth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BROKEN_BY_CHANGE = "broken_by_change"
_LAGS = timedelta(seconds=25)  # of figures behind logs
_ACTS = timedelta(seconds=20)  # within which a change that breaks something shows


@dataclass(frozen=True)
class BrokenByChange:
    """The candidates of one situation."""

    scene: EvidenceIndex
    health: ServiceHealth

    def candidates(self) -> Iterator[tuple[Candidate, tuple[Citation, ...]]]:
        """Each with its lines for and against; one per service that a change names."""
        traces = [
            ChangeTraces(
                self.scene,
                self.health,
                change,
                is_last=self._is_last(change),
                later=self._later_than(change),
            )
            for change in self._changes
        ]
        for service, trace in self._by_service(traces).items():
            lines = tuple(trace.grounds(service))
            if any(line.weight > 0 and line.kind is not EvidenceKind.CHANGE for line in lines):
                signal = trace.change.signal.name
                cause = Cause(service=service, signal=signal, fault=BROKEN_BY_CHANGE)
                seen = (trace.change, *trace.touched(service))
                signature = measured_signatures()[BROKEN_BY_CHANGE]
                yield Candidate(cause=cause, signature=signature, seen=seen), lines

    def _by_service(self, traces: Iterable[ChangeTraces]) -> dict[str, ChangeTraces]:
        """The last change of each service; of lines that tell of one, the first.

        What a command did tells more than the command, and a setting most.
        """
        changed: dict[str, ChangeTraces] = dict(self._settings)
        for trace in traces:
            for service in trace.targets:
                before = changed.get(service)
                if before and self._are_one(before.change, trace.change):
                    telling = max(before, trace, key=_tells)
                    changed[service] = replace(telling, is_last=before.is_last or trace.is_last)
                else:
                    setting = before.change if before and before.change.is_setting else None
                    changed[service] = replace(trace, setting=setting)
        return changed

    def _are_one(self, change: Feature, later: Feature) -> bool:
        """Whether two lines tell of one change, or of two so close that nobody can part them."""
        is_same = is_same_change(change, later, self.scene.services)
        return is_same or _gap(change, later) <= SLACK

    @property
    def _settings(self) -> Iterator[tuple[str, ChangeTraces]]:
        """Settings that differ, by service, each the most telling: whoever speaks of it first."""
        began = self.health.began
        settings = [change for change in self.scene.changes if change.is_undated and change.seen_by]
        if began is None:
            return
        for service in dict.fromkeys(change.seen_by for change in settings):
            own = [change for change in settings if change.seen_by == service]
            traces = [
                ChangeTraces(self.scene, self.health, change, is_last=False) for change in own
            ]
            speaking = (trace for trace in traces if trace.is_spoken_of)
            yield str(service), next(speaking, traces[0])

    @cached_property
    def _changes(self) -> list[Feature]:
        """What people and machines changed shortly before it began, the earliest first.

        Before it surely had begun, where that is much later than when somebody first complained:
        then a restart elsewhere was felt for a moment.
        """
        began = self.health.began
        if began is None:
            return []
        latest = self._surely or began
        near = [
            change
            for change in self.scene.changes
            if change.is_telling
            and change.first is not None
            and began - SOON <= change.first <= latest + SLACK
        ]
        return sorted(near, key=lambda change: change.first or began)

    @property
    def _surely(self) -> datetime | None:
        """When it surely had begun, if that was long after the first complaint: figures lag."""
        began, certain = self.health.began, self.health.certain
        is_later = began and certain and certain - began > _LAGS
        return certain if is_later else None

    def _later_than(self, change: Feature) -> tuple[datetime, ...]:
        """When something else was changed after it."""
        others = (
            each
            for each in self._changes
            if _gap(change, each) > SLACK and not is_same_change(change, each, self.scene.services)
        )
        return tuple(each.first for each in others if each.first)

    def _is_last(self, change: Feature) -> bool:
        """Whether nothing was changed after it before it began, and it began at once."""
        first = self.health.first_felt
        if first is None or first.since is None or change.first is None:
            return False
        within = _ACTS
        if first.kind is not EvidenceKind.LOG and first.until:
            within += first.until - first.since  # figures are not more exact than that
        since = first.since
        if change.first > since + SLACK:  # what was felt earlier was of something else
            since = self._surely or since
        is_near = since - change.first <= within
        return is_near and _gap(change, self._changes[-1]) <= SLACK


def follows_last_change(candidate: Candidate, lines: Iterable[Citation]) -> bool:
    """Whether what a change may have broken was changed last; True for any other cause."""
    changes = [line.weight for line in lines if line.kind is EvidenceKind.CHANGE]
    return candidate.cause.fault != BROKEN_BY_CHANGE or max(changes, default=0.0) >= CHANGED_LAST


def _tells(trace: ChangeTraces) -> int:
    """How much of what was changed a line says: its values, that it was, who ran something."""
    return 2 * trace.change.is_setting + (trace.change.signal.name not in COMMANDS)


def _gap(earlier: Feature, later: Feature) -> timedelta:
    if earlier.first is None or later.first is None:
        return timedelta.max
    return later.first - earlier.first
