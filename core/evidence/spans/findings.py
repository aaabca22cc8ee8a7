"""What do spans say? Their faults, paths, calls and clocks as findings, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.spans.behaviours import Behaviours
from core.evidence.spans.calls import find_calls
from core.evidence.spans.entries import Entries
from core.evidence.spans.paths import Paths
from core.evidence.spans.wording import Words
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.model import Finding
    from core.evidence.spans.faults import Operation
    from core.evidence.spans.study import Study
    from core.redaction.engine import Redactor

MAX_OPERATIONS = 30
MAX_CALLS = 1_000
_MAX_SKEWS = 10
_MAX_ENTRIES = 3


def tell_spans(study: Study, *, file: str, redactor: Redactor) -> Iterator[Finding]:
    """Where the fault enters first, then the paths, operations, calls and clocks."""
    words = Words(file, redactor)
    yield from _entries(study, Entries(words, study))
    paths = Paths(words, study)
    yield paths.path(study.slowest, Clean.say("Slowest"))
    if study.typical is not study.slowest:
        yield paths.path(study.typical, Clean.say("Typical"))
    behaviours = Behaviours(words, study)
    yield from map(behaviours.operation, _notable(study))
    yield from map(behaviours.call, find_calls(study.traces)[:MAX_CALLS])
    yield from map(behaviours.skew, study.skews[:_MAX_SKEWS])


def _entries(study: Study, entries: Entries) -> Iterator[Finding]:
    """Of the fault, and of delays elsewhere."""
    failures = study.failures[:_MAX_ENTRIES]
    yield from map(entries.failure, failures)
    told = {(one.service, one.operation) for one in failures}
    slow = [one for one in study.delays if (one.service, one.operation) not in told]
    yield from map(entries.delay, slow[:_MAX_ENTRIES])


def _notable(study: Study) -> Sequence[Operation]:
    """Operations that fail, or that became slow."""
    found = [
        one
        for one in study.operations
        if one.failed or (one.slow_since is not None and one.after > one.limit)
    ]
    return found[:MAX_OPERATIONS]
