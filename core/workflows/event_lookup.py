"""The way to a case's events from where people are answered, away from the loop that answers.

What reads tables loads polars, which takes a moment: it is imported when somebody first asks, in a
thread, and so are the tables read. polars lets go of the interpreter while it works.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.evidence.events.asking import Answered, Shared
    from core.evidence.events.sought import Sought
    from core.evidence.events.sources import CaseSources
    from core.evidence.model import Level
    from core.workflows.services import Services


async def find_sources(case_id: str, *, services: Services) -> CaseSources:
    """Every file of the case that tells events. Not to be called inside a unit of work."""
    await asyncio.to_thread(importlib.import_module, "core.evidence.events.sources")
    from core.evidence.events.sources import sources_of  # noqa: PLC0415 - see above

    return await sources_of(case_id, services=services)


async def look_up(
    case_id: str, sought: Sought, found: CaseSources, *, services: Services
) -> Answered:
    """The events of these files. Raises NotFound, StoreUnavailable where an original is gone."""
    from core.evidence.events.asking import events_of  # noqa: PLC0415 - see above

    redactor = services.redactor(case_id)
    return await asyncio.to_thread(events_of, sought, found.sources, redactor=redactor)


async def look_up_changes(
    case_id: str, sought: Sought, found: CaseSources, *, services: Services
) -> Answered:
    """What was changed, by these files. Raises NotFound, StoreUnavailable."""
    await asyncio.to_thread(importlib.import_module, "core.evidence.events.changed")
    from core.evidence.events.changed import changes_of  # noqa: PLC0415 - see above

    told = [(one.source, one.findings) for one in found.told]
    redactor = services.redactor(case_id)
    return await asyncio.to_thread(changes_of, sought, told, redactor=redactor)


async def look_up_ids(
    case_id: str,
    found: CaseSources,
    *,
    level: Level | None,
    of_files: int,
    limit: int,
    services: Services,
) -> tuple[int, list[Shared]]:
    """Ids that several files have: how many, and those with the most events."""
    from core.evidence.events.asking import ids_in_several  # noqa: PLC0415 - see above

    return await asyncio.to_thread(
        ids_in_several,
        found.sources,
        level=level,
        of_files=of_files,
        limit=limit,
        redactor=services.redactor(case_id),
    )


async def case_document(case_id: str, sought: Sought, *, services: Services) -> dict[str, Any]:
    """What scripts get of a case's events. `unread` are logs without a table."""
    found = await find_sources(case_id, services=services)
    from core.evidence.events.asking import document  # noqa: PLC0415 - see above

    answered = await look_up(case_id, sought, found, services=services)
    return {**document(sought, answered), "unread": [one.name.text for one in found.unread]}
