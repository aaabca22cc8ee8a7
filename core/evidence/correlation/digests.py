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

_BELOW = "@below"


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
    data: dict[str, Scalar] = {_BELOW: _bound(identifiers, kept)}
    data |= {_stored(hashed, seen): seen.at for hashed, seen in kept.items()}
    return Finding(
        kind=FindingKind.IDENTIFIERS,
        level=Level.INFO,
        text=say("identifiers", n=len(kept)),
        locus=Locus(file=file, line_start=1, line_end=max(1, lines)),
        count=max(1, len(kept)),
        data=data,
    )


def _bound(identifiers: IdentifierCollector, kept: Mapping[int, SeenIdentifier]) -> int:
    """Under which hash all ids are kept."""
    left_out = [hashed for hashed in identifiers.seen if hashed not in kept]
    requests = [hashed for hashed in left_out if identifiers.seen[hashed].kind not in PLACES]
    return min(requests, default=identifiers.below)


def _stored(hashed: int, seen: SeenIdentifier) -> str:
    spelt = base64.urlsafe_b64encode(hashed.to_bytes(HASH_BITS // 8, "big"))
    return f"{seen.kind.value}{spelt.decode()}"


def read_identifiers(finding: Finding, *, file: str) -> FileIdentifiers:
    """Parse what `identifiers_finding` stored. file: the id of its file."""
    seen = {
        _hash(name): SeenIdentifier(IdentifierKind(name[0]), at if isinstance(at, int) else 0)
        for name, at in finding.data.items()
        if name != _BELOW
    }
    below = finding.data.get(_BELOW)
    return FileIdentifiers(
        file=file, seen=seen, below=below if isinstance(below, int) else EVERY_HASH
    )


def _hash(name: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(name[1:]), "big")
