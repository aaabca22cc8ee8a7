"""`faultmaven user`: who may sign in. Works on the database, beside a running server or alone."""

from __future__ import annotations

import asyncio
import getpass
import sys
from typing import TYPE_CHECKING

from core.accounts.model import AccountRole
from core.clock import wire_time
from core.errors import NotFound, WrongUsage
from core.workflows.accounts import (
    AccountChange,
    Registration,
    all_accounts,
    api_tokens,
    change_account,
    make_account,
)
from faultmaven.output import print_json, print_line, print_table
from faultmaven.settings import load_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from core.accounts.model import Account, Token
    from core.workflows.services import Services

NOBODY = "No accounts yet: faultmaven user add NAME --admin"


def run(
    *, action: str, name: str = "", email: str = "", admin: bool = False, as_json: bool = False
) -> int:
    """Add, list, disable, enable, or set a password. Raises WrongUsage, NotFound."""
    password = _asked_password() if action in {"add", "password"} else ""
    wish = Registration(username=name, email=email, password=password)
    accounts = asyncio.run(_do(action, wish, AccountRole.ADMIN if admin else AccountRole.USER))
    if as_json:
        print_json([_document(account) for account in accounts])
    elif not accounts:
        print_line(NOBODY)
    else:
        columns = ["username", "role", "email", "may sign in", "last signed in"]
        print_table(columns, [_cells(account) for account in accounts])
        if action == "password":
            _tell_of_tokens(accounts[0], asyncio.run(_valid_tokens(accounts[0])))
    return 0


async def _valid_tokens(account: Account) -> list[Token]:
    """Of programs, that let the account in."""
    async with wire(load_settings(), audiences=()) as installation:
        services = installation.services
        tokens = await api_tokens(account, services=services)
        return [token for token in tokens if token.is_valid(at=services.now)]


def _tell_of_tokens(account: Account, tokens: list[Token]) -> None:
    """A password that was forgotten stops no program; one that was stolen may have made a token."""
    if not tokens:
        return
    names = ", ".join(f"{token.name} ({token.id})" for token in tokens)
    print_line(f"Tokens of programs go on letting {account.username} in: {names}.")
    print_line(
        f"To end one: DELETE /api/v1/auth/tokens/ID, signed in as {account.username}."
        f" To end all for now: faultmaven user disable {account.username}"
    )


async def _do(action: str, wish: Registration, role: AccountRole) -> list[Account]:
    async with wire(load_settings(), audiences=()) as installation:
        services = installation.services
        match action:
            case "add":
                return [await make_account(wish, role=role, services=services)]
            case "list":
                return await all_accounts(services=services)
            case _:
                account = await _known(wish.username, services=services)
                change = _change(action, wish, role)
                return [await change_account(account.id, change, services=services)]


def _change(action: str, wish: Registration, role: AccountRole) -> AccountChange:
    match action:
        case "password":
            return AccountChange(password=wish.password)
        case "role":
            return AccountChange(role=role)
        case _:
            return AccountChange(is_disabled=action == "disable")


async def _known(name: str, *, services: Services) -> Account:
    async with services.reading() as unit:
        account = await unit.accounts.named(name.lower())
    if account is None:
        message = f"nobody is called {name}"
        raise NotFound(message, next_step="See those there are: faultmaven user list")
    return account


def _asked_password() -> str:
    """Typed twice at a terminal, and never shown; else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        message = "the two passwords differ"
        raise WrongUsage(message, next_step="Type the same one twice.")
    return password


def _document(account: Account) -> dict[str, object]:
    seen = account.signed_in_at
    return {
        "id": account.id,
        "username": account.username,
        "email": account.email,
        "role": account.role,
        "is_disabled": account.is_disabled,
        "signed_in_at": wire_time(seen) if seen else None,
    }


def _cells(account: Account) -> list[str]:
    seen = account.signed_in_at
    return [
        account.username,
        account.role,
        account.email or "-",
        "no" if account.is_disabled else "yes",
        f"{seen:%Y-%m-%d %H:%M} UTC" if seen else "never",
    ]
