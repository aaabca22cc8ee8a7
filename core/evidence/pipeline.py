"""Runs a file through the evidence pipeline: detect its type, extract its content, redact the text.

Meant to run in its own process (`core.evidence.ports.Runner`): it loads polars and is CPU-bound.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.errors import UnreadableEvidence
from core.evidence.archives.bounds import BOUNDS, WITHOUT_PICTURES
from core.evidence.archives.unpacker import unpack_archive
from core.evidence.correlation.digests import identifiers_finding
from core.evidence.detection.profiles import detect_by_bytes
from core.evidence.events.table import open_table
from core.evidence.extractor import (
    HEAD_BYTES,
    Detected,
    Exhibit,
    Extractor,
    Head,
    Plugin,
    extractors,
)
from core.evidence.joined_changes import with_deeds
from core.evidence.lines import WatchedOriginal, is_encoded, read_head, read_text, verified
from core.evidence.model import (
    NO_EXTRACTOR,
    UNPACKER,
    ArtifactStore,
    DataType,
    Extraction,
    Finding,
    FindingKind,
    Original,
    PlainArtifactStore,
    UnpackedMember,
)
from core.redaction.engine import Redactor
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

say = sentences("evidence.pipeline")


@dataclass(frozen=True)
class Claims:
    """The claims to a file, the most confident first, and the problems of failing extractors."""

    claims: tuple[Detected, ...]
    problems: tuple[str, ...] = ()


def detect(head: Head, extractors: Iterable[Extractor]) -> Detected:
    """Detect a type from the head: by its bytes, else by the most confident extractor."""
    return collect_claims(head, extractors).claims[0]


def collect_claims(head: Head, extractors: Iterable[Extractor]) -> Claims:
    """Collect at least one claim.

    Content that is not text is offered to third-party extractors, and to ours that read such.
    """
    by_content = detect_by_bytes(head)
    if by_content is not None and by_content.data_type is DataType.EMPTY:
        return Claims((by_content,))
    detections, problems, is_certain = [], [], False
    for extractor in extractors:
        if by_content is not None and not _reads_bytes(extractor):
            continue
        if is_certain and extractor.name in _LESS_CLOSE:
            continue
        try:
            claim = extractor.detect(head)
        except UnreadableEvidence as error:
            problems.append(str(error))
        else:
            detections += [claim] if claim is not None else []
            is_certain = is_certain or (claim is not None and claim.is_certain)
    detections.sort(key=lambda claim: -claim.confidence)
    detections = _closest_first(detections)
    otherwise = Detected(DataType.BINARY, 0.0, NO_EXTRACTOR, say.raw("unknown"))
    return Claims((*detections, by_content or otherwise), tuple(problems))


def _reads_bytes(extractor: Extractor) -> bool:
    return isinstance(extractor, Plugin) or extractor.name in _OF_BYTES


def _closest_first(claims: list[Detected]) -> list[Detected]:
    """Prefers the reader of figures where text knows only that they are figures."""
    if not claims or claims[0].extractor != _TEXT:
        return claims
    surest = claims[0].data_type
    closer = [
        claim
        for claim in claims[1:]
        if claim.data_type is surest in _MEASURED and claim.confidence >= _LIKELY
    ]
    return [*closer, *(claim for claim in claims if claim not in closer)]


NO_ARTIFACTS = PlainArtifactStore()
_UNREAD_REASONS = {
    DataType.EMPTY: say.later("empty"),
    DataType.IMAGE: say.later("picture"),
    DataType.ARCHIVE: say.later("archive"),
    DataType.BINARY: say.later("no_text"),
    DataType.PROFILE: say.later("binary_profile"),
}
_LINES_OF_EVENT = 15  # of a longer one its settings say more
_MEASURED = frozenset({DataType.METRIC, DataType.TRACE})
_LIKELY = 0.5
_LISTS_EVENTS = frozenset({DataType.LOG, DataType.CONFIG, DataType.TEXT})
_HEAD_OF_DOCUMENT = 64  # bytes
_IMAGE = "image"
_OF_BYTES = frozenset({"profile", _IMAGE})  # those of ours that read what is no text
_TEXT = "text"  # the extractor of what no closer one can read
# Asked where no other is certain.
_LESS_CLOSE = frozenset({"markdown", "configuration", "code", _TEXT})
_TYPES_OF_ONE_SERVICE = frozenset({DataType.LOG, DataType.METRIC, DataType.TRACE, DataType.PROFILE})
# Names of files that say what is in them, not whose it is.
_GENERIC_NAME = re.compile(
    r"(?i)(?:access|alerts?|app|application|auth|changes?|console|core|current|daemon|data|debug"
    r"|archive|bundle|deploys?|deployments?|diagnostics?|dmesg|docker|dump|errors?"
    r"|events?|export|files?|journal|json|kern|kernel|logs?|main|messages?|metrics?|must-gather|out"
    r"|output|paste|pasted(?:[-_ ]text)?|clipboard|snippet|attachment|download|etc[-_ ]changes"
    r"|probes?|query|raw|server|service|sos_commands|sosreport|stderr|stdin|stdout"
    r"|synthetics?|prom(?:etheus)?|grafana[-_ ]?exports?|mon(?:itor(?:ing)?)?-?\d{0,2}"
    r"|exports?|query_range|grafana[-_ ].{1,80}|(?:\d{1,3}[-_ ])?(?:panels?|dashboards?)\b.{0,80}"
    # What a command printed of a server.
    r"|processlist|innodb[-_ ]?status|pg[-_]?stat[-_]\w{1,40}|psql[-_ ]\w{1,40}|(?:db[-_])?activity"
    r"|top|ps|df|free|ss|netstat|vmstat|iostat|uptime|lsof"
    r"|support|support-bundle|syslog|test|text|tmp|traces?|untitled|upload|usr|var"
    r"|values|[0-9]+|.)"
    # Tools that change things for others, and lists of what was changed.
    r"|(?:ansible(?:-playbook)?|terraform|tofu|puppet|chef|salt|jenkins|argo(?:-?cd)?|kamal|liquibase"
    r"|pyinfra(?:[-_ ]?run)?|fabric|capistrano|awx|waypoint|harness|buildkite|drone|concourse"
    r"|tekton"
    r"|teamcity|bamboo|circleci|travis|codedeploy|semaphore|etckeeper|unattended-upgrades|dpkg|alembic|sqitch"
    r"|dbmate|typescript|(?:.{0,60}[._])?(?:bash|zsh|sh|psql|mysql|rediscli|python)[-_ ]?history"
    r"|\.env(?:\.\w+)?"
    r"|flyway|flux(?:cd)?|helm|spinnaker|rundeck"
    r"|octopus|pulumi|git(?:-?(?:log|ops|history))?|ci|cd|cron(?:d|tab)?|sudo|audit|apt|dpkg|yum|dnf|systemd"
    r"|changelog|change[-_ ]?(?:log|calendar)s?|releases?|rollouts?|history|tickets?)[-_.0-9]*"
)
_SOFTWARE_NAME = re.compile(
    r"(?i)(?:postgres(?:ql)?|pg|mysqld?|mariadb|mongod?|redis|redis-server|nginx|httpd|apache2?|haproxy"
    r"|envoy|gunicorn|uvicorn|supervisord|rabbitmq|kafka|gc|jvm|node|java|python|varnish(?:d|ncsa|log)?|squid"
    r"|traefik|caddy|memcached|nats(?:-server)?|mosquitto|dnsmasq|unbound|named|bind9?|coredns|chronyd?|ntpd"
    r"|tomcat|catalina|jetty|elasticsearch|opensearch|etcd|sshd|postfix|php(?:-fpm)?|pgbouncer)[-_.0-9]*"
)
_NAME_NOISE = re.compile(
    r"(?i)(?:\.(?:log|txt|out|err|json|jsonl|ndjson|csv|gz|zst|bz2|xz|zip|tar|tgz|\d+))+$"
    r"|[-_.]?\d{4}[-_.]?\d{2}[-_.]?\d{2}[-_\dtz]*"
    r"|[-_. ]logs?[-_. ](?:today|yesterday|now|latest|last|full|tail|old|new|prod|copy)$"
    r"|[-_. ](?:logs?|metrics?|stdout|stderr|errors?|err|out|access|slow)$"
    # What a browser adds to a second one, and what people add to a name: `orders last 10 min`.
    r"|\s?\(\d{1,3}\)$|[-_ ]copy$"
    r"|\s(?:last|first|since|from|around|before|after|until|during|this|today|yesterday)\b.*$|\s+$"
)
_HOST = r"(?P<host>[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+){0,4}-?\d{1,3})"
# A path whose slashes became underscores.
_HOST_AHEAD = re.compile(rf"{_HOST}__(?:(?:var|logs?|etc|home|root|opt|srv|usr|lib)_)*(?=[\w.])")
_HOST_BESIDE = re.compile(rf"(?P<own>.{{1,100}}?)\s?\({_HOST}\)")
_ERLANG_NODE = re.compile(r"^(?:rabbit|ejabberd|emqx|couchdb|riak)@(?=[A-Za-z])")  # and its host
# Ends of names of profiles: formats, and what was measured; of several the number.
_PROFILE_WORDS = re.compile(
    r"(?i)(?:[-_.](?:allocs?|before|after|block|classes|collapsed|contention|cpu|cpuprofile|dump|flame"
    r"|flamegraph|folded|goroutines?|heap|heapprofile|histo|histogram|inuse|jfr|jstack|lock|mutex|pb"
    r"|perf|pprof|prof|profile|pstats|py-?spy|speedscope|stacks?|threads?|trace|wall"
    r"|gz|zst|json|txt|out|log)(?:[-_.]?\d{1,4})?)+$"
)


def preload() -> None:
    """Preload what most files need, before the first of them arrives."""
    from core.evidence.signatures import literals  # noqa: PLC0415 - see above

    extractors()
    literals()


def extract(
    original: Original,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: ArtifactStore = NO_ARTIFACTS,
) -> Extraction:
    """Extract all findings of the file that people call `name`.

    service: the service that owns the file, where a person named it. shelf: where derived artifacts
    are stored. `problem` of the result says what of the file could not be read and which extractor
    failed on it; the next best one was used then. Of compressed data that is damaged, only what is
    beyond doubt is read. Raises UnreadableEvidence where that is nothing, and where the content
    contradicts the detected format.
    """
    watched = _verified(original)
    claimed = collect_claims(_read_head(watched, name), extractors())
    for problem in claimed.problems:
        watched.tell(problem)
    clean = cache(lambda text: redactor.clean(text).text)
    owner = clean(service) if service else None
    attempt = _FileExtraction(watched, clean(name), owner, redactor, shelf)
    extraction = next(filter(None, map(attempt.extract_as, claimed.claims)))
    if extraction.extractor == _TEXT and extraction.data_type in _MEASURED:
        watched.tell(say.raw("as_text_only"))
    problems = filter(None, (extraction.problem, *watched.problems))
    return replace(
        extraction,
        findings=tuple(_clean_finding(finding, clean) for finding in extraction.findings),
        service=clean(extraction.service) if extraction.service else None,
        problem=clean("; ".join(problems)) or None,
    )


def _clean_finding(finding: Finding, clean: Callable[[str], str]) -> Finding:
    """Redact names and values beside the text, which extractors take from the file as they are."""
    return replace(
        finding,
        service=clean(finding.service) if finding.service else None,
        data={
            name: clean(value) if isinstance(value, str) else value
            for name, value in finding.data.items()
        },
    )


@dataclass(frozen=True)
class _FileExtraction:
    """The extraction of one file, tried with one claim after the other."""

    original: WatchedOriginal
    name: str
    service: str | None
    redactor: Redactor
    shelf: ArtifactStore

    def extract_as(self, detected: Detected) -> Extraction | None:
        """Extract with the extractor of this claim; None where a third-party extractor failed."""
        chosen = next(
            (extractor for extractor in extractors() if extractor.name == detected.extractor), None
        )
        if chosen is None:
            return self._of_archive(detected) or _extraction_without_content(
                detected, self.original.size
            )
        try:
            return self._read_by(chosen, detected)
        except UnreadableEvidence as error:
            if not isinstance(chosen, Plugin):
                raise
            self.original.tell(str(error))
            return None

    def _of_archive(self, detected: Detected) -> Extraction | None:
        """Its members; None for what is no archive, or one of a kind that is not unpacked."""
        if detected.data_type is not DataType.ARCHIVE or self.shelf.rendition is None:
            return None
        # Whoever asks for a name of this module need not load every extractor.
        from core.evidence.extractors.image import reads_pictures  # noqa: PLC0415

        bounds = BOUNDS if reads_pictures(extractors()) else WITHOUT_PICTURES
        unpacked = unpack_archive(
            self.original, name=self.name, rendition=self.shelf.rendition, bounds=bounds
        )
        if unpacked is None:
            return None
        return Extraction(
            data_type=DataType.ARCHIVE,
            extractor=UNPACKER if unpacked.members else NO_EXTRACTOR,
            confidence=detected.confidence,
            events=len(unpacked.members),
            lines=0,
            size=self.original.size,
            members=tuple(map(self._owned, unpacked.members)),
            problem=unpacked.problem or self._emptiness(unpacked.members),
            reason=detected.reason,
        )

    def _emptiness(self, members: tuple[UnpackedMember, ...]) -> str | None:
        """That nothing is in it, where nothing kept its members from being read."""
        return None if members or self.original.problems else say.raw("empty_archive")

    def _owned(self, member: UnpackedMember) -> UnpackedMember:
        """Of the archive's service, unless its own path says whose it is."""
        is_known = member.service or service_from_name(member.path)
        return member if is_known else replace(member, service=self.service)

    def _read_by(self, chosen: Extractor, detected: Detected) -> Extraction:
        service = self.service
        if service is None and detected.data_type in _TYPES_OF_ONE_SERVICE:
            is_profile = detected.data_type is DataType.PROFILE
            service = service_from_name(_without_profile(self.name) if is_profile else self.name)
        text, is_rendition = self._text_for(chosen)
        exhibit = Exhibit(
            original=text,
            name=self.name,
            service=service,
            detected=detected,
            redactor=self.redactor,
            table=open_table(self.shelf.table, key=self.redactor.derive("identifiers")),
            rendition=self.shelf.rendition,
        )
        extraction = _with_document_changes(chosen.extract(exhibit), exhibit)
        extraction = chosen.enrich(extraction, exhibit)
        return replace(
            extraction,
            findings=(*with_deeds(extraction.findings), *_identifiers(exhibit, extraction)),
            decoded=is_rendition or extraction.decoded,
            reason=detected.reason,
        )

    def _text_for(self, chosen: Extractor) -> tuple[Original, bool]:
        """The text, and whether it is a rendition; of a picture its bytes, as they are."""
        if chosen.name == _IMAGE:
            return self.original, False
        return _text_and_rendition(self.original, self.shelf)


