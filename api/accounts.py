"""Signing in and out, and what lets somebody in: `/api/v1/auth`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Request, Response, status
from pydantic import Field, SecretStr

from api.access_tokens import ACCESS_FOR
from api.bodies import ApiAnswer, ApiBody, WireTime
from api.bounded_routes import api_router
from api.guard import RENEWING, STRANGER, Guard, Reader, TheGuard, TheServices, Writer
from api.parameters import Text
from core.accounts.code_requests import CLIENT_ID, SCOPES
from core.accounts.model import Account, Scope, SignedIn, Token
from core.errors import Unauthorised
from core.workflows import accounts
from core.workflows.accounts import Registration
from core.workflows.sign_in import SIGNED_IN_FOR, begin, refresh, sign_in, sign_out

router = api_router("/api/v1/auth", "accounts")

Name = Annotated[Text, Field(max_length=254)]
Password = Annotated[SecretStr, Field(max_length=1000)]
LONGEST_TOKEN_DAYS = 3660


class ProviderConfig(ApiAnswer):
    """An OpenID provider at which people sign in, too: where a browser is sent."""

    issuer: str
    login_endpoint: str = "/api/v1/auth/oidc/login"


class OAuthConfig(ApiAnswer):
    """How the browser extension signs people in who have no password here."""

    authorize_url: str
    token_url: str
    client_id: str = CLIENT_ID
    scopes: tuple[str, ...] = tuple(SCOPES.split())
    hosted_login_url: None = None


class SignInConfig(ApiAnswer):
    """How somebody signs in here. auth_mode: `oauth` where people do at a provider, too."""

    auth_mode: str
    login_endpoint: str = "/api/v1/auth/login"
    register_endpoint: str = "/api/v1/auth/register"
    supports_registration: bool
    oauth: OAuthConfig | None
    oidc: ProviderConfig | None = None


class Login(ApiBody):
    """username: or the email."""

    username: Name
    password: Password = SecretStr("")


class Register(ApiBody):
    """A wish for an account."""

    username: Name
    email: Name = ""
    display_name: Name = ""
    password: Password = SecretStr("")


class FirstAdmin(Register):
    """code: that `faultmaven up` showed."""

    code: Password


class Refresh(ApiBody):
    """What is good once."""

    refresh_token: Password


class NewPassword(ApiBody):
    """The one that holds, and the one that is to."""

    current_password: Password
    new_password: Password


class Reset(ApiBody):
    """Either somebody's name, to whom a code is sent; or that code, and the new password."""

    username: Name = ""
    code: Password = SecretStr("")
    new_password: Password = SecretStr("")


class AccountProfile(ApiAnswer):
    """An account, as its owner sees it."""

    user_id: str
    username: str
    email: str
    display_name: str
    created_at: WireTime
    is_dev_user: bool = False
    roles: list[str]
    last_login: WireTime | None
    organization: None = None


class TokenPair(ApiAnswer):
    """What lets a client in for half an hour, and what renews that."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = int(ACCESS_FOR.total_seconds())
    refresh_token: str
    refresh_expires_in: int = int(SIGNED_IN_FOR.total_seconds())


class SignedInAnswer(TokenPair):
    """The same, and who that is. session_id: of this sign-in."""

    session_id: str
    user: AccountProfile
    idp_logout_url: None = None


class SignedOut(ApiAnswer):
    """How many sign-ins ended."""

    message: str = "Signed out"
    revoked_tokens: int
    all_sessions_ended: bool = True


class Done(ApiAnswer):
    """What was done, in words."""

    message: str


class NewToken(ApiBody):
    """A wish for a token of a program. lasts_days: null for one that does not expire."""

    name: Name
    scopes: tuple[Scope, ...] = (Scope.READ,)
    lasts_days: Annotated[int, Field(ge=1, le=LONGEST_TOKEN_DAYS)] | None = 365


class TokenAnswer(ApiAnswer):
    """A token of a program. token: shown once, when it is made."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: WireTime
    expires_at: WireTime | None
    used_at: WireTime | None
    revoked_at: WireTime | None
    token: str | None = None


@router.get("/config", summary="How to sign in")
async def config(guard: TheGuard) -> SignInConfig:
    provider, public_url = guard.services.provider, guard.public_url.rstrip("/")
    oauth = OAuthConfig(
        authorize_url=f"{public_url}/auth/authorize",
        token_url=f"{public_url}/api/v1/auth/oauth/token",
    )
    return SignInConfig(
        auth_mode="oauth" if provider else "local",
        supports_registration=guard.services.rules.registration,
        oauth=oauth if provider else None,
        oidc=ProviderConfig(issuer=provider.issuer) if provider else None,
    )


@router.post("/login", summary="Sign in", dependencies=[STRANGER])
async def login(wish: Login, request: Request, guard: TheGuard) -> SignedInAnswer:
    await guard.count_password(request, wish.username)
    known = await sign_in(wish.username, wish.password.get_secret_value(), services=guard.services)
    await guard.remember(request, known.account)
    return signed_in_answer(known, guard)


