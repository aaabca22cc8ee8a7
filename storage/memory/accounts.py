"""Accounts in memory, with their sign-ins, tokens, sessions and cases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.accounts.model import SignedIn
from storage.memory.case_rows import private_cases
from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from core.accounts.model import (
        Account,
        AuthorizationRequest,
        CaseMember,
        ClientSession,
        ProviderLogin,
        SignIn,
        Token,
        TokenKind,
    )


@dataclass(frozen=True)
class MemoryAccounts:
    """By id."""

    tables: Tables

    async def add(self, account: Account) -> bool:
        refuse_strangers(self.tables.tenant_id, account)
        taken = {name for known in self.tables.accounts for name in _names(known)}
        if taken & _names(account):
            return False
        self.tables.accounts.add(account.id, account)
        return True

    async def get(self, account_id: str) -> Account:
        return self.tables.accounts.require(account_id, "account")

    async def named(self, name: str) -> Account | None:
        return next((known for known in self.tables.accounts if name in _names(known)), None)

    async def update(self, account: Account) -> None:
        refuse_strangers(self.tables.tenant_id, account)
        await self.get(account.id)
        self.tables.accounts.put(account.id, account)

    async def all(self) -> list[Account]:
        return sorted(self.tables.accounts, key=lambda account: account.username)


@dataclass(frozen=True)
class MemorySignIns:
    """By id."""

    tables: Tables

    async def add(self, sign_in: SignIn) -> None:
        refuse_strangers(self.tables.tenant_id, sign_in)
        self.tables.sign_ins.add(sign_in.id, sign_in)

    async def get(self, sign_in_id: str, *, lock: bool = False) -> SignIn:
        return self.tables.sign_ins.require(sign_in_id, "sign-in")

    async def holder(self, sign_in_id: str, session_id: str = "") -> SignedIn | None:
        held = self.tables.sign_ins.get(sign_in_id)
        if held is None:
            return None
        session = self.tables.sessions.get(session_id)
        return SignedIn(
            account=self.tables.accounts.require(held.account_id, "account"),
            sign_in=held,
            session=session if session and session.account_id == held.account_id else None,
        )

    async def update(self, sign_in: SignIn) -> None:
        refuse_strangers(self.tables.tenant_id, sign_in)
        await self.get(sign_in.id)
        self.tables.sign_ins.put(sign_in.id, sign_in)

    async def of_account(self, account_id: str) -> list[SignIn]:
        mine = [known for known in self.tables.sign_ins if known.account_id == account_id]
        return sorted(mine, key=lambda sign_in: (sign_in.began_at, sign_in.id))

    async def purge(self, *, before: datetime) -> int:
        old = [known.id for known in self.tables.sign_ins if known.expires_at < before]
        for sign_in_id in old:
            self.tables.sign_ins.remove(sign_in_id)
        return len(old)


@dataclass(frozen=True)
class MemoryTokens:
    """By id; no two have one digest."""

    tables: Tables

    async def add(self, token: Token) -> None:
        refuse_strangers(self.tables.tenant_id, token)
        self.tables.tokens.add(token.id, token)

    async def by_digest(self, kind: TokenKind, digest: str, *, lock: bool = False) -> Token | None:
        wanted = (kind, digest)
        tokens = self.tables.tokens
        return next((known for known in tokens if (known.kind, known.digest) == wanted), None)

    async def update(self, token: Token) -> None:
        refuse_strangers(self.tables.tenant_id, token)
        self.tables.tokens.require(token.id, "token")
        self.tables.tokens.put(token.id, token)

    async def of_account(self, account_id: str, kind: TokenKind) -> list[Token]:
        mine = [
            known
            for known in self.tables.tokens
            if (known.account_id, known.kind) == (account_id, kind)
        ]
        return sorted(mine, key=lambda token: (token.created_at, token.id))

    async def purge(self, *, before: datetime) -> int:
        old = [
            known.id
            for known in self.tables.tokens
            if known.expires_at is not None and known.expires_at < before
        ]
        for token_id in old:
            self.tables.tokens.remove(token_id)
        return len(old)


@dataclass(frozen=True)
class MemoryClientSessions:
    """By id."""

    tables: Tables

    async def add(self, session: ClientSession) -> None:
        refuse_strangers(self.tables.tenant_id, session)
        self.tables.sessions.add(session.id, session)

    async def get(self, session_id: str) -> ClientSession:
        return self.tables.sessions.require(session_id, "session")

    async def of_client(self, account_id: str, client_id: str) -> ClientSession | None:
        mine = [
            known for known in await self.of_account(account_id) if known.client_id == client_id
        ]
        return mine[-1] if mine else None

    async def update(self, session: ClientSession) -> None:
        refuse_strangers(self.tables.tenant_id, session)
        await self.get(session.id)
        self.tables.sessions.put(session.id, session)

    async def of_account(self, account_id: str) -> list[ClientSession]:
        mine = [known for known in self.tables.sessions if known.account_id == account_id]
        return sorted(mine, key=lambda session: (session.began_at, session.id))

    async def purge(self, *, before: datetime) -> int:
        old = [known.id for known in self.tables.sessions if known.seen_at < before]
        for session_id in old:
            self.tables.sessions.remove(session_id)
        return len(old)


@dataclass(frozen=True)
class MemoryProviderLogins:
    """By issuer and subject."""

    tables: Tables

    async def add(self, login: ProviderLogin) -> bool:
        refuse_strangers(self.tables.tenant_id, login)
        key = (login.issuer, login.subject)
        if key in self.tables.provider_logins:
            return False
        self.tables.provider_logins.add(key, login)
        return True

    async def get(self, issuer: str, subject: str) -> ProviderLogin | None:
        return self.tables.provider_logins.get((issuer, subject))

    async def of_account(self, account_id: str) -> list[ProviderLogin]:
        mine = [known for known in self.tables.provider_logins if known.account_id == account_id]
        return sorted(mine, key=lambda login: (login.since, login.subject))


@dataclass(frozen=True)
class MemoryAuthorizationRequests:
    """By state."""

    tables: Tables

    async def add(self, request: AuthorizationRequest) -> None:
        refuse_strangers(self.tables.tenant_id, request)
        self.tables.authorization_requests.add(request.state, request)

    async def take(self, state: str) -> AuthorizationRequest | None:
        request = self.tables.authorization_requests.get(state)
        if request is not None:
            self.tables.authorization_requests.remove(state)
        return request

    async def purge(self, *, before: datetime) -> int:
        requests = self.tables.authorization_requests
        old = [known.state for known in requests if known.expires_at < before]
        for state in old:
            requests.remove(state)
        return len(old)


@dataclass(frozen=True)
class MemoryMembers:
    """By case and account."""

    tables: Tables

    async def put(self, member: CaseMember) -> None:
        refuse_strangers(self.tables.tenant_id, member)
        key = (member.case_id, member.account_id)
        known = self.tables.members.get(key)
        self.tables.members.put(key, replace(member, since=known.since) if known else member)

    async def remove(self, case_id: str, account_id: str) -> bool:
        is_member = (case_id, account_id) in self.tables.members
        if is_member:
            self.tables.members.remove((case_id, account_id))
        return is_member

    async def of_case(self, case_id: str) -> list[CaseMember]:
        return (await self.of_cases([case_id])).get(case_id, [])

    async def of_cases(self, case_ids: Collection[str]) -> dict[str, list[CaseMember]]:
        of_cases: dict[str, list[CaseMember]] = {}
        members = [member for member in self.tables.members if member.case_id in case_ids]
        for member in sorted(members, key=lambda member: (member.since, member.account_id)):
            of_cases.setdefault(member.case_id, []).append(member)
        return of_cases

    async def of_account(self, account_id: str) -> list[CaseMember]:
        mine = [member for member in self.tables.members if member.account_id == account_id]
        return sorted(mine, key=lambda member: member.case_id)

    async def cases(self, *, among: Collection[str] | None = None) -> set[str]:
        private = private_cases(self.tables)
        return private if among is None else private.intersection(among)


def _names(account: Account) -> set[str]:
    return {account.username} | ({account.email} if account.email else set())
