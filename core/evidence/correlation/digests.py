"""Keeps the ids of a file as a finding, hashed, to be compared with those of other files."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.correlation.identifiers import (
    EVERY_HASH,
    HASH_BITS,
    PLACES,
    IdentifierKind,
    SeenIdentifier,
)
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.evidence.correlation.identifiers import IdentifierCollector
    from core.jobs.model import Scalar

say = sentences("evidence.correlation")

_TOTAL = "@all"


@dataclass(frozen=True, kw_only=True)
class FileIdentifiers:
    """The ids of a file as they were kept, by hash.

    file: its id. below: all hashes under it were kept, of requests and sessions.
    """

    file: str
    seen: Mapping[int, SeenIdentifier]
    below: int = EVERY_HASH


def identifiers_finding(identifiers: IdentifierCollector, *, file: str, lines: int) -> Finding:
    """The ids of a file, on no card."""
    kept = identifiers.kept()
    data: dict[str, Scalar] = {_TOTAL: identifiers.total}
    data |= {_stored(hashed, seen): seen.at for hashed, seen in kept.items()}
    return Finding(
        kind=FindingKind.IDENTIFIERS,
        level=Level.INFO,
        text=say("identifiers", n=len(kept)),
        locus=Locus(file=file, line_start=1, line_end=max(1, lines)),
        count=max(1, len(kept)),
        data=data,
    )


def _stored(hashed: int, seen: SeenIdentifier) -> str:
    spelt = base64.urlsafe_b64encode(hashed.to_bytes(HASH_BITS // 8, "big"))
    return f"{seen.kind.value}{spelt.decode()}"


def read_identifiers(finding: Finding, *, file: str) -> FileIdentifiers:
    """Parse what `identifiers_finding` stored. file: the id of its file."""
    seen = {
        _hash(name): SeenIdentifier(IdentifierKind(name[0]), at if isinstance(at, int) else 0)
        for name, at in finding.data.items()
        if name != _TOTAL
    }
    total = finding.data.get(_TOTAL, 0)
    of_requests = [hashed for hashed, each in seen.items() if each.kind not in PLACES]
    if isinstance(total, int) and total > len(of_requests) > 0:
        return FileIdentifiers(file=file, seen=seen, below=max(of_requests) + 1)
    return FileIdentifiers(file=file, seen=seen)


def _hash(name: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(name[1:]), "big")
