"""What does a new file say of the clocks of those that the case has? By the ids they share."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from core.evidence.timeline.clocks import finding_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.evidence.events.table import Table
    from core.evidence.model import EvidenceFile, Extraction
    from core.evidence.timeline.clocks import ClockSkew
    from core.workflows.services import Services

MAX_FILES = 50  # that a new one is compared with: the newest


async def compared(file: EvidenceFile, extraction: Extraction, *, services: Services) -> Extraction:
    """With a finding for each file whose clock differs. Not to be called inside a unit of work."""
    from core.evidence.events.sources import sources_of  # noqa: PLC0415 - loads polars

    table = await _table_of(file, services=services)
    if table is None:
        return extraction
    told = (await sources_of(file.case_id, services=services)).told
    # Two files of one name (pasted lines) could not be told apart in what is stated.
    others = {one.file.name.text: one.source.table for one in told[-MAX_FILES:]}
    others.pop(file.name.text, None)
    skews = await asyncio.to_thread(_skews, file.name.text, table, others)
    redactor = services.redactor(file.case_id)
    found = [
        finding_of(one, one=redactor.clean(one.one), other=redactor.clean(one.other))
        for one in skews
    ]
    return replace(extraction, findings=(*extraction.findings, *found))


async def _table_of(file: EvidenceFile, *, services: Services) -> Table | None:
    """Of a file that was just read, and is not noted as such yet."""
    from core.evidence.events.table import read_table  # noqa: PLC0415 - loads polars

    shelf = await services.files.shelf(
        file.tenant_id, file.blob, case_id=file.case_id, file_id=file.id
    )
    key = services.redactor(file.case_id).derive("identifiers")
    return await asyncio.to_thread(read_table, shelf.table, key=key)


def _skews(name: str, table: Table, others: Mapping[str, Table]) -> list[ClockSkew]:
    from core.evidence.timeline.skew import compare_with, seen_in  # noqa: PLC0415 - loads polars

    own = seen_in(table)
    if own.is_empty():
        return []
    return compare_with(name, own, {other: seen_in(one) for other, one in others.items()})
