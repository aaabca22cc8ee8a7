"""The candidate causes, and what was seen of each, by whom and when."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from core.cases.model import Cause, EvidenceKind
from core.evidence.logs.start_lines import STARTED_OTHERWISE
from core.evidence.model import EvidenceFile, Finding, FindingKind, Level, Locus
from core.evidence.signatures import LogPattern, Role, Signature, signals, signatures
from core.investigation.causes.change_progress import begun_by
from core.investigation.causes.server_kinds import DATABASE
from core.investigation.causes.service_directory import ServiceDirectory
from core.investigation.decision import Situation
from core.investigation.memory.words import telling_words
from core.investigation.shared_requests import pairs_at_one_request
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

BY_MODEL = "model"  # the signal of a cause that a language model named
BAD_DEPLOY, DEPLOY = "bad_deploy", "deploy"  # a fault, and the change that it takes
SCHEMA = "schema_mismatch"
MIGRATION = "schema_migrated"
CHANGED_FUNCTION = "changed_function"  # in which stack traces end, by a diff of code
CODE_FAULTS = frozenset({BAD_DEPLOY, "unhandled_error", "endless_recursion"})  # of one's own code
CHANGED_SETTING = "changed_setting"  # by two versions of a file, neither of which says when
_EVERYWHERE = re.compile(
    r"(?i)\b(?:all|every) (?:hosts?|nodes?|services?|instances?)\b"
    r"|\b(?:the|whole|entire) fleet\b|\bfleet[ -]?wide\b|^[^\w\"]{0,4}fleet: "
)
_WORD = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Za-z][a-z]+")
_VAGUE = frozenset(
    {"of", "by", "at", "out", "up", "no", "not", "bad", "service", "server", "failed"}
)
SHORTLY = timedelta(minutes=30)
_SEVERAL = 2  # moments
CLOCKS = timedelta(seconds=10)  # by which the clocks of two hosts, or a figure, may be off
_WRITTEN = timedelta(seconds=1)  # by which a log that tells whole seconds is early
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A possible cause and the sightings that speak for it, the weightiest first."""

    cause: Cause
    signature: Signature
    seen: tuple[Feature, ...]

    @property
    def best(self) -> Feature:
        return self.seen[0]

    @property
    def count(self) -> int:
        """Lines of the most frequent sighting: other signals often stand in the same records."""
        return max(match.count for match in self.seen)

    @property
    def first(self) -> datetime | None:
        return min((match.first for match in self.seen if match.first), default=None)

    @property
    def began(self) -> datetime | None:
        """When it did in earnest: one line long before may be of something else."""
        return min((match.began for match in self.seen if match.began), default=None) or self.first

    @property
    def last(self) -> datetime | None:
        return max((match.last for match in self.seen if match.last), default=None)

    @property
    def callers(self) -> frozenset[str]:
        """Services whose own log tells of it."""
        return frozenset(match.seen_by for match in self.seen if match.seen_by)

    @property
    def told_by_itself(self) -> bool:
        """Whether the log of the blamed service reports it, not only that of a caller."""
        return any(match.seen_by == self.cause.service for match in self.seen)


_THING = re.compile(
    r"(?<![\w./@-])[A-Za-z][A-Za-z0-9]{0,40}(?:[_-][A-Za-z0-9]{1,40}){1,8}(?![\w@/-]|\.\w)"
)
_LONG = 6  # characters of such a name
RARELY = 8  # kinds of lines that a telling name or word may stand in


