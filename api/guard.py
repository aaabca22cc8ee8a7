"""Who calls: a person who signed in, or a program with a token, and what that allows."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from limits import RateLimitItemPerMinute

from api.access_tokens import AccessTokens
from api.addresses import caller_network
from api.rate_limits import PER_ADDRESS, RENEWALS, RateLimits
from core.accounts.model import API_TOKEN, Account, AccountRole, ClientSession, Scope, SignIn
from core.clock import EPOCH
from core.errors import NotPermitted, Unauthorised
from core.workflows.client_sessions import live_session
from core.workflows.services import Services
from core.workflows.sign_in import who_holds, who_signed_in

BEARER = "bearer "
OPERATOR = "operator"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # they change nothing
STORED_AT_ONCE = 4  # requests with files: each takes some MB while what came is hashed and sealed
User = Annotated[str, Header(alias="X-FaultMaven-User")]
SessionId = Annotated[str, Header(alias="X-Session-Id")]
_CALLER, _COUNTED = "faultmaven.caller", "faultmaven.counted"  # of a scope


_log = logging.getLogger(__name__)

Admission = Callable[[Request], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """An account, and what it may do this time. sign_in: None for a program with a token."""

    account: Account
    scopes: frozenset[Scope]
    sign_in: SignIn | None = None
    session: ClientSession | None = None

    @property
    def is_built_in(self) -> bool:
        """Whether it is whoever reads the data directory of this server, and no account."""
        return self.account.id == OPERATOR

    def must(self, scope: Scope) -> None:
        """Raises NotPermitted."""
        if scope not in self.scopes:
            message = f"this token has no scope `{scope}`"
            raise NotPermitted(message, next_step="Make a token with that scope.")

    def must_be_person(self, refusal: str) -> None:
        """Raises NotPermitted for a program's token: whoever stole one would stay, or shut us out.

        refusal: what such a token does not do.
        """
        if self.sign_in is None:
            raise NotPermitted(refusal, next_step="Sign in as the person whose token it is.")

    def must_be_admin(self) -> None:
        """Raises NotPermitted."""
        if not self.account.is_admin:
            message = "only an admin may do that"
            raise NotPermitted(message, next_step="Ask an admin.")
        self.must(Scope.ADMIN)

    def must_operate(self) -> None:
        """Raises NotPermitted; also for the token of somebody who is no admin any more."""
        self.must(Scope.OPERATOR)
        if not self.account.is_admin:
            message = "only an admin may operate this server from elsewhere"
            raise NotPermitted(message, next_step="Ask an admin.")


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Tells who calls, and counts it. An application has one: `app.state.guard`.

    public_url: how browsers reach this server. machine: the token of whoever reads its data
    directory, made anew with each start; "" where nobody is let in by one.
    storing: held while files that came in are stored; those who send them wait for nobody.
    """

    services: Services
    access_tokens: AccessTokens
    limits: RateLimits
    public_url: str = "http://127.0.0.1:8000"
    machine: str = field(default="", repr=False)
    storing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STORED_AT_ONCE))

    async def identify(self, authorization: str, session_id: str) -> Caller:
        """Whoever calls. Raises Unauthorised, SessionExpired, TooMany."""
        if not authorization.lower().startswith(BEARER):
            raise Unauthorised("sign in first", next_step="POST /api/v1/auth/login.")
        text = authorization[len(BEARER) :].strip()
        if self.machine and secrets.compare_digest(text.encode(), self.machine.encode()):
            return _built_in(self.services.tenant_id)
        caller = await self._holder(text, session_id)
        await self.limits.count_account(caller.account.id, now=self.services.now)
        return caller

    async def must_still_be(self, request: Request) -> None:
        """Whoever called may still be let in: of an answer that goes on. It counts as no call.

        Raises Unauthorised, SessionExpired.
        """
        caller: Caller = request.scope[_CALLER]
        if not caller.is_built_in:
            text = request.headers.get("authorization", "")[len(BEARER) :].strip()
            await self._holder(text, request.headers.get("x-session-id", ""))

    async def count_stranger(
        self, request: Request, limit: RateLimitItemPerMinute = PER_ADDRESS
    ) -> None:
        """Count a call of somebody who has yet to prove who they are. Raises TooMany.

        limit: by default that of what lets somebody in.
        """
        await self.limits.count(limit, caller_network(request), now=self.services.now)

    async def count_password(self, request: Request, name: str) -> None:
        """Count a password for this name, before it is looked at. Raises TooMany."""
        now = self.services.now
        await self.limits.count_password(name, caller_network(request), now=now)

    async def remember(self, request: Request, account: Account) -> None:
        """The account's password was right: from there it is never too many for its names."""
        for name in {account.username, account.email or account.username}:
            await self.limits.remember(name, caller_network(request))

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


