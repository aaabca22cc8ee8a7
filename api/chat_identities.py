"""Whom an account is in chat: a code to say there, and who said one: `/api/v1/auth`."""

from __future__ import annotations

from fastapi import Response, status

from api.bodies import ApiAnswer, WireTime
from api.bounded_routes import api_router
from api.guard import Reader, TheGuard, TheServices, Writer
from api.parameters import Text
from api.rate_limits import LINK_CODES
from core.access import Identity
from core.workflows.account_links import identities_of, make_link_code, unlink_identity

router = api_router("/api/v1/auth", "accounts")


class LinkCodeAnswer(ApiAnswer):
    """say: what to type to the bot, in a direct message or as a slash command; good once."""

    code: str
    say: str
    expires_at: WireTime


class IdentityAnswer(ApiAnswer):
    """Somebody on a platform who is this account. name: what people call them there."""

    id: str
    platform: str
    workspace: str
    name: str
    linked_at: WireTime | None


@router.post("/link", summary="A code to say in chat", status_code=status.HTTP_201_CREATED)
async def make_code(caller: Writer, guard: TheGuard) -> LinkCodeAnswer:
    caller.must_be_person("a program's token makes no codes for chat")
    services = guard.services
    await guard.limits.count(LINK_CODES, caller.account.id, now=services.now)
    made = await make_link_code(caller.account, services=services)
    return LinkCodeAnswer(code=made.code, say=f"link {made.code}", expires_at=made.expires_at)


@router.get("/identities", summary="Whom you are in chat")
async def list_identities(caller: Reader, services: TheServices) -> list[IdentityAnswer]:
    return [_answer(known) for known in await identities_of(caller.account, services=services)]


@router.delete(
    "/identities/{identity_id:path}",
    summary="Be that one no more",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def remove_identity(identity_id: Text, caller: Writer, services: TheServices) -> Response:
    await unlink_identity(caller.account, identity_id, services=services)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _answer(identity: Identity) -> IdentityAnswer:
    return IdentityAnswer(
        id=identity.key,
        platform=identity.platform,
        workspace=identity.workspace,
        name=identity.profile.name,
        linked_at=identity.linked_at,
    )
