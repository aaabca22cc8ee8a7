"""What a change left behind: whose log or figures differ since, and whose failures speak of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from core.cases.model import Citation, EvidenceKind
from core.evidence.logs.changes import COMMANDS
from core.evidence.model import COMPLAINTS, Finding, FindingKind
from core.evidence.signatures import Role, signals
from core.investigation.causes.change_kinds import is_about_names, kinds_of_change
from core.investigation.causes.evidence_index import DEPLOY, EvidenceIndex, Feature, is_everywhere
from core.investigation.causes.metric_features import MetricFeature, kept_name
from core.investigation.causes.named_services import is_code_for, is_sent_by, refuses_data
from core.investigation.causes.signature_grounds import cite
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.memory.words import shared_word, telling_words
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.model import EvidenceFile
    from core.investigation.causes.metric_features import MetricEvidence
    from core.text.redacted import RedactedText

say = sentences("investigation.change_traces")

CHANGED_LAST = 2.0  # nats of the last change before it began
_EARLIER = 0.8  # of one before that
_SAME_RUN = timedelta(seconds=2)  # between two lines of what one person or tool did
SOON = timedelta(minutes=3)  # a change acts within this, or it is one of many
SLACK = timedelta(seconds=5)  # of clocks
_NEW_LINES, _SPEAKS_OF_IT, _AFFECTED = 0.8, 1.2, 0.7
_PERHAPS_AFFECTED = 0.5  # where nobody tells who calls it
_OF_ANOTHER = -2.5  # its own new failures speak of another service
_MOSTLY = 0.5
_RECURS = 5  # lines
_LOAD = frozenset(
    {MetricFeature.TRAFFIC, MetricFeature.CPU, MetricFeature.SATURATION, MetricFeature.DISK}
    | {MetricFeature.OTHER}
)
_LINES = frozenset({FindingKind.TEMPLATE, FindingKind.SIGNAL, FindingKind.STACK_TRACE})
_MOVED = 0.6  # of the strength of what moved at the service itself
_MOST_MOVED = 1.5
_RELEASES = frozenset({DEPLOY, "version_changed", "workload_replaced"})
_UNRELATED = -1.5  # the alert does not depend on it
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_PATH = re.compile(
    r"(?<![\w./-])(?:/[\w-][\w.-]*){3,8}"
)  # of a file or a folder, no mere `/etc/hosts`
_FLAG = re.compile(r"(?<![\w/=-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w./])")
# Where somebody is told to go, `MEMBERS_URL=http://members:8020`: who is there was not changed.
_DESTINATION = re.compile(r"[\w.-]{1,80}[\"']?\s?[=:]\s?[\"']?[a-z][a-z0-9+]{1,20}://[^\s\"',;]+")
_IDENTIFIER = re.compile(r"(?<![\w.-])[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?![\w.])")


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
    def targets(self) -> frozenset[str]:
        """Whom it is about: the first that it names, a port, or by whose log begins to name it.

        Of several that it names it is about the one whom failures in its words blame.
        """
        if self.change.is_setting:
            return frozenset(filter(None, [self.change.seen_by]))
        text, services = self.change.text.text, self.scene.services
        if self._resolver:  # what is named is who has another address now
            return frozenset({self._resolver})
        if user := self._user_of_flag:
            return frozenset({user})
        if named := self._blamed_in_its_words or self._first_named:
            return named
        if other := services.of_port(text) or self._telling_of_it:
            return frozenset({other})
        return services.keyed_in(text) or frozenset(filter(None, [self.change.seen_by]))

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
        yield from self._place(service)

    @property
    def is_spoken_of(self) -> bool:
        """Whether a new failure uses a word of the change."""
        return self._speaking is not None

    def touched(self, service: str) -> Iterator[Feature]:
        """Where else it is felt: who fails in its words, what has more to do, whose work waits."""
        for finding, _ in self._all_speaking:
            yield replace(self.change, text=finding.text, seen_by=self._writer(finding))
        for callee, shown in self._busy(service):
            yield replace(self.change, text=shown.text, seen_by=callee)
        for feeder in self._feeders(service):
            yield replace(self.change, seen_by=feeder)

    @property
    def _at(self) -> datetime:
        """When it was made; where nobody knows, when the failure began."""
        at = self.change.first or self.health.began
        assert at is not None  # noqa: S101 - only those of a failure are looked at
        return at

    @cached_property
    def _new_lines(self) -> tuple[Finding, ...]:
        """The kinds of lines that begin with the change, wherever they stand."""
        return tuple(
            finding
            for finding in self._lines_begun(within=SOON / 2)
            if not any(at <= finding.first <= at + SLACK for at in self.later if finding.first)
        )

    @cached_property
    def _new_failures(self) -> tuple[Finding, ...]:
        return tuple(
            finding
            for finding in self._new_lines
            if finding.level in COMPLAINTS and self._writer(finding) is not None
        )

    @cached_property
    def _failures_since(self) -> tuple[Finding, ...]:
        """The kinds of failures that begin after the change, however long after it was felt."""
        begun = self._lines_begun(within=2 * SOON)
        return tuple(finding for finding in begun if finding.level in COMPLAINTS)

    def _lines_begun(self, *, within: timedelta) -> Iterator[Finding]:
        """The kinds of lines that begin within so long after the change."""
        for file, finding in self._lines:
            if _begins_with(finding, file, self._at, within=within):
                yield finding

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
        shared = ((finding, self._shared_word(finding)) for finding in self._new_failures)
        others = (
            (finding, about)
            for finding in self._new_failures
            if (about := self._about(finding)) in self._other_names and about is not None
        )
        every = chain(shared, others, self._brought, self._sent)
        return tuple((finding, word) for finding, word in every if word)

    def _shared_word(self, finding: Finding) -> str | None:
        text = finding.text.text
        if addresses := self._addresses.intersection(_ADDRESS.findall(text)):
            return min(addresses)
        return shared_word(self._rare, telling_words(text))

    @cached_property
    def _addresses(self) -> frozenset[str]:
        """The addresses that the change tells and no line before it."""
        mentioned = frozenset(_ADDRESS.findall(self.change.text.text))
        before = (
            address
            for findings in (self.scene.situation.findings.values() if mentioned else ())
            for finding in findings
            if finding.first and finding.first < self._at
            for address in _ADDRESS.findall(finding.text.text)
        )
        return mentioned.difference(before)

    @cached_property
    def _subject(self) -> str:
        """The change without where it sends somebody, if it names another service besides."""
        text = self.change.text.text
        shorter = _DESTINATION.sub("", text)
        return shorter if self.scene.services.named_in(shorter) else text

    @property
    def _first_named(self) -> frozenset[str]:
        return frozenset(self.scene.services.first_named_in(self._subject))

    @property
    def _blamed_in_its_words(self) -> frozenset[str]:
        """Of several services that it names those whose known faults new failures tell of."""
        named = self.scene.services.named_in(self._subject)
        if len(named) <= 1:
            return frozenset()
        speaking = {
            finding.locus
            for finding in self._new_failures
            if self._shared_word(finding) is not None
        }
        blamed = {
            self.scene.services.blamed(sighting)
            for sighting in self.scene.seen
            if sighting.locus in speaking and sighting.signal.role is Role.FOR
        }
        return named & blamed

    @property
    def _brought(self) -> Iterator[tuple[Finding, str]]:
        """The new failures of a sort that such changes bring, with the word of the change."""
        for word, faults in kinds_of_change(self.change.text.text):
            for finding in self._new_failures:
                if any(signals()[name].fault in faults for name in finding.signals):
                    yield finding, word

    @cached_property
    def _sent(self) -> tuple[tuple[Finding, str], ...]:
        """The new failures of others at what it sent them, or in their code that asks it."""
        return tuple(
            (finding, target)
            for finding in self._new_failures
            for target in sorted(self.targets - {self._writer(finding)})
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
        writer, graph = self._writer(finding), self.health.graph
        is_near = target in graph.callees(writer) | graph.callers(writer)
        is_untold = not self.scene.situation.calls and not graph.callees(target)
        shared = graph.callees(target) & graph.callees(writer)  # what one leaves, the other reads
        return is_near or is_untold or any(map(self.scene.services.kind, shared))

    @cached_property
    def _other_names(self) -> frozenset[str]:
        """The services that the change names besides those that it is about."""
        return frozenset(self.scene.services.named_in(self.change.text.text)) - self.targets

    @cached_property
    def _telling_of_it(self) -> str | None:
        """Whose log begins to name what was changed: a job is no service, but works at one.

        What lines named before, such as their host, it is not.
        """
        text = self.change.text.text
        earlier = [
            finding.text.text
            for _, finding in self._lines
            if finding.first and finding.first < self._at
        ]
        names = [
            name
            for name in (*_IDENTIFIER.findall(text), *_PATH.findall(text))
            if not any(name in line for line in earlier)
        ]
        tellers = (
            self._writer(finding)
            for finding in self._new_lines
            if any(name in finding.text.text for name in names)
        )
        return next(filter(None, tellers), None)

    @cached_property
    def _user_of_flag(self) -> str | None:
        """The only one whose log names the flag that was changed, where it complains of nothing.

        A record of flags may name nobody, or another in passing: `new_preview on (100% of orders)`.
        """
        flags = _FLAG.findall(self.change.text.text)
        users = {
            self._writer(finding)
            for _, finding in (self._lines if flags else ())
            if finding.level not in COMPLAINTS
            and finding.locus.file != self.change.locus.file
            and any(flag in finding.text.text for flag in flags)
        }
        return users.pop() if len(users) == 1 else None

    @property
    def _lines(self) -> Iterator[tuple[EvidenceFile, Finding]]:
        """All kinds of lines, each with the file that it stands in."""
        situation = self.scene.situation
        for file in situation.files:
            for finding in situation.findings.get(file.id, ()):
                if finding.kind in _LINES:
                    yield file, finding

    @property
    def _resolver(self) -> str | None:
        """The only name server, where names are what was changed."""
        services = self.scene.services
        if not is_about_names(self.change.text.text):
            return None
        servers = [name for name in services.known if services.is_resolver(name)]
        return servers[0] if len(servers) == 1 else None

    def _own_lines(self, service: str) -> Iterator[Citation]:
        """A kind of line about itself in its own log that begins with the change."""
        for finding in self._new_lines:
            is_own = self._writer(finding) == service and self._is_notable(finding)
            is_other = finding.locus != self.change.locus
            if is_own and is_other and self._about(finding) == service:
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
        return bool(self._rare & telling_words(finding.text.text))

    @cached_property
    def _rare(self) -> frozenset[str]:
        """The words of the change, without those of services' names and of any line of its log."""
        names = frozenset(
            word for name in self.scene.services.known for word in telling_words(name)
        )
        changes = (self.change, self.setting, *self._same_run)
        texts = [change.text.text for change in changes if change]
        words = frozenset().union(*map(telling_words, texts))
        return words - names - self._usual - self.scene.words_of_changes

    @property
    def _same_run(self) -> Iterator[Feature]:
        """What else somebody ran in that moment: the copy that was kept, then the edit."""
        is_by_hand = self.change.signal.name in COMMANDS
        for other in self.scene.changes if is_by_hand else ():
            is_then = other.first is not None and abs(other.first - self._at) <= _SAME_RUN
            if is_then and other.file.id == self.change.file.id:
                yield other

    @property
    def _usual(self) -> frozenset[str]:
        """Words of earlier lines of the log that tells of the change: of its wrapping, mostly."""
        return frozenset().union(
            *(
                telling_words(finding.text.text)
                for of_file in self.scene.situation.findings.values()
                for finding in of_file
                if finding.locus.file == self.change.locus.file
                and finding.kind is FindingKind.TEMPLATE
                and finding.first is not None
                and finding.first < self._at
            )
        )

    def _own_figures(self, service: str) -> Iterator[Citation]:
        """What moved at the service itself with the change, and stayed; not what spread to it."""
        portrait = self.health.field.portraits.get(service)
        moved = [
            measure
            for sign, measure in (portrait.signs.items() if portrait else ())
            if sign is not MetricFeature.LOGGED
            and measure.shown.first
            and -2 * SLACK <= measure.shown.first - self._at <= SOON
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
            other = kept_name(self._about(loudest) or "")
            yield _line(loudest, _OF_ANOTHER, say("speaks_of_another", name=other))

    def _of_another(self, service: str) -> Finding | None:
        """Its own loudest new failure, if that speaks of another service and none of the change."""
        if self._speaking is not None:
            return None
        own = [finding for finding in self._failures_since if self._writer(finding) == service]
        loudest = max(own, key=lambda finding: finding.count, default=None)
        return loudest if loudest and self._about(loudest) != service else None

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
            and trouble.since >= self._at - SLACK
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
        named = self._other_names if is_named else frozenset()
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
            if (writer := self._writer(finding)) and stores & graph.callees(writer)
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
        writers = filter(None, (self._writer(finding) for finding, _ in self._sent))
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
                and measure.shown.first >= self._at - 2 * SLACK
                and measure.shown.stays
            ]
            yield from ((callee, shown) for shown in loads[:1])

    def _writer(self, finding: Finding) -> str | None:
        return finding.service or self._services.get(finding.locus.file)

    @cached_property
    def _services(self) -> dict[str, str | None]:
        return {file.name.text: file.service for file in self.scene.situation.files}

    def _about(self, finding: Finding) -> str | None:
        writer = self._writer(finding)
        return self.scene.services.complained_of(finding.text.text, by=writer) if writer else None


def _begins_with(finding: Finding, file: EvidenceFile, at: datetime, *, within: timedelta) -> bool:
    """Whether a kind of line is seen in earnest shortly after, in a file that began well before."""
    first = finding.began
    if first is None or file.first is None or file.first > at - 2 * SLACK:
        return False
    # Many logs tell whole seconds: what was written in the very second may have come after.
    latest = first + timedelta(seconds=1) if first.microsecond == 0 else first
    return at <= latest <= at + within


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