def _with_document_changes(extraction: Extraction, exhibit: Exhibit) -> Extraction:
    """With the changes among the events of a JSON document, which no reader of lines sees."""
    lined = [finding for finding in extraction.findings if _is_logged_change(finding)]
    if extraction.data_type not in _LISTS_EVENTS or any(change.first for change in lined):
        return extraction
    opening = read_head(exhibit.original, _HEAD_OF_DOCUMENT).lstrip()[:1]
    if opening not in {b"[", b"{"} or (opening == b"{" and _is_of_lines(extraction)):
        return extraction
    from core.evidence.logs.event_documents import document_changes  # noqa: PLC0415 - few are such

    changes = document_changes(exhibit)
    if not changes:
        return extraction
    times = [change.first for change in changes if change.first]
    short = [change for change in changes if _spans(change) <= _LINES_OF_EVENT]
    others = (
        each
        for each in extraction.findings
        if not (_is_logged_change(each) or any(_is_within(each, event) for event in short))
    )
    return replace(
        extraction,
        findings=(*changes, *others),
        first=extraction.first or min(times, default=None),
        last=extraction.last or max(times, default=None),
    )


def _is_of_lines(extraction: Extraction) -> bool:
    """Whether records of a line each were read, dated: then no second reading shows more."""
    return extraction.first is not None and 1 < extraction.lines < 2 * extraction.events


