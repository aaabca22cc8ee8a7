"""Versions that the lines of a log tell all the time: another one since some line is a change.

A service writes its version into each record, or that of the interface it talks to:
`apiVersion=2026-05-01`. A release shows there, and a partner's, which nobody here records.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.lines import Block

OTHER_VERSION_TOLD = "other_version_told"
_WORD = "ersion"
_FIELD = (
    r"(?:^|[\s\"'{,;|\[(])((?:[A-Za-z]{2,20}[_.-]?)?[Vv]ersion)\\?[\"']?\s?[=:]\s?\\?[\"']?"
    r"(v?\d[\w.+-]{0,39})"
)
_MOST_SORTS, _MOST_VERSIONS = 200, 4
_LEAST_BEFORE, _LEAST_SINCE = 5, 3  # lines that tell it

Version = tuple[str, str, str]  # whose, of what, and which


@dataclass
class _Lines:
    """Those that tell one version, by their numbers in the log."""

    count: int
    first: int
    last: int


@dataclass
class ToldVersions:
    """Sees the blocks of a log in order."""

    _told: dict[tuple[str, str], dict[str, _Lines]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def new_in(self, block: Block, columns: pl.DataFrame) -> Iterator[tuple[int, Version]]:
        """The first row of each version that no earlier block told."""
        hits = block.lines.str.contains(_WORD, literal=True).fill_null(value=False).arg_true()
        if not len(hits):
            return
        lines, services = block.lines.gather(hits), columns["service"].gather(hits)
        fields = lines.str.extract_groups(_FIELD).struct.unnest()
        versions = fields.with_columns(
            row=hits.cast(pl.Int64), service=services.cast(pl.String).fill_null("")
        ).drop_nulls("2")
        by_version = versions.group_by("service", "1", "2").agg(
            pl.len(), first=pl.col("row").min(), last=pl.col("row").max()
        )
        for service, name, version, count, first, last in by_version.sort("first").iter_rows():
            seen = _Lines(count, block.number + first, block.number + last)
            if self._is_new((service, name), version, seen):
                yield first, (service, name, version)

    def _is_new(self, sort: tuple[str, str], version: str, seen: _Lines) -> bool:
        if sort not in self._told and len(self._told) >= _MOST_SORTS:
            return False
        versions = self._told[sort]
        if (known := versions.get(version)) is not None:
            versions[version] = _Lines(known.count + seen.count, known.first, seen.last)
            return False
        if len(versions) > _MOST_VERSIONS:
            return False
        versions[version] = seen
        return True

    def replaced(self) -> Iterator[Version]:
        """Those that all lines tell from some line on, where all before it told another."""
        for (service, name), versions in self._told.items():
            if len(versions) != 2:  # noqa: PLR2004 - one, and then another
                continue
            (_, before), (version, since) = sorted(versions.items(), key=lambda each: each[1].first)
            is_lasting = before.count >= _LEAST_BEFORE and since.count >= _LEAST_SINCE
            if is_lasting and before.last < since.first:
                yield service, name, version
