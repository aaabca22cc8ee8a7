"""Making accounts, and changing what lets somebody into one."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.accounts.model import (
    API_TOKEN,
    Account,
    AccountRole,
    Scope,
    Token,
    TokenKind,
    digest_of,
)
from core.errors import NotAllowedNow, NotFound, NotPermitted, OutOfLimits, Unauthorised, WrongUsage
from core.workflows.sign_in import end_everything

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.workflows.services import Services, Unit

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
PASSWORD_LENGTHS = range(10, 257)  # characters
RESET_FOR = timedelta(hours=1)
LONGEST_NAME = 100
WELCOME_FOR = timedelta(days=7)
TOKEN_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Registration:
    """Who wants an account. email: "" for none; password: None for one who signs in elsewhere."""

    username: str
    email: str = ""
    display_name: str = ""
    password: str | None = field(repr=False)


async def register(registration: Registration, *, services: Services) -> Account:
    """An account of somebody who makes it themselves. Raises NotPermitted where only admins may."""
    if not services.rules.registration:
        message = "accounts are made by an admin here"
        raise NotPermitted(message, next_step="Ask an admin: `faultmaven user add NAME`.")
    return await make_account(registration, role=AccountRole.USER, services=services)


async def make_account(
    registration: Registration, *, role: AccountRole, services: Services
) -> Account:
    """Raises WrongUsage, OutOfLimits, NotAllowedNow where the name is taken, and TooMany."""
    hashed = await _checked(registration, services=services)
    async with services.unit() as unit:
        return await _add(unit, registration, hashed, role)


async def _checked(registration: Registration, *, services: Services) -> str:
    """The hash of its password; the names in it can be."""
    _must_be_names(_plain(registration.username), _plain(registration.email))
    password = registration.password
    return "" if password is None else await hash_of(password, services=services)


async def _add(unit: Unit, registration: Registration, hashed: str, role: AccountRole) -> Account:
    username = _plain(registration.username)
    account = Account(
        id=unit.new_id("user"),
        tenant_id=unit.context.tenant_id,
        username=username,
        email=_plain(registration.email) or None,
        display_name=registration.display_name.strip()[:LONGEST_NAME] or username,
        role=role,
        password=hashed,
        created_at=unit.now,
    )
    if not await unit.accounts.add(account):
        message = "that username or email is taken"
        raise NotAllowedNow(message, next_step="Choose another, or sign in.")
    return account


def _plain(name: str) -> str:
    return name.strip().lower()


async def change_password(account: Account, *, old: str, new: str, services: Services) -> None:
    """Every sign-in ends. Raises Unauthorised where the old one is wrong."""
    if not await services.passwords.matches(old, account.password):
        message = "the current password is wrong"
        raise Unauthorised(message)
    hashed = await hash_of(new, services=services)
    async with services.unit() as unit:
        await _set_password(unit, account.id, hashed)


@dataclass(frozen=True, kw_only=True)
class AccountChange:
    """What is None stays as it is."""

    role: AccountRole | None = None
    is_disabled: bool | None = None
    display_name: str | None = None
    password: str | None = field(default=None, repr=False)

    def of(self, account: Account, *, hashed: str | None) -> Account:
        """The account as it will be. hashed: of the new password."""
        name = account.display_name if self.display_name is None else self.display_name.strip()
        is_disabled = account.is_disabled if self.is_disabled is None else self.is_disabled
        return replace(
            account,
            role=self.role or account.role,
            is_disabled=is_disabled,
            display_name=name[:LONGEST_NAME] or account.username,
            password=account.password if hashed is None else hashed,
        )

    @property
    def signs_out(self) -> bool:
        """Whether what let the account in ends."""
        return self.password is not None or self.is_disabled is True


async def all_accounts(*, services: Services) -> list[Account]:
    """In the order of their usernames."""
    async with services.reading() as unit:
        return await unit.accounts.all()


async def change_account(account_id: str, change: AccountChange, *, services: Services) -> Account:
    """By an admin, or whoever runs the installation.

    Raises NotFound, OutOfLimits for a password, and NotAllowedNow where no admin would be left.
    """
    password = change.password
    hashed = None if password is None else await hash_of(password, services=services)
    async with services.unit() as unit:
        account = await unit.accounts.get(account_id)
        changed = change.of(account, hashed=hashed)
        await unit.accounts.update(changed)
        if _is_in_charge(account) and not _is_in_charge(changed):
            await _must_leave_an_admin(unit, changed)
        if change.signs_out:
            await end_everything(unit, account_id)
    return changed


def _is_in_charge(account: Account) -> bool:
    return account.is_admin and not account.is_disabled


async def _must_leave_an_admin(unit: Unit, changed: Account) -> None:
    if not any(_is_in_charge(account) for account in await unit.accounts.all()):
        message = f"{changed.username} is the last admin"
        raise NotAllowedNow(message, next_step="Make somebody else an admin first.")


async def send_reset(name: str, *, services: Services) -> None:
    """Mail a link to whoever has that name. Says nothing of whether there is anybody.

    An account that came from a provider has no password, so nothing is sent to it.
    """
    async with services.reading() as unit:
        account = await unit.accounts.named(_plain(name))
    if account is None or not account.email or account.is_disabled or services.mail is None:
        return
    if not account.password:
        return
    text = await issue(TokenKind.RESET, account, lasts=RESET_FOR, services=services)
    await services.mail.send(
        account.email,
        subject="Set a new password for FaultMaven",
        text=(
            f"Somebody asked to set a new password for {account.username}.\n\n"
            f"The code is {text}\nIt is good once, for an hour.\n\n"
            "If it was not you, nothing has changed."
        ),
    )


async def reset_password(text: str, *, new: str, services: Services) -> Account:
    """Set the password of whoever holds a reset; every sign-in ends. Raises Unauthorised."""
    _must_be_password(new)
    hashed = await hash_of(new, services=services)
    async with services.unit() as unit:
        token = await spend(unit, TokenKind.RESET, text)
        return await _set_password(unit, str(token.account_id), hashed)


async def make_first_admin(text: str, registration: Registration, *, services: Services) -> Account:
    """The holder of a welcome, as long as there is no account. Raises Unauthorised."""
    hashed = await _checked(registration, services=services)
    async with services.unit() as unit:
        await spend(unit, TokenKind.WELCOME, text)
        if await unit.accounts.all():  # made with another one meanwhile
            raise _no_good()
        return await _add(unit, registration, hashed, AccountRole.ADMIN)


async def welcome(*, services: Services) -> str | None:
    """What makes the first admin, where there is no account yet."""
    async with services.reading() as unit:
        if await unit.accounts.all():
            return None
    return await issue(TokenKind.WELCOME, None, lasts=WELCOME_FOR, services=services)


async def make_api_token(
    account: Account,
    *,
    name: str,
    scopes: Sequence[Scope],
    lasts: timedelta | None,
    services: Services,
) -> tuple[Token, str]:
    """A token of a program, and its text, which is shown this once."""
    for scope in (Scope.ADMIN, Scope.OPERATOR):
        if scope in scopes and not account.is_admin:
            message = f"only an admin's token may have the scope {scope}"
            raise WrongUsage(message, next_step="Ask an admin for one, or leave the scope out.")
    text = API_TOKEN + secrets.token_urlsafe(TOKEN_BYTES)
    async with services.unit() as unit:
        token = await add_token(
            unit,
            TokenKind.API,
            account,
            digest=digest_of(text),
            name=name.strip()[:100] or "token",
            scopes=tuple(dict.fromkeys(scopes)),
            lasts=lasts,
        )
    return token, text


async def api_tokens(account: Account, *, services: Services) -> list[Token]:
    """In the order they were made."""
    async with services.reading() as unit:
        return await unit.tokens.of_account(account.id, TokenKind.API)


async def revoke_api_token(account: Account, token_id: str, *, services: Services) -> None:
    """Raises NotFound where the account has no such token."""
    async with services.unit() as unit:
        for token in await unit.tokens.of_account(account.id, TokenKind.API):
            if token.id == token_id:
                await unit.tokens.update(replace(token, revoked_at=unit.now))
                return
    message = "no such token"
    raise NotFound(message)


async def issue(
    kind: TokenKind,
    account: Account | None,
    *,
    lasts: timedelta,
    bound_to: str = "",
    services: Services,
) -> str:
    """The text of a token that is good once. bound_to: what has to be shown behind it."""
    text = secrets.token_urlsafe(TOKEN_BYTES)
    async with services.unit() as unit:
        await add_token(unit, kind, account, digest=digest_of(text + bound_to), lasts=lasts)
    return text


async def add_token(
    unit: Unit,
    kind: TokenKind,
    account: Account | None,
    *,
    digest: str,
    name: str = "",
    scopes: tuple[Scope, ...] = (),
    lasts: timedelta | None,
) -> Token:
    """digest: of its text. name: that of its kind by default. lasts: None for ever."""
    token = Token(
        id=unit.new_id("token"),
        tenant_id=unit.context.tenant_id,
        kind=kind,
        account_id=account.id if account else None,
        name=name or kind.value,
        scopes=scopes,
        digest=digest,
        created_at=unit.now,
        expires_at=unit.now + lasts if lasts else None,
    )
    await unit.tokens.add(token)
    return token


async def spend(unit: Unit, kind: TokenKind, text: str) -> Token:
    """The token of that text, which is used up by it. Raises Unauthorised."""
    token = await unit.tokens.by_digest(kind, digest_of(text), lock=True)
    if token is None or not token.is_valid(at=unit.now):
        raise _no_good()
    await unit.tokens.update(replace(token, used_at=unit.now))
    return token


async def hash_of(password: str, *, services: Services) -> str:
    """Raises OutOfLimits for one that is too short or too long."""
    _must_be_password(password)
    return await services.passwords.hash(password)


async def _set_password(unit: Unit, account_id: str, hashed: str) -> Account:
    account = replace(await unit.accounts.get(account_id), password=hashed)
    await unit.accounts.update(account)
    await end_everything(unit, account_id)
    return account


def _must_be_names(username: str, email: str) -> None:
    if not USERNAME.fullmatch(username):
        message = "a username has 2 to 64 of a-z, 0-9, dot, dash and underscore"
        raise WrongUsage(message, next_step="Choose another username.")
    if email and not EMAIL.fullmatch(email):
        message = "that is no address of email"
        raise WrongUsage(message, next_step="Correct the email address, or leave it out.")


def _must_be_password(password: str) -> None:
    if len(password) not in PASSWORD_LENGTHS:
        message = f"a password has {PASSWORD_LENGTHS[0]} to {PASSWORD_LENGTHS[-1]} characters"
        raise OutOfLimits(message, next_step="Choose another password.")


def _no_good() -> Unauthorised:
    return Unauthorised(
        "this code was used, has expired, or never was", next_step="Ask for another."
    )
