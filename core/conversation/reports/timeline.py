"""What happened when? Alerts, findings and what people did, on one line of time."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from core.conversation.cards.quotes import KINDS, QUOTED, told
from core.conversation.reports.case_history import history
from core.conversation.reports.highlights import highlights
from core.evidence.model import Finding, FindingKind, Level
from core.evidence.timeline.clocks import AGREED, Clocks, ClockSkew, settle, skews_among, stated
from core.evidence.timeline.model import Entry, Sort, Timeline, Witness
from core.evidence.timeline.onset import Onset, find_onset, signs_of
from core.investigation.model import Moment
from core.text.quantities import counted
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from core.alerts.model import Occurrence
    from core.cases.dossier import Dossier
    from core.redaction.engine import Redactor

# An error rate covers a span, and a stack trace comes with the line that has the time.
_SORTS = {
    FindingKind.FIRST_ERROR: Sort.ERROR,
    FindingKind.SIGNAL: Sort.SIGN,
    FindingKind.CHANGE: Sort.CHANGE,
    FindingKind.BURST: Sort.BURST,
    FindingKind.METRIC: Sort.METRIC,
    FindingKind.SPAN: Sort.SPAN,
    FindingKind.FIRST_SEEN: Sort.NEW,
    FindingKind.VANISHED: Sort.GONE,
}
_MOST = 8  # of one sort in one file
_SIGNS_TOLD = 4
_LABELS = re.compile(r"\{[^{}]{0,1000}\}")
_SERIOUS = frozenset({Level.WARNING, Level.ERROR, Level.FATAL})


def timeline_of(dossier: Dossier, *, redactor: Redactor) -> tuple[Moment, ...]:
    """Everything with a time, oldest first: what machines saw and what people did."""
    entries = whole_timeline(dossier, redactor=redactor).entries
    return tuple(Moment(at=one.at, text=said(one), locus=one.locus) for one in entries)


def whole_timeline(dossier: Dossier, *, redactor: Redactor) -> Timeline:
    """A case's story, with its onset and what is known of clocks."""
    found = [one for findings in dossier.findings.values() for one in findings]
    files = [
        Witness(
            name=file.name.text,
            service=file.service,
            findings=dossier.findings.get(file.id, ()),
            first=file.first,
            onset=file.onset,
        )
        for file in dossier.files
    ]
    clocks = settle(skews_among(found))
    seen = merge(files, dossier.occurrences, redactor=redactor, clocks=clocks)
    lane = Clean.say("people")
    done = [
        Entry(at=at, told_at=at, sort=Sort.PERSON, text=text, lane=lane)
        for at, text in history(dossier.events, dossier.texts, dossier.files, redactor=redactor)
    ]
    return Timeline(
        entries=_in_order([*seen.entries, *done]),
        onset=seen.onset,
        skews=seen.skews,
        notes=seen.notes,
    )


def merge(
    files: Sequence[Witness],
    occurrences: Iterable[Occurrence] = (),
    *,
    redactor: Redactor,
    clocks: Clocks = AGREED,
) -> Timeline:
    """What machines saw, oldest first; findings whose file tells no time are left out."""
    entries: list[Entry] = []
    for one in occurrences:
        entries += _alert(one, redactor=redactor)
    signs = []
    for file in files:
        ahead = clocks.ahead.get(file.name, timedelta())
        entries += _findings(file, ahead, redactor=redactor)
        signs.append(signs_of(file.findings, began=file.first, onset=file.onset, ahead=ahead))
    return Timeline(
        entries=_in_order(entries),
        onset=find_onset(signs),
        skews=clocks.skews,
        notes=tuple(_notes(files, clocks.skews, redactor=redactor)),
    )


def said(one: Entry) -> Clean:
    """Its text, with its own clock's time where that is another."""
    if one.told_at == one.at:
        return one.text
    return Clean.say("{text} (its own clock: {at})", text=one.text, at=one.told_at)


