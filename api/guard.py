"""Who calls: a person who signed in, or a program with a token, and what that allows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Depends, Header, Request

from api.access_tokens import AccessTokens
from api.rate_limits import PER_ACCOUNT, PER_ADDRESS, RateLimits
from core.accounts.model import Account, ClientSession, Scope, SignIn
from core.errors import NotPermitted, Unauthorised
from core.workflows.accounts import API_TOKEN
from core.workflows.client_sessions import live_session
from core.workflows.services import Services
from core.workflows.sign_in import who_holds, who_signed_in

BEARER = "bearer "
STORED_AT_ONCE = 4  # requests with files: each takes some MB while what came is hashed and sealed
Authorization = Annotated[str, Header(include_in_schema=False)]
SessionId = Annotated[str, Header(alias="X-Session-Id")]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """An account, and what it may do this time. sign_in: None for a program with a token."""

    account: Account
    scopes: frozenset[Scope]
    sign_in: SignIn | None = None
    session: ClientSession | None = None

    def must(self, scope: Scope) -> None:
        """Raises NotPermitted."""
        if scope not in self.scopes:
            message = f"this token has no scope `{scope}`"
            raise NotPermitted(message, next_step="Make a token with that scope.")

    def must_be_admin(self) -> None:
        """Raises NotPermitted."""
        if not self.account.is_admin:
            message = "only an admin may do that"
            raise NotPermitted(message, next_step="Ask an admin.")
        self.must(Scope.ADMIN)


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Tells who calls, and counts it. An application has one: `app.state.guard`.

    storing: held while files that came in are stored; those who send them wait for nobody.
    """

    services: Services
    access_tokens: AccessTokens
    limits: RateLimits
    storing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STORED_AT_ONCE))

    async def identify(self, authorization: str, session_id: str) -> Caller:
        """Whoever calls. Raises Unauthorised, SessionExpired, TooMany."""
        if not authorization.lower().startswith(BEARER):
            raise Unauthorised("sign in first", next_step="POST /api/v1/auth/login.")
        caller = await self._holder(authorization[len(BEARER) :].strip(), session_id)
        await self.limits.count(PER_ACCOUNT, caller.account.id, now=self.services.now)
        return caller

    async def count_stranger(self, address: str) -> None:
        """Count a call of somebody who has yet to prove who they are. Raises TooMany."""
        await self.limits.count(PER_ADDRESS, address, now=self.services.now)

    async def _holder(self, text: str, session_id: str) -> Caller:
        if text.startswith(API_TOKEN):
            account, token = await who_holds(text, services=self.services)
            caller = Caller(account=account, scopes=frozenset(token.scopes))
            if not session_id:
                return caller
            session = await live_session(account.id, session_id, services=self.services)
            return replace(caller, session=session)
        sign_in_id = self.access_tokens.read_access(text, now=self.services.now)
        known = await who_signed_in(sign_in_id, session_id, services=self.services)
        return Caller(
            account=known.account,
            scopes=frozenset(Scope),
            sign_in=known.sign_in,
            session=known.session,
        )


async def _guard(request: Request) -> Guard:  # async: others run in a thread
    guard: Guard = request.app.state.guard
    return guard


TheGuard = Annotated[Guard, Depends(_guard)]


async def _services(guard: TheGuard) -> Services:
    return guard.services


async def _stranger(request: Request, guard: TheGuard) -> None:
    await guard.count_stranger(request.client.host if request.client else "")


async def _caller(
    guard: TheGuard, authorization: Authorization = "", session: SessionId = ""
) -> Caller:
    return await guard.identify(authorization, session)


async def _reader(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    caller.must(Scope.READ)
    return caller


async def _writer(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    caller.must(Scope.WRITE)
    return caller


async def _admin(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    caller.must_be_admin()
    return caller


TheServices = Annotated[Services, Depends(_services)]
Reader = Annotated[Caller, Depends(_reader)]  # of a route that only reads
Writer = Annotated[Caller, Depends(_writer)]  # of a route that changes something
Admin = Annotated[Caller, Depends(_admin)]
STRANGER = Depends(_stranger)  # of a route for those who have yet to sign in
