"""Accounts as admins see them: `/api/v1/users`."""

from __future__ import annotations

from fastapi import status

from api.accounts import AccountProfile, Name, Password, Register, profile_of, registration_of
from api.bodies import ApiBody
from api.bounded_routes import api_router
from api.guard import Admin, TheServices
from api.parameters import Text
from core.accounts.model import Account, AccountRole
from core.workflows import accounts
from core.workflows.accounts import AccountChange

router = api_router("/api/v1/users", "accounts")


class NewUser(Register):
    """An account that an admin makes for somebody."""

    role: AccountRole = AccountRole.USER


class UserChange(ApiBody):
    """What is null stays as it is. password: ends every sign-in, as being disabled does."""

    role: AccountRole | None = None
    is_disabled: bool | None = None
    display_name: Name | None = None
    password: Password | None = None


class UserAnswer(AccountProfile):
    """An account, as an admin sees it."""

    is_disabled: bool


@router.get("", summary="Every account")
async def list_users(_: Admin, services: TheServices) -> list[UserAnswer]:
    return [_answer(account) for account in await accounts.all_accounts(services=services)]


@router.post("", summary="Make an account", status_code=status.HTTP_201_CREATED)
async def make_user(wish: NewUser, _: Admin, services: TheServices) -> UserAnswer:
    registration = registration_of(wish)
    return _answer(await accounts.make_account(registration, role=wish.role, services=services))


@router.patch("/{user_id}", summary="Change an account")
async def change_user(
    user_id: Text, wish: UserChange, _: Admin, services: TheServices
) -> UserAnswer:
    change = AccountChange(
        role=wish.role,
        is_disabled=wish.is_disabled,
        display_name=wish.display_name,
        password=wish.password.get_secret_value() if wish.password else None,
    )
    return _answer(await accounts.change_account(user_id, change, services=services))


def _answer(account: Account) -> UserAnswer:
    return UserAnswer(**profile_of(account).model_dump(), is_disabled=account.is_disabled)