def onset_said(onset: Onset, *, redactor: Redactor) -> Clean:
    """Since when, by which files: `Onset 02:41:07 UTC: 3 of 4 files that tell one agree (…)`."""
    files = Clean.join(", ", [redactor.clean(one.locus.label) for one in onset.signs[:_SIGNS_TOLD]])
    if onset.of == 1:
        return Clean.say("Onset {at}, by {files}", at=onset.at, files=files)
    rest = len(onset.signs) - _SIGNS_TOLD
    more = Clean.say(" and {n} more", n=rest) if rest > 0 else Clean.EMPTY
    agree = Clean.say("agree") if onset.is_agreed else Clean.say("says so")
    return Clean.say(
        "Onset {at}: {n} of {all} that tell one {agree} ({files}{more})",
        at=onset.at,
        n=len(onset.signs),
        all=counted(onset.of, "file", "files"),
        agree=agree,
        files=files,
        more=more,
    )


def _alert(one: Occurrence, *, redactor: Redactor) -> Iterator[Entry]:
    name = redactor.clean(one.name).line()
    if one.service:
        name = Clean.say("{name} ({on})", name=name, on=redactor.clean(one.service).line())
    moments = [(one.starts_at, Sort.ALERT, Clean.say("Alert fired: {name}", name=name))]
    if one.ended_at is not None:
        moments.append((one.ended_at, Sort.ENDED, Clean.say("Alert ended: {name}", name=name)))
    for at, sort, text in moments:
        yield Entry(at=at, told_at=at, sort=sort, text=text, lane=Clean.say("alerts"))


def _findings(file: Witness, ahead: timedelta, *, redactor: Redactor) -> Iterator[Entry]:
    counts: Counter[Sort] = Counter()
    for one in _with_one_span_each(highlights(file.findings)):
        sort = _SORTS.get(one.kind)
        if sort is None or one.first is None or not _is_told(one, sort):
            continue
        counts[sort] += 1
        if counts[sort] <= _MOST:
            lane = redactor.clean(one.service or file.service or file.name).line()
            yield _entry(one, one.first, sort, lane, ahead)


def _with_one_span_each(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Of a service's spans where the fault enters, else the first: its callers fail with it."""
    entries = {one.service for one in findings if one.data.get("entry")}
    for one in findings:
        if one.kind is FindingKind.SPAN and not one.data.get("entry"):
            if one.service in entries:
                continue
            entries.add(one.service)
        yield one


def _is_told(one: Finding, sort: Sort) -> bool:
    """What is new or gone is told where it is serious: kinds of lines come and go."""
    return sort not in {Sort.NEW, Sort.GONE} or one.level in _SERIOUS


def _entry(one: Finding, at: datetime, sort: Sort, lane: Clean, ahead: timedelta) -> Entry:
    # Times of spans are by one clock already; this is what the span's own clock said.
    own = one.data.get("ahead_s")
    told_at = at + timedelta(seconds=own) if isinstance(own, float) else at
    text = _metric(one) if sort is Sort.METRIC else told(one, timed=False)
    return Entry(
        at=at - ahead,
        told_at=told_at,
        sort=sort,
        text=text,
        lane=lane,
        level=one.level,
        until=one.last - ahead if one.last else None,
        count=one.count,
        locus=one.locus,
        buckets=one.buckets,
    )


def _metric(one: Finding) -> Clean:
    """`up: 1 → 0` for `up{instance="api:9100"}: 1 → 0`: its lane says whose it is."""
    text = one.text.line()
    labels = _LABELS.search(text.text)
    if labels is not None:
        rest = text.part(labels.end(), len(text.text))
        text = Clean.join("", [text.part(0, labels.start()), rest])
    return Clean.say("{kind}: {text}", kind=KINDS[one.kind], text=text.cut(QUOTED))


def _notes(
    files: Iterable[Witness], skews: Iterable[ClockSkew], *, redactor: Redactor
) -> Iterator[Clean]:
    """Of the clocks of files, then of hosts, as spans tell of them."""
    for skew in skews:
        one, other = (redactor.clean(name).line() for name in (skew.one, skew.other))
        yield stated(skew, one=one, other=other)
    for file in files:
        found = (one for one in file.findings if one.kind is FindingKind.SKEW)
        yield from (one.text for one in found if "is_bounded" not in one.data)


def _in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.at))
