"""Signing in, staying signed in, and signing out.

A refresh token is good once: its successor has the next number. Whoever shows an older one may have
stolen it, so the whole sign-in ends. The one just before is taken for a short while, because the
answer to it may have been lost on the way.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.accounts.model import Account, SignedIn, SignIn, TokenKind, digest_of
from core.errors import NotFound, Unauthorised
from core.workflows.client_sessions import must_be_live

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from core.accounts.model import Token
    from core.workflows.services import Services, Unit

SIGNED_IN_FOR = timedelta(days=7)  # without a refresh
TAKEN_TWICE_FOR = timedelta(seconds=60)  # a client tries a lost answer again no later
UNDER_WAY = (TokenKind.CODE, TokenKind.HANDOVER)  # sign-ins that are about to begin
TOUCHED_EVERY = timedelta(minutes=5)  # how exactly the last use of an API token is kept


async def sign_in(name: str, password: str, *, services: Services) -> SignedIn:
    """As `account_named`, with a new sign-in."""
    return await begin(await account_named(name, password, services=services), services=services)


async def account_named(name: str, password: str, *, services: Services) -> Account:
    """Whose password it is; nothing is begun. name: username or email.

    Raises Unauthorised, and TooMany where too many wait already.
    """
    async with services.reading() as unit:
        known = await unit.accounts.named(name.strip().lower())
    hashed = known.password if known else ""
    is_right = await services.passwords.matches(password, hashed)
    if known is None or not is_right or known.is_disabled:
        message = "Invalid username or password"
        raise Unauthorised(message, next_step="An admin can send you a link to set a new one.")
    return known


async def begin(account: Account, *, services: Services) -> SignedIn:
    """A new sign-in of somebody who has proved who they are."""
    async with services.unit() as unit:
        return await begin_in(unit, account)


async def begin_in(unit: Unit, account: Account) -> SignedIn:
    """The same, with what else the unit does."""
    now = unit.now
    account = replace(account, signed_in_at=now)
    begun = SignIn(
        id=unit.new_id("signin"),
        tenant_id=account.tenant_id,
        account_id=account.id,
        began_at=now,
        rotated_at=now,
        expires_at=now + SIGNED_IN_FOR,
    )
    await unit.accounts.update(account)
    await unit.sign_ins.add(begun)
    return SignedIn(account=account, sign_in=begun)


async def who_signed_in(sign_in_id: str, session_id: str, *, services: Services) -> SignedIn:
    """session_id: "" where the client has none.

    Raises Unauthorised where the sign-in ended, or its account may not sign in any more, and
    SessionExpired.
    """
    async with services.reading(urgent=True, single=True) as unit:
        known = _valid(await unit.sign_ins.holder(sign_in_id, session_id), at=unit.now)
        now = unit.now
    if session_id:
        must_be_live(known.session, at=now)
    return known


async def refresh(sign_in_id: str, rotation: int, *, services: Services) -> SignedIn:
    """The sign-in with its next refresh token. Raises Unauthorised."""
    async with services.unit() as unit:
        with suppress(NotFound):  # told below
            await unit.sign_ins.get(sign_in_id, lock=True)
        valid = _valid(await unit.sign_ins.holder(sign_in_id), at=unit.now)
        held, now = valid.sign_in, unit.now
        is_retry = rotation == held.rotation - 1 and now - held.rotated_at < TAKEN_TWICE_FOR
        is_stolen = rotation != held.rotation and not is_retry
        if is_stolen:
            held = replace(held, revoked_at=now)
        else:
            held = replace(
                held, rotation=held.rotation + 1, rotated_at=now, expires_at=now + SIGNED_IN_FOR
            )
        await unit.sign_ins.update(held)
    if is_stolen:  # after the commit that ends it
        message = "this refresh token was used before"
        raise Unauthorised(message, next_step="Sign in again.")
    return SignedIn(account=valid.account, sign_in=held)


async def sign_out(account_id: str, *, services: Services) -> int:
    """End every sign-in and session of the account; says how many sign-ins that were."""
    async with services.unit() as unit:
        return await end_everything(unit, account_id)


async def end(sign_in_id: str, *, services: Services) -> None:
    """End that sign-in alone, if it is there and holds."""
    async with services.unit() as unit:
        await end_in(unit, sign_in_id)


async def end_in(unit: Unit, sign_in_id: str) -> None:
    """The same, with what else the unit does."""
    with suppress(NotFound):
        held = await unit.sign_ins.get(sign_in_id, lock=True)
        if held.is_valid(at=unit.now):
            await unit.sign_ins.update(replace(held, revoked_at=unit.now))


async def end_everything(unit: Unit, account_id: str) -> int:
    """End what lets the account in, but its API tokens."""
    now = unit.now
    await revoke(unit, account_id, UNDER_WAY)
    held = [
        sign_in
        for sign_in in await unit.sign_ins.of_account(account_id)
        if sign_in.is_valid(at=now)
    ]
    for sign_in in held:
        await unit.sign_ins.update(replace(sign_in, revoked_at=now))
    for session in await unit.sessions.of_account(account_id):
        if session.ended_at is None:
            await unit.sessions.update(replace(session, ended_at=now))
    return len(held)


async def revoke(unit: Unit, account_id: str, kinds: Iterable[TokenKind]) -> None:
    """What the account has of these kinds is good for nothing from now on."""
    for kind in kinds:
        for token in await unit.tokens.of_account(account_id, kind):
            if token.is_valid(at=unit.now):
                await unit.tokens.update(replace(token, revoked_at=unit.now))


async def who_holds(text: str, *, services: Services) -> tuple[Account, Token]:
    """Whose API token it is. Raises Unauthorised."""
    async with services.reading(urgent=True) as unit:
        token = await unit.tokens.by_digest(TokenKind.API, digest_of(text))
        if token is None or token.account_id is None or not token.is_valid(at=unit.now):
            raise _signed_out()
        account = await unit.accounts.get(token.account_id)
        now = unit.now
    if account.is_disabled:
        raise _signed_out()
    if token.used_at is None or now - token.used_at > TOUCHED_EVERY:
        async with services.unit() as writing:
            await writing.tokens.update(replace(token, used_at=now))
    return account, token


def _valid(known: SignedIn | None, *, at: datetime) -> SignedIn:
    """Raises Unauthorised."""
    if known is None or known.account.is_disabled or not known.sign_in.is_valid(at=at):
        raise _signed_out()
    return known


def _signed_out() -> Unauthorised:
    return Unauthorised("you are signed out", next_step="Sign in again.")
