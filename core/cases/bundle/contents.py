"""What of a case goes into its bundle? Its log, what it folds into, and what its claims rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from core.cases.bundle.citations import resolve_all
from core.cases.bundle.model import (
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
from core.cases.bundle.renditions import renditions
from core.cases.dossier import Dossier, gather
from core.cases.events import CaseView
from core.clock import micros
from core.evidence.model import EvidenceFile, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.cases.events import Event
    from core.services import Services

VIEW = TypeAdapter(CaseView)
_FILE = TypeAdapter(EvidenceFile)
_FINDING = TypeAdapter(Finding)
_DIGEST = 64  # hexadecimal digits of a SHA-256


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


def event_row(event: Event) -> Json:
    """An event with everything its hash covers, spelt as the hash spells it."""
    return {
        "case_id": event.case_id,
        "seq": event.seq,
        "kind": event.kind,
        "at": micros(event.at),
        "actor": event.actor,
        "data": event.data,
        "previous": event.previous,
        "hash": event.hash,
    }


def digests_in(data: object, name: str = "") -> Iterator[str]:
    """Texts that an event refers to. The hash of a file's content (`blob`) is none."""
    if isinstance(data, str):
        if len(data) == _DIGEST and name != "blob" and set(data) <= set("0123456789abcdef"):
            yield data
    elif isinstance(data, dict):
        for key, inner in data.items():
            yield from digests_in(inner, key)
    elif isinstance(data, list | tuple):
        for inner in data:
            yield from digests_in(inner, name)


def _texts(dossier: Dossier) -> Iterator[Json]:
    """Every text that events refer to; of one that was erased, that there was one."""
    referred: Mapping[str, Any] = dict.fromkeys(
        digest for event in dossier.events for digest in digests_in(event.data)
    )
    for digest in sorted(dossier.texts.keys() | referred.keys()):
        found = dossier.texts.get(digest)
        yield {"digest": digest, "text": found.text if found is not None else None}


def _findings(dossier: Dossier) -> Iterator[Json]:
    for file in dossier.files:
        for one in dossier.findings.get(file.id, ()):
            yield {"file_id": file.id, "finding": _FINDING.dump_python(one, mode="json")}
