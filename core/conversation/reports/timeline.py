"""The timeline of a case: alerts, findings and what people did, in order of time."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.cases.events import EventKind
from core.clock import wire_time
from core.conversation.cards.quotes import KINDS, kind_text, told
from core.conversation.reports.case_history import history
from core.evidence.line_quotes import QUOTED
from core.evidence.logs.told_versions import OTHER_VERSION_TOLD
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.timeline import (
    AGREED,
    Clocks,
    ClockSkew,
    EntryKind,
    Onset,
    Timeline,
    TimelineEntry,
    TimelineFile,
    align_clocks,
    describe_skew,
    file_skews,
    find_onset,
    find_signs,
)
from core.investigation.decision import CaseMoment
from core.text.quantities import counted
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from core.alerts.model import Occurrence
    from core.cases.ports import Dossier
    from core.redaction.engine import Redactor

# An error rate covers a span, and a stack trace comes with the line that has the time.
_ENTRY_KINDS = {
    FindingKind.FIRST_ERROR: EntryKind.ERROR,
    FindingKind.SIGNAL: EntryKind.SIGN,
    FindingKind.CHANGE: EntryKind.CHANGE,
    FindingKind.BURST: EntryKind.BURST,
    FindingKind.METRIC: EntryKind.METRIC,
    FindingKind.SPAN: EntryKind.SPAN,
    FindingKind.FIRST_SEEN: EntryKind.NEW,
    FindingKind.VANISHED: EntryKind.GONE,
}
_MAX_PER_KIND = 8  # of one sort in one file
_SIGNS_NAMED = 4
_LABELS = re.compile(r"\{[^{}]{0,1000}\}")
_SERIOUS_LEVELS = frozenset({Level.WARNING, Level.ERROR, Level.FATAL})
ONE_CHANGE = timedelta(minutes=1)  # lines about one restart or deploy come this close together
METRICS = 5  # series of one file
_KIND_ORDER = {kind: place for place, kind in enumerate(KINDS)}
_KINDS_HIDDEN = (FindingKind.TEMPLATE, FindingKind.CALL)
_ORDINARY_LEVELS = (Level.DEBUG, Level.INFO)


def timeline_of(dossier: Dossier, *, redactor: Redactor) -> tuple[CaseMoment, ...]:
    """Everything with a time, oldest first: what machines saw and what people did."""
    entries = whole_timeline(dossier, redactor=redactor).entries
    return tuple(CaseMoment(at=entry.at, text=said(entry), locus=entry.locus) for entry in entries)


def whole_timeline(
    dossier: Dossier,
    *,
    redactor: Redactor,
    kinds: Container[EventKind] = frozenset(EventKind),
) -> Timeline:
    """A case's story, with its onset and what is known of clocks.

    kinds: of the case's own events, those that are told.
    """
    findings = [finding for findings in dossier.findings.values() for finding in findings]
    files = [
        TimelineFile(
            name=file.name.text,
            service=file.service,
            findings=dossier.findings.get(file.id, ()),
            first=file.first,
            onset=file.onset,
        )
        for file in dossier.files
    ]
    clocks = align_clocks(file_skews(findings))
    seen = merge(files, dossier.occurrences, redactor=redactor, clocks=clocks)
    lane = RedactedText.format("people")
    done = [
        TimelineEntry(at=at, told_at=at, sort=EntryKind.PERSON, text=text, lane=lane)
        for at, text in history(
            dossier.events, dossier.texts, dossier.files, redactor=redactor, kinds=kinds
        )
    ]
    return Timeline(
        entries=_sort_entries([*seen.entries, *done]),
        onset=seen.onset,
        skews=seen.skews,
        notes=seen.notes,
    )


def merge(
    files: Sequence[TimelineFile],
    occurrences: Iterable[Occurrence] = (),
    *,
    redactor: Redactor,
    clocks: Clocks = AGREED,
) -> Timeline:
    """What machines saw, oldest first; findings whose file tells no time are left out."""
    entries: list[TimelineEntry] = []
    for occurrence in occurrences:
        entries += _alert_entries(occurrence, redactor=redactor)
    signs = []
    for file in files:
        ahead = clocks.ahead.get(file.name, timedelta())
        entries += _finding_entries(file, ahead, redactor=redactor)
        signs.append(find_signs(file.findings, began=file.first, onset=file.onset, ahead=ahead))
    return Timeline(
        entries=_sort_entries(entries),
        onset=find_onset(signs),
        skews=clocks.skews,
        notes=tuple(_clock_notes(files, clocks.skews, redactor=redactor)),
    )


def said(entry: TimelineEntry) -> RedactedText:
    """Its text, with its own clock's time where that is another."""
    if entry.told_at == entry.at:
        return entry.text
    return RedactedText.format("{text} (its own clock: {at})", text=entry.text, at=entry.told_at)


