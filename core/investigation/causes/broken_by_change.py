"""Services that a change may have broken, though no line names a fault of theirs.

What set a failure off is most often what was changed last before it began. A change points at whom
it names; it accuses them only with something else: their own log or figures are different since, or
the failures speak of what was changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from core.cases.model import Cause, Citation, EvidenceKind
from core.evidence.model import Finding, FindingKind, Level
from core.evidence.signatures import measured_signatures
from core.investigation.causes.evidence_index import (
    Candidate,
    EvidenceIndex,
    SignatureMatch,
    is_everywhere,
)
from core.investigation.causes.grounds import cite
from core.investigation.causes.troubles import ServiceHealth, Trouble
from core.investigation.ranking.model import MetricFeature, kept_name
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.evidence.model import EvidenceFile
    from core.investigation.ranking.model import Measure
    from core.text.redacted import RedactedText

say = sentences("investigation.broken_by_change")

BROKEN_BY_CHANGE = "broken_by_change"
_LAST, _EARLIER = 2.0, 0.8  # nats of the last change before it began, and of one before that
_SOON = timedelta(minutes=3)  # a change acts within this, or it is one of many
_SLACK = timedelta(seconds=5)  # of clocks
_ACTS = timedelta(seconds=20)  # within which a change that breaks something shows
_NEW_LINES, _SPEAKS_OF_IT, _AFFECTED = 0.8, 1.2, 0.7
_PERHAPS_AFFECTED = 0.5  # where nobody tells who calls it
_OF_ANOTHER = -2.5  # its own new failures speak of another service
_MOSTLY = 0.5
_RECURS = 5  # lines
_LOAD = frozenset(
    {MetricFeature.TRAFFIC, MetricFeature.CPU, MetricFeature.SATURATION, MetricFeature.DISK}
    | {MetricFeature.OTHER}
)
_SERIOUS = frozenset({Level.WARNING, Level.ERROR, Level.FATAL})
_STEM = 4
_MOVED = 0.6  # of the strength of what moved at the service itself
_MOST_MOVED = 1.5
_UNRELATED = -1.5  # the alert does not depend on it
_LEAST_WORD = 5
_OF_NAMES = re.compile(r"(?i)(?<![a-z])(?:dns|resolver|resolv\.conf|name ?servers?)(?![a-z])")
_IDENTIFIER = re.compile(r"(?<![\w.-])[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?![\w.])")
_WORD = re.compile(r"[a-z][a-z]{3,}|\b(?!(?:19|20)\d\d\b)\d{4,5}\b")
_IN_PARTS = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+")
# Words that changes and failures are told with, whatever they are about.
_COMMON = frozenset(
    word
    for words in (
        "about after again answer apply before change changed client config connect connection",
        "could deploy deployed error errors failed failure flag from handler info instance level",
        "list message more none other over path port release released request response restart",
        "rolled rollout server service start started status stderr stdout target than this timeout",
        "until update upstream value version warn warning what when with",
    )
    for word in words.split()
)


@dataclass(frozen=True)
class BrokenByChange:
    """The candidates of one situation."""

    scene: EvidenceIndex
    health: ServiceHealth

    def candidates(self) -> Iterator[tuple[Candidate, tuple[Citation, ...]]]:
        """Each with its lines for and against; one per service that a change names."""
        if self.began is None:
            return
        changed: dict[str, SignatureMatch] = {}
        for change in self._changes:
            for service in self._targets(change):
                before = changed.get(service)
                if before is None or _gap(before, change) > _SLACK:  # else the same, told twice
                    changed[service] = change
        for service, change in changed.items():
            lines = tuple(self._grounds(service, change))
            if any(line.weight > 0 and line.kind is not EvidenceKind.CHANGE for line in lines):
                cause = Cause(service=service, signal=change.signal.name, fault=BROKEN_BY_CHANGE)
                seen = (change, *self._touched(service, change))
                signature = measured_signatures()[BROKEN_BY_CHANGE]
                yield Candidate(cause=cause, signature=signature, seen=seen), lines

    def _touched(self, service: str, change: SignatureMatch) -> Iterator[SignatureMatch]:
        """Where else the change is felt: who fails in its words, and what has more to do."""
        speaking = self._speaking(change)
        if speaking is not None:
            finding, _ = speaking
            yield replace(change, finding=finding, seen_by=self._writer(finding))
        for callee, measure in self._busy(service, change):
            yield replace(change, finding=measure.shown.finding, seen_by=callee)
        for feeder in self._feeders(service):
            yield replace(change, seen_by=feeder)

    def _feeders(self, service: str) -> frozenset[str]:
        """Whose work waits in a queue that the service may empty: both use what holds it."""
        held = self.health.callees(service)
        return frozenset(
            trouble.service
            for trouble in self.health.troubles
            if trouble.felt
            and trouble.is_backlog
            and trouble.service != service
            and held & self.health.callees(trouble.service)
        )

    @cached_property
    def began(self) -> datetime | None:
        """When those who suffer began to, by logs rather than by figures; None if nobody does."""
        first = self._first_felt
        return first.since if first else None

    @cached_property
    def _first_felt(self) -> Trouble | None:
        """Of what lasts until the alert: a start of a process is felt for a moment, too."""
        onset = self.scene.situation.onset
        felt = [
            trouble
            for trouble in self.health.troubles
            if trouble.felt
            and trouble.since
            and (onset is None or abs(trouble.since - onset) <= _SOON)
        ]
        lasting = [trouble for trouble in felt if self._lasts(trouble)] or felt
        logged = [trouble for trouble in lasting if trouble.kind is EvidenceKind.LOG]
        return next(iter(logged or lasting), None)

    def _lasts(self, trouble: Trouble) -> bool:
        onset = self.scene.situation.onset
        if onset is None or trouble.until is None or trouble.kind is not EvidenceKind.LOG:
            return True
        return trouble.until >= onset - _ACTS

    def _is_last(self, change: SignatureMatch) -> bool:
        """Whether nothing was changed after it before it began, and it began at once."""
        first = self._first_felt
        if first is None or first.since is None or change.first is None:
            return False
        within = _ACTS
        if first.kind is not EvidenceKind.LOG and first.until:
            within += first.until - first.since  # figures are not more exact than that
        is_near = first.since - change.first <= within
        return is_near and _gap(change, self._changes[-1]) <= _SLACK

    @cached_property
    def _changes(self) -> list[SignatureMatch]:
        """What people and machines changed shortly before it began, the earliest first."""
        began = self.began
        if began is None:
            return []
        return sorted(
            (
                change
                for change in self.scene.changes
                if change.is_telling
                and change.first is not None
                and began - _SOON <= change.first <= began + _SLACK
            ),
            key=lambda change: change.first.timestamp() if change.first else 0.0,
        )

    def _targets(self, change: SignatureMatch) -> frozenset[str]:
        """Whom it names, by name or address, or by what listens on a port."""
        text, peers = change.finding.text.text, self.scene.peers
        named = peers.named_in(text)
        other = peers.of_port(text) or self._resolver(text) or self._telling_of_it(change)
        return named or frozenset(filter(None, [other or change.seen_by]))

    def _telling_of_it(self, change: SignatureMatch) -> str | None:
        """Whose log begins to name what was changed: a job is no service, but works at one."""
        names = _IDENTIFIER.findall(change.finding.text.text)
        tellers = (
            self._writer(finding)
            for finding in self._new_lines(change)
            if any(name in finding.text.text for name in names)
        )
        return next(filter(None, tellers), None)

    def _resolver(self, text: str) -> str | None:
        """The only name server, where names are what was changed."""
        servers = [name for name in self.scene.peers.known if self.scene.peers.is_resolver(name)]
        return servers[0] if _OF_NAMES.search(text) and len(servers) == 1 else None

    def _grounds(self, service: str, change: SignatureMatch) -> Iterator[Citation]:
        if self._is_last(change) and self._of_another(service, change) is None:
            yield cite(change, _LAST, say("changed_last", at=change.first), EvidenceKind.CHANGE)
        else:
            yield cite(change, _EARLIER, say("changed", at=change.first), EvidenceKind.CHANGE)
        yield from self._own_lines(service, change)
        yield from self._own_figures(service, change)
        yield from self._failures(service, change)
        yield from self._place(service, change)

    def _own_lines(self, service: str, change: SignatureMatch) -> Iterator[Citation]:
        """A kind of line about itself in its own log that begins with the change."""
        for finding in self._new_lines(change):
            is_own = self._writer(finding) == service and _is_notable(finding)
            if is_own and finding.locus != change.finding.locus and self._about(finding) == service:
                yield _line(finding, _NEW_LINES, say("own_lines_new", at=finding.first))
                return

    def _own_figures(self, service: str, change: SignatureMatch) -> Iterator[Citation]:
        """What moved at the service itself with the change, and stayed; not what spread to it."""
        portrait = self.health.field.portraits.get(service)
        if portrait is None or change.first is None:
            return
        moved = [
            (sign, measure)
            for sign, measure in portrait.signs.items()
            if sign is not MetricFeature.LOGGED
            and measure.shown.first
            and -2 * _SLACK <= measure.shown.first - change.first <= _SOON
            and measure.shown.stays
            and self.health.field.explained(service, sign)[0] < _MOSTLY
        ]
        sign, best = max(moved, key=lambda pair: pair[1].strength, default=(None, None))
        if best is not None and sign is not None:
            weight = min(_MOST_MOVED, _MOVED * best.strength)
            shown = best.shown
            yield Citation(
                text=shown.text,
                locus=shown.locus,
                weight=weight,
                why=say("own_figures_moved"),
                kind=shown.kind,
            )

    def _failures(self, service: str, change: SignatureMatch) -> Iterator[Citation]:
        """New failures that use the words of the change; its own that speak of another service."""
        speaking = self._speaking(change)
        if speaking is not None:
            finding, word = speaking
            yield _line(finding, _SPEAKS_OF_IT, say("speaks_of_it", word=kept_name(word)))
            return
        loudest = self._of_another(service, change)
        if loudest is not None:
            other = kept_name(self._about(loudest) or "")
            yield _line(loudest, _OF_ANOTHER, say("speaks_of_another", name=other))

    def _of_another(self, service: str, change: SignatureMatch) -> Finding | None:
        """Its own loudest new failure, if that speaks of another service and of no change."""
        if self._speaking(change) is not None:
            return None
        own = [each for each in self._new_failures(change) if self._writer(each) == service]
        loudest = max(own, key=lambda finding: finding.count, default=None)
        return loudest if loudest and self._about(loudest) != service else None

    def _speaking(self, change: SignatureMatch) -> tuple[Finding, str] | None:
        """The first new failure that uses a word of the change, with the word."""
        words = self._rare_words(change)
        shared = (
            (finding, _shared(words, _words(finding.text.text)))
            for finding in self._new_failures(change)
        )
        return next(((finding, word) for finding, word in shared if word), None)

    def _new_failures(self, change: SignatureMatch) -> Iterator[Finding]:
        return (
            finding
            for finding in self._new_lines(change)
            if finding.level in _SERIOUS and self._writer(finding) is not None
        )

    def _busy(self, service: str, change: SignatureMatch) -> Iterator[tuple[str, Measure]]:
        """Whom the service calls and who has more to do since the change."""
        for callee in sorted(self.health.callees(service)):
            portrait = self.health.field.portraits.get(callee)
            for sign, measure in portrait.signs.items() if portrait else ():
                first = measure.shown.first
                is_since = first and change.first and first >= change.first - 2 * _SLACK
                if sign in _LOAD and is_since and measure.shown.stays:
                    yield callee, measure
                    break

    def _new_lines(self, change: SignatureMatch) -> Iterator[Finding]:
        """The kinds of lines that begin with the change, wherever they stand."""
        situation = self.scene.situation
        for file in situation.files:
            for finding in situation.findings.get(file.id, ()):
                is_line = finding.kind in (FindingKind.TEMPLATE, FindingKind.SIGNAL)
                if is_line and change.first and _begins_with(finding, file, change.first):
                    yield finding

    def _writer(self, finding: Finding) -> str | None:
        return finding.service or self._services.get(finding.locus.file)

    @cached_property
    def _services(self) -> dict[str, str | None]:
        return {file.name.text: file.service for file in self.scene.situation.files}

    def _about(self, finding: Finding) -> str | None:
        writer = self._writer(finding)
        return self.scene.peers.complained_of(finding.text.text, by=writer) if writer else None

    def _rare_words(self, change: SignatureMatch) -> frozenset[str]:
        """Words of the change that are no service's name and no word of everyday logs."""
        names = {word for name in self.scene.peers.known for word in _words(name.replace("-", " "))}
        return _words(change.finding.text.text) - names - _COMMON

    def _place(self, service: str, change: SignatureMatch) -> Iterator[Citation]:
        """Who depends on it suffers since then, and what it calls has more to do."""
        alerted, callers = self.health.field.alerted, self.health.dependants(service)
        since = [
            trouble
            for trouble in self.health.troubles
            if trouble.since and change.first and trouble.since >= change.first - _SLACK
        ]
        everywhere, feeders = is_everywhere(change), self._feeders(service)
        nobody_tells = not callers and not self.health.dependencies(service)
        felt = [
            trouble
            for trouble in since
            if trouble.felt and (trouble.service in callers | feeders or nobody_tells or everywhere)
        ]
        if felt:
            weight = _PERHAPS_AFFECTED if nobody_tells and not everywhere else _AFFECTED
            yield _of_trouble(felt[0], weight, say("callers_affected"))
        busy = next(self._busy(service, change), None)
        if felt and busy is not None:
            shown = busy[1].shown
            yield Citation(
                text=shown.text,
                locus=shown.locus,
                weight=_AFFECTED,
                why=say("callees_busy"),
                kind=shown.kind,
            )
        is_related = everywhere or alerted & (callers | feeders | {service})
        if alerted and self.scene.situation.calls and not is_related:
            yield cite(change, _UNRELATED, say("alert_does_not_depend"))