@dataclass(frozen=True)
class EvidenceIndex:
    """The signature matches, changes and candidate causes of a situation.

    felt: when it surely had begun, if that is known; what was changed later set nothing off.
    began, ended: when somebody first suffered, and when last, if that is known.
    """

    situation: Situation
    felt: datetime | None = None
    began: datetime | None = None
    ended: datetime | None = None

    @cached_property
    def seen(self) -> tuple[Feature, ...]:
        return sightings(self.situation)

    @cached_property
    def changes(self) -> tuple[Feature, ...]:
        return changes(self.seen)

    @cached_property
    def words_of_changes(self) -> frozenset[str]:
        """Words that changes of several moments have: of a registry, of whoever makes them."""
        return _wrapping(self.changes)

    @cached_property
    def services(self) -> ServiceDirectory:
        return ServiceDirectory(self.situation)

    @cached_property
    def _at_one_request(self) -> frozenset[frozenset[str]]:
        return pairs_at_one_request(self.situation)

    def share_requests(self, some: Iterable[str | None], others: Iterable[str | None]) -> bool:
        """Whether one of these worked at the same requests as one of those, by their logs' ids."""
        return any({one, other} in self._at_one_request for one in some for other in others)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """One per service and fault."""
        matches: dict[tuple[str | None, str], list[Feature]] = defaultdict(list)
        for match in self.seen:
            if match.signal.role is Role.FOR:
                matches[self.services.blamed(match), match.signal.fault].append(match)
        for service, fault in [key for key in matches if key[0] is None]:
            if (beside := _told_beside(matches[service, fault], fault, matches)) is not None:
                matches[beside, fault] += matches.pop((service, fault))
        return tuple(_candidate(service, fault, seen) for (service, fault), seen in matches.items())

    @cached_property
    def unknown_errors(self) -> tuple[Finding, ...]:
        """Kinds of error lines that no signature knows, the most frequent first."""
        findings = (finding for of_file in self.situation.findings.values() for finding in of_file)
        errors = (
            finding
            for finding in findings
            if finding.kind is FindingKind.TEMPLATE and not finding.signals
        )
        serious = [finding for finding in errors if finding.level in (Level.ERROR, Level.FATAL)]
        return tuple(sorted(serious, key=lambda finding: -finding.count))

    def against(self, candidate: Candidate) -> list[Feature]:
        """What was seen in the same files that speaks against the candidate's fault."""
        files = {match.file.id for match in candidate.seen}
        fault = candidate.cause.fault
        opposed = (match for match in self.seen if match.signal.role is Role.AGAINST)
        return [
            match for match in opposed if match.signal.fault == fault and match.file.id in files
        ]

    def change_before(self, candidate: Candidate) -> Feature | None:
        """The last change of its service shortly before it was first seen, where that began."""
        changes = [match for match in self.changes if self._may_have_caused(match, candidate)]
        last = max(changes, key=lambda match: _last_moment(match, candidate), default=None)
        return begun_by(last, changes, self.services) if last else None

    def setting_behind(self, candidate: Candidate) -> Feature | None:
        """A setting of its service that was changed at some time, which the fault is about."""
        about = _fault_words(candidate)
        changes = (each for each in self.changes if each.is_setting and not self._is_late(each))
        return next(
            (
                match
                for match in changes
                if match.seen_by == candidate.cause.service and about & _words_of(match)
            ),
            None,
        )

    def function_behind(self, candidate: Candidate) -> Feature | None:
        """The last change of a function in which its own code fails, whenever it was made."""
        service, fault = candidate.cause.service, candidate.cause.fault
        changes = [
            match
            for match in self.changes
            if match.signal.name == CHANGED_FUNCTION
            and match.seen_by == service
            and fault in CODE_FAULTS
            and not self._is_late(match)
        ]
        return max(changes, key=lambda match: match.first or _LONG_AGO, default=None)

    def failing_functions(self, candidate: Candidate) -> list[Finding]:
        """The functions in which traces of its service end, where its own code fails."""
        findings = chain.from_iterable(self.situation.findings.values())
        return [
            finding
            for finding in findings
            if finding.kind is FindingKind.FUNCTION
            and finding.service == candidate.cause.service
            and candidate.cause.fault in CODE_FAULTS
        ]

    def _may_have_caused(self, change: Feature, candidate: Candidate) -> bool:
        is_schema = candidate.cause.signal == SCHEMA  # a migration is what breaks that
        fits = candidate.cause.fault != BAD_DEPLOY or change.signal.name == DEPLOY or is_schema
        is_before = change.is_telling and self._precedes(change, candidate)
        is_early = is_before and not self._is_late(change)
        return fits and is_early and self._concerns(change, candidate)

    def _precedes(self, change: Feature, candidate: Candidate) -> bool:
        """By time; where times are unknown, by the order of lines in one file.

        What a dump shows holds since somebody suffers. Settings of which nobody knows when stand in
        no order of time.
        """
        if change.is_undated:
            return False
        holds = candidate.best.once_is_enough
        first = candidate.first or (self.began if holds else None)
        if change.first and first:
            earliest, latest = (first - SHORTLY).timestamp(), (first + _WRITTEN).timestamp()
            return any(earliest <= moment <= latest for moment in change.moments)
        places = [each.locus for each in candidate.seen if each.file.id == change.file.id]
        lines = [place.line_start for place in places]
        return bool(lines) and change.locus.line_start < min(lines)

    def _is_late(self, change: Feature) -> bool:
        """Whether it was only made when something was felt already."""
        if self.felt is None or change.first is None:
            return False
        return min(change.moments) > (self.felt + CLOCKS).timestamp()

    def _concerns(self, change: Feature, candidate: Candidate) -> bool:
        """A change that names services is about those; else it is about whose log tells of it."""
        service, named = candidate.cause.service, self.services.named_in(change.text.text)
        if change.is_setting:  # its key may name who is called by it
            return change.seen_by == service
        if self._shares_name(change, candidate):
            return True
        if named - {change.seen_by}:
            return service in named
        files = {match.file.id for match in candidate.seen}
        if change.seen_by == service or change.file.id in files or is_everywhere(change):
            return True
        return change.signal.name == MIGRATION and self._is_database(service)

    def _shares_name(self, change: Feature, candidate: Candidate) -> bool:
        """Whether both tell of one thing that hardly another line does: an account, an index.

        `ALTER USER 'ledger_rw'` is behind `Access denied for user 'ledger_rw'`, whoever writes it.
        """
        failing = frozenset().union(*(names_in(each.text.text) for each in candidate.seen))
        shared = names_in(change.text.text) & failing - frozenset(self.services.known)
        return any(self._names_told[name] <= RARELY for name in shared)

    @cached_property
    def _names_told(self) -> Counter[str]:
        """In how many kinds of lines each name of a thing stands."""
        return kinds_of_lines_with(names_in, self.situation)

    def _is_database(self, service: str | None) -> bool:
        """Whether it is the only one: a job that migrates a schema does not say whose."""
        databases = [name for name in self.services.known if self.services.kind(name) == DATABASE]
        return databases == [service]


