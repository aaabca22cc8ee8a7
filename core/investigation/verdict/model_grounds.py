"""For whose fault a language model vouches: its word then stands for what rules do not see.

The rule for "root cause" asks for two kinds of evidence and for a prediction that held. A model
that read everything often cites all there is, so that nothing is left to test its cause with, and
much of what it cites means nothing to the rules. Its word counts where it is sure, cites the
accused's own files or those of several, and tells why; what the engine holds against the cause
weighs as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from core.cases.model import Cause, EvidenceKind
from core.evidence.logs.quiet_logs import MOST_LINES as QUIET
from core.evidence.model import DataType, Level
from core.evidence.signatures import CHANGE, is_symptom, signals, signatures
from core.investigation.causes.evidence_index import (
    BY_MODEL,
    CLOCKS,
    changes,
    kind_of,
    sightings,
)
from core.investigation.causes.measurements import is_new, is_steady
from core.investigation.causes.metric_features import MetricFeature
from core.investigation.causes.named_services import mentions
from core.investigation.causes.service_directory import ServiceDirectory
from core.investigation.causes.troubles import ServiceHealth, is_wait
from core.investigation.change_records import is_record_of_changes
from core.investigation.decision import Situation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.cases.model import Citation
    from core.cases.opinion import OpinedCause, Opinion
    from core.evidence.model import EvidenceFile, Finding
    from core.investigation.causes.evidence_index import Feature

SURE = 2 / 3  # from here on a model bets on its cause: twice as likely as all others together
_USED_UP = frozenset({MetricFeature.CPU, MetricFeature.MEMORY, MetricFeature.SATURATION})
_ERRORS = frozenset({Level.ERROR, Level.FATAL})
_FIGURES = frozenset({EvidenceKind.METRIC, EvidenceKind.TRACE})
_APART = timedelta(seconds=10)  # between two changes
_EARLIER = timedelta(seconds=30)  # than whoever suffers, by which it is of something else
_FEW = 0.05  # of the lines of a kind
_OFTEN = 3  # warnings of one kind
_OWN, _OF_OTHERS = 2, 3  # findings that ground a belief


def vouched_service(
    opinion: Opinion, situation: Situation, leader: Cause | None = None
) -> str | None:
    """The service whose fault a model is sure of; None where it settles nothing.

    leader: the likeliest cause. Where the engine thought of it, too, the model need not tell why.
    """
    if not opinion.may_settle or opinion.is_open or opinion.is_harmless:
        return None
    likeliest = max(opinion.causes, key=lambda cause: cause.probability, default=None)
    if likeliest is None or likeliest.probability < SURE or not is_grounded(likeliest, situation):
        return None
    is_told = _is_agreed(likeliest, leader) or tells_why(likeliest, situation)
    return likeliest.service if is_told else None


def _is_agreed(cause: OpinedCause, leader: Cause | None) -> bool:
    """Whether the engine named the same failure of the same service, and one that tells why."""
    if leader is None or leader.signal == BY_MODEL:
        return False
    known = signatures().get(leader.fault)
    is_same = (leader.service, leader.fault) == (cause.service, cause.fault)
    return is_same and known is not None and not known.symptom


def tells_why(cause: OpinedCause, situation: Situation) -> bool:
    """Whether it cites what was changed at the accused, or a new complaint of its own of no other.

    That its calls fail makes nobody guilty, and a start at which its log begins is no change. Of a
    partner, which has no log that we could read, others complain. Or its own log names the very
    fault, whenever it did, and what is used up there is measured to be so since somebody suffers.
    """
    return any(True for _ in _accusing(cause, situation)) or _is_used_up(cause, situation)


def names_its_fault(cause: OpinedCause, situation: Situation) -> bool:
    """Whether a new line of the accused's own log, which it cites, is a sign of that very fault."""
    return any(
        (finding.service or file.service) == cause.service
        and is_new(finding, file)
        and any(
            signals()[name].fault == cause.fault and not is_symptom(signals()[name])
            for name in finding.signals
        )
        for line in cause.supporting
        for file, finding in of_line(line, situation)
    )


