"""Tells a case that work for it failed: the job that failed leaves one that says so.

It stands on the card until the work is done after all, or something newer takes its place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.investigation_state import STALL, Stall
from core.cases.lifecycle import SYSTEM, Change, record
from core.conversation.cards.case_rows import stalled_card
from core.conversation.cards.evidence_cards import FILE_CARD
from core.conversation.messages.outbox import queue_case_card
from core.errors import NotFound
from core.jobs import kinds
from core.jobs.model import JobState
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.cases.projection import CaseView
    from core.conversation.messages.message import Outbound
    from core.jobs.model import Job
    from core.text.redacted import RedactedText
    from core.workflows.services import Services, Unit

say = sentences("workflows.stalled_work")

_WORK = {
    kinds.CASE_INVESTIGATE.name: say.later("investigating"),
    kinds.CASE_SETTLE.name: say.later("looking_for_quiet"),
    kinds.CHAT_FETCH.name: say.later("fetching_file"),
    kinds.PAGER_READ.name: say.later("reading_alerts"),
}


async def tell_stall(job: Job, *, services: Services) -> None:
    """Handler of `case.stalled`: the case's card says what failed, unless it went on meanwhile."""
    async with services.unit() as unit:
        failed = await unit.jobs.get(kinds.CASE_STALLED.read(job).job_id)
        if failed.state is not JobState.DONE:
            await _tell(unit, failed)
        await unit.jobs.done(job, at=unit.now)


async def _tell(unit: Unit, failed: Job) -> None:
    outbound = await _outbound(unit, failed)
    case_id = outbound.case_id if outbound else await _case_of(unit, failed)
    if case_id is None:
        return
    view = await unit.cases.view(case_id, lock=True)
    stall = await _stall(unit, failed, outbound, case_id)
    if outbound is not None and _is_known(stall, view):
        return
    texts: dict[str, RedactedText] = {}
    plain = STALL.dump_python(stall, mode="json", context={"texts": texts})
    change = Change(kind=EventKind.STALLED, data={"stall": plain}, texts=list(texts.values()))
    view = await record(unit, view, case_id, [change], at=unit.now, actor=SYSTEM)
    if failed.kind == kinds.EVIDENCE_PROCESS.name:
        shown = stalled_card(f"{FILE_CARD}{stall.about}", stall, version=view.case.version)
        await queue_case_card(unit, view, shown)


def _is_known(stall: Stall, view: CaseView) -> bool:
    """That a place takes no cards makes a card of its own, which it does not take either."""
    return any(replace(known, job=stall.job) == stall for known in view.investigation.stalls)


async def _stall(unit: Unit, failed: Job, outbound: Outbound | None, case_id: str) -> Stall:
    redactor = unit.redactor(case_id)
    about, work = "", _WORK.get(failed.kind, say.later("its_work"))()
    if outbound is not None:
        about = outbound.place.platform
        work = say("showing_card", where=redactor.clean(about).line())
    elif failed.kind == kinds.EVIDENCE_PROCESS.name:
        file = await unit.files.get(str(failed.payload["file_id"]))
        about = file.id
        work = say("reading_file", tag=file.tag, name=file.name.line())
    return Stall(
        job=failed.id,
        kind=failed.kind,
        about=about,
        work=work,
        problem=redactor.clean(failed.problem or "").line(),
        is_over=failed.state is JobState.DEAD,
    )


async def _outbound(unit: Unit, failed: Job) -> Outbound | None:
    if failed.kind != kinds.CHAT_SEND.name:
        return None
    return await unit.conversation.outbound(str(failed.payload["outbound_id"]))


async def _case_of(unit: Unit, failed: Job) -> str | None:
    if "case_id" in failed.payload:
        return str(failed.payload["case_id"])
    try:
        return (await unit.files.get(str(failed.payload.get("file_id")))).case_id
    except NotFound:
        return None
