"""How does a case's story look in chat? The newest of what matters; the whole is folded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.conversation.cards.card import Card, Mark, Row
from core.conversation.reports.timeline import onset_said, said
from core.evidence.events.window import settle
from core.evidence.timeline.model import Sort
from core.text import quantities
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from core.cases.model import Case
    from core.evidence.events.window import Window
    from core.evidence.timeline.model import Entry, Timeline
    from core.redaction.engine import Redactor

FEW = 12  # entries that are shown as they are
SHOWN = 8  # of more than that, on the card itself
MOST = 200  # folded
_OF_PEOPLE = 3  # of these, where there is more that machines saw
LINE = 120  # characters of one of them
_OUTSIDE = 3  # entries told where none is in the window
# Series, spans and lines that come and go tell their part where nothing plainer does.
_PLAIN = frozenset({Sort.ALERT, Sort.ENDED, Sort.CHANGE, Sort.ERROR, Sort.SIGN, Sort.BURST})


def timeline_card(
    case: Case,
    timeline: Timeline,
    *,
    window: Window | None = None,
    now: datetime,
    redactor: Redactor,
) -> Card:
    """Onset and clocks, then the newest entries; folded, all of them, oldest first.

    window: of which time.
    """
    entries = _within(timeline.entries, window, now)
    shown = entries if len(entries) <= FEW else telling(entries)
    days = len({one.at.date() for one in [*entries, *timeline.entries[-1:]]}) > 1
    rows = [Row(text=_head(case, timeline, entries, now), strong=True)]
    if entries and timeline.onset is not None:
        rows.append(Row(text=onset_said(timeline.onset, redactor=redactor)))
    rows += [Row(text=note) for note in timeline.notes if entries]
    told = shown or timeline.entries[-_OUTSIDE:]
    rows += [_row(one, days=days) for one in told]
    folded = len(entries) > len(shown)
    return Card(
        key=f"timeline:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        fold=tuple(_whole(entries, days=days)) if folded else (),
        case_number=case.number,
    )


def telling(entries: Sequence[Entry], *, most: int = SHOWN) -> list[Entry]:
    """The newest that matter, in their order: of machines, of people, then of what is left."""
    people = [one for one in entries if one.sort is Sort.PERSON]
    plain = [one for one in entries if one.sort in _PLAIN]
    others = [one for one in entries if one.sort is not Sort.PERSON and one.sort not in _PLAIN]
    wanted = [people[-_OF_PEOPLE:], plain, people[:-_OF_PEOPLE], others]
    chosen: list[Entry] = []
    for those in wanted:
        left = most - len(chosen)
        chosen += those[-left:] if left else []
    return sorted(chosen, key=lambda one: one.at)


def _within(entries: Sequence[Entry], window: Window | None, now: datetime) -> tuple[Entry, ...]:
    """Times are counted from what machines saw last, as in look-ups; files may be of last week."""
    if window is None or not entries:
        return tuple(entries)
    seen = [one.at for one in entries if one.sort is not Sort.PERSON]
    settled = settle(window, at=None, first=entries[0].at, newest=max(seen, default=now))
    return tuple(one for one in entries if settled.holds(one.at))


def _head(case: Case, timeline: Timeline, entries: Sequence[Entry], now: datetime) -> Clean:
    if not timeline.entries:
        said = "{tag} timeline: nothing yet tells a time. Drop a log here"
        return Clean.say(said, tag=case.tag)
    if not entries:
        said = "{tag} timeline: nothing happened in that time. The newest:"
        return Clean.say(said, tag=case.tag)
    return Clean.say(
        "{tag} timeline, {n} from {first} to {last}",
        tag=case.tag,
        n=quantities.counted(len(entries), "entry", "entries"),
        first=quantities.clock(entries[0].at, now),
        last=quantities.clock(entries[-1].at, now),
    )


def _row(one: Entry, *, days: bool) -> Row:
    at = Clean.at(one.at, "%d %b %H:%M:%S" if days else "%H:%M:%S")
    text = Clean.say("{at} {text}", at=at, text=said(one).line().cut(LINE))
    return Row(text=text, citation=one.locus.label if one.locus else None)


def _whole(entries: Sequence[Entry], *, days: bool) -> Iterator[Row]:
    """All of them, or the newest, each with its lane."""
    told = entries[-MOST:]
    head = Clean.say("All of it, oldest first")
    if len(entries) > len(told):
        left = len(entries) - len(told)
        head = Clean.say(
            "The newest {n}, oldest first; `report` has {left} more", n=MOST, left=left
        )
    yield Row(text=head, strong=True)
    for one in told:
        row = _row(one, days=days)
        yield replace(row, text=Clean.say("{text} · {lane}", text=row.text, lane=one.lane.line()))
