"""How do checks and their outcomes enter a case's log? As events that fold into its course.

A check is asked when a card says it; it is answered by what a person pastes or taps, or by a file
that came since and shows what the check looks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.investigation_events import CHECK, CITATIONS
from core.cases.lifecycle import Change
from core.investigation.checks.arrivals import arrivals, open_checks
from core.investigation.checks.outcomes import scores_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.hypotheses import Check
    from core.cases.investigation_state import Course
    from core.investigation.checks.outcomes import Seen
    from core.investigation.decision import Situation
    from core.text.redacted import Clean


def ask_changes(course: Course, checks: Sequence[Check]) -> list[Change]:
    """The best check is asked, unless it is what was asked last, word for word."""
    last = next(iter(open_checks(course)), None)
    if not checks or (last is not None and _is_same(last.check, checks[0])):
        return []
    return [asked(checks[0])]


def asked(check: Check) -> Change:
    """`check.asked`."""
    texts: dict[str, Clean] = {}
    data = CHECK.dump_python(check, mode="json", context={"texts": texts})
    return Change(kind=EventKind.CHECK_ASKED, data={"check": data}, texts=list(texts.values()))


def scored(check: Check, seen: Seen, *, answered_by: str) -> Change:
    """`check.scored`. answered_by: the id of the file, or who said so."""
    texts: dict[str, Clean] = {}
    cited = CITATIONS.dump_python((seen.citation,), mode="json", context={"texts": texts})
    data = {
        "name": check.name,
        "answered_by": answered_by,
        "scores": [[number, outcome] for number, outcome in scores_of(check, seen)],
        "citations": cited,
    }
    return Change(kind=EventKind.CHECK_SCORED, data=data, texts=list(texts.values()))


def arrived(situation: Situation) -> list[Change]:
    """`check.scored` of each open check that some file answers."""
    return [scored(one.asked.check, one.seen, answered_by=one.file) for one in arrivals(situation)]


def _is_same(one: Check, other: Check) -> bool:
    """The gain may differ: it changes with every line."""
    return (one.name, one.command, one.expectations) == (
        other.name,
        other.command,
        other.expectations,
    )
