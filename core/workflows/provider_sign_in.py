"""Signing in at an OpenID provider: sent there, come back once, and known by issuer and subject.

What a browser brings back is believed only where this installation sent that very browser there,
no longer ago than ten minutes. Whether the provider's answer is genuine is the port's to prove.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from core.accounts.model import (
    Account,
    AccountRole,
    AuthorizationRequest,
    ProviderLogin,
    TokenKind,
    digest_of,
)
from core.errors import Conflict, NotFound, NotPermitted, Unauthorised
from core.text.redacted import storable
from core.workflows.account_links import unlink_all
from core.workflows.accounts import EMAIL, LONGEST_NAME, USERNAME, issue, spend
from core.workflows.sign_in import end_everything, revoke

if TYPE_CHECKING:
    from core.accounts.model import ProviderProfile
    from core.accounts.ports import IdentityProvider
    from core.workflows.services import Services, Unit

AWAY_FOR = timedelta(minutes=10)
HANDOVER_FOR = timedelta(minutes=1)
RANDOM_BYTES = 32
LONGEST_USERNAME = 60  # characters, so that a number fits behind
BEGIN_AGAIN = "Begin again: GET /api/v1/auth/oidc/login."
_ERROR = re.compile(r"[a-z_]{1,40}")  # as the standard names them
_NO_USERNAME = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, kw_only=True)
class SentAway:
    """Where a browser is sent, and what it must bring back in a cookie."""

    url: str
    browser: str


@dataclass(frozen=True, kw_only=True)
class ProviderReturn:
    """What a browser brings back: in the URL, and `browser` in its cookie.

    issuer: whose answer it is, where the provider says so. error: why there is no code.
    """

    code: str
    state: str
    browser: str
    issuer: str = ""
    error: str = ""


async def send_to_provider(redirect_uri: str, *, carries: str = "", services: Services) -> SentAway:
    """carries: comes back behind a dot in what the browser brings, as it left or not at all.

    Raises NotFound where no provider is set, and SourceUnavailable.
    """
    state, browser, nonce, verifier = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(4))
    browser = f"{browser}.{carries}" if carries else browser
    url = await _provider(services).authorization_url(
        state=state, nonce=nonce, verifier=verifier, redirect_uri=redirect_uri
    )
    async with services.unit() as unit:
        await unit.authorization_requests.add(
            AuthorizationRequest(
                tenant_id=unit.context.tenant_id,
                state=digest_of(state),
                browser=digest_of(browser),
                nonce=nonce,
                verifier=verifier,
                expires_at=unit.now + AWAY_FOR,
            )
        )
    return SentAway(url=url, browser=browser)


async def come_back(returned: ProviderReturn, redirect_uri: str, *, services: Services) -> Account:
    """Whoever came back; an account is made for somebody new.

    Raises Unauthorised, NotPermitted where the account is disabled, NotFound, SourceUnavailable.
    """
    provider = _provider(services)
    request = await _taken(returned, services=services)
    _must_be_answer(returned, provider)
    profile = await provider.redeem(
        returned.code,
        nonce=request.nonce,
        verifier=request.verifier,
        redirect_uri=redirect_uri,
        at=services.now,
    )
    try:
        account = await _account(profile, services=services)
    except Conflict:  # they came back twice at once, and the other one made it
        account = await _account(profile, services=services)
    if account.is_disabled:
        message = f"the account {account.username} is disabled"
        raise NotPermitted(message, next_step="Ask an admin: `faultmaven user enable NAME`.")
    return account


async def hand_over(account: Account, *, browser: str, services: Services) -> str:
    """The code with which the page in that browser signs in, once, within a minute."""
    return await issue(
        TokenKind.HANDOVER, account, lasts=HANDOVER_FOR, bound_to=browser, services=services
    )


async def handed_over(code: str, *, browser: str, services: Services) -> Account:
    """Raises Unauthorised."""
    async with services.unit() as unit:
        token = await spend(unit, TokenKind.HANDOVER, code + browser)
        account = await unit.accounts.get(str(token.account_id))
    if account.is_disabled:
        raise _unknown()
    return account


async def _taken(returned: ProviderReturn, *, services: Services) -> AuthorizationRequest:
    """The request that it belongs to, which nobody else can take any more. Raises Unauthorised."""
    async with services.unit() as unit:
        request = await unit.authorization_requests.take(digest_of(returned.state))
        now = unit.now
    if request is None or now >= request.expires_at:
        raise _unknown()
    if not secrets.compare_digest(request.browser, digest_of(returned.browser)):
        raise _unknown()
    return request


def _must_be_answer(returned: ProviderReturn, provider: IdentityProvider) -> None:
    """Raises Unauthorised for an error, and for the answer of another provider (RFC 9207)."""
    if returned.issuer and returned.issuer != provider.issuer:
        raise _unknown()
    if returned.code and not returned.error:
        return
    reason = returned.error if _ERROR.fullmatch(returned.error) else "no code"
    message = f"the OpenID provider let nobody in: {reason}"
    raise Unauthorised(message, next_step=f"{BEGIN_AGAIN} Or sign in with a password.")


async def _account(profile: ProviderProfile, *, services: Services) -> Account:
    async with services.unit() as unit:
        login = await unit.provider_logins.get(profile.issuer, profile.subject)
        if login is not None:
            known = await unit.accounts.get(login.account_id)
            return await _with_role(unit, known, profile)
        joined = await _of_email(unit, profile)
        account = await _taken_over(unit, joined) if joined else await _make(unit, profile)
        login = ProviderLogin(
            tenant_id=account.tenant_id,
            issuer=profile.issuer,
            subject=profile.subject,
            account_id=account.id,
            since=unit.now,
        )
        if not await unit.provider_logins.add(login):
            message = "somebody signed in as the same person just now"
            raise Conflict(message)
        return account


async def _of_email(unit: Unit, profile: ProviderProfile) -> Account | None:
    """The account that has the email already, where an admin said that it may be taken over.

    Not where it has come from a provider itself: that one says whose it is.
    """
    email = _email(profile)
    if not unit.rules.joins_by_email or not email:
        return None
    known = await unit.accounts.named(email)
    is_free = known is not None and not await unit.provider_logins.of_account(known.id)
    return known if is_free else None


async def _taken_over(unit: Unit, account: Account) -> Account:
    """The account, without all that has let anybody in.

    Whoever made it may have registered with the email of somebody else: nobody asked for a proof.
    """
    await end_everything(unit, account.id)
    await unlink_all(unit, account.id)
    await revoke(unit, account.id, TokenKind)
    taken_over = replace(account, password="")
    await unit.accounts.update(taken_over)
    return taken_over


async def _make(unit: Unit, profile: ProviderProfile) -> Account:
    username, email = await _free_name(unit, profile), _email(profile)
    account = Account(
        id=unit.new_id("user"),
        tenant_id=unit.context.tenant_id,
        username=username,
        email=email if email and await unit.accounts.named(email) is None else None,
        display_name=storable(profile.display_name).strip()[:LONGEST_NAME] or username,
        role=_role(unit, profile),
        password="",  # they have none here
        created_at=unit.now,
    )
    if not await unit.accounts.add(account):
        message = "somebody took the same name just now"
        raise Conflict(message)
    return account


async def _free_name(unit: Unit, profile: ProviderProfile) -> str:
    """`dana`, or `dana-2` where somebody else has that."""
    wish = (profile.username or profile.email).partition("@")[0].lower()
    plain = _NO_USERNAME.sub("-", wish).strip("._-")[:LONGEST_USERNAME]
    name = free = plain if USERNAME.fullmatch(plain) else "user"
    numbers = count(2)
    while await unit.accounts.named(free) is not None:
        free = f"{name}-{next(numbers)}"
    return free


def _email(profile: ProviderProfile) -> str:
    """In lower case; "" where the provider did not verify it."""
    email = storable(profile.email).strip().lower()
    return email if profile.email_verified and EMAIL.fullmatch(email) else ""


async def _with_role(unit: Unit, account: Account, profile: ProviderProfile) -> Account:
    """The role follows the group, of accounts that the provider made; the last admin stays one."""
    changed = replace(account, role=_role(unit, profile))
    if not unit.rules.admin_group or account.password or changed == account:
        return account
    everyone = await unit.accounts.all()
    admins = [known.id for known in everyone if known.is_admin and not known.is_disabled]
    if admins == [account.id]:
        return account
    await unit.accounts.update(changed)
    return changed


def _role(unit: Unit, profile: ProviderProfile) -> AccountRole:
    group = unit.rules.admin_group
    return AccountRole.ADMIN if group and group in profile.groups else AccountRole.USER


def _provider(services: Services) -> IdentityProvider:
    if services.provider is None:
        message = "nobody signs in at an OpenID provider here"
        step = "Sign in with a password, or set FAULTMAVEN_OIDC_ISSUER."
        raise NotFound(message, next_step=step)
    return services.provider


def _unknown() -> Unauthorised:
    message = "this sign-in was used, took more than ten minutes, or began in another browser"
    return Unauthorised(message, next_step=BEGIN_AGAIN)
