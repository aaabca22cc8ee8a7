"""A timeline as scripts read it, of a case or of files."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from core.cases.dossier import gather
from core.clock import wire_time
from core.conversation.reports.timeline import onset_said, whole_timeline

if TYPE_CHECKING:
    from datetime import datetime

    from core.evidence.model import Locus
    from core.evidence.timeline.model import Entry, Timeline
    from core.redaction.engine import Redactor
    from core.workflows.services import Services


async def case_timeline(number: int, *, services: Services) -> tuple[Timeline, Redactor]:
    """Of the case with this number. Raises NotFound."""
    async with services.store.reading() as unit:
        case = await unit.cases.by_number(services.rules.tenant_id, number)
        dossier = await gather(unit, case.id)
    redactor = services.redactor(case.id)
    return whole_timeline(dossier, redactor=redactor), redactor


def until(timeline: Timeline, moment: datetime | None) -> Timeline:
    """What had happened by a moment."""
    if moment is None:
        return timeline
    entries = tuple(one for one in timeline.entries if one.at <= moment)
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
                {"at": wire_time(one.at), "text": one.text.text, "locus": _locus(one.locus)}
                for one in onset.signs
            ],
        }
        if onset
        else None,
        "clocks": [asdict(skew) for skew in timeline.skews],
        "notes": [note.text for note in timeline.notes],
        "entries": [_entry(one) for one in timeline.entries],
    }


def _entry(one: Entry) -> dict[str, Any]:
    return {
        "at": wire_time(one.at),
        "told_at": wire_time(one.told_at),
        "until": wire_time(one.until) if one.until else None,
        "kind": one.sort,
        "level": one.level,
        "lane": one.lane.text,
        "text": one.text.text,
        "count": one.count,
        "locus": _locus(one.locus),
    }


def _locus(locus: Locus | None) -> dict[str, Any] | None:
    if locus is None:
        return None
    return {
        "file": locus.file,
        "line_start": locus.line_start,
        "line_end": locus.line_end,
        "span": locus.span,
        "series": locus.series,
    }