def onset_said(onset: Onset, *, redactor: Redactor) -> RedactedText:
    """Since when, by which files: `Onset 02:41:07 UTC: 3 of 4 files that tell one agree (…)`."""
    files = RedactedText.join(
        ", ", [redactor.clean(sign.locus.label) for sign in onset.signs[:_SIGNS_NAMED]]
    )
    if onset.of == 1:
        return RedactedText.format("Onset {at}, by {files}", at=onset.at, files=files)
    rest = len(onset.signs) - _SIGNS_NAMED
    more = RedactedText.format(" and {n} more", n=rest) if rest > 0 else RedactedText.EMPTY
    agree = RedactedText.format("agree") if onset.is_agreed else RedactedText.format("says so")
    return RedactedText.format(
        "Onset {at}: {n} of {all} that tell one {agree} ({files}{more})",
        at=onset.at,
        n=len(onset.signs),
        all=counted(onset.of, "file", "files"),
        agree=agree,
        files=files,
        more=more,
    )


def highlights(findings: Iterable[Finding]) -> list[Finding]:
    """The most telling first; of changes close together one, of metrics the greatest shifts."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=_importance):
        if _is_highlight(finding, kept) and not any(
            _says_the_same(finding, other) for other in kept
        ):
            kept.append(finding)
    return kept


def until(timeline: Timeline, moment: datetime | None) -> Timeline:
    """What had happened by a moment."""
    if moment is None:
        return timeline
    entries = tuple(entry for entry in timeline.entries if entry.at <= moment)
    onset = timeline.onset if timeline.onset and timeline.onset.at <= moment else None
    return replace(timeline, entries=entries, onset=onset)


def document(timeline: Timeline, *, redactor: Redactor) -> dict[str, Any]:
    """What `faultmaven timeline --json` prints."""
    onset = timeline.onset
    return {
        "onset": {
            "at": wire_time(onset.at),
            "agreed": onset.is_agreed,
            "files_with_an_onset": onset.of,
            "text": onset_said(onset, redactor=redactor).text,
            "signs": [
                {
                    "at": wire_time(sign.at),
                    "text": sign.text.text,
                    "locus": _locus_document(sign.locus),
                }
                for sign in onset.signs
            ],
        }
        if onset
        else None,
        "clocks": [asdict(skew) for skew in timeline.skews],
        "notes": [note.text for note in timeline.notes],
        "entries": [_entry_document(entry) for entry in timeline.entries],
    }


def _alert_entries(occurrence: Occurrence, *, redactor: Redactor) -> Iterator[TimelineEntry]:
    name = redactor.clean(occurrence.name).line()
    if occurrence.service:
        name = RedactedText.format(
            "{name} ({on})", name=name, on=redactor.clean(occurrence.service).line()
        )
    moments = [
        (
            occurrence.starts_at,
            EntryKind.ALERT,
            RedactedText.format("Alert fired: {name}", name=name),
        )
    ]
    if occurrence.ended_at is not None:
        moments.append(
            (
                occurrence.ended_at,
                EntryKind.ENDED,
                RedactedText.format("Alert ended: {name}", name=name),
            )
        )
    for at, sort, text in moments:
        yield TimelineEntry(
            at=at, told_at=at, sort=sort, text=text, lane=RedactedText.format("alerts")
        )


def _finding_entries(
    file: TimelineFile, ahead: timedelta, *, redactor: Redactor
) -> Iterator[TimelineEntry]:
    counts: Counter[EntryKind] = Counter()
    for finding in _one_span_per_service(highlights(file.findings)):
        sort = _ENTRY_KINDS.get(finding.kind)
        if sort is None or finding.first is None or not _is_listed(finding, sort):
            continue
        counts[sort] += 1
        if counts[sort] <= _MAX_PER_KIND:
            lane = redactor.clean(finding.service or file.service or file.name).line()
            yield _finding_entry(finding, finding.first, sort, lane, ahead)


def _one_span_per_service(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Of a service's spans where the fault enters, else the first: its callers fail with it."""
    entries = {finding.service for finding in findings if finding.data.get("entry")}
    for finding in findings:
        if finding.kind is FindingKind.SPAN and not finding.data.get("entry"):
            if finding.service in entries:
                continue
            entries.add(finding.service)
        yield finding


