"""Which services are in trouble and since when, and which are watched and well.

Read from findings alone, whatever any hypothesis says: predictions are tested against it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from core.cases.model import Citation, EvidenceKind
from core.evidence.model import DataType, Finding, FindingKind, Level, Locus
from core.evidence.series.families import Family
from core.evidence.series.moves import read_families
from core.investigation.causes.evidence_index import Feature, sightings
from core.investigation.causes.measurements import (
    ServiceMeasurements,
    is_new,
    is_steady,
    is_tried_again,
)
from core.investigation.causes.metric_features import MetricFeature, is_felt
from core.investigation.decision import Situation
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from core.evidence.model import EvidenceFile
    from core.investigation.causes.metric_features import Measure
    from core.investigation.service_graph import ServiceGraph

say = sentences("investigation.troubles")

SHOWN = 0.1  # nats, for the record: what shows an effect speaks for it, what is quiet does not
_MAINLY = 0.5  # of the strength of the strongest
_NOTABLE, _STRONG = 0.4, 2.0  # of a sign; all services' common part is taken off
_LINES = 3  # error lines of one kind
_NEAR_ALERT = timedelta(minutes=3)
_STILL = timedelta(seconds=20)  # before the alert: what is seen then lasts
_REFUSED_OFTEN = 20  # lines of a request that was refused
_REFUSED = re.compile(
    r"(?i)\btoo many requests\b|\b(?:token|credentials?|signature|session)s? (?:was |were )?"
    r"(?:rejected|refused|invalid)|\bnot (?:yet valid|authorized|authenticated)\b"
    r"|\bunauthori[sz]ed\b|\btoo large (?:a )?(?:body|request)|\brequest entity too large\b"
    # The status of an answer, as proxies and servers log it.
    r"|(?:\\?\"|/-?\d+) (?:401|403|413|429) \d|\bstatus(?:_code)?\\?\"?[=:]\s?(?:401|403|413|429)\b"
)
_WAITED = re.compile(
    r"(?i)time-?d?[ -]?outs?\b|timeout|too long|no (?:\w+ )?connection|connection (?:refused|reset)"
    r"|unreachable|gave up|\b(?:answered |HTTP/[\d.]+\\?[\x22']? |status(?:_code)?\W{1,4})50[234]\b"
    r"|\b(?:bad gateway|gateway timeout|unavailable)\b"
)
_OF_A_SESSION = re.compile(r"\bFATAL:  ")  # PostgreSQL ends a session with it, and goes on
_LOGGED = frozenset({FindingKind.TEMPLATE, FindingKind.SIGNAL, FindingKind.STACK_TRACE})
# What callers and a service's own work feel. Traffic falls and rises for many innocent reasons.
_FELT = frozenset(
    {
        MetricFeature.ERRORS,
        MetricFeature.LATENCY,
        MetricFeature.WAITING,
        MetricFeature.CPU,
        MetricFeature.MEMORY,
        MetricFeature.SATURATION,
    }
    | {MetricFeature.ASKED, MetricFeature.ASKING, MetricFeature.OWN, MetricFeature.FAILED}
)
_ANSWERS = frozenset({MetricFeature.LATENCY, MetricFeature.ERRORS, MetricFeature.FAILED})
_ASKED_FOR = _ANSWERS | {MetricFeature.SATURATION}


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One thing that is wrong with a service. `since`, `until` are None where nothing tells times.

    `strength` is that of a sign, on its logarithmic scale: 2 is strong. `felt`: whoever asks the
    service would notice; `is_slight`: who asks might, and would not; `is_backlog`: it is work that
    waits; `fails`: something went wrong, rather than took longer.
    """

    service: str
    kind: EvidenceKind
    since: datetime | None
    until: datetime | None
    text: RedactedText
    locus: Locus
    strength: float = _STRONG
    felt: bool = True
    is_slight: bool = False
    is_backlog: bool = False
    fails: bool = True

    @property
    def is_strong(self) -> bool:
        """Enough to be noticed without having been looked for."""
        return self.strength >= _STRONG

    def cited(self, why: RedactedText, weight: float = SHOWN) -> Citation:
        """As a line for or against."""
        return Citation(text=self.text, locus=self.locus, weight=weight, why=why, kind=self.kind)