def _is_change(finding: Finding) -> bool:
    return finding.kind is FindingKind.CHANGE


def _spans(finding: Finding) -> int:
    return finding.locus.line_end - finding.locus.line_start + 1


def _is_within(finding: Finding, event: Finding) -> bool:
    """Whether it is a setting whose change the event tells."""
    first, last = event.locus.line_start, event.locus.line_end
    return _is_change(finding) and first <= finding.locus.line_start <= last


def _is_logged_change(finding: Finding) -> bool:
    """Not a setting whose values a document states: its events say whose it is, too."""
    if not _is_change(finding):
        return False
    from core.evidence.configuration.changes import is_of_settings  # noqa: PLC0415 - few are such

    return not is_of_settings(finding)


def _identifiers(exhibit: Exhibit, extraction: Extraction) -> list[Finding]:
    """The ids that were seen in the file, to be compared with those of others."""
    identifiers = exhibit.identifiers
    if not identifiers.seen:
        return []
    return [identifiers_finding(identifiers, file=exhibit.name, lines=extraction.lines)]


def _verified(original: Original) -> WatchedOriginal:
    """Raises UnreadableEvidence where it is compressed, and nothing in it is beyond doubt."""
    watched = verified(original)
    if watched.believed == 0:
        message = "; ".join(watched.problems)
        raise UnreadableEvidence(message)
    return watched