def _told_beside(
    nobodys: Sequence[Feature],
    fault: str,
    matches: Mapping[tuple[str | None, str], Sequence[Feature]],
) -> str | None:
    """Of whom alone the same file tells the same then: the kernel kills, and systemd says whom."""
    beside = {
        service
        for (service, of), seen in matches.items()
        if service is not None and of == fault
        for match in seen
        if any(_are_one_event(match, each) for each in nobodys)
    }
    return beside.pop() if len(beside) == 1 else None


def _are_one_event(one: Feature, other: Feature) -> bool:
    if one.file.id != other.file.id or one.first is None or other.first is None:
        return False
    return abs(one.first - other.first) <= CLOCKS


def _wrapping(records: Iterable[Feature]) -> frozenset[str]:
    moments = defaultdict[str, set[datetime]](set)
    for change in records:
        if change.first is not None:
            for word in telling_words(change.text.text):
                moments[word].add(change.first)
    return frozenset(word for word, at in moments.items() if len(at) > _SEVERAL)


def kinds_of_lines_with(
    names: Callable[[str], frozenset[str]], situation: Situation
) -> Counter[str]:
    """In how many kinds of lines each name of them stands."""
    findings = chain.from_iterable(situation.findings.values())
    kinds = (each for each in findings if each.kind is FindingKind.TEMPLATE)
    return Counter(name for each in kinds for name in names(each.text.text))


@lru_cache(maxsize=4096)
def names_in(text: str) -> frozenset[str]:
    """The names of things in a line, of several words or with a number: `ledger_rw`, `plan-7`."""
    return frozenset(name for name in map(str.lower, _THING.findall(text)) if len(name) >= _LONG)


def _fault_words(candidate: Candidate) -> frozenset[str]:
    """The words that a fault and its signal are called by."""
    return frozenset(f"{candidate.cause.fault}_{candidate.cause.signal}".split("_")) - _VAGUE


def _words_of(change: Feature) -> frozenset[str]:
    """The words of the path of the setting that was changed."""
    path = change.text.text.partition(": ")[0]
    return frozenset(word.lower() for word in _WORD.findall(path))


def is_everywhere(change: Feature) -> bool:
    """Whether all hosts or services were changed."""
    return bool(_EVERYWHERE.search(change.text.text))


def _last_moment(change: Feature, candidate: Candidate) -> tuple[datetime, int]:
    at = change.latest_before(candidate.first) or _LONG_AGO
    return at, change.locus.line_start


def _candidate(service: str | None, fault: str, seen: list[Feature]) -> Candidate:
    ordered = sorted(seen, key=lambda match: (match.is_mild, -match.signal.weight, -match.count))
    cause = Cause(service=service, signal=ordered[0].signal.name, fault=fault)
    return Candidate(cause=cause, signature=signatures()[fault], seen=tuple(ordered))


