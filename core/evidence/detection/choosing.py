"""What is this file? Its content decides; its name only where the content could be either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import UnreadableEvidence
from core.evidence.catalogue import Plugin
from core.evidence.detection.magic import by_bytes
from core.evidence.extractor import NOBODY, Detected, Extractor, Head
from core.evidence.model import DataType

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNKNOWN = Detected(DataType.BINARY, 0.0, NOBODY, "no extractor knows it")


@dataclass(frozen=True)
class Claims:
    """Who would take a file, the most confident first, and whose detection broke."""

    found: tuple[Detected, ...]
    problems: tuple[str, ...] = ()


def detect(head: Head, extractors: Iterable[Extractor]) -> Detected:
    """What the file with this head is: by its bytes, else by the extractor most sure of it."""
    return claims(head, extractors).found[0]


def claims(head: Head, extractors: Iterable[Extractor]) -> Claims:
    """At least one. Ours are not asked about bytes that are no text; those of others may know."""
    known = by_bytes(head)
    if known is not None and known.data_type is DataType.EMPTY:
        return Claims((known,))
    found, problems = [], []
    for one in extractors:
        if known is not None and not isinstance(one, Plugin):
            continue
        try:
            claim = one.detect(head)
        except UnreadableEvidence as error:
            problems.append(str(error))
        else:
            found += [claim] if claim is not None else []
    found.sort(key=lambda claim: -claim.confidence)
    return Claims((*found, known or _UNKNOWN), tuple(problems))
