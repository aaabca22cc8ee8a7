"""Which memories of past cases may be told in a case: those that all who see the case may see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.feedback import SuggestionKey, SuggestionKind
from core.cases.memories import CaseMemory, FixOutcome
from core.errors import NotFound
from core.investigation.precedents import (
    LikeCase,
    possible_faults,
    precedents,
)
from core.investigation.verdict.hypotheses import leading_cause
from core.places import API

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from core.accounts.model import CaseMember
    from core.cases.feedback import Feedback
    from core.cases.projection import CaseView
    from core.conversation.ports import Unit
    from core.investigation.decision import Situation
    from core.investigation.precedents import Precedent

MOST = 200  # memories that a suggestion is made of, the newest


async def memories_for(unit: Unit, situation: Situation) -> tuple[CaseMemory, ...]:
    """Those that may bear on what a turn suggests."""
    if situation.case is None:
        return ()
    alerts = {occurrence.name for occurrence in situation.occurrences}
    faults = possible_faults(situation)
    return await _alike(unit, situation.case.case.id, faults=faults, alerts=alerts)


async def feedback_for(unit: Unit, memories: Sequence[CaseMemory]) -> tuple[Feedback, ...]:
    """What people said of the fixes of these, and of checks."""
    fixes = [SuggestionKey(SuggestionKind.FIX, memory.case_id) for memory in memories]
    of_fixes = await unit.feedback.about(fixes) if fixes else []
    of_checks = await unit.feedback.newest({SuggestionKind.CHECK}, most=MOST)
    return (*of_fixes, *of_checks)


async def precedents_of(
    unit: Unit, view: CaseView, *, may_read: Callable[[str], bool] | None = None
) -> tuple[Precedent, ...]:
    """What fixed cases like this one, as it stands now, the most promising first.

    may_read: whether whoever asks may read of a case, by its id; None for all that is shared.
    """
    occurrences = await unit.occurrences.of_case(view.case.id)
    alerts = {occurrence.name for occurrence in occurrences}
    cause = leading_cause(view.hypotheses)
    faults = {cause.fault} if cause else set[str]()
    alike = await _alike(unit, view.case.id, faults=faults, alerts=alerts)
    memories = [memory for memory in alike if may_read is None or may_read(memory.case_id)]
    feedback = await feedback_for(unit, memories)
    case = LikeCase(cause=cause, alerts=frozenset(alerts), at=unit.now, feedback=feedback)
    return precedents(memories, case)


async def memory_shared_in(unit: Unit, view: CaseView, number: int) -> CaseMemory | None:
    """What the case of that number taught; None where it may not be told in this one."""
    try:
        case = await unit.cases.by_number(number)
    except NotFound:
        return None
    memory = await unit.memories.find(case.id)
    shared = await _shared(unit, view.case.id, [memory]) if memory else []
    return next(iter(shared), None)


async def _alike(
    unit: Unit, case_id: str, *, faults: Collection[str], alerts: Collection[str]
) -> tuple[CaseMemory, ...]:
    memories = await unit.memories.alike(faults=faults, alerts=alerts, limit=MOST)
    shared = await _shared(unit, case_id, memories) if memories else []
    return tuple(_in_vain(memory) if memory.case_id == case_id else memory for memory in shared)


def _in_vain(memory: CaseMemory) -> CaseMemory:
    """Of the case itself: only what did not help."""
    failed = tuple(fix for fix in memory.fixes if fix.outcome is not FixOutcome.WORKED)
    return replace(memory, fixes=failed)


async def _shared(unit: Unit, case_id: str, memories: Sequence[CaseMemory]) -> list[CaseMemory]:
    """Of the team's cases, and of those that whoever reads in this case may read.

    In a case that its members alone see these are the cases that all of them see; in one of a
    channel, those of them that are of that channel. A case that was opened over the API and has a
    thread in chat is read by more than its members.
    """
    ids = [case_id, *(memory.case_id for memory in memories)]
    private = await unit.members.cases(among=ids)
    allowed = {case_id}.union(ids) - private
    if case_id in private:
        allowed |= await of_same_readers(unit, case_id, private)
    return [memory for memory in memories if memory.case_id in allowed | {case_id}]


async def of_same_readers(unit: Unit, case_id: str, private: Collection[str]) -> set[str]:
    """Ids of those that everybody may read who reads in the case, in chat and over the API."""
    members = await unit.members.of_cases({case_id, *private})
    readers, near = accounts_of(members.get(case_id, ())), set(private)
    channel = (await unit.cases.view(case_id)).case.closed_to
    if channel:
        views = [await unit.cases.view(other) for other in sorted(private)]
        near = {view.case.id for view in views if view.case.closed_to == channel}
    elif not await _is_theirs_alone(unit, case_id):
        return set()
    return {other for other in near if readers <= accounts_of(members.get(other, ()))}


def accounts_of(members: Iterable[CaseMember]) -> set[str]:
    """The ids of their accounts."""
    return {member.account_id for member in members}


async def _is_theirs_alone(unit: Unit, case_id: str) -> bool:
    bindings = await unit.conversation.bindings(case_id)
    platforms = {binding.place.platform for binding in bindings}
    return platforms <= {API, unit.rules.home.platform}
