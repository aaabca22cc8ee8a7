"""What did somebody say they would do? From the talk of a case, and from what we wait for.

Plain English, loosely: `I'll restart api-2`, `will check at 03:05`, `let me look`, `on it`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.cases.investigation_state import SolutionState
from core.investigation.memory.model import OURS
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import timedelta

    from core.cases.events import CaseView
    from core.investigation.memory.model import Said

_READ = 400  # characters of a message; who promises says so at once
_DEEDS = (
    "add|ask|bring|bump|call|check|confirm|deploy|dig|do|drain|drop|fail over|fetch|find|fix|follow"
    "|get|grab|handle|have a look|investigate|keep|look|move|open|page|patch|ping|post|pull|push"
    "|raise|reboot|report|restart|revert|roll|rotate|run|scale|send|set|share|silence|start|stop"
    "|switch|take|talk|test|try|turn|update|upload|verify|watch|write"
)
_PROMISES = re.compile(
    r"\b(?:i|we)(?:'ll| will| shall|'m going to|'re going to| am going to| are going to|'m gonna)"
    r"\s(?!not\b|never\b|need\b|see\b)\w"
    rf"|\b(?:ill|well|imma|gonna|let me|lemme)\s(?:just\s|quickly\s|also\s)?(?:{_DEEDS})\b"
    rf"|^(?:ok,?\s|okay,?\s|yes,?\s|sure,?\s)?will\s(?:{_DEEDS})\b"
    r"|\bi can take\b|\bi've got (?:this|it)\b|^(?:i'm )?on it\b|\bi'?m on it\b|\bleave it to me\b"
)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """Who would do something, as the event has it (no clean text); None where it is us."""

    by: str | None
    at: datetime
    text: Clean


def promised(messages: Iterable[Said]) -> Iterator[Promise]:
    """What people said they would do, in the order in which they did."""
    for one in messages:
        if one.by not in OURS and is_promise(one.text.text):
            yield Promise(by=one.by, at=one.at, text=one.text)


def is_promise(text: str) -> bool:
    """Does it say that somebody who speaks will do something?"""
    said = " ".join(text[:_READ].casefold().replace("\u2019", "'").split())
    return not said.endswith("?") and _PROMISES.search(said) is not None


def expected(view: CaseView, *, resolve_after: timedelta) -> Iterator[Promise]:
    """What we wait for by ourselves: whether a fix helped, and that it stays quiet."""
    case = view.case
    for fix in view.course.solutions:
        if fix.state is SolutionState.CONFIRMED and fix.confirmed_at is not None:
            said = "see whether fix {n} helped: {what}"
            text = Clean.say(said, n=fix.number, what=fix.expects.line())
            yield Promise(by=None, at=fix.confirmed_at, text=text)
    if case.state.is_open and case.quiet_since is not None and case.spoken_at is None:
        due = case.quiet_since + resolve_after
        text = Clean.say("resolve it {at}, if it stays quiet", at=Clean.at(due, "%H:%M UTC"))
        yield Promise(by=None, at=case.quiet_since, text=text)
