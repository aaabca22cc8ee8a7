"""Sessions of clients: begun or found again, kept alive, ended, and forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from core.accounts.model import ClientSession, SessionState
from core.errors import NotFound, OutOfLimits, SessionExpired

if TYPE_CHECKING:
    from datetime import datetime

    from core.workflows.services import Services, Unit

SHORTEST, LONGEST = timedelta(minutes=60), timedelta(minutes=480)
USUAL = timedelta(minutes=180)
SEEN_EVERY = timedelta(seconds=30)  # how exactly it is kept when a client was heard last


@dataclass(frozen=True, kw_only=True)
class SessionWish:
    """What a client asks for. client_id: "" for one that will not come back."""

    client_id: str
    kind: str = "troubleshooting"
    lasts: timedelta = USUAL
    metadata: Mapping[str, Any] | None = None


async def begin_session(
    account_id: str, wish: SessionWish, *, services: Services
) -> tuple[ClientSession, bool]:
    """The live session of the client, and that it was resumed; else a new one."""
    _must_fit(wish.lasts)
    async with services.unit() as unit:
        now = unit.now
        if wish.client_id:
            known = await unit.sessions.of_client(account_id, wish.client_id)
            if known is not None and known.state(at=now) is SessionState.ACTIVE:
                resumed = replace(known, seen_at=now, lasts=wish.lasts)
                await unit.sessions.update(resumed)
                return resumed, True
        begun = ClientSession(
            id=unit.new_id("session"),
            tenant_id=unit.context.tenant_id,
            account_id=account_id,
            client_id=wish.client_id,
            kind=wish.kind,
            lasts=wish.lasts,
            began_at=now,
            seen_at=now,
            metadata=json.dumps(dict(wish.metadata or {})),
        )
        await unit.sessions.add(begun)
        return begun, False


async def live_session(account_id: str, session_id: str, *, services: Services) -> ClientSession:
    """Raises SessionExpired where it is not there, over, or another account's."""
    async with services.reading(urgent=True) as unit:
        return await require_session(unit, account_id, session_id)


async def require_session(unit: Unit, account_id: str, session_id: str) -> ClientSession:
    """The same within a unit."""
    return must_be_live(await _mine(unit, account_id, session_id), at=unit.now)


def must_be_live(session: ClientSession | None, *, at: datetime) -> ClientSession:
    """Raises SessionExpired where there is none, or it is over."""
    if session is None or session.state(at=at) is not SessionState.ACTIVE:
        raise SessionExpired(SESSION_EXPIRED)
    return session


async def heartbeat(session: ClientSession, *, services: Services) -> ClientSession:
    """The client of a live session is alive."""
    if services.now - session.seen_at < SEEN_EVERY:
        return session
    async with services.unit() as unit:
        seen = replace(session, seen_at=unit.now)
        await unit.sessions.update(seen)
    return seen


async def change_session(
    account_id: str,
    session_id: str,
    *,
    lasts: timedelta | None,
    metadata: Mapping[str, Any] | None,
    services: Services,
) -> ClientSession:
    """None: as it is. Raises SessionExpired."""
    if lasts is not None:
        _must_fit(lasts)
    async with services.unit() as unit:
        session = await require_session(unit, account_id, session_id)
        changed = replace(
            session,
            lasts=lasts or session.lasts,
            metadata=session.metadata if metadata is None else json.dumps(dict(metadata)),
            seen_at=unit.now,
        )
        await unit.sessions.update(changed)
    return changed


async def end_session(account_id: str, session_id: str, *, services: Services) -> ClientSession:
    """Raises SessionExpired where it is not there, or another account's."""
    async with services.unit() as unit:
        session = await _mine(unit, account_id, session_id)
        if session.ended_at is not None:
            return session
        ended = replace(session, ended_at=unit.now)
        await unit.sessions.update(ended)
        return ended


async def sessions_of(account_id: str, *, services: Services) -> list[ClientSession]:
    """In the order they began."""
    async with services.reading() as unit:
        return await unit.sessions.of_account(account_id)


SESSION_EXPIRED = "Session expired"


async def _mine(unit: Unit, account_id: str, session_id: str) -> ClientSession:
    try:
        session = await unit.sessions.get(session_id)
    except NotFound as error:
        raise SessionExpired(SESSION_EXPIRED) from error
    if session.account_id != account_id:
        raise SessionExpired(SESSION_EXPIRED)
    return session


def _must_fit(lasts: timedelta) -> None:
    if not SHORTEST <= lasts <= LONGEST:
        message = "a session lasts from 60 to 480 minutes without a sign of life"
        raise OutOfLimits(message)
