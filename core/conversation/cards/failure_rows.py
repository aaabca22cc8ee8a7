"""Rows that tell of internal failures: one line for each kind of failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.cards.card import Card, Mark, Row
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.investigation_state import Defect, Stall

_JOB_NAMES = Redactor(b"names of jobs")  # ours; they hold no secret


def left_out(defects: Sequence[Defect]) -> list[Row]:
    """`Left out: hypothesis 2 (our fault, KeyError at choosing.py:192); the rest stands`."""
    if not defects:
        return []
    first, others = defects[0], len(defects) - 1
    more = RedactedText.format(" and {n} more", n=others) if others else RedactedText.EMPTY
    text = RedactedText.format(
        "Left out: {name} (our fault, {problem}){more}; the rest stands",
        name=first.name.line().cut(40),
        problem=first.problem.line().cut(40),
        more=more,
    )
    return [Row(text=text)]


def stalled(stalls: Sequence[Stall]) -> list[Row]:
    """The newest: `Stopped: reading e1 api.log failed (…). faultmaven jobs retry job_1`."""
    return [Row(text=_stall_text(stall)) for stall in stalls[-1:]]


def stalled_card(key: str, stall: Stall, *, version: int) -> Card:
    """In place of what said that the work is under way."""
    return Card(key=key, version=version, mark=Mark.REFUSED, rows=(Row(text=_stall_text(stall)),))


def _stall_text(stall: Stall) -> RedactedText:
    failed = RedactedText.format(
        "{work} failed ({problem})", work=stall.work.cut(30), problem=stall.problem.cut(40)
    )
    if not stall.is_over:
        return RedactedText.format("Trying again: {failed}", failed=failed)
    job = _JOB_NAMES.clean(stall.job).line()
    return RedactedText.format(
        "Stopped: {failed}. `faultmaven jobs retry {job}`", failed=failed, job=job
    )