@router.post(
    "/register",
    summary="Make an account",
    status_code=status.HTTP_201_CREATED,
    dependencies=[STRANGER],
)
async def register(wish: Register, guard: TheGuard) -> SignedInAnswer:
    account = await accounts.register(registration_of(wish), services=guard.services)
    return signed_in_answer(await begin(account, services=guard.services), guard)


@router.post(
    "/welcome",
    summary="Make the first admin",
    status_code=status.HTTP_201_CREATED,
    dependencies=[STRANGER],
)
async def welcome(wish: FirstAdmin, guard: TheGuard) -> SignedInAnswer:
    account = await accounts.make_first_admin(
        wish.code.get_secret_value(), registration_of(wish), services=guard.services
    )
    return signed_in_answer(await begin(account, services=guard.services), guard)


@router.post("/refresh", summary="Stay signed in", dependencies=[RENEWING])
async def renew(wish: Refresh, guard: TheGuard) -> TokenPair:
    text, now = wish.refresh_token.get_secret_value(), guard.services.now
    sign_in_id, number = guard.access_tokens.read_refresh(text, now=now)
    known = await refresh(sign_in_id, number, services=guard.services)
    return _tokens(known, guard)


@router.post("/logout", summary="Sign out everywhere")
async def logout(caller: Reader, services: TheServices) -> SignedOut:
    caller.must_be_person("a program's token signs nobody out")
    return SignedOut(revoked_tokens=await sign_out(caller.account.id, services=services))


@router.get("/me", summary="Who am I")
async def me(caller: Reader) -> AccountProfile:
    return profile_of(caller.account)


@router.put("/password", summary="Set another password", dependencies=[STRANGER])
async def change_password(
    wish: NewPassword, request: Request, caller: Writer, guard: TheGuard
) -> Done:
    if caller.sign_in is None:
        message = "a program's token cannot change a password"
        raise Unauthorised(message, next_step="Sign in with the password.")
    await guard.count_password(request, caller.account.username)
    await accounts.change_password(
        caller.account,
        old=wish.current_password.get_secret_value(),
        new=wish.new_password.get_secret_value(),
        services=guard.services,
    )
    return Done(message="The password is changed. Sign in again.")


@router.post("/reset-password", summary="A forgotten password", dependencies=[STRANGER])
async def reset_password(wish: Reset, services: TheServices) -> Done:
    code = wish.code.get_secret_value()
    if not code:
        await accounts.send_reset(wish.username, services=services)
        return Done(message="If there is such an account with an email, a code is on its way.")
    await accounts.reset_password(code, new=wish.new_password.get_secret_value(), services=services)
    return Done(message="The password is set. Sign in with it.")


@router.get("/tokens", summary="Tokens of programs")
async def list_tokens(caller: Reader, services: TheServices) -> list[TokenAnswer]:
    return [_token(token) for token in await accounts.api_tokens(caller.account, services=services)]


@router.post("/tokens", summary="Make a token", status_code=status.HTTP_201_CREATED)
async def make_token(wish: NewToken, caller: Writer, services: TheServices) -> TokenAnswer:
    caller.must_be_person("a program's token makes no other")
    for scope in wish.scopes:
        caller.must(scope)
    token, text = await accounts.make_api_token(
        caller.account,
        name=wish.name,
        scopes=wish.scopes,
        lasts=timedelta(days=wish.lasts_days) if wish.lasts_days else None,
        services=services,
    )
    return _token(token, text=text)


@router.delete("/tokens/{token_id}", status_code=status.HTTP_204_NO_CONTENT, summary="Revoke one")
async def revoke_token(token_id: Text, caller: Writer, services: TheServices) -> Response:
    await accounts.revoke_api_token(caller.account, token_id, services=services)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def registration_of(wish: Register) -> Registration:
    """What is asked for."""
    return Registration(
        username=wish.username,
        email=wish.email,
        display_name=wish.display_name,
        password=wish.password.get_secret_value(),
    )


def profile_of(account: Account) -> AccountProfile:
    """What its owner sees of it."""
    return AccountProfile(
        user_id=account.id,
        username=account.username,
        email=account.email or "",
        display_name=account.display_name,
        created_at=account.created_at,
        roles=[account.role.value],
        last_login=account.signed_in_at,
    )


def signed_in_answer(known: SignedIn, guard: Guard) -> SignedInAnswer:
    """What a client gets for a sign-in, however it was proved."""
    return SignedInAnswer(
        **_tokens(known, guard).model_dump(),
        session_id=known.sign_in.id,
        user=profile_of(known.account),
    )


def _tokens(known: SignedIn, guard: Guard) -> TokenPair:
    now, signed = guard.services.now, guard.access_tokens
    return TokenPair(
        access_token=signed.access(known.sign_in, now=now),
        refresh_token=signed.refresh(known.sign_in, now=now),
    )


def _token(token: Token, *, text: str | None = None) -> TokenAnswer:
    return TokenAnswer(
        id=token.id,
        name=token.name,
        scopes=list(token.scopes),
        created_at=token.created_at,
        expires_at=token.expires_at,
        used_at=token.used_at,
        revoked_at=token.revoked_at,
        token=text,
    )
