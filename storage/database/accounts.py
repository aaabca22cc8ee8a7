"""Accounts in tables, with their sign-ins, tokens, sessions and cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import and_, bindparam, exists, or_, select, update

from core.accounts.model import (
    Account,
    AuthorizationRequest,
    CaseMember,
    ClientSession,
    ProviderLogin,
    SignedIn,
    SignIn,
    Token,
    TokenKind,
)
from core.errors import NotFound
from storage.database.repository import Repository
from storage.database.rows import (
    asked,
    insert_into,
    names_of,
    of_values,
    read,
    upsert_values,
    values_of,
)
from storage.database.tables import (
    accounts,
    authorization_requests,
    case_rows,
    cases,
    members,
    provider_logins,
    sessions,
    sign_ins,
    tokens,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Table

# Where the columns of the account and of the session begin.
_ACCOUNT = len(names_of(SignIn))
_SESSION = _ACCOUNT + len(names_of(Account))
# Made once: to make one takes as long as to run it.
HOLDER = (
    select(
        *(sign_ins.c[name] for name in names_of(SignIn)),
        *(accounts.c[name] for name in names_of(Account)),
        *(sessions.c[name] for name in names_of(ClientSession)),
    )
    .join_from(sign_ins, accounts)
    .outerjoin(
        sessions,
        and_(
            sessions.c.id == bindparam("of_session_id"),
            sessions.c.tenant_id == sign_ins.c.tenant_id,
            sessions.c.account_id == sign_ins.c.account_id,
        ),
    )
    .where(asked(sign_ins.c.tenant_id), asked(sign_ins.c.id))
)
SESSION = select(*(sessions.c[name] for name in names_of(ClientSession))).where(
    asked(sessions.c.tenant_id), asked(sessions.c.id)
)

Record = TypeVar("Record", Account, ClientSession, SignIn, Token)


class _Records(Repository):
    """Rows of one table that hold one record each, by id."""

    async def _add(self, table: Table, record: Account | ClientSession | SignIn | Token) -> bool:
        """False where a row like it is there already."""
        self._refuse_strangers(record)
        insert = insert_into(self._work, table).on_conflict_do_nothing()
        return bool((await self._work.execute(insert.values(values_of(record)))).rowcount)

    async def _get(
        self, table: Table, kind: type[Record], record_id: str, *, lock: bool = False
    ) -> Record:
        record = await self._first(table, kind, table.c.id == record_id, lock=lock)
        if record is None:
            raise _not_found(table, record_id)
        return record

    async def _first(
        self, table: Table, kind: type[Record], *conditions: ColumnElement[bool], lock: bool
    ) -> Record | None:
        wanted = select(table).where(self._mine(table), *conditions)
        if lock and not self._work.is_sqlite:  # which has one writer at a time
            wanted = wanted.with_for_update()
        row = (await self._work.execute(wanted)).mappings().first()
        return None if row is None else read(kind, row)

    async def _list(
        self, table: Table, kind: type[Record], *conditions: ColumnElement[bool], by: str
    ) -> list[Record]:
        rows = await self._work.execute(
            select(table).where(self._mine(table), *conditions).order_by(table.c[by], table.c.id)
        )
        return [read(kind, row) for row in rows.mappings()]

    async def _update(self, table: Table, record: Account | ClientSession | SignIn | Token) -> None:
        self._refuse_strangers(record)
        changed = await self._work.execute(
            table.update()
            .where(self._mine(table), table.c.id == record.id)
            .values(values_of(record))
        )
        if not changed.rowcount:
            raise _not_found(table, record.id)

    async def _purge(self, table: Table, *, by: str, before: datetime) -> int:
        old = table.delete().where(self._mine(table), table.c[by] < before)
        return (await self._work.execute(old)).rowcount


class SqlAccounts(_Records):
    """By id."""

    async def add(self, account: Account) -> bool:
        return await self._add(accounts, account)

    async def get(self, account_id: str) -> Account:
        return await self._get(accounts, Account, account_id)

    async def named(self, name: str) -> Account | None:
        is_named = or_(accounts.c.username == name, accounts.c.email == name)
        known = await self._list(accounts, Account, is_named, by="username")
        return known[0] if known else None

    async def update(self, account: Account) -> None:
        await self._update(accounts, account)

    async def all(self) -> list[Account]:
        return await self._list(accounts, Account, by="username")


class SqlSignIns(_Records):
    """By id."""

    async def add(self, sign_in: SignIn) -> None:
        await self._add(sign_ins, sign_in)

    async def get(self, sign_in_id: str, *, lock: bool = False) -> SignIn:
        return await self._get(sign_ins, SignIn, sign_in_id, lock=lock)

    async def holder(self, sign_in_id: str, session_id: str = "") -> SignedIn | None:
        rows = await self._work.execute(HOLDER, self._of(id=sign_in_id, session_id=session_id))
        row = rows.first()
        if row is None:
            return None
        has_session = row[_SESSION] is not None
        return SignedIn(
            sign_in=of_values(SignIn, row[:_ACCOUNT]),
            account=of_values(Account, row[_ACCOUNT:_SESSION]),
            session=of_values(ClientSession, row[_SESSION:]) if has_session else None,
        )

    async def update(self, sign_in: SignIn) -> None:
        await self._update(sign_ins, sign_in)

    async def of_account(self, account_id: str) -> list[SignIn]:
        mine = sign_ins.c.account_id == account_id
        return await self._list(sign_ins, SignIn, mine, by="began_at")

    async def purge(self, *, before: datetime) -> int:
        return await self._purge(sign_ins, by="expires_at", before=before)


class SqlTokens(_Records):
    """By id; no two have one digest."""

    async def add(self, token: Token) -> None:
        await self._add(tokens, token)

    async def by_digest(self, kind: TokenKind, digest: str, *, lock: bool = False) -> Token | None:
        wanted = (tokens.c.kind == kind, tokens.c.digest == digest)
        return await self._first(tokens, Token, *wanted, lock=lock)

    async def update(self, token: Token) -> None:
        await self._update(tokens, token)

    async def of_account(self, account_id: str, kind: TokenKind) -> list[Token]:
        mine = (tokens.c.account_id == account_id, tokens.c.kind == kind)
        return await self._list(tokens, Token, *mine, by="created_at")

    async def purge(self, *, before: datetime) -> int:
        return await self._purge(tokens, by="expires_at", before=before)


class SqlClientSessions(_Records):
    """By id."""

    async def add(self, session: ClientSession) -> None:
        await self._add(sessions, session)

    async def get(self, session_id: str) -> ClientSession:
        rows = await self._work.execute(SESSION, self._of(id=session_id))
        row = rows.first()
        if row is None:
            raise _not_found(sessions, session_id)
        return of_values(ClientSession, row)

    async def of_client(self, account_id: str, client_id: str) -> ClientSession | None:
        mine = (sessions.c.account_id == account_id, sessions.c.client_id == client_id)
        known = await self._list(sessions, ClientSession, *mine, by="began_at")
        return known[-1] if known else None

    async def update(self, session: ClientSession) -> None:
        await self._update(sessions, session)

    async def of_account(self, account_id: str) -> list[ClientSession]:
        mine = sessions.c.account_id == account_id
        return await self._list(sessions, ClientSession, mine, by="began_at")

    async def purge(self, *, before: datetime) -> int:
        return await self._purge(sessions, by="seen_at", before=before)


class SqlProviderLogins(Repository):
    """By issuer and subject."""

    async def add(self, login: ProviderLogin) -> bool:
        self._refuse_strangers(login)
        insert = insert_into(self._work, provider_logins).on_conflict_do_nothing()
        return bool((await self._work.execute(insert.values(values_of(login)))).rowcount)

    async def get(self, issuer: str, subject: str) -> ProviderLogin | None:
        rows = await self._work.execute(
            select(provider_logins).where(
                self._mine(provider_logins),
                provider_logins.c.issuer == issuer,
                provider_logins.c.subject == subject,
            )
        )
        row = rows.mappings().first()
        return None if row is None else read(ProviderLogin, row)

    async def of_account(self, account_id: str) -> list[ProviderLogin]:
        rows = await self._work.execute(
            select(provider_logins)
            .where(self._mine(provider_logins), provider_logins.c.account_id == account_id)
            .order_by(provider_logins.c.since, provider_logins.c.subject)
        )
        return [read(ProviderLogin, row) for row in rows.mappings()]


class SqlAuthorizationRequests(Repository):
    """By state."""

    async def add(self, request: AuthorizationRequest) -> None:
        self._refuse_strangers(request)
        await self._work.execute(
            insert_into(self._work, authorization_requests).values(values_of(request))
        )

    async def take(self, state: str) -> AuthorizationRequest | None:
        taken = await self._work.execute(
            authorization_requests.delete()
            .where(self._mine(authorization_requests), authorization_requests.c.state == state)
            .returning(authorization_requests)
        )
        row = taken.mappings().first()
        return None if row is None else read(AuthorizationRequest, row)

    async def purge(self, *, before: datetime) -> int:
        old = authorization_requests.delete().where(
            self._mine(authorization_requests), authorization_requests.c.expires_at < before
        )
        return (await self._work.execute(old)).rowcount


class SqlMembers(Repository):
    """By case and account."""

    async def put(self, member: CaseMember) -> None:
        self._refuse_strangers(member)
        insert = insert_into(self._work, members).values(values_of(member))
        await self._work.execute(
            insert.on_conflict_do_update(
                index_elements=["tenant_id", "case_id", "account_id"],
                set_=upsert_values({"role": member.role}),
            )
        )
        await self._hide(member.case_id)

    async def remove(self, case_id: str, account_id: str) -> bool:
        removed = await self._work.execute(
            members.delete().where(
                self._mine(members),
                members.c.case_id == case_id,
                members.c.account_id == account_id,
            )
        )
        await self._hide(case_id)
        return bool(removed.rowcount)

    async def of_case(self, case_id: str) -> list[CaseMember]:
        return (await self.of_cases([case_id])).get(case_id, [])

    async def of_cases(self, case_ids: Collection[str]) -> dict[str, list[CaseMember]]:
        rows = await self._work.execute(
            select(members)
            .where(self._mine(members), members.c.case_id.in_(sorted(case_ids)))
            .order_by(members.c.since, members.c.account_id)
        )
        of_cases = dict[str, list[CaseMember]]()
        for row in rows.mappings():
            of_cases.setdefault(row["case_id"], []).append(read(CaseMember, row))
        return of_cases

    async def of_account(self, account_id: str) -> list[CaseMember]:
        rows = await self._work.execute(
            select(members)
            .where(self._mine(members), members.c.account_id == account_id)
            .order_by(members.c.case_id)
        )
        return [read(CaseMember, row) for row in rows.mappings()]

    async def cases(self, *, among: Collection[str] | None = None) -> set[str]:
        private = select(case_rows.c.case_id).where(
            self._mine(case_rows), case_rows.c.is_private.is_(True)
        )
        if among is not None:
            private = private.where(case_rows.c.case_id.in_(sorted(among)))
        return set((await self._work.execute(private)).scalars())

    async def _hide(self, case_id: str) -> None:
        """The row of a case says that it is not the team's: of others the lists need not look."""
        has_members = exists().where(self._mine(members), members.c.case_id == case_id)
        of_channel = exists().where(
            self._mine(cases), cases.c.id == case_id, cases.c.closed_to != ""
        )
        mine = update(case_rows).where(self._mine(case_rows), case_rows.c.case_id == case_id)
        await self._work.execute(mine.values(is_private=or_(has_members, of_channel)))


def _not_found(table: Table, record_id: str) -> NotFound:
    return NotFound(f"no row {record_id} in {table.name}")
