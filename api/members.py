"""Who sees a case: `/api/v1/cases/{id}/members`."""

from __future__ import annotations

from fastapi import Response, status

from api.bodies import ApiAnswer, ApiBody, WireTime
from api.bounded_routes import api_router
from api.case_bodies import Name
from api.cases import CaseId
from api.guard import Reader, TheServices, Writer
from core.accounts.model import CaseMember, CaseRole
from core.workflows import case_access

router = api_router("/api/v1/cases", "cases")


class NewMember(ApiBody):
    """username: or the email."""

    username: Name
    role: CaseRole = CaseRole.RESPONDER


class MemberAnswer(ApiAnswer):
    """An account that sees the case."""

    user_id: str
    role: CaseRole
    since: WireTime


class MembersAnswer(ApiAnswer):
    """Who sees the case. is_team: everyone does."""

    members: list[MemberAnswer]
    is_team: bool


@router.get("/{case_id}/members", summary="Who sees a case")
async def list_members(case_id: CaseId, caller: Reader, services: TheServices) -> MembersAnswer:
    members = await case_access.members_of(case_id, caller.account, services=services)
    return MembersAnswer(members=[_member(member) for member in members], is_team=not members)


@router.post(
    "/{case_id}/members",
    summary="Show a case to somebody, or give them another role",
    status_code=status.HTTP_201_CREATED,
)
async def add_member(
    case_id: CaseId, wish: NewMember, caller: Writer, services: TheServices
) -> MemberAnswer:
    member = await case_access.add_member(
        case_id, caller.account, name=wish.username, role=wish.role, services=services
    )
    return _member(member)


@router.delete(
    "/{case_id}/members/{account_id}",
    summary="Hide a case from somebody",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def remove_member(
    case_id: CaseId, account_id: CaseId, caller: Writer, services: TheServices
) -> Response:
    await case_access.remove_member(
        case_id, caller.account, account_id=account_id, services=services
    )
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _member(member: CaseMember) -> MemberAnswer:
    return MemberAnswer(user_id=member.account_id, role=member.role, since=member.since)
