"""What of a case goes into its bundle? Its log, what it folds into, and what its claims rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from core.cases.dossier import Dossier, gather
from core.evidence.model import EvidenceFile, Finding
from core.workflows.bundle.citations import resolve_all
from core.workflows.bundle.log import VIEW, event_row, texts_of
from core.workflows.bundle.model import (
    CASE,
    CITATIONS,
    EVENTS,
    FILES,
    FINDINGS,
    TEXTS,
    Json,
    canonical,
    rows,
)
from core.workflows.bundle.renditions import renditions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.workflows.services import Services

_FILE = TypeAdapter(EvidenceFile)
_FINDING = TypeAdapter(Finding)


async def contents(number: int, *, services: Services) -> dict[str, bytes]:
    """The members of the case's bundle, by name, all of them redacted. Raises NotFound.

    The same case makes the same members.
    """
    async with services.store.reading() as unit:
        case = await unit.cases.by_number(services.rules.tenant_id, number)
        dossier = await gather(unit, case.id)
    view = VIEW.dump_python(dossier.view, mode="json")
    members = {
        CASE: canonical(view),
        EVENTS: rows(event_row(one) for one in dossier.events),
        TEXTS: rows(_texts(dossier)),
        FILES: rows(_FILE.dump_python(one, mode="json") for one in dossier.files),
        FINDINGS: rows(_findings(dossier)),
        **await renditions(view, dossier.files, services=services),
    }
    return members | {CITATIONS: rows(resolve_all(members))}


def _texts(dossier: Dossier) -> Iterator[Json]:
    """Every text that events refer to; of one that was erased, that there was one."""
    for digest, text in texts_of(dossier.events, dossier.texts).items():
        yield {"digest": digest, "text": text.text if text is not None else None}


def _findings(dossier: Dossier) -> Iterator[Json]:
    for file in dossier.files:
        for one in dossier.findings.get(file.id, ()):
            yield {"file_id": file.id, "finding": _FINDING.dump_python(one, mode="json")}
