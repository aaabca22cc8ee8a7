"""Who sees which case, over the API and in chat, and what they may do in it.

A case that an alert opened is the team's, and every account responds in it; so is one that a person
opened in a channel that the whole workspace reads. One of a channel that not everybody reads, or of
a direct conversation, belongs to that: over the API its members see it, as the account of whoever
opened it, and admins, as they do one that was opened over the API. In chat it is seen in its
channel alone, and by those members where nobody else reads; one of a public channel elsewhere, too,
by whoever was heard there. Guests see the cases of the channel that they speak in. Of any other
case nobody learns that it is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.accounts.model import CaseMember, CaseRole
from core.conversation.case_memories import accounts_of, of_same_readers
from core.errors import NotAllowedNow, NotFound, NotPermitted
from core.places import API

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.accounts.model import Account
    from core.cases.model import Case
    from core.cases.projection import CaseView
    from core.cases.rows import CaseFilter
    from core.places import Place
    from core.workflows.services import Services, Unit


async def hidden_from(unit: Unit, account: Account) -> set[str]:
    """Ids of the cases that are not the team's, nor this account's. An admin sees all."""
    if account.is_admin:
        return set()
    mine = {member.case_id for member in await unit.members.of_account(account.id)}
    return await unit.members.cases() - mine


async def visible_case(unit: Unit, case_id: str, account: Account) -> CaseView:
    """Raises NotFound also where the account does not see it."""
    await role_in(unit, case_id, account)
    return await unit.cases.view(case_id)


async def changeable_case(unit: Unit, case_id: str, account: Account) -> CaseView:
    """The case, held until the unit ends. Raises NotFound, and NotPermitted for a viewer."""
    await must_respond(unit, case_id, account)
    return await unit.cases.view(case_id, lock=True)


async def must_respond(unit: Unit, case_id: str, account: Account) -> None:
    """Raises NotFound, and NotPermitted for a viewer."""
    if await role_in(unit, case_id, account) is CaseRole.VIEWER:
        raise _only_reads()


async def role_in(unit: Unit, case_id: str, account: Account) -> CaseRole:
    """Raises NotFound where there is no such case, or none that the account sees."""
    try:
        view = await unit.cases.view(case_id)
    except NotFound as error:
        raise _no_such_case() from error
    members = await unit.members.of_case(case_id)
    if account.is_admin:
        return CaseRole.OWNER
    if not members and not view.case.closed_to:
        return CaseRole.RESPONDER
    for member in members:
        if member.account_id == account.id:
            return member.role
    raise _no_such_case()


def seen_by(account: Account, wanted: CaseFilter) -> CaseFilter:
    """The filter for those that the account sees."""
    return replace(wanted, viewer=None if account.is_admin else account.id)


@dataclass(frozen=True, kw_only=True)
class CaseReader:
    """Who names a case at a place. account_id: of the account that they are there, by a link.

    is_alone: nobody else reads what is answered. is_guest: of the platform's workspace, or from
    outside it. by_id: the platform's id of them, "" where it has none.
    """

    account_id: str = ""
    by_id: str = ""
    is_alone: bool = False
    is_guest: bool = False


SOMEBODY = CaseReader()


async def must_reach(
    unit: Unit, case_id: str, place: Place, reader: CaseReader = SOMEBODY, *, changes: bool
) -> None:
    """Whether a case may be named at a place: by its number, from another case's thread.

    At the installation's own terminal every case may; over the API those that the account sees; in
    a channel of a chat platform those at home there, those that alerts opened for the team, those
    of a channel that everybody reads and in which the reader was heard, and to whoever is linked to
    one of its members and is alone with us, what the member sees. Raises NotFound, and NotPermitted
    for a viewer who wants to change something, and where others read along.
    """
    if place.platform == API:
        account = await unit.accounts.get(place.channel)
        role = await role_in(unit, case_id, account)
        if changes and role is CaseRole.VIEWER:
            await must_respond(unit, case_id, account)
        if place.thread and case_id != place.thread:
            await _must_be_of_same_readers(unit, case_id, asked_in=place.thread)
    elif place.platform != unit.rules.home.platform:
        case = (await unit.cases.view(case_id)).case
        bindings = await unit.conversation.bindings(case_id)
        places = {binding.place for binding in bindings} - {unit.rules.home}
        homes = {each.whole_channel for each in places}
        if place.whole_channel in homes and place.reads(case.closed_to):
            return
        if await _is_of_others(unit, case, homes, place, reader):
            await _must_be_member(unit, case_id, reader, changes=changes)


async def _must_be_of_same_readers(unit: Unit, case_id: str, *, asked_in: str) -> None:
    """What is said in a case is read by all who see that. Raises NotPermitted."""
    if not await unit.members.cases(among=[case_id]):
        return
    members = await unit.members.of_cases([case_id, asked_in])
    readers, here = (accounts_of(members.get(each, ())) for each in (case_id, asked_in))
    if not here <= readers or case_id not in await of_same_readers(unit, asked_in, {case_id}):
        message = "that case is its members' alone, and others would read this here"
        raise NotPermitted(message, next_step="Ask in that case.")


async def _is_of_others(
    unit: Unit, case: Case, homes: set[Place], place: Place, reader: CaseReader
) -> bool:
    """Whether it is not the team's who are at a place. homes: its channels.

    Who reads a channel that not everybody reads changes, and who was put out of it was heard there.
    """
    if case.closed_to:
        return not place.reads(case.closed_to)
    of_chat = {home for home in homes if home.platform != API}
    if reader.is_guest:
        return True
    if case.is_of_person and of_chat:
        return not any([await unit.incoming.heard_in(home, reader.by_id) for home in of_chat])
    here = (place.platform, place.workspace)
    is_at_home = here in {(home.platform, home.workspace) for home in homes}
    return not is_at_home and bool(await unit.members.of_case(case.id))


async def _must_be_member(unit: Unit, case_id: str, reader: CaseReader, *, changes: bool) -> None:
    """An admin's account is none of its own accord: linking raises no rights in chat."""
    members = await unit.members.of_case(case_id)
    roles = [member.role for member in members if member.account_id == reader.account_id]
    if not roles:
        raise _no_such_case()
    if not reader.is_alone:
        message = "that case is its members' alone, and others would read this here"
        raise NotPermitted(message, next_step="Say it to me in a direct message.")
    if changes and roles == [CaseRole.VIEWER]:
        raise _only_reads()