def _is_used_up(cause: OpinedCause, situation: Situation) -> bool:
    cited = chain.from_iterable(of_line(line, situation) for line in cause.supporting)
    faults = {
        signals()[name].fault
        for file, finding in cited
        if (finding.service or file.service) == cause.service
        for name in finding.signals
        if not is_symptom(signals()[name])
    }
    if cause.fault not in faults:
        return False
    health = ServiceHealth(situation)
    portrait = health.field.portraits.get(cause.service or "")
    began = health.began
    return any(
        measure.shown.stays
        and measure.shown.first
        and began
        and measure.shown.first >= began - _EARLIER
        for sign, measure in (portrait.signs.items() if portrait else ())
        if sign in _USED_UP
    )


def is_set_off(cause: OpinedCause, situation: Situation) -> bool:
    """Whether a sure model cites what was changed at the accused before anybody surely suffered.

    What the engine sees may be its effect.
    """
    return cause.probability >= SURE and any(
        kind_of(finding) is EvidenceKind.CHANGE for finding in _accusing(cause, situation)
    )


def _accusing(cause: OpinedCause, situation: Situation) -> Iterator[Finding]:
    """What it cites that accuses the service which it names."""
    cited = list(chain.from_iterable(of_line(line, situation) for line in cause.supporting))
    effects = (
        _surely_by(finding)
        for file, finding in cited
        if (finding.service or file.service) != cause.service and _complains(finding)
    )
    accuser = _Accuser(situation, min(filter(None, effects), default=None))
    for file, finding in cited:
        if accuser.accuses(cause.service, finding, file):
            yield finding


def _surely_by(finding: Finding) -> datetime | None:
    """By when a complaint surely had begun: not by a few of its lines that came well before.

    A restart elsewhere is felt for a moment, in the same words.
    """
    minutes = sorted(finding.buckets)
    early, before = 0, None
    for minute in minutes:
        is_apart = before is not None and minute > before + 1
        if is_apart and 0 < early <= _FEW * finding.count:
            return datetime.fromtimestamp(60 * minute + 59, UTC)
        early, before = early + finding.buckets[minute], minute
    return finding.first


@dataclass(frozen=True)
class _Accuser:
    """Tells which findings of a situation accuse whom.

    effect: when what is called the effect began, by what is cited of others.
    """

    situation: Situation
    effect: datetime | None = None

    @cached_property
    def services(self) -> ServiceDirectory:
        return ServiceDirectory(self.situation)

    @cached_property
    def health(self) -> ServiceHealth:
        return ServiceHealth(self.situation)

    def accuses(self, service: str | None, finding: Finding, file: EvidenceFile) -> bool:
        """Whether it tells of a change at the service, or complains of the service alone."""
        owner = finding.service or file.service
        is_own = service == owner
        if kind_of(finding) is EvidenceKind.CHANGE:
            is_own = is_own or (owner is not None and self._is_nobodys(finding, owner, service))
            return self._sets_off(service, finding, file, is_own=is_own)
        if not _complains(finding) or self._was_there(finding, file):
            return False
        if is_own:
            named = self.services.named_in(finding.text.text)
            return not _is_of_another(finding, named - {service})
        return is_partner(service, self.situation) and _names(finding, service)

    def _is_nobodys(self, finding: Finding, owner: str, service: str | None) -> bool:
        """Whether what was changed is no service, and its line names none besides the accused."""
        others = self.services.named_in(finding.text.text) - {service, owner}
        return not self._is_service(owner) and not others

    def _is_service(self, name: str) -> bool:
        """Whether the name is known besides of what was changed: a script is none, nor a host."""
        return (
            name in self.health.of_service
            or bool(_FIGURES & self.health.watched.get(name, frozenset()))
            or any(name in call for call in self.situation.calls)
            or any(file.service == name and _is_of_work(file) for file in self.situation.files)
        )

    def _sets_off(
        self, service: str | None, finding: Finding, file: EvidenceFile, *, is_own: bool
    ) -> bool:
        """Whether it is a change there, made before anybody surely suffered.

        What the engine takes for the beginning may be of something else that goes on there.
        """
        felt = max(filter(None, (self.health.alerted_certain, self.effect)), default=None)
        if finding.first is not None and felt is not None and finding.first > felt + CLOCKS:
            return False
        if self._was_well_until(service, finding, felt):
            return False
        named = self.services.first_named_in(finding.text.text)
        if not is_own:
            return service in self.services.named_in(finding.text.text)
        is_telling = any(signals()[name].weight > 1 for name in finding.signals)
        is_of_itself = not named or service in named or self._is_service(str(service))
        return finding.first is not None and is_telling and is_of_itself and is_new(finding, file)

    def _was_well_until(self, service: str | None, finding: Finding, felt: datetime | None) -> bool:
        """Whether something else was changed after the accused, before anybody suffered.

        What it depends on; or anything, if the accused itself shows nothing.
        """
        if finding.first is None or felt is None:
            return False
        behind = self.situation.graph.dependencies(service) if service else frozenset()
        is_silent = service not in self.health.of_service
        soonest = finding.first + _APART
        return any(
            change.first is not None
            and soonest < change.first <= felt + CLOCKS
            and change.is_telling
            and self._is_of_others(self._about(change), service, behind, is_silent=is_silent)
            for change in self._changes
        )

    def _is_of_others(
        self,
        changed: frozenset[str],
        service: str | None,
        behind: frozenset[str],
        *,
        is_silent: bool,
    ) -> bool:
        return bool(behind & changed) or (is_silent and bool(changed) and service not in changed)

    @cached_property
    def _changes(self) -> tuple[Feature, ...]:
        return changes(sightings(self.situation))

    def _about(self, change: Feature) -> frozenset[str]:
        named = self.services.first_named_in(change.text.text)
        return frozenset(named or filter(None, [change.seen_by]))

    def _was_there(self, finding: Finding, file: EvidenceFile) -> bool:
        """Whether it came all along, or a while before anybody suffered."""
        began = self.health.began
        if began and finding.first and finding.first < began - _EARLIER:
            return True
        return is_steady(finding, file, self.situation.onset) or not is_new(finding, file)


