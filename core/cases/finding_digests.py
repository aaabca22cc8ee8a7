"""What was found in a file, as its event tells it by a digest: a change by hand is noticed.

Findings rest in rows of their own, as they are many and are made anew when a file is read again.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from core.cases.events import EventKind
from core.evidence.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.cases.events import CaseEvent

_FINDING = TypeAdapter(Finding)
DIGEST = "digest"  # the name of the field


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