async def only_reachable(
    unit: Unit, cases: Sequence[Case], place: Place, reader: CaseReader = SOMEBODY
) -> list[Case]:
    """Those that may be named at the place, in their order."""
    hidden = await unit.members.cases()
    near = set(await unit.conversation.open_cases_in(place))
    reachable = []
    for case in cases:
        is_asked = case.id in hidden or case.is_of_person or reader.is_guest
        is_near = case.id in near and place.reads(case.closed_to)
        try:
            if is_asked and not is_near:
                await must_reach(unit, case.id, place, reader, changes=False)
        except (NotFound, NotPermitted):
            continue
        reachable.append(case)
    return reachable


async def members_of(case_id: str, account: Account, *, services: Services) -> list[CaseMember]:
    """In the order they became members; none where the case is the team's. Raises NotFound."""
    async with services.reading() as unit:
        await role_in(unit, case_id, account)
        return await unit.members.of_case(case_id)


async def add_member(
    case_id: str, account: Account, *, name: str, role: CaseRole, services: Services
) -> CaseMember:
    """name: a username or an email. Raises NotFound, NotPermitted, NotAllowedNow."""
    async with services.unit() as unit:
        await _must_own(unit, case_id, account)
        added = await unit.accounts.named(name.strip().lower())
        if added is None:
            message = "no account has that name"
            raise NotFound(message, next_step="Give the username or the email of an account.")
        await _must_stay_owned(unit, case_id, added.id, role)
        member = CaseMember(
            tenant_id=unit.context.tenant_id,
            case_id=case_id,
            account_id=added.id,
            role=role,
            since=unit.now,
        )
        await unit.members.put(member)
        return member


async def remove_member(
    case_id: str, account: Account, *, account_id: str, services: Services
) -> None:
    """Owners remove anyone; others themselves. Raises NotFound, NotPermitted, NotAllowedNow."""
    async with services.unit() as unit:
        if account_id == account.id:
            await role_in(unit, case_id, account)
        else:
            await _must_own(unit, case_id, account)
        await _must_stay_owned(unit, case_id, account_id, None)
        if not await unit.members.remove(case_id, account_id):
            message = "no such member"
            raise NotFound(message)


async def _must_own(unit: Unit, case_id: str, account: Account) -> None:
    """Raises NotFound, and NotPermitted for whoever is no owner."""
    if await role_in(unit, case_id, account) is not CaseRole.OWNER:
        message = "only an owner of the case says who sees it"
        raise NotPermitted(message, next_step="Ask an owner of the case, or an admin.")


async def _must_stay_owned(
    unit: Unit, case_id: str, account_id: str, role: CaseRole | None
) -> None:
    """Raises NotAllowedNow where the last owner would be none: nobody could share it any more."""
    members = await unit.members.of_case(case_id)
    owners = {member.account_id for member in members if member.role is CaseRole.OWNER}
    if owners == {account_id} and role is not CaseRole.OWNER:
        message = "a case keeps one owner at least"
        raise NotAllowedNow(message, next_step="Make somebody else an owner first.")


def _only_reads() -> NotPermitted:
    message = "a viewer reads a case and changes nothing"
    return NotPermitted(message, next_step="Ask an owner of the case.")


def _no_such_case() -> NotFound:
    return NotFound("Case not found", next_step="See GET /api/v1/cases for yours.")
