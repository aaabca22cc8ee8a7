"""What was found and counted in a file, as its event tells it by digests: a change by hand shows.

Both rest in rows of their own, as they are many and are made anew when a file is read again.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from core.cases.events import EventKind
from core.evidence.model import EvidenceFile, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.cases.events import CaseEvent

_FINDING = TypeAdapter(Finding)
_FILE = TypeAdapter(EvidenceFile)
DIGEST, FACTS = "digest", "facts"  # names of fields: of the findings, and of the file itself
# What becomes of a file after it was read; the rest stays until it is read again.
_LATER = frozenset({"state", "let_go_at"})


def document_of(finding: Finding) -> dict[str, Any]:
    """As it stands in a bundle."""
    document: dict[str, Any] = _FINDING.dump_python(finding, mode="json")
    return document


def digest_of(documents: Iterable[Mapping[str, Any]]) -> str:
    """Of the documents of a file's findings, in their order."""
    digest = hashlib.sha256()
    for document in documents:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
        digest.update(f"{text}\n".encode())
    return digest.hexdigest()


def facts_digest(document: Mapping[str, Any]) -> str:
    """Of a file's document, as it stands in a bundle: who sent it, whose it is, what it holds."""
    return digest_of([{name: value for name, value in document.items() if name not in _LATER}])


def file_document(file: EvidenceFile) -> dict[str, Any]:
    """As it stands in a bundle."""
    document: dict[str, Any] = _FILE.dump_python(file, mode="json")
    return document


def changed_facts(events: Sequence[CaseEvent], documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """The files that are not as they were when they were read. documents: of the files.

    A file whose owner was told after that is not compared until it is read again.
    """
    digests: dict[str, str] = {}
    for event in events:
        file_id = str(event.data.get("file_id"))
        if event.kind in {EventKind.FILE_DELETED, EventKind.FILE_OWNED}:
            digests.pop(file_id, None)
        elif event.kind is EventKind.FILE_PROCESSED and FACTS in event.data:
            digests[file_id] = str(event.data[FACTS])
    kept = {str(document["id"]): facts_digest(document) for document in documents}
    return [file_id for file_id, digest in digests.items() if kept.get(file_id) != digest]


def changed_files(
    events: Sequence[CaseEvent], documents: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[str]:
    """The files whose findings are others than the events tell. documents: by file.

    Events of earlier versions tell no digest; a deleted file has no findings.
    """
    digests: dict[str, str] = {}
    for event in events:
        file_id = str(event.data.get("file_id"))
        if event.kind is EventKind.FILE_DELETED:
            digests.pop(file_id, None)
        elif event.kind is EventKind.FILE_PROCESSED and DIGEST in event.data:
            digests[file_id] = str(event.data[DIGEST])
    return [
        file_id
        for file_id, digest in digests.items()
        if digest_of(documents.get(file_id, ())) != digest
    ]
