"""What every store must do with accounts, and with what proves that somebody is one of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.accounts.model import Account, SignedIn, TokenKind
from core.errors import NotFound
from tests.contracts.samples import (
    CONTEXT,
    a_provider_login,
    a_session,
    a_sign_in,
    a_token,
    an_account,
    an_authorization_request,
    later,
)

if TYPE_CHECKING:
    from core.workflows.services import Store

DANA = an_account()
ALEX = an_account(username="alex", email=None)


async def put(store: Store, *accounts: Account) -> None:
    async with store.unit(CONTEXT) as unit:
        for account in accounts:
            assert await unit.accounts.add(account)


class TestAccounts:
    async def test_an_account_comes_back_as_it_was_put(self, store: Store) -> None:
        await put(store, DANA, ALEX)
        async with store.reading(CONTEXT) as unit:
            assert await unit.accounts.get(DANA.id) == DANA
            assert await unit.accounts.named("dana") == DANA
            assert await unit.accounts.named("dana@shop.test") == DANA
            assert await unit.accounts.named("nobody") is None
            assert await unit.accounts.all() == [ALEX, DANA]

    async def test_a_username_and_an_email_are_somebodys_once(self, store: Store) -> None:
        await put(store, DANA)
        async with store.unit(CONTEXT) as unit:
            assert not await unit.accounts.add(an_account(email="other@shop.test"))
            assert not await unit.accounts.add(an_account(username="other"))
            assert await unit.accounts.add(an_account(username="third", email=None))
            assert await unit.accounts.add(an_account(username="fourth", email=None))

    async def test_it_changes(self, store: Store) -> None:
        await put(store, DANA)
        changed = replace(DANA, is_disabled=True, password="", signed_in_at=None)
        async with store.unit(CONTEXT) as unit:
            await unit.accounts.update(changed)
            with pytest.raises(NotFound):
                await unit.accounts.update(ALEX)
        async with store.reading(CONTEXT) as unit:
            assert await unit.accounts.get(DANA.id) == changed


class TestSignIns:
    async def test_they_come_back_in_the_order_they_began(self, store: Store) -> None:
        await put(store, DANA)
        first, second = a_sign_in(DANA.id), a_sign_in(DANA.id, began_at=later(1))
        async with store.unit(CONTEXT) as unit:
            await unit.sign_ins.add(second)
            await unit.sign_ins.add(first)
            revoked = replace(first, revoked_at=later(9))
            await unit.sign_ins.update(revoked)
        async with store.reading(CONTEXT) as unit:
            assert await unit.sign_ins.of_account(DANA.id) == [revoked, second]
            assert await unit.sign_ins.of_account(ALEX.id) == []
            assert await unit.sign_ins.get(first.id) == revoked
            assert await unit.sign_ins.holder(first.id) == SignedIn(account=DANA, sign_in=revoked)
            assert await unit.sign_ins.holder("signin_none") is None
            with pytest.raises(NotFound):
                await unit.sign_ins.get("signin_none")

    async def test_its_holder_comes_with_a_session_of_theirs_alone(self, store: Store) -> None:
        await put(store, DANA, ALEX)
        sign_in, mine, other = a_sign_in(DANA.id), a_session(DANA.id), a_session(ALEX.id)
        async with store.unit(CONTEXT) as unit:
            await unit.sign_ins.add(sign_in)
            await unit.sessions.add(mine)
            await unit.sessions.add(other)
        with_session = {mine.id: mine, other.id: None, "session_none": None, "": None}
        for session_id, session in with_session.items():
            async with store.reading(CONTEXT, urgent=True, single=True) as unit:
                known = await unit.sign_ins.holder(sign_in.id, session_id)
            assert known == SignedIn(account=DANA, sign_in=sign_in, session=session)

    async def test_those_of_long_ago_are_forgotten(self, store: Store) -> None:
        await put(store, DANA)
        old, new = a_sign_in(DANA.id), a_sign_in(DANA.id, expires_at=later(601))
        async with store.unit(CONTEXT) as unit:
            await unit.sign_ins.add(old)
            await unit.sign_ins.add(new)
        async with store.unit(CONTEXT) as unit:
            assert await unit.sign_ins.purge(before=later(601)) == 1
            assert await unit.sign_ins.of_account(DANA.id) == [new]


class TestTokens:
    async def test_one_is_found_by_its_hash_and_its_kind(self, store: Store) -> None:
        await put(store, DANA)
        token, welcome = a_token(DANA.id), a_token(None, kind=TokenKind.WELCOME, scopes=())
        async with store.unit(CONTEXT) as unit:
            await unit.tokens.add(token)
            await unit.tokens.add(welcome)
        async with store.reading(CONTEXT) as unit:
            assert await unit.tokens.by_digest(TokenKind.API, token.digest) == token
            assert await unit.tokens.by_digest(TokenKind.RESET, token.digest) is None
            assert await unit.tokens.by_digest(TokenKind.WELCOME, welcome.digest) == welcome
            assert await unit.tokens.of_account(DANA.id, TokenKind.API) == [token]

    async def test_it_is_used_up_and_one_day_forgotten(self, store: Store) -> None:
        await put(store, DANA)
        token, lasting = a_token(DANA.id), a_token(DANA.id, expires_at=None)
        async with store.unit(CONTEXT) as unit:
            await unit.tokens.add(token)
            await unit.tokens.add(lasting)
            used = replace(token, used_at=later(1), revoked_at=later(2))
            await unit.tokens.update(used)
            with pytest.raises(NotFound):
                await unit.tokens.update(a_token(DANA.id))
        async with store.unit(CONTEXT) as unit:
            assert await unit.tokens.by_digest(TokenKind.API, token.digest) == used
            assert await unit.tokens.purge(before=later(601)) == 1
            assert await unit.tokens.of_account(DANA.id, TokenKind.API) == [lasting]

    async def test_one_that_is_locked_is_used_once(self, store: Store) -> None:
        await put(store, DANA)
        token = a_token(DANA.id, kind=TokenKind.CODE)
        async with store.unit(CONTEXT) as unit:
            await unit.tokens.add(token)

        async def use() -> bool:
            async with store.unit(CONTEXT) as unit:
                held = await unit.tokens.by_digest(TokenKind.CODE, token.digest, lock=True)
                assert held
                await unit.tokens.update(replace(held, used_at=later(1)))
            return held.used_at is None

        assert sum(await asyncio.gather(*(use() for _ in range(5)))) == 1


class TestClientSessions:
    async def test_a_client_finds_the_one_that_began_last(self, store: Store) -> None:
        await put(store, DANA)
        first, second = a_session(DANA.id), a_session(DANA.id, began_at=later(1))
        other = a_session(DANA.id, client_id="browser-2")
        async with store.unit(CONTEXT) as unit:
            for session in (second, first, other):
                await unit.sessions.add(session)
        async with store.reading(CONTEXT) as unit:
            assert await unit.sessions.of_client(DANA.id, "browser-1") == second
            assert await unit.sessions.of_client(ALEX.id, "browser-1") is None
            assert await unit.sessions.of_account(DANA.id) == [first, other, second]

    async def test_it_ends_and_is_forgotten(self, store: Store) -> None:
        await put(store, DANA)
        session = a_session(DANA.id)
        ended = replace(session, ended_at=later(8), metadata="{}")
        async with store.unit(CONTEXT) as unit:
            await unit.sessions.add(session)
            await unit.sessions.update(ended)
            assert await unit.sessions.get(session.id) == ended
            assert await unit.sessions.purge(before=later(4)) == 0
            assert await unit.sessions.purge(before=later(5)) == 1
            with pytest.raises(NotFound):
                await unit.sessions.update(ended)


class TestProviderLogins:
    async def test_an_issuers_subject_is_one_account(self, store: Store) -> None:
        await put(store, DANA, ALEX)
        login = a_provider_login(DANA.id)
        elsewhere = a_provider_login(DANA.id, issuer="https://other.test", since=later(1))
        async with store.unit(CONTEXT) as unit:
            assert await unit.provider_logins.add(elsewhere)
            assert await unit.provider_logins.add(login)
            assert not await unit.provider_logins.add(a_provider_login(ALEX.id))
        async with store.reading(CONTEXT) as unit:
            assert await unit.provider_logins.get(login.issuer, login.subject) == login
            assert await unit.provider_logins.get(login.issuer, "größe|43") is None
            assert await unit.provider_logins.get("https://third.test", login.subject) is None
            assert await unit.provider_logins.of_account(DANA.id) == [login, elsewhere]
            assert await unit.provider_logins.of_account(ALEX.id) == []


class TestAuthorizationRequests:
    async def test_one_is_taken_once(self, store: Store) -> None:
        request, other = an_authorization_request(), an_authorization_request(state="2" * 64)
        async with store.unit(CONTEXT) as unit:
            await unit.authorization_requests.add(request)
            await unit.authorization_requests.add(other)
        async with store.unit(CONTEXT) as unit:
            assert await unit.authorization_requests.take(request.state) == request
        async with store.unit(CONTEXT) as unit:
            assert await unit.authorization_requests.take(request.state) is None
            assert await unit.authorization_requests.take(other.state) == other

    async def test_of_units_that_take_it_at_once_one_has_it(self, store: Store) -> None:
        request = an_authorization_request()
        async with store.unit(CONTEXT) as unit:
            await unit.authorization_requests.add(request)

        async def take() -> bool:
            async with store.unit(CONTEXT) as unit:
                return await unit.authorization_requests.take(request.state) is not None

        assert sum(await asyncio.gather(*(take() for _ in range(5)))) == 1

    async def test_those_that_never_came_back_are_forgotten(self, store: Store) -> None:
        lasting = an_authorization_request(state="2" * 64, expires_at=later(601))
        async with store.unit(CONTEXT) as unit:
            await unit.authorization_requests.add(an_authorization_request())
            await unit.authorization_requests.add(lasting)
            assert await unit.authorization_requests.purge(before=later(601)) == 1
            assert await unit.authorization_requests.take(lasting.state) == lasting