def _built_in(tenant_id: str) -> Caller:
    """The account of the command line on this machine: no row, no password, and one scope."""
    account = Account(
        id=OPERATOR,
        tenant_id=tenant_id,
        username=OPERATOR,
        email=None,
        display_name=OPERATOR,
        role=AccountRole.ADMIN,
        password="",
        created_at=EPOCH,
    )
    return Caller(account=account, scopes=frozenset({Scope.OPERATOR}))


@dataclass(frozen=True, kw_only=True)
class OperatorCall:
    """A call of the command line. user: as the system calls them who typed, on this machine."""

    caller: Caller
    user: str

    @property
    def by(self) -> str:
        """How the log of a case names them: an account by itself, whatever a header says."""
        return self.user if self.caller.is_built_in else f"@{self.caller.account.username}"

    @property
    def by_id(self) -> str:
        """Of the person at the terminal; "" for an account."""
        return self.user if self.caller.is_built_in else ""

    @property
    def account_id(self) -> str:
        """Of the account that calls; "" for whoever reads the data directory."""
        return "" if self.caller.is_built_in else self.caller.account.id


def _guard_of(request: Request) -> Guard:
    guard: Guard = request.app.state.guard
    return guard


async def _caller(request: Request, session_id: str) -> Caller:
    """Whoever calls, found once for a request."""
    known: Caller | None = request.scope.get(_CALLER)
    if known is None:
        authorization = request.headers.get("authorization", "")
        known = await _guard_of(request).identify(authorization, session_id)
        request.scope[_CALLER] = known
    return known


# Dependencies of routes. Each is asked for by itself: what one gets from another costs every call
# more than it saves. They are async because others run in a thread.


async def _guard(request: Request) -> Guard:
    return _guard_of(request)


async def _services(request: Request) -> Services:
    return _guard_of(request).services


async def _stranger(request: Request) -> None:
    await _count(request, PER_ADDRESS)


async def _renewing(request: Request) -> None:
    """Apart from strangers: who guesses passwords signs nobody out who shares their address."""
    await _count(request, RENEWALS)


async def _count(request: Request, limit: RateLimitItemPerMinute) -> None:
    """Once for a request."""
    if _COUNTED not in request.scope:
        request.scope[_COUNTED] = True
        await _guard_of(request).count_stranger(request, limit)


async def _reader(request: Request, session: SessionId = "") -> Caller:
    caller = await _caller(request, session)
    caller.must(Scope.READ)
    return caller


async def _writer(request: Request, session: SessionId = "") -> Caller:
    caller = await _caller(request, session)
    caller.must(Scope.WRITE)
    return caller


async def _admin(request: Request, session: SessionId = "") -> Caller:
    caller = await _caller(request, session)
    caller.must_be_admin()
    return caller


async def _operating(request: Request, session: str) -> Caller:
    caller = await _caller(request, session)
    caller.must_operate()
    return caller


async def _operator(
    request: Request, session: SessionId = "", user: User = OPERATOR
) -> OperatorCall:
    caller = await _operating(request, session)
    call = OperatorCall(caller=caller, user=user)
    if request.method not in SAFE_METHODS and not caller.is_built_in:
        _log.info("%s %s by %s", request.method, request.url.path, call.by)
    return call


TheGuard = Annotated[Guard, Depends(_guard)]
TheServices = Annotated[Services, Depends(_services)]
Reader = Annotated[Caller, Depends(_reader)]  # of a route that only reads
Writer = Annotated[Caller, Depends(_writer)]  # of a route that changes something
Admin = Annotated[Caller, Depends(_admin)]
Operator = Annotated[OperatorCall, Depends(_operator)]  # of the command line's routes
OPERATORS = Depends(_operator)
STRANGER = Depends(_stranger)  # of a route for those who have yet to sign in
RENEWING = Depends(_renewing)  # of the route for those who stay signed in


def admission_by(dependencies: Iterable[Callable[..., Any] | None]) -> Admission:
    """What lets somebody in, or refuses them, as those of a route will that tell who calls.

    A framework reads a body before it asks any of them. Raises what they raise.
    """
    asked = dict.fromkeys(
        ask for dependency in dependencies if (ask := _ADMISSIONS.get(dependency)) is not None
    )

    async def admit(request: Request) -> None:
        session_id = request.headers.get("x-session-id", "")
        for ask in asked:
            await ask(request, session_id)

    return admit


def _without_session(
    ask: Callable[[Request], Awaitable[None]],
) -> Callable[[Request, str], Awaitable[None]]:
    """The same of those who are asked for no session."""
    return lambda request, _session_id: ask(request)


_ADMISSIONS: dict[Callable[..., Any] | None, Callable[[Request, str], Awaitable[Any]]] = {
    _stranger: _without_session(_stranger),
    _renewing: _without_session(_renewing),
    _reader: _reader,
    _writer: _writer,
    _admin: _admin,
    _operator: _operating,
}
