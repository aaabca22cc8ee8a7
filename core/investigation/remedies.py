"""What mends a cause: its change taken back, its fault's remedy, or a call to whoever runs it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.logs.lock_holders import HELD_BY
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.causes.metric_features import signature_of
from core.investigation.causes.scored_cause import name_of
from core.investigation.worded_change import ChangeSort, WordedChange
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.cases.model import Citation, Hypothesis

say = sentences("investigation.remedies")

_OF_CHANGES = frozenset({BROKEN_BY_CHANGE, "bad_deploy"})  # to undo them is all there is to do
_CHANGE_WIDTH = 90  # characters of a change that is to be taken back
# A host with its domain, unless that is one of networks of one's own.
_PUBLIC_HOST = re.compile(
    r"(?!.*\.(?:internal|local|localdomain|lan|corp|intranet|private|svc|home)$)"
    r"[a-z][\w-]{0,62}(?:\.[\w-]{1,62}){0,5}\.[a-z]{2,24}"
)


def remedy(cause: Hypothesis, trigger: Citation | None, *, is_unseen: bool = False) -> RedactedText:
    """What to do now. trigger: the change that set the cause off, which is undone before another.

    is_unseen: whether no log of its service is here: of a public host it is somebody else's.
    A secret that was rotated is not rotated back: whoever still has the old one reads it anew.
    """
    mend = _of_fault(cause, is_unseen=is_unseen)
    change = _change_before(cause, trigger)
    if change is None:
        return mend
    if change.sort is ChangeSort.ROTATION and cause.cause.service is not None:
        return say("read_again", service=name_of(cause.cause.service), mend=mend)
    undoing = change.undoing(_CHANGE_WIDTH)
    if undoing is None:
        return mend
    if cause.cause.fault in _OF_CHANGES:
        return undoing
    return say("undo_first", undoing=undoing, mend=mend)


def _of_fault(cause: Hypothesis, *, is_unseen: bool) -> RedactedText:
    """The remedy of its fault; of a partner's, whom nobody here can mend, what is left to do."""
    service, signature = cause.cause.service, signature_of(cause.cause.fault)
    if is_unseen and service is not None and _PUBLIC_HOST.fullmatch(service):
        return say("call_partner", name=name_of(service))
    if (holder := _lock_holder(cause)) is not None:
        return say("end_lock_holder", holder=holder)
    mend = signature.mend.line() if signature else RedactedText.EMPTY
    return mend or say("at_its_source", cause=cause.statement.line())


def _lock_holder(cause: Hypothesis) -> RedactedText | None:
    """Who holds the lock that others wait for, where a line of the cause tells it."""
    for line in cause.supporting:
        if (held := HELD_BY.search(line.text.text)) is not None:
            return line.text.part(*held.span("holder"))
    return None


def _change_before(cause: Hypothesis, trigger: Citation | None) -> WordedChange | None:
    """The change that came before it, if the ranking counts one for it."""
    if not cause.changes:
        return None
    line = trigger or max(cause.changes, key=lambda change: change.weight)
    return WordedChange.of(line.text)
