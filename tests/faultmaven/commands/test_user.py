"""Who may sign in, from the command line."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from core.accounts.model import Scope
from core.workflows.accounts import all_accounts, make_api_token, revoke_api_token

if TYPE_CHECKING:
    from faultmaven.wiring import Installation
    from tests.faultmaven.commands.conftest import Shell

PASSWORD = "correct horse battery\n"  # noqa: S105 - of tests  # pragma: allowlist secret


def test_an_admin_is_made_and_listed(shell: Shell) -> None:
    assert shell.run("user", "list").out == "No accounts yet: faultmaven user add NAME --admin\n"
    ran = shell.run("user", "add", "Dana", "--admin", "--email", "d@shop.test", stdin=PASSWORD)
    assert ran.code == 0, ran.err
    heading, dana = shell.run("user", "list").out.splitlines()
    assert heading.split()[:3] == ["username", "role", "email"]
    assert dana.split() == ["dana", "admin", "d@shop.test", "yes", "never"]
    assert PASSWORD.strip() not in ran.out + ran.err


def test_one_is_let_in_no_more_and_again(shell: Shell) -> None:
    shell.run("user", "add", "dana", stdin=PASSWORD)
    (disabled,) = shell.run("user", "disable", "dana", "--json").document
    assert disabled["is_disabled"] is True
    (enabled,) = shell.run("user", "enable", "DANA", "--json").document
    assert enabled["is_disabled"] is False


def test_a_mistake_is_told_with_what_to_do(shell: Shell) -> None:
    assert "10 to 256" in shell.run("user", "add", "dana", stdin="short\n").err
    assert "a username has" in shell.run("user", "add", "a b", stdin=PASSWORD).err
    shell.run("user", "add", "dana", stdin=PASSWORD)
    again = shell.run("user", "add", "dana", stdin=PASSWORD)
    assert (again.code, again.out) == (1, "")
    assert "taken" in again.err
    ran = shell.run("user", "password", "nobody", stdin=PASSWORD)
    assert (ran.code, ran.err.splitlines()[1]) == (1, "See those there are: faultmaven user list")


def test_a_password_is_set_anew(shell: Shell) -> None:
    shell.run("user", "add", "dana", stdin=PASSWORD)
    assert shell.run("user", "password", "dana", stdin=PASSWORD).code == 0


def test_tokens_that_outlive_a_password_are_named(shell: Shell) -> None:
    shell.run("user", "add", "dana", stdin=PASSWORD)
    assert "Tokens" not in shell.run("user", "password", "dana", stdin=PASSWORD).out

    async def make_two(installation: Installation) -> None:
        services = installation.services
        (dana,) = await all_accounts(services=services)
        make = partial(make_api_token, dana, scopes=(Scope.READ,), lasts=None, services=services)
        await make(name="ci")
        token, _ = await make(name="former")
        await revoke_api_token(dana, token.id, services=services)

    shell.prepare(make_two)
    shown = shell.run("user", "password", "dana", stdin=PASSWORD).out
    assert "Tokens of programs go on letting dana in: ci (token_" in shown
    assert "former" not in shown
    assert "DELETE /api/v1/auth/tokens/ID" in shown
    assert "faultmaven user disable dana" in shown


def test_somebody_else_is_made_admin_before_the_last_one_goes(shell: Shell) -> None:
    shell.run("user", "add", "dana", "--admin", stdin=PASSWORD)
    shell.run("user", "add", "alex", stdin=PASSWORD)
    assert "last admin" in shell.run("user", "role", "dana", "--user").err
    assert shell.run("user", "role", "alex", "--admin").code == 0
    assert shell.run("user", "disable", "dana").code == 0
