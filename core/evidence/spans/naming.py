"""How many kinds of operations are there? Few, even where their names carry ids."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.evidence.spans.model import Span

MAX_OPERATIONS = 1_000  # of all services; each is counted by itself
OTHER = "(other)"
_IDS = re.compile(r"[0-9a-fA-F]{8}[0-9a-fA-F-]{0,40}|\d{1,40}")


def with_few_names(spans: Sequence[Span]) -> Sequence[Span]:
    """The same spans; where there are too many names, numbers in them become `*`.

    What then is still too many is one operation a service.
    """
    if not _are_many(spans):
        return spans
    masked = _renamed(spans, lambda name: _IDS.sub("*", name))
    if not _are_many(masked):
        return masked
    counts = Counter((span.service, span.operation) for span in masked)
    kept = {key for key, _ in counts.most_common(MAX_OPERATIONS // 2)}
    return [
        span if (span.service, span.operation) in kept else span._replace(operation=OTHER)
        for span in masked
    ]


def _are_many(spans: Sequence[Span]) -> bool:
    return len({(span.service, span.operation) for span in spans}) > MAX_OPERATIONS


def _renamed(spans: Sequence[Span], rename: Callable[[str], str]) -> list[Span]:
    names = {name: rename(name) for name in {span.operation for span in spans}}
    return [span._replace(operation=names[span.operation]) for span in spans]