def _read_head(original: WatchedOriginal, name: str) -> Head:
    """Read the head of the decoded text, or of the raw file where damage leaves no text."""
    raw = read_head(original, HEAD_BYTES)
    if raw or not original.problems:
        return Head(raw, name)
    with original.open() as file:
        return Head(file.read(HEAD_BYTES), name)


def _extraction_without_content(detected: Detected, size: int) -> Extraction:
    return Extraction(
        data_type=detected.data_type,
        extractor=detected.extractor,
        confidence=detected.confidence,
        events=0,
        lines=0,
        size=size,
        problem=_UNREAD_REASONS[detected.data_type]().text,
        reason=detected.reason,
    )


def _text_and_rendition(original: WatchedOriginal, shelf: ArtifactStore) -> tuple[Original, bool]:
    """The text that loci point into, and whether it is a rendition of the original."""
    if shelf.rendition is None or not is_encoded(original):
        return original, False
    with shelf.rendition.create() as rendition:
        for chunk in read_text(original):
            rendition.write(chunk)
    return replace(original, original=shelf.rendition.original(), believed=None), True


def service_from_name(name: str) -> str | None:
    """The service that a file name points to.

    `checkout` for `checkout.log`, `logs/checkout/app.log` or `checkout-2026-11-17.log.gz`. The name
    of server software is the last resort: `hub-redis/redis-server.log` belongs to hub-redis.
    """
    stems = [_strip_noise(part) for part in reversed(_parts(name))]
    named = [stem for stem in stems if stem and not _GENERIC_NAME.fullmatch(stem)]
    own = [stem for stem in named if names_a_service(stem)]
    return next(iter(own or named), None)


def _parts(name: str) -> list[str]:
    """Its folders and its own name, also where a tool wrote the path into the name.

    `app-2__var_log_syslog` was at the host app-2, and so was `history.log (app-2)`.
    """
    *folders, own = PurePosixPath(name).parts or ("",)
    if beside := _HOST_BESIDE.fullmatch(own):
        return [*folders, beside["host"], beside["own"]]
    if ahead := _HOST_AHEAD.match(own):
        return [*folders, ahead["host"], own[ahead.end() :]]
    return [*folders, own]


def _without_profile(name: str) -> str:
    """A file's name without what says that it is a profile: `checkout` of `checkout.cpu.pb.gz`."""
    parts = (_PROFILE_WORDS.sub("", f".{part}") for part in PurePosixPath(name).parts)
    return "/".join(part.removeprefix(".") for part in parts if part)


def names_a_service(name: str) -> bool:
    """Whether a name says whose it is, not what is in it or which software wrote it."""
    return not (_GENERIC_NAME.fullmatch(name) or _SOFTWARE_NAME.fullmatch(name))


def _strip_noise(part: str) -> str:
    while (shorter := _NAME_NOISE.sub("", part)) != part:
        part = shorter
    return _ERLANG_NODE.sub("", part)