def follows_last_change(candidate: Candidate, lines: Iterable[Citation]) -> bool:
    """Whether what a change may have broken was changed last; True for any other cause."""
    changes = [line.weight for line in lines if line.kind is EvidenceKind.CHANGE]
    return candidate.cause.fault != BROKEN_BY_CHANGE or max(changes, default=0.0) >= _LAST


def _is_notable(finding: Finding) -> bool:
    """Whether it is more than what each start and stop of a process logs."""
    return finding.level in _SERIOUS or finding.count >= _RECURS


def _gap(earlier: SignatureMatch, later: SignatureMatch) -> timedelta:
    if earlier.first is None or later.first is None:
        return timedelta.max
    return later.first - earlier.first


def _shared(words: frozenset[str], others: frozenset[str]) -> str | None:
    """A word of both, or the beginning of two long ones."""
    same = sorted(words & others, key=lambda word: (-len(word), word))
    if same:
        return same[0]
    stems = {word[:_STEM] for word in words if len(word) > _STEM + 2}
    alike = sorted(word for word in others if len(word) > _STEM + 2 and word[:_STEM] in stems)
    return next(iter(alike), None)


def _begins_with(finding: Finding, file: EvidenceFile, at: datetime) -> bool:
    """Whether a kind of line is first seen shortly after, in a file that began well before."""
    if finding.first is None or file.first is None or file.first > at - 2 * _SLACK:
        return False
    return timedelta(0) <= finding.first - at + _SLACK <= _SOON / 2 and finding.first >= at


def _words(text: str) -> frozenset[str]:
    parts = " ".join(_IN_PARTS.split(text)).lower()
    return frozenset(
        word for word in _WORD.findall(parts) if len(word) >= _LEAST_WORD or word.isdigit()
    )


def _line(finding: Finding, weight: float, why: RedactedText) -> Citation:
    return Citation(
        text=finding.text,
        locus=finding.locus,
        weight=weight,
        why=why,
        kind=EvidenceKind.LOG,
    )


def _of_trouble(trouble: Trouble, weight: float, why: RedactedText) -> Citation:
    return Citation(
        text=trouble.text,
        locus=trouble.locus,
        weight=weight,
        why=why,
        kind=trouble.kind,
    )