def _is_of_work(file: EvidenceFile) -> bool:
    """Whether it is the log of what somebody does all day, not of what was done to something."""
    is_record = is_record_of_changes(file.name.text)
    return file.data_type is DataType.LOG and (file.lines > QUIET or not is_record)


def is_partner(service: str | None, situation: Situation) -> bool:
    """Whether there is no log of it."""
    return all(
        service != (finding.service or file.service)
        for file in situation.files
        for finding in situation.findings.get(file.id, ())
        if kind_of(finding) is EvidenceKind.LOG
    )


def _names(finding: Finding, service: str | None) -> bool:
    return service is not None and mentions(finding.text.text, service)


def _complains(finding: Finding) -> bool:
    if kind_of(finding) is not EvidenceKind.LOG:
        return False
    faults = [name for name in finding.signals if signals()[name].fault != CHANGE]
    if faults and not _shows_only(finding):
        return True
    return finding.level in _ERRORS or (finding.level is Level.WARNING and finding.count >= _OFTEN)


def _is_of_another(finding: Finding, others: frozenset[str]) -> bool:
    """Whether it complains of what its writer called, or only counts answers.

    others: services besides the accused that it names.
    """
    if finding.signals:
        return _shows_only(finding)
    return bool(others) or is_wait(finding.text.text)


def _shows_only(finding: Finding) -> bool:
    return all(is_symptom(signals()[name]) for name in finding.signals)


def is_grounded(cause: OpinedCause, situation: Situation) -> bool:
    """Whether what it cites is more than one writer's word: else the model's belief counts little.

    Two findings, one of them of the accused itself; or three, of two services; of a partner two
    that name it.
    """
    cited = [
        (file.service, finding)
        for line in cause.supporting
        for file, finding in of_line(line, situation)
    ]
    places = {finding.locus for _, finding in cited}
    owners = {finding.service or owner for owner, finding in cited}
    naming = {finding.locus for _, finding in cited if _names(finding, cause.service)}
    is_of_partner = len(naming) >= _OWN and is_partner(cause.service, situation)
    is_own = cause.service is not None and cause.service in owners
    is_of_two = len(owners) > 1 and len(places) >= _OF_OTHERS
    return is_of_partner or is_of_two or (is_own and len(places) >= _OWN)


def of_line(line: Citation, situation: Situation) -> Iterator[tuple[EvidenceFile, Finding]]:
    """The finding that a cited line is, with its file; nothing where it is none."""
    for file in situation.files:
        if line.is_from(file.name.text):
            for finding in situation.findings.get(file.id, ()):
                if finding.locus == line.locus and finding.text == line.text:
                    yield file, finding
                    return