def _is_listed(finding: Finding, sort: EntryKind) -> bool:
    """What is new or gone is told where it is serious: kinds of lines come and go."""
    return sort not in {EntryKind.NEW, EntryKind.GONE} or finding.level in _SERIOUS_LEVELS


def _finding_entry(
    finding: Finding, at: datetime, sort: EntryKind, lane: RedactedText, ahead: timedelta
) -> TimelineEntry:
    # Times of spans are by one clock already; this is what the span's own clock said.
    ahead_s = finding.data.get("ahead_s")
    told_at = at + timedelta(seconds=ahead_s) if isinstance(ahead_s, float) else at
    text = _metric_text(finding) if sort is EntryKind.METRIC else told(finding, timed=False)
    return TimelineEntry(
        at=at - ahead,
        told_at=told_at,
        sort=sort,
        text=text,
        lane=lane,
        level=finding.level,
        until=finding.last - ahead if finding.last else None,
        count=finding.count,
        locus=finding.locus,
        buckets=finding.buckets,
    )


def _metric_text(finding: Finding) -> RedactedText:
    """`up: 1 → 0` for `up{instance="api:9100"}: 1 → 0`: its lane says whose it is."""
    text = finding.text.line()
    labels = _LABELS.search(text.text)
    if labels is not None:
        rest = text.part(labels.end(), len(text.text))
        text = RedactedText.join("", [text.part(0, labels.start()), rest])
    return RedactedText.format("{kind}: {text}", kind=kind_text(finding), text=text.cut(QUOTED))


def _clock_notes(
    files: Iterable[TimelineFile], skews: Iterable[ClockSkew], *, redactor: Redactor
) -> Iterator[RedactedText]:
    """Of the clocks of files, then of hosts, as spans tell of them."""
    for skew in skews:
        name, other_name = (redactor.clean(name).line() for name in (skew.one, skew.other))
        yield describe_skew(skew, one=name, other=other_name)
    for file in files:
        skew_findings = (finding for finding in file.findings if finding.kind is FindingKind.SKEW)
        yield from (finding.text for finding in skew_findings if "is_bounded" not in finding.data)


def _sort_entries(entries: Iterable[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.at))


def _importance(finding: Finding) -> tuple[int, float, float]:
    began = finding.first.timestamp() if finding.first else math.inf
    return _KIND_ORDER[finding.kind], -_level_shift(finding), began


def _is_highlight(finding: Finding, kept: list[Finding]) -> bool:
    if OTHER_VERSION_TOLD in finding.signals:
        return False  # the line tells of something else, and the version with it
    if finding.kind is FindingKind.METRIC:
        return sum(other.kind is FindingKind.METRIC for other in kept) < METRICS
    if finding.kind is FindingKind.BURST:
        return finding.level not in _ORDINARY_LEVELS
    return not finding.is_digest and finding.kind not in _KINDS_HIDDEN


def _says_the_same(finding: Finding, other: Finding) -> bool:
    if finding.kind is other.kind is FindingKind.CHANGE and finding.first and other.first:
        return finding.text == other.text or abs(finding.first - other.first) < ONE_CHANGE
    return finding.text == other.text


def _level_shift(finding: Finding) -> float:
    """How far a metric's level moved, as a ratio on a logarithmic scale; 0 for other findings."""
    before, after = finding.data.get("before"), finding.data.get("after")
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return 0.0
    low, high = sorted((abs(before), abs(after)))
    return math.inf if low == 0 < high else math.log(high / low) if low else 0.0


def _entry_document(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "at": wire_time(entry.at),
        "told_at": wire_time(entry.told_at),
        "until": wire_time(entry.until) if entry.until else None,
        "kind": entry.sort,
        "level": entry.level,
        "lane": entry.lane.text,
        "text": entry.text.text,
        "count": entry.count,
        "locus": _locus_document(entry.locus),
    }


def _locus_document(locus: Locus | None) -> dict[str, Any] | None:
    if locus is None:
        return None
    return {
        "file": locus.file,
        "line_start": locus.line_start,
        "line_end": locus.line_end,
        "span": locus.span,
        "series": locus.series,
    }
