"""What a change left behind: whose log or figures differ since, and whose failures speak of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from core.cases.model import Citation, EvidenceKind
from core.evidence.model import COMPLAINTS, Finding
from core.investigation.causes.change_kinds import is_about_names, may_bring
from core.investigation.causes.change_targets import ChangeTargets
from core.investigation.causes.change_words import SLACK, SOON, ChangeWords
from core.investigation.causes.evidence_index import DEPLOY, EvidenceIndex, Feature, is_everywhere
from core.investigation.causes.metric_features import MetricFeature, kept_name
from core.investigation.causes.named_services import is_code_for, is_sent_by, refuses_data
from core.investigation.causes.signature_grounds import cite
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.memory.words import telling_words
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.investigation.causes.metric_features import MetricEvidence
    from core.text.redacted import RedactedText

say = sentences("investigation.change_traces")

CHANGED_LAST = 2.0  # nats of the last change before it began
_EARLIER = 0.8  # of one before that
_NEW_LINES, _SPEAKS_OF_IT, _AFFECTED = 0.8, 1.2, 0.7
_PERHAPS_AFFECTED = 0.5  # where nobody tells who calls it
_STATUS_SAYS = 1.0
_STATUS = re.compile(r"code=\"(?P<code>401|403|408|413|429|504)\"")
_BROUGHT = {  # the faults that a status may be of
    "401": ("credentials_rejected", "clock_skew"),
    "403": ("permission_denied", "credentials_rejected", "request_blocked"),
    "408": ("connection_timeout",),
    "413": ("request_too_large",),
    "429": ("rate_limited",),
    "504": ("connection_timeout",),
}
_OF_ANOTHER = -2.5  # its own new failures speak of another service
_MOSTLY = 0.5
_RECURS = 5  # lines
_LOAD = frozenset(
    {MetricFeature.TRAFFIC, MetricFeature.CPU, MetricFeature.SATURATION, MetricFeature.DISK}
    | {MetricFeature.OTHER}
)
_MOVED = 0.6  # of the strength of what moved at the service itself
_MOST_MOVED = 1.5
_RELEASES = frozenset({DEPLOY, "version_changed", "workload_replaced"})
_UNRELATED = -1.5  # the alert does not depend on it


@dataclass(frozen=True)
class ChangeTraces:
    """What one change left behind: new lines, moved figures, and who feels it.

    is_last: nothing was changed between it and the beginning, which came at once. setting: of the
    same service, which differs between two versions of a file, as such a change brings with it.
    later: when something else was changed after it; what begins with that is not of this one.
    """

    scene: EvidenceIndex
    health: ServiceHealth
    change: Feature
    is_last: bool
    setting: Feature | None = None
    later: tuple[datetime, ...] = ()

    @cached_property
    def words(self) -> ChangeWords:
        """Its words, and what logs say in them since."""
        return ChangeWords(self.scene, self.health, self.change, self.setting, self.later)

    @cached_property
    def _about(self) -> ChangeTargets:
        return ChangeTargets(self.words)

    @property
    def targets(self) -> frozenset[str]:
        """Whom it is about."""
        return self._about.targets

    def grounds(self, service: str) -> Iterator[Citation]:
        """All lines for and against the service."""
        at = self.change.first
        if self.change.is_undated:
            yield cite(self.change, _EARLIER, say("changed_some_time"), EvidenceKind.CHANGE)
        elif self.is_last and self._of_another(service) is None:
            yield cite(self.change, CHANGED_LAST, say("changed_last", at=at), EvidenceKind.CHANGE)
        else:
            yield cite(self.change, _EARLIER, say("changed", at=at), EvidenceKind.CHANGE)
        yield from self._own_lines(service)
        yield from self._own_figures(service)
        yield from self._failures(service)
        yield from self._statuses(service)
        yield from self._place(service)

    @property
    def is_spoken_of(self) -> bool:
        """Whether a new failure uses a word of the change."""
        return self._speaking is not None

    def touched(self, service: str) -> Iterator[Feature]:
        """Where else it is felt: who fails in its words, what has more to do, whose work waits."""
        for finding, _ in self._all_speaking:
            yield replace(self.change, text=finding.text, seen_by=self.words.writer(finding))
        for callee, shown in self._busy(service):
            yield replace(self.change, text=shown.text, seen_by=callee)
        for feeder in self._feeders(service):
            yield replace(self.change, seen_by=feeder)

    @property
    def _speaking(self) -> tuple[Finding, str] | None:
        """The first new failure that uses a word of the change, with the word."""
        return next(iter(self._all_speaking), None)

    @cached_property
    def _all_speaking(self) -> tuple[tuple[Finding, str], ...]:
        """The new failures that use a word of the change, with the word.

        Where the change names another service as well, so does a failed call of that one: who was
        told a new address of it, or may no longer call it, fails to.
        """
        shared = ((finding, self.words.shared_word(finding)) for finding in self.words.new_failures)
        others = (
            (finding, about)
            for finding in self.words.new_failures
            if (about := self.words.about(finding)) in self._about.others and about is not None
        )
        every = chain(shared, others, self.words.brought, self._sent)
        return tuple((finding, word) for finding, word in every if word)

    @cached_property
    def _sent(self) -> tuple[tuple[Finding, str], ...]:
        """The new failures of others at what it sent them, or in their code that asks it."""
        return tuple(
            (finding, target)
            for finding in self.words.new_failures
            for target in sorted(self.targets - {self.words.writer(finding)})
            if is_sent_by(finding.text.text, target)
            or is_code_for(finding.text.text, target)
            or self._is_of_its_data(finding, target)
        )

    def _is_of_its_data(self, finding: Finding, target: str) -> bool:
        """Whether somebody refuses data, and may get them from what was released just before."""
        if not (
            self.is_last
            and self.change.signal.name in _RELEASES
            and refuses_data(finding.text.text)
        ):
            return False
        writer, graph = self.words.writer(finding), self.health.graph
        is_near = target in graph.callees(writer) | graph.callers(writer)
        is_untold = not self.scene.situation.calls and not graph.callees(target)
        shared = graph.callees(target) & graph.callees(writer)  # what one leaves, the other reads
        return is_near or is_untold or any(map(self.scene.services.kind, shared))

    def _own_lines(self, service: str) -> Iterator[Citation]:
        """A kind of line about itself in its own log that begins with the change."""
        for finding in self.words.new_lines:
            is_own = self.words.writer(finding) == service and self._is_notable(finding)
            is_other = finding.locus != self.change.locus
            if is_own and is_other and self.words.about(finding) == service:
                weight = max(_NEW_LINES, min(_MOST_MOVED, _MOVED * self._complaints(service)))
                yield _line(finding, weight, say("own_lines_new", at=finding.first))
                return

    def _complaints(self, service: str) -> float:
        """How many more errors its log has than before, on the scale of what was measured."""
        portrait = self.health.field.portraits.get(service)
        return portrait.strength(MetricFeature.LOGGED) if portrait else 0.0

    def _is_notable(self, finding: Finding) -> bool:
        """Whether it is more than what each start and stop of a process logs."""
        if finding.level in COMPLAINTS or finding.count >= _RECURS:
            return True
        return bool(self.words.rare & telling_words(finding.text.text))

    def _own_figures(self, service: str) -> Iterator[Citation]:
        """What moved at the service itself with the change, and stayed; not what spread to it."""
        portrait = self.health.field.portraits.get(service)
        moved = [
            measure
            for sign, measure in (portrait.signs.items() if portrait else ())
            if sign is not MetricFeature.LOGGED
            and measure.shown.first
            and -2 * SLACK <= measure.shown.first - self.words.at <= SOON
            and measure.shown.stays
            and self.health.field.explained(service, sign)[0] < _MOSTLY
        ]
        best = max(moved, key=lambda measure: measure.strength, default=None)
        if best is not None:
            weight = min(_MOST_MOVED, _MOVED * best.strength)
            yield _figure(best.shown, weight, say("own_figures_moved"))

    def _failures(self, service: str) -> Iterator[Citation]:
        """New failures that use the words of the change; its own that speak of another service."""
        loudest = self._of_another(service)
        if self._speaking is not None:
            finding, word = self._speaking
            yield _line(finding, _SPEAKS_OF_IT, say("speaks_of_it", word=kept_name(word)))
        elif loudest is not None:
            other = kept_name(self.words.about(loudest) or "")
            yield _line(loudest, _OF_ANOTHER, say("speaks_of_another", name=other))

    def _statuses(self, service: str) -> Iterator[Citation]:
        """Requests that fail since then with a status of the sort that such changes bring.

        Of a time-out at a proxy 504, of a key that was rotated 401: no line need say more.
        """
        if not self.is_last or self._speaking is not None:
            return
        near = {service} | self.health.graph.dependants(service) | self._about.targets
        is_untold = not self.scene.situation.calls
        for trouble in self.health.troubles:
            code = _STATUS.search(trouble.text.text)
            is_since = trouble.since is not None and trouble.since >= self.words.at - SLACK
            if code and is_since and trouble.felt and (trouble.service in near or is_untold):
                faults = _BROUGHT[code["code"]]
                if any(may_bring(self.change.text.text, fault) for fault in faults):
                    why = say("status_of_its_sort", code=int(code["code"]))
                    yield trouble.cited(why, _STATUS_SAYS)
                    return

    def _of_another(self, service: str) -> Finding | None:
        """Its own loudest new failure, if that speaks of another service and none of the change."""
        if self._speaking is not None:
            return None
        own = [
            finding
            for finding in self.words.failures_since
            if self.words.writer(finding) == service
        ]
        loudest = max(own, key=lambda finding: finding.count, default=None)
        return loudest if loudest and self.words.about(loudest) != service else None

    def _place(self, service: str) -> Iterator[Citation]:
        """Who depends on it suffers since then, and what it calls has more to do."""
        callers = self.health.graph.dependants(service) | self._feeders(service)
        callers |= self._sharers(service) | self._receivers | self._through_brokers(service)
        everywhere = is_everywhere(self.change)
        is_alone = not callers and not self.health.graph.dependencies(service)
        nobody_tells = is_alone and service in self.health.watched
        is_named = is_about_names(self.change.text.text)
        suffering = [
            trouble
            for trouble in self.health.troubles
            if trouble.since
            and trouble.since >= self.words.at - SLACK
            and trouble.felt
            and (trouble.service in callers or nobody_tells or everywhere)
        ]
        # Who is told a wrong address blames it.
        complaining = set[str]() if is_named else {trouble.service for trouble in suffering}
        elsewhere = {caller for caller in complaining if self._blames_another(caller, service)}
        felt = [trouble for trouble in suffering if trouble.service not in elsewhere]
        if felt:
            weight = _PERHAPS_AFFECTED if nobody_tells and not everywhere else _AFFECTED
            line = felt[0].cited(say("callers_affected"), weight)
            # Who suffers does not say of whom, unless all were changed.
            yield line if everywhere else replace(line, kind=EvidenceKind.ALERT)
        busy = dict(self._busy(service))
        overrun = {
            name for name in busy if any(each.felt for each in self.health.of_service.get(name, ()))
        }
        if busy and (felt or overrun):
            shown = busy[min(overrun or busy)]
            line = _figure(shown, _AFFECTED, say("callees_busy"))
            yield replace(line, kind=EvidenceKind.ALERT)
        alerted = self.health.field.alerted
        # Whoever calls a name asks the name server for it, as no topology tells.
        named = self._about.others if is_named else frozenset()
        is_related = everywhere or alerted & (callers | overrun | {service, *self._feel(named)})
        # Where no topology was brought, nobody tells who asks a store, or by which store others do.
        is_unknown = not self.scene.situation.calls
        if alerted and alerted <= self.health.graph.named and not (is_related or is_unknown):
            yield cite(self.change, _UNRELATED, say("alert_does_not_depend"))

    def _blames_another(self, caller: str, service: str) -> bool:
        """Whether all that a caller complains of in its log is of others than the service."""
        directory = self.health.field.directory
        blamed = {
            directory.complained_of(trouble.text.text, by=caller)
            for trouble in self.health.of_service.get(caller, ())
            if trouble.kind is EvidenceKind.LOG and trouble.felt
        }
        near = {caller, service} | self.health.graph.dependants(service)
        return bool(blamed) and not blamed & near

    def _feel(self, services: frozenset[str]) -> frozenset[str]:
        """These services, and whoever depends on them."""
        return services.union(*map(self.health.graph.dependants, services))

    def _sharers(self, service: str) -> frozenset[str]:
        """Who fails in the change's words and reads a store that the service uses; their callers.

        What one of them does to the data, the others read.
        """
        graph = self.health.graph
        stores = graph.callees(service)
        readers = {
            writer
            for finding, _ in self._all_speaking
            if (writer := self.words.writer(finding)) and stores & graph.callees(writer)
        }
        return frozenset(readers).union(*map(graph.dependants, readers)) - {service}

    def _through_brokers(self, service: str) -> frozenset[str]:
        """Who shares a broker with it, and may wait for its work; and who depends on those."""
        brokers = self.scene.services.brokers_of(service)
        sharers = frozenset().union(*map(self.health.graph.callers, brokers))
        return self._feel(sharers - {service})

    @property
    def _receivers(self) -> frozenset[str]:
        """Who fails at what it sent, and whoever depends on them."""
        writers = filter(None, (self.words.writer(finding) for finding, _ in self._sent))
        return self._feel(frozenset(writers))

    def _feeders(self, service: str) -> frozenset[str]:
        """Whose work waits in a queue that the service may empty: both use what holds it."""
        held = self.health.graph.callees(service)
        return frozenset(
            trouble.service
            for trouble in self.health.troubles
            if trouble.felt
            and trouble.is_backlog
            and trouble.service != service
            and held & self.health.graph.callees(trouble.service)
        )

    def _busy(self, service: str) -> Iterator[tuple[str, MetricEvidence]]:
        """Whom the service calls and who has more to do since the change."""
        for callee in sorted(self.health.graph.callees(service)):
            portrait = self.health.field.portraits.get(callee)
            loads = [
                measure.shown
                for sign, measure in (portrait.signs.items() if portrait else ())
                if sign in _LOAD
                and measure.shown.first
                and measure.shown.first >= self.words.at - 2 * SLACK
                and measure.shown.stays
            ]
            yield from ((callee, shown) for shown in loads[:1])


def _line(finding: Finding, weight: float, why: RedactedText) -> Citation:
    return Citation(
        text=finding.text,
        locus=finding.locus,
        weight=weight,
        why=why,
        kind=EvidenceKind.LOG,
    )


def _figure(shown: MetricEvidence, weight: float, why: RedactedText) -> Citation:
    return Citation(text=shown.text, locus=shown.locus, weight=weight, why=why, kind=shown.kind)
