"""The kinds of lines that a log holds: how often, when, and where the first of each is.

What a logger calls an error is one half of it, what the line says the other: a fatal "failed to
open" is more of an alert than a fatal "register: 0x00".
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import polars as pl

from core.evidence.lines import Block, read_blocks
from core.evidence.logs.date_stamps import DateStamps
from core.evidence.logs.layout import Layout, learn_layout
from core.evidence.logs.levels import guess_level, level_of_status, read_level
from core.evidence.logs.template_counts import TemplateCounts, began_in_earnest, mask_block
from core.evidence.logs.template_merger import merge_patterns
from core.evidence.model import Level, Original

_SAMPLE_LINES = 600
_READERS = 2
_RAISED = re.compile(r"(?:Error|Exception|Throwable)\b|\b(?:Caused by|panic|fatal|error)\b:?")
_TAGS = frozenset({"STATEMENT"})  # PostgreSQL's, where others have the level


Labels = tuple[str, ...]
_Minute = tuple[int, datetime]  # lines, and when the first of them came


@dataclass(frozen=True, kw_only=True)
class Template:
    """One kind of line, with its first line as example and where that is.

    `minutes` counts its lines per minute since 1970 (in steps of `MinedLog.step`); `earnest` is
    when it began in earnest, if a few came long before (`began_in_earnest`). `start` is False for
    lines that continue a record, such as those of a stack trace.
    """

    pattern: str
    level: Level
    service: str | None
    start: bool
    labels: Labels
    example: str
    line: int
    last_line: int
    byte_start: int
    byte_end: int
    count: int
    first: datetime | None
    last: datetime | None
    minutes: Mapping[int, int]
    earnest: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MinedLog:
    """A whole log: its templates by first line, and its totals. `step` is in minutes.

    `places` says for each line which of `templates` it is like; empty unless asked for. `kinds`
    says that of each key that `watch` was shown.
    """

    templates: tuple[Template, ...]
    lines: int
    records: int
    size: int
    step: int
    first: datetime | None
    last: datetime | None
    places: tuple[int, ...] = ()
    kinds: Mapping[int, int] = field(default_factory=dict)


def _no_labels(lines: Sequence[tuple[str, Level | None]]) -> list[Labels]:
    return [()] * len(lines)


def _look_away(block: Block, columns: pl.DataFrame) -> None:
    """Nothing else is to be seen."""


def mine_templates(
    original: Original,
    *,
    reference: datetime,
    owner: str | None = None,
    notable: Sequence[str] = (),
    label: Callable[[Sequence[tuple[str, Level | None]]], list[Labels]] = _no_labels,
    watch: Callable[[Block, pl.DataFrame], None] = _look_away,
    keep_places: bool = False,
) -> MinedLog:
    """All templates of a log.

    reference: about when it was written, for times without a year. owner: the service that the
    file's name or a person names. notable: words (in lower case)
    of lines that must not be lost when there are too many kinds of lines. label: names what
    lines (each with the level it states) are known for; lines with different labels are
    different templates. watch: is shown every block with its columns (see
    `Layout.read`), for what else is to be seen in one reading.
    """
    tally = TemplateCounts(notable, keep_lines=keep_places)
    blocks = read_blocks(original)
    first = next(blocks, None)
    layout = learn_layout(_sample(first.lines) if first else [], owner=owner)
    stamps = DateStamps(reference) if layout.tells_clock_alone else None

    def read(block: Block) -> pl.DataFrame:
        return mask_block(block, layout.read(block.lines, reference=reference), notable)

    for block, masked in _read_ahead(chain([first] if first else [], blocks), read):
        columns = stamps.date(block.lines, masked) if stamps else masked
        watch(block, columns)
        tally.add(block, columns)
    return _mined(tally, layout, label)


def _read_ahead(
    blocks: Iterable[Block], read: Callable[[Block], pl.DataFrame]
) -> Iterator[tuple[Block, pl.DataFrame]]:
    """Each block with its columns, in order; a few are read by threads while others are counted.

    polars lets go of the interpreter while it works, so threads are enough. A lone block is read
    by the caller: a new thread compiles every expression again.
    """
    following = iter(blocks)
    first, second = next(following, None), next(following, None)
    if first is not None and second is None:
        yield first, read(first)
        return
    blocks = chain(filter(None, (first, second)), following)
    waiting: deque[tuple[Block, Future[pl.DataFrame]]] = deque()
    with ThreadPoolExecutor(_READERS) as readers:
        for block in blocks:
            waiting.append((block, readers.submit(read, block)))
            if len(waiting) > _READERS:
                ready, columns = waiting.popleft()
                yield ready, columns.result()
        for ready, columns in waiting:
            yield ready, columns.result()


def _sample(lines: pl.Series) -> list[str]:
    """Lines from the start and from all over the first block: starts can be unlike the rest."""
    part = _SAMPLE_LINES // 2
    if len(lines) <= part:
        return lines.to_list()
    step = max(1, (len(lines) - part) // part)
    return pl.concat([lines.head(part), lines.slice(part).gather_every(step)]).to_list()


def _mined(
    tally: TemplateCounts,
    layout: Layout,
    label: Callable[[Sequence[tuple[str, Level | None]]], list[Labels]],
) -> MinedLog:
    kinds = tally.kinds().to_dicts()
    for kind in kinds:
        kind["says"] = layout.message_text(kind["example"])
        kind["masked"] = _tagged(kind)
        kind["stated"] = _stated_level(kind["level"], layout)
        kind["level"] = kind["stated"] or _level_told(kind)
    labels = label([(kind["says"], kind["stated"]) for kind in kinds])
    patterns = merge_patterns([kind["masked"] for kind in kinds])
    members: dict[tuple[str, Level, str | None, bool, Labels], list[dict[str, Any]]] = defaultdict(
        list
    )
    for kind, pattern, known in zip(kinds, patterns, labels, strict=True):
        members[pattern, kind["level"], kind["service"], kind["start"], known].append(kind)
    minutes = _minutes(tally)
    templates = [_template(key, kinds, minutes, tally.step) for key, kinds in members.items()]
    place = {kind["key"]: n for n, kinds in enumerate(members.values()) for kind in kinds}
    first, last = tally.span()
    return MinedLog(
        templates=tuple(templates),
        lines=tally.lines,
        records=tally.records,
        size=tally.size,
        step=tally.step,
        first=_utc(first),
        last=_utc(last),
        places=tuple(place[key] for key in tally.line_keys()),
        kinds=place | {old: place[key] for old, key in tally.keys().items() if key in place},
    )


def _level_told(kind: Mapping[str, Any]) -> Level:
    """By its words. A line that goes on in another one is part of what that says, or of a trace."""
    goes_on = not kind["start"] and kind["example"][:1].isspace()
    is_part = goes_on and not _RAISED.search(kind["example"])
    return Level.INFO if is_part else guess_level(kind["says"])


def _tagged(kind: Mapping[str, Any]) -> str:
    """What a kind says, with the tag that says more of it than its level."""
    tag = str(kind["level"] or "").upper()
    return f"{tag}: {kind['masked']}" if tag in _TAGS else kind["masked"]


def _minutes(tally: TemplateCounts) -> dict[int, dict[int, _Minute]]:
    minutes: dict[int, dict[int, _Minute]] = defaultdict(dict)
    for key, minute, count, first in tally.minutes().iter_rows():
        minutes[key][minute] = count, first
    return minutes


def _stated_level(spelled: str | None, layout: Layout) -> Level | None:
    if spelled is None:
        return None
    is_status = layout.status and spelled.isdecimal()
    return level_of_status(int(spelled)) if is_status else read_level(spelled)


def _template(
    key: tuple[str, Level, str | None, bool, Labels],
    kinds: list[dict[str, Any]],
    minutes: Mapping[int, Mapping[int, _Minute]],
    step: int,
) -> Template:
    """`found` are its kinds by first line: the first one's example is the template's."""
    pattern, level, service, start, labels = key
    counted: dict[int, _Minute] = {}
    for kind in kinds:
        for minute, (count, first) in minutes.get(kind["key"], {}).items():
            known, since = counted.get(minute, (0, first))
            counted[minute] = known + count, min(first, since)
    return Template(
        pattern=pattern,
        level=level,
        service=service,
        start=start,
        labels=labels,
        example=kinds[0]["example"],
        line=kinds[0]["line"],
        last_line=max(kind["last_line"] for kind in kinds),
        byte_start=kinds[0]["byte_start"],
        byte_end=kinds[0]["byte_end"],
        count=sum(kind["count"] for kind in kinds),
        first=_utc(min((kind["first"] for kind in kinds if kind["first"]), default=None)),
        last=_utc(max((kind["last"] for kind in kinds if kind["last"]), default=None)),
        minutes={minute: counted[minute][0] for minute in sorted(counted)},
        earnest=_utc(began_in_earnest(counted, step=step)),
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


RANK = {level: rank for rank, level in enumerate(Level)}
SERIOUS = frozenset({Level.ERROR, Level.FATAL})
_KNOWN = 2  # weight of being known to a failure signature


def prominence(template: Template) -> int:
    """More is more of an alert."""
    guessed = guess_level(template.pattern)
    return 2 * RANK[template.level] + RANK[guessed] + _KNOWN * bool(template.labels)


def is_alert(template: Template) -> bool:
    """Serious by its level, or known for a failure."""
    return template.level in SERIOUS or bool(template.labels)


def prominence_key(template: Template) -> tuple[int, int, int]:
    """Sorts templates: alerts first, of equal ones the commoner, then the earlier."""
    return -prominence(template), -template.count, template.line