@dataclass(frozen=True)
class ServiceHealth:
    """The health of each service in a situation."""

    situation: Situation

    def read(self) -> ServiceHealth:
        """Reads all findings now, so that an unreadable one fails here; returns itself."""
        _ = self.of_service, self.watched
        return self

    @cached_property
    def sightings(self) -> tuple[Feature, ...]:
        """What speaks of a fault or tells of a change in the situation, the earliest first."""
        return sightings(self.situation)

    @cached_property
    def field(self) -> ServiceMeasurements:
        return ServiceMeasurements(self.situation)

    @cached_property
    def troubles(self) -> tuple[Trouble, ...]:
        """All of them, the earliest first, then those that tell no time."""
        files = {file.id: file for file in self.situation.files}
        logged = (
            trouble
            for file_id, findings in self.situation.findings.items()
            if file_id in files
            for finding in findings
            if not is_steady(finding, files[file_id], self.situation.onset)
            for trouble in _logged(finding, files[file_id])
        )
        return tuple(sorted([*logged, *self._measured()], key=_order))

    def _measured(self) -> Iterator[Trouble]:
        """What the ranking's portraits show of what is felt."""
        for service, portrait in self.field.portraits.items():
            for sign, measure in portrait.signs.items():
                if sign in _FELT and measure.strength >= _NOTABLE:
                    yield _shown(service, sign, measure)

    @cached_property
    def of_service(self) -> dict[str, tuple[Trouble, ...]]:
        troubles: defaultdict[str, list[Trouble]] = defaultdict(list)
        for trouble in self.troubles:
            troubles[trouble.service].append(trouble)
        return {name: tuple(troubles_of_one) for name, troubles_of_one in troubles.items()}

    @property
    def began(self) -> datetime | None:
        """When those who suffer began to, by logs rather than by figures; None if nobody does."""
        first = self.first_felt
        return first.since if first else None

    @property
    def ended(self) -> datetime | None:
        """When those who suffer last complained in a log; None where none did.

        A log that was rotated meanwhile has nothing but complaints, which began nowhere in it.
        """
        since = min(
            (trouble.since for trouble in self._felt_in_logs if trouble.since), default=None
        )
        if since is None:
            return None
        suffering = {trouble.service for trouble in self._felt_in_logs}
        complaints = (
            feature.last
            for feature in self.sightings
            if feature.seen_by in suffering and feature.kind is EvidenceKind.LOG
            if feature.first and feature.first >= since and not feature.is_mild
        )
        until = (trouble.until for trouble in self._felt_in_logs)
        return max(filter(None, chain(until, complaints)), default=None)

    @property
    def logs_end(self) -> datetime | None:
        """When the last of the logs ends; None where none tells times."""
        logs = (file for file in self.situation.files if file.data_type is DataType.LOG)
        return max((file.last for file in logs if file.last), default=None)

    @property
    def first_felt(self) -> Trouble | None:
        """The first that was felt and lasts: in a log, else of what is measured."""
        return next(iter(self._felt_in_logs or self._felt), None)

    @property
    def certain(self) -> datetime | None:
        """When it surely had begun: by the first log and by the first figure that tell of it.

        Figures that are much weaker than the strongest may be of something before.
        """
        return _surely_since(self._felt)

    @property
    def alerted_certain(self) -> datetime | None:
        """The same of those who alert, where it is seen of them: others may fail of their own."""
        alerted = self.field.alerted
        return _surely_since([each for each in self._felt if each.service in alerted]) or (
            self.certain
        )

    @property
    def is_surely_felt(self) -> bool:
        """Whether somebody suffers by figures, or by a log of what the alert is about or calls.

        What others complain of in their logs may mean nothing to anybody.
        """
        about = self.field.alerted | self.field.reached
        return any(
            not about or trouble.service in about
            if trouble.kind is EvidenceKind.LOG
            else trouble.is_strong
            for trouble in self._felt
        )

    @property
    def _felt_in_logs(self) -> list[Trouble]:
        return [trouble for trouble in self._felt if trouble.kind is EvidenceKind.LOG]

    @cached_property
    def _felt(self) -> list[Trouble]:
        """Of what lasts until the alert: a start of a process is felt for a moment, too."""
        onset = self.situation.onset
        felt = [
            trouble
            for trouble in self.troubles
            if trouble.felt
            and trouble.since
            and (onset is None or abs(trouble.since - onset) <= _NEAR_ALERT)
        ]
        return [trouble for trouble in felt if self._lasts(trouble)] or felt

    def _lasts(self, trouble: Trouble) -> bool:
        onset = self.situation.onset
        if onset is None or trouble.until is None or trouble.kind is not EvidenceKind.LOG:
            return True
        return trouble.until >= onset - _STILL

    @cached_property
    def watched(self) -> dict[str, frozenset[EvidenceKind]]:
        """Services that some evidence would show in trouble if they were, by kind of evidence."""
        kinds_by_service: defaultdict[str, set[EvidenceKind]] = defaultdict(set)
        for file in self.situation.files:
            for finding in self.situation.findings.get(file.id, ()):
                service = finding.service or file.service
                kind = _KINDS.get(finding.kind)
                if service and kind:
                    kinds_by_service[service].add(kind)
        return {name: frozenset(kinds) for name, kinds in kinds_by_service.items()}

    def serves(self, service: str) -> bool:
        """Whether it is ours: its own requests are measured, or the topology tells whom it calls.

        Of a partner only the calls to it are known.
        """
        return any(caller == service for caller, _ in self.situation.calls) or any(
            finding.service == service and _OF_REQUESTS & read_families(finding.data).keys()
            for findings in self.situation.findings.values()
            for finding in findings
            if finding.kind is FindingKind.MOVES
        )

    def quiet(self, services: Collection[str], *, of_requests: bool = False) -> list[Citation]:
        """What would show the trouble of these services: one line a service.

        of_requests: only measurements of how requests to them fare; a processor that has little to
        do says nothing of that.
        """
        lines: dict[str, Citation] = {}
        for file in self.situation.files:
            for finding in self.situation.findings.get(file.id, ()):
                service, kind = finding.service or file.service, _KINDS.get(finding.kind)
                if of_requests and not _tells_of_requests(finding):
                    continue
                if service and kind and service in services and service not in lines:
                    lines[service] = Citation(
                        text=finding.text,
                        locus=finding.locus,
                        weight=0.0,
                        why=say("shows_no_trouble"),
                        kind=kind,
                    )
        return list(lines.values())

    @property
    def graph(self) -> ServiceGraph:
        """Who calls whom."""
        return self.situation.graph


