"""Whether the clock of a file that was just read agrees with those of the case's other files."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import NotFound
from core.evidence.timeline import ClockSkew, skew_finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from core.evidence.events.table import StoredEvents
    from core.evidence.model import EvidenceFile, Extraction
    from core.workflows.services import Services

MAX_FILES = 50  # that a new one is compared with: the newest
LEAST_EVENTS = 8  # of a file whose clock is compared: fewer share too few ids with any other


async def with_clocks_compared(
    file: EvidenceFile, extraction: Extraction, *, services: Services
) -> Extraction:
    """With a finding for each file whose clock differs. Not to be called inside a unit of work."""
    if extraction.events < LEAST_EVENTS:
        return extraction
    own = await _id_spans(file, services=services)
    services.id_spans.keep((file.id, extraction.events, extraction.first, extraction.last), own)
    if own is None:  # nothing to compare: no other table is opened
        return extraction
    async with services.reading() as unit:
        others = await unit.files.newest_read(file.case_id, most=MAX_FILES)
    # Two files of one name (pasted lines) could not be told apart in what is stated.
    spans = {
        other.name.text: other_spans
        for other in reversed(others)
        if other.name.text != file.name.text
        if (other_spans := await _recent_id_spans(other, services=services)) is not None
    }
    skews = await asyncio.to_thread(_skews, file.name.text, own, spans)
    redactor = services.redactor(file.case_id)
    of_skews = [
        skew_finding(skew, one=redactor.clean(skew.one), other=redactor.clean(skew.other))
        for skew in skews
    ]
    return replace(extraction, findings=(*extraction.findings, *of_skews))


async def _recent_id_spans(file: EvidenceFile, *, services: Services) -> pl.DataFrame | None:
    """Of a file that was noted as read; None where nothing of it is kept, or it has too few ids."""
    if not file.is_kept:
        return None
    key = (file.id, file.events, file.first, file.last)
    if key not in services.id_spans:
        services.id_spans.keep(key, spans := await _id_spans(file, services=services))
        return spans
    return services.id_spans[key]


async def _id_spans(file: EvidenceFile, *, services: Services) -> pl.DataFrame | None:
    table = await _table_of(file, services=services)
    return None if table is None else await asyncio.to_thread(_seen_in, table)


async def _table_of(file: EvidenceFile, *, services: Services) -> StoredEvents | None:
    """Of a file that was read, noted or not yet; None where it has too few ids to compare."""
    from core.evidence.events.table import read_table  # noqa: PLC0415 - loads polars

    try:
        shelf = await services.files.shelf(file.blob, case_id=file.case_id, file_id=file.id)
    except NotFound:  # let go of meanwhile
        return None
    key = services.redactor(file.case_id).derive("identifiers")
    table = await asyncio.to_thread(read_table, shelf.table, key=key)
    if table is None or not table.most_ids:
        return None
    from core.evidence.skew import LEAST_IDS  # noqa: PLC0415 - few files get here

    return table if table.rows * table.most_ids >= LEAST_IDS else None


def _seen_in(table: StoredEvents) -> pl.DataFrame | None:
    """None for a damaged table: another file is read all the same."""
    from core.evidence.events.damage import UNREADABLE  # noqa: PLC0415 - loads polars
    from core.evidence.skew import id_spans  # noqa: PLC0415 - loads polars

    try:
        return id_spans(table)
    except UNREADABLE:
        return None


def _skews(name: str, own: pl.DataFrame, others: Mapping[str, pl.DataFrame]) -> list[ClockSkew]:
    from core.evidence.skew import compare_with  # noqa: PLC0415 - loads polars

    return compare_with(name, own, others)
