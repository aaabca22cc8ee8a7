"""Sessions of clients: `/api/v1/sessions`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Response, status
from pydantic import Field

from api.bodies import ApiAnswer, ApiBody, WireTime
from api.bounded_routes import api_router
from api.guard import Caller, Reader, TheServices, Writer
from api.parameters import JsonObject, Text
from core.accounts.model import ClientSession, SessionState
from core.workflows import client_sessions
from core.workflows.client_sessions import SessionWish

router = api_router("/api/v1/sessions", "sessions")

Minutes = Annotated[int, Field(ge=60, le=480)]
ClientName = Annotated[Text, Field(max_length=200)]


class NewSession(ApiBody):
    """client_id: the client's own name of itself; with it, it finds a live session again."""

    client_id: ClientName | None = None
    session_type: ClientName | None = None
    timeout_minutes: Minutes | None = None
    metadata: JsonObject | None = None


class SessionChange(ApiBody):
    """What is null stays as it is."""

    timeout_minutes: Minutes | None = None
    metadata: JsonObject | None = None


class SessionAnswer(ApiAnswer):
    """A session, as its client sees it."""

    session_id: str
    user_id: str
    client_id: str
    status: SessionState
    created_at: WireTime
    session_type: str
    session_resumed: bool = False
    expires_at: WireTime
    timeout_minutes: int
    message: str = ""
    schema_version: str = "3.1.0"
    last_activity: WireTime
    metadata: dict[str, Any]


class SessionRow(ApiAnswer):
    """How a session stands."""

    session_id: str
    status: SessionState


@router.post(
    "",
    summary="Begin a session, or find it again",
    status_code=status.HTTP_201_CREATED,
    responses={200: {"model": SessionAnswer, "description": "It was found again."}},
)
async def begin_session(
    wish: NewSession, caller: Reader, services: TheServices, response: Response
) -> SessionAnswer:
    session, was_resumed = await client_sessions.begin_session(
        caller.account.id, _wish(wish), services=services
    )
    if was_resumed:
        response.status_code = status.HTTP_200_OK
    message = "Session resumed" if was_resumed else "Session created"
    return _answer(session, services, session_resumed=was_resumed, message=message)


@router.get("", summary="My sessions")
async def list_sessions(caller: Reader, services: TheServices) -> list[SessionAnswer]:
    sessions = await client_sessions.sessions_of(caller.account.id, services=services)
    return [_answer(session, services) for session in sessions]


@router.get("/{session_id}", summary="One session, with what recovers it")
async def get_session(session_id: Text, caller: Reader, services: TheServices) -> SessionAnswer:
    return _answer(await _live(session_id, caller, services), services)


@router.patch("/{session_id}", summary="Change a session")
async def change_session(
    session_id: Text, wish: SessionChange, caller: Writer, services: TheServices
) -> SessionAnswer:
    minutes = wish.timeout_minutes
    session = await client_sessions.change_session(
        caller.account.id,
        session_id,
        lasts=timedelta(minutes=minutes) if minutes else None,
        metadata=wish.metadata,
        services=services,
    )
    return _answer(session, services)


@router.post("/{session_id}/heartbeat", summary="The client is alive")
async def heartbeat(session_id: Text, caller: Reader, services: TheServices) -> SessionRow:
    live = await _live(session_id, caller, services)
    session = await client_sessions.heartbeat(live, services=services)
    return SessionRow(session_id=session.id, status=session.state(at=services.now))


@router.post("/{session_id}/cleanup", summary="Forget what the client kept in it")
async def clean_up(session_id: Text, caller: Writer, services: TheServices) -> SessionAnswer:
    session = await client_sessions.change_session(
        caller.account.id, session_id, lasts=None, metadata={}, services=services
    )
    return _answer(session, services, message="Session data cleaned up")


@router.delete("/{session_id}", summary="End a session", status_code=status.HTTP_204_NO_CONTENT)
async def end_session(session_id: Text, caller: Writer, services: TheServices) -> Response:
    await client_sessions.end_session(caller.account.id, session_id, services=services)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


async def _live(session_id: str, caller: Caller, services: TheServices) -> ClientSession:
    """As it was read when the caller was identified, where it is theirs. Raises SessionExpired."""
    if caller.session is not None and caller.session.id == session_id:
        return caller.session
    return await client_sessions.live_session(caller.account.id, session_id, services=services)


def _wish(wish: NewSession) -> SessionWish:
    minutes = wish.timeout_minutes
    return SessionWish(
        client_id=wish.client_id or "",
        kind=wish.session_type or "troubleshooting",
        lasts=timedelta(minutes=minutes) if minutes else client_sessions.USUAL,
        metadata=wish.metadata,
    )


def _answer(session: ClientSession, services: TheServices, **more: Any) -> SessionAnswer:
    return SessionAnswer(
        session_id=session.id,
        user_id=session.account_id,
        client_id=session.client_id,
        status=session.state(at=services.now),
        created_at=session.began_at,
        session_type=session.kind,
        expires_at=session.expires_at,
        timeout_minutes=session.lasts // timedelta(minutes=1),
        last_activity=session.seen_at,
        metadata=json.loads(session.metadata),
        **more,
    )