_MILD = re.compile(r"(?i)\bretry(?:ing)?\b|\battempt\b|\bwill try again\b|\breconnecting\b")
_LAST_WORDS = re.compile(r"\bPANIC\b|\bFATAL ERROR\b|\bfatal error:|\bpanic: |terminate called")
_KINDS = {
    FindingKind.METRIC: EvidenceKind.METRIC,
    FindingKind.MOVES: EvidenceKind.METRIC,
    FindingKind.SPAN: EvidenceKind.TRACE,
    FindingKind.CHANGE: EvidenceKind.CHANGE,
}
_COUNTED_ELSEWHERE = frozenset({FindingKind.BURST, FindingKind.ERROR_RATE})


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What speaks of a fault or tells of a change: a kind of line, a series that moved, a span.

    `signal` says what it means. `kind` is the kind of evidence; `count` and the times are those of
    all alike, `buckets` counts them by the minute; `began` is when they did in earnest. `seen_by`
    is the service whose log or figure it is, None where nothing says.
    """

    signal: LogPattern
    text: RedactedText
    locus: Locus
    kind: EvidenceKind
    level: Level
    file: EvidenceFile
    seen_by: str | None
    count: int = 1
    first: datetime | None = None
    last: datetime | None = None
    began: datetime | None = None
    buckets: Mapping[int, int] = field(default_factory=dict)

    @property
    def moments(self) -> tuple[float, ...]:
        """When its lines were written, in seconds since 1970: the first, then to the minute."""
        first = (self.first.timestamp(),) if self.first else ()
        return first + tuple(60.0 * minute for minute in self.buckets)

    def latest_before(self, moment: datetime | None) -> datetime | None:
        """When it was last written before `moment`, to the minute."""
        if moment is None or self.first is None:
            return self.first
        before = [time for time in self.moments if time <= (moment + _WRITTEN).timestamp()]
        return datetime.fromtimestamp(max(before), UTC) if before else None

    @property
    def is_mild(self) -> bool:
        """Under an error, or something that is tried again by itself."""
        return self.level in (Level.WARNING, Level.INFO, Level.DEBUG) or bool(
            _MILD.search(self.text.text)
        )

    @property
    def once_is_enough(self) -> bool:
        """The process ended with it, or it holds until something else is said."""
        ended = self.signal.final or bool(_LAST_WORDS.search(self.text.text))
        return ended or self.signal.lasting

    @property
    def is_telling(self) -> bool:
        """For a change: whether somebody changed something, not merely a process that started."""
        return self.signal.weight > 1

    @property
    def is_setting(self) -> bool:
        """For a change: whether it was found by comparing versions of a file."""
        return self.signal.name == CHANGED_SETTING

    @property
    def is_undated(self) -> bool:
        """For a change of a setting: whether nobody knows when, as files do not say."""
        return self.is_setting and self.first is None

    @property
    def quiet_after(self) -> timedelta | None:
        """How long its file goes on without it; None where times are unknown."""
        if self.last is None or self.file.last is None:
            return None
        return self.file.last - self.last

    @property
    def quiet_before(self) -> timedelta | None:
        """How long its file was without it at first; None where times are unknown."""
        if self.first is None or self.file.first is None:
            return None
        return self.first - self.file.first

    @property
    def span(self) -> timedelta:
        """From the first to the last line of the file."""
        if self.file.first is None or self.file.last is None:
            return timedelta()
        return self.file.last - self.file.first


def sightings(situation: Situation) -> tuple[Feature, ...]:
    """All of them, each line once, earliest first where times are known.

    A document of many events may be one line.
    """
    matches: dict[tuple[str, int, int, str], Feature] = {}
    for match in _all(situation):
        place = match.locus
        key = (match.file.id, place.line_start, place.byte_start, match.signal.name)
        if key not in matches or match.count > matches[key].count:
            matches[key] = match
    return tuple(sorted(matches.values(), key=_order))


def changes(seen: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """Those that tell of a change."""
    return tuple(match for match in seen if match.signal.role is Role.CHANGE)


def _all(situation: Situation) -> Iterator[Feature]:
    files = {file.id: file for file in situation.files}
    patterns = signals()
    for file_id, findings in situation.findings.items():
        for finding in findings:
            if file_id not in files or finding.kind in _COUNTED_ELSEWHERE:
                continue
            file = files[file_id]
            seen_by = finding.service or file.service
            for name in finding.signals:
                if name in patterns and name != STARTED_OTHERWISE:  # told to readers alone
                    yield feature_of(finding, patterns[name], file=file, seen_by=seen_by)


def kind_of(finding: Finding) -> EvidenceKind:
    """The kind of evidence that a finding is; a line unless it says otherwise."""
    return _KINDS.get(finding.kind, EvidenceKind.LOG)


def feature_of(
    finding: Finding, signal: LogPattern, *, file: EvidenceFile, seen_by: str | None
) -> Feature:
    """A finding as what speaks of the signal's fault."""
    return Feature(
        signal=signal,
        text=finding.text,
        locus=finding.locus,
        kind=kind_of(finding),
        level=finding.level,
        file=file,
        seen_by=seen_by,
        count=finding.count,
        first=finding.first,
        last=finding.last,
        began=finding.began,
        buckets=finding.buckets,
    )


def _order(match: Feature) -> tuple[bool, float, str, int]:
    moment = match.first.timestamp() if match.first else 0.0
    return match.first is None, moment, match.locus.file, match.locus.line_start