_OF_REQUESTS = {Family.LATENCY.value, Family.TRAFFIC.value}
_OUTCOMES = {Family.LATENCY.value, Family.ERRORS.value}
_KINDS = {
    FindingKind.MOVES: EvidenceKind.METRIC,
    FindingKind.METRIC: EvidenceKind.METRIC,
    FindingKind.ANOMALY: EvidenceKind.METRIC,
    FindingKind.PACE: EvidenceKind.TRACE,
    FindingKind.SPAN: EvidenceKind.TRACE,
    FindingKind.TEMPLATE: EvidenceKind.LOG,
    FindingKind.SIGNAL: EvidenceKind.LOG,
}


def _tells_of_requests(finding: Finding) -> bool:
    if finding.kind is FindingKind.MOVES:
        return bool(_OUTCOMES & read_families(finding.data).keys())
    return finding.kind in (FindingKind.PACE, FindingKind.SPAN)


def is_refusal(text: str) -> bool:
    """Whether a line tells of a request that was refused: asking again does not help."""
    return bool(_REFUSED.search(text))


def is_wait(text: str) -> bool:
    """Whether a line tells that its writer waited for another, or could not reach it."""
    return bool(_WAITED.search(text))


def _logged(finding: Finding, file: EvidenceFile) -> Iterator[Trouble]:
    service = finding.service or file.service
    if service and finding.kind in _LOGGED and _is_new_failure(finding, file):
        yield Trouble(
            service=service,
            kind=EvidenceKind.LOG,
            since=finding.began,
            until=finding.last,
            text=finding.text,
            locus=finding.locus,
        )


def _shown(service: str, sign: MetricFeature, measure: Measure) -> Trouble:
    shown = measure.shown
    return Trouble(
        service=service,
        kind=shown.kind,
        since=shown.first,
        until=shown.last,
        text=shown.text,
        locus=shown.locus,
        strength=measure.strength,
        felt=sign in _ASKED_FOR and is_felt(sign, measure),
        is_slight=sign in _ANSWERS and not is_felt(sign, measure),
        is_backlog=sign is MetricFeature.SATURATION,
        fails=sign in (MetricFeature.ERRORS, MetricFeature.FAILED),
    )


def _is_new_failure(finding: Finding, file: EvidenceFile) -> bool:
    """Errors that were not there all along, and requests that are refused in numbers since."""
    if finding.level is Level.WARNING and finding.count >= _REFUSED_OFTEN:
        is_dated = finding.first is not None and file.first is not None
        return is_dated and is_refusal(finding.text.text) and is_new(finding, file)
    if finding.level is Level.FATAL and not _OF_A_SESSION.search(finding.text.text):
        return True
    if finding.level not in (Level.ERROR, Level.FATAL) or finding.count < _LINES:
        return False
    return is_new(finding, file) and not is_tried_again(finding, file)


def _surely_since(felt: Sequence[Trouble]) -> datetime | None:
    """See `ServiceHealth.certain`. felt: the earliest first."""
    logged = [trouble for trouble in felt if trouble.kind is EvidenceKind.LOG]
    measured = [trouble for trouble in felt if trouble.kind is not EvidenceKind.LOG]
    strongest = max((trouble.strength for trouble in measured), default=0.0)
    measured = [each for each in measured if each.strength >= _MAINLY * strongest]
    first = [*logged[:1], *measured[:1]]
    return max((trouble.since for trouble in first if trouble.since), default=None)


def _order(trouble: Trouble) -> tuple[bool, float, str, int]:
    moment = trouble.since.timestamp() if trouble.since else 0.0
    return trouble.since is None, moment, trouble.locus.file, trouble.locus.line_start
