"""How is evidence given up? Decided in a unit of work, done by a job, for good.

A person deletes a file: what was found in it goes at once, with every text that it gave to the
case. Or its time is over: what was found stays, the original goes. The log of the case keeps that
it was there, and how it went.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.events import HYPOTHESES, EventKind, cited, cited_by
from core.cases.investigation_events import CITATIONS, CONCLUSION
from core.cases.lifecycle import SYSTEM, Change, record
from core.evidence.model import FileState
from core.jobs.catalogue import let_go_of_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.cases.events import CaseView, Event
    from core.cases.hypotheses import Citation
    from core.evidence.model import EvidenceFile
    from core.jobs.model import Job
    from core.store import Unit
    from core.text.redacted import Clean
    from core.workflows.services import Services


async def delete(
    unit: Unit, view: CaseView, file: EvidenceFile, *, by: str, services: Services
) -> CaseView:
    """A person takes a file back. `view` is locked; whoever calls this plans the next turn."""
    now = services.clock.now()
    gone = replace(
        file, state=FileState.DELETED, let_go_at=file.let_go_at or now, problem=None, service=None
    )
    await unit.files.put_extraction(gone, None)
    deleted = Change(
        kind=EventKind.FILE_DELETED,
        data={"file_id": file.id, "number": file.number, "name": file.name.digest},
        texts=[file.name],
    )
    view = await record(unit, view, file.case_id, [deleted], at=now, actor=by)
    await _erase_texts_of(unit, view, file)
    await unit.steps.clear(file.case_id)  # a turn under way has decided on what is gone
    await _plan(unit, file, services=services)
    return view


async def let_go(unit: Unit, view: CaseView, file: EvidenceFile, *, services: Services) -> None:
    """The time of its original is over. `view` is locked."""
    now = services.clock.now()
    await unit.files.update(replace(file, let_go_at=now))
    change = Change(kind=EventKind.FILE_LET_GO, data={"file_id": file.id, "blob": file.blob})
    await record(unit, view, file.case_id, [change], at=now, actor=SYSTEM)
    await _plan(unit, file, services=services)


async def destroy(job: Job, *, services: Services) -> None:
    """Handler of `evidence.let_go`: nothing of the original is left, unless others hold it."""
    async with services.store.reading() as unit:
        file = await unit.files.get(str(job.payload["file_id"]))
        others = [one for one in await unit.files.of_case(file.case_id) if one.id != file.id]
    if not file.is_kept:  # it did not come again meanwhile
        await _destroy(file, others, services=services)
    async with services.store.transaction() as unit:
        await unit.jobs.done(job, at=services.clock.now())


async def _destroy(
    file: EvidenceFile, others: Sequence[EvidenceFile], *, services: Services
) -> None:
    await services.files.clear(file.tenant_id, file_id=file.id)
    if not any(one.is_kept and one.blob == file.blob for one in others):
        await services.files.release(file.tenant_id, file.blob, case_id=file.case_id)


async def _plan(unit: Unit, file: EvidenceFile, *, services: Services) -> None:
    clock, chance = services.clock, services.chance
    job = let_go_of_evidence(file.id, tenant_id=file.tenant_id, clock=clock, chance=chance)
    await unit.jobs.add(job)


async def _erase_texts_of(unit: Unit, view: CaseView, file: EvidenceFile) -> None:
    """Quotes of it, wherever they are told; not those that rest in other files, too."""
    texts = await unit.cases.texts(file.case_id)
    quoted = {
        digest
        for event in await unit.cases.events(file.case_id)
        for digest in _quoted(event, file.name.text, texts)
    }
    still = {line.text.digest for line in cited(view)}
    await unit.cases.erase_texts(file.case_id, quoted - still)


def _quoted(event: Event, name: str, texts: Mapping[str, Clean]) -> Iterator[str]:
    if event.kind is EventKind.ANSWERED:
        if any(label.rpartition(":")[0] == name for label in event.data["loci"]):
            yield event.data["text"]
        return
    yield from (line.text.digest for line in lines_of(event, texts) if line.is_from(name))


def lines_of(event: Event, texts: Mapping[str, Clean]) -> Iterator[Citation]:
    """Every line that an event of the engine cites."""
    known = {"texts": texts}
    match event.kind:
        case EventKind.RANKED:
            for one in HYPOTHESES.validate_python(event.data["hypotheses"], context=known):
                yield from cited_by(one)
        case EventKind.CONCLUDED:
            drawn = CONCLUSION.validate_python(event.data["conclusion"], context=known)
            yield from drawn.supporting
        case EventKind.CHECK_SCORED | EventKind.SOLUTION_SETTLED:
            yield from CITATIONS.validate_python(event.data["citations"], context=known)
        case _:
            return
