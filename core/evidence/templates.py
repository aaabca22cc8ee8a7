"""What kinds of lines does a log hold, how often, when, and where is the first of each?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from core.evidence.layout import Layout, learn_layout
from core.evidence.levels import guess_level, of_status, read_level
from core.evidence.lines import read_blocks
from core.evidence.merging import merge_patterns
from core.evidence.model import Level
from core.evidence.tally import Tally

_SAMPLE_LINES = 600


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One distinct masked line: the first line like it, and where that is."""

    example: str
    line: int
    byte_start: int
    byte_end: int
    count: int


@dataclass(frozen=True, kw_only=True)
class Template:
    """One kind of line, with its variants by first line.

    `minutes` counts its lines per minute since 1970 (in steps of `Mined.step`). `start` is False
    for lines that continue a record, such as those of a stack trace.
    """

    pattern: str
    level: Level
    service: str | None
    start: bool
    count: int
    first_line: int
    last_line: int
    first: datetime | None
    last: datetime | None
    minutes: Mapping[int, int]
    variants: tuple[Variant, ...]


@dataclass(frozen=True, kw_only=True)
class Mined:
    """A whole log: its templates by first line, and its totals. `step` is in minutes."""

    templates: tuple[Template, ...]
    layout: Layout
    lines: int
    records: int
    size: int
    step: int
    first: datetime | None
    last: datetime | None


def mine(path: Path, *, reference: datetime, notable: str = "") -> Mined:
    """All templates of a log.

    reference: about when it was written, for times without a year. notable: a pattern (Rust
    syntax) of lines that must not be lost when there are too many kinds of lines.
    """
    tally = Tally(notable)
    layout: Layout | None = None
    for block in read_blocks(path):
        if layout is None:
            layout = learn_layout(_sample(block.lines))
        tally.add(block, layout.read(block.lines, reference=reference))
    return _mined(tally, layout or Layout())


def _sample(lines: pl.Series) -> list[str]:
    """Lines from the start and from all over the first block: starts can be unlike the rest."""
    part = _SAMPLE_LINES // 2
    step = max(1, (len(lines) - part) // part)
    return pl.concat([lines.head(part), lines.slice(part).gather_every(step)]).to_list()


def _mined(tally: Tally, layout: Layout) -> Mined:
    groups = tally.groups().to_dicts()
    minutes: dict[int, dict[int, int]] = defaultdict(dict)
    for key, minute, count in tally.minutes().iter_rows():
        minutes[key][minute] = count
    members: dict[tuple[str, Level, str | None, bool], list[dict[str, Any]]] = defaultdict(list)
    patterns = merge_patterns([group["masked"] for group in groups])
    for group, pattern in zip(groups, patterns, strict=True):
        level = _level(group, layout)
        members[pattern, level, group["service"], group["start"]].append(group)
    templates = [_template(key, found, minutes) for key, found in members.items()]
    first, last = tally.span()
    return Mined(
        templates=tuple(sorted(templates, key=lambda template: template.first_line)),
        layout=layout,
        lines=tally.lines,
        records=tally.records,
        size=tally.size,
        step=tally.step,
        first=_utc(first),
        last=_utc(last),
    )


def _level(group: Mapping[str, Any], layout: Layout) -> Level:
    stated = group["level"]
    if stated is None:
        return guess_level(group["example"])
    if layout.status:
        return of_status(int(stated))
    return read_level(stated) or guess_level(group["example"])


def _template(
    key: tuple[str, Level, str | None, bool],
    found: list[dict[str, Any]],
    minutes: Mapping[int, Mapping[int, int]],
) -> Template:
    pattern, level, service, start = key
    counts: dict[int, int] = defaultdict(int)
    for group in found:
        for minute, count in minutes.get(group["key"], {}).items():
            counts[minute] += count
    found.sort(key=lambda group: int(group["line"]))
    return Template(
        pattern=pattern,
        level=level,
        service=service,
        start=start,
        count=sum(group["count"] for group in found),
        first_line=found[0]["line"],
        last_line=max(group["last_line"] for group in found),
        first=_utc(min((group["first"] for group in found if group["first"]), default=None)),
        last=_utc(max((group["last"] for group in found if group["last"]), default=None)),
        minutes=dict(sorted(counts.items())),
        variants=tuple(_variant(group) for group in found),
    )


def _variant(group: Mapping[str, Any]) -> Variant:
    return Variant(
        example=group["example"],
        line=group["line"],
        byte_start=group["byte_start"],
        byte_end=group["byte_end"],
        count=group["count"],
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
