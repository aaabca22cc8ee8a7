"""What accounts need of the world: tables, slow hashes of passwords, and mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from core.accounts.model import (
        Account,
        AuthorizationRequest,
        CaseMember,
        ClientSession,
        ProviderLogin,
        ProviderProfile,
        SignedIn,
        SignIn,
        Token,
        TokenKind,
    )


class Accounts(Protocol):
    """By id."""

    async def add(self, account: Account) -> bool:
        """False where its username or its email is taken."""

    async def get(self, account_id: str) -> Account:
        """Raises NotFound."""

    async def named(self, name: str) -> Account | None:
        """By username or email, in lower case."""

    async def update(self, account: Account) -> None:
        """Raises NotFound. Username and email stay as they are."""

    async def all(self) -> list[Account]:
        """In the order of their usernames."""


class SignIns(Protocol):
    """By id."""

    async def add(self, sign_in: SignIn) -> None: ...
    async def get(self, sign_in_id: str, *, lock: bool = False) -> SignIn:
        """lock: no other unit reads it so until this one ends. Raises NotFound."""

    async def holder(self, sign_in_id: str, session_id: str = "") -> SignedIn | None:
        """Whose sign-in it is, with that session where it is theirs; in one statement.

        Every call of somebody who signed in asks for it.
        """

    async def update(self, sign_in: SignIn) -> None:
        """Raises NotFound."""

    async def of_account(self, account_id: str) -> list[SignIn]:
        """In the order they began."""

    async def purge(self, *, before: datetime) -> int:
        """Forget those that expired before; says how many."""


class Tokens(Protocol):
    """By id; no two have one digest."""

    async def add(self, token: Token) -> None: ...
    async def by_digest(self, kind: TokenKind, digest: str, *, lock: bool = False) -> Token | None:
        """lock: no other unit reads it so until this one ends."""

    async def update(self, token: Token) -> None:
        """Raises NotFound."""

    async def of_account(self, account_id: str, kind: TokenKind) -> list[Token]:
        """In the order they were made."""

    async def purge(self, *, before: datetime) -> int:
        """Forget those that expired before; says how many."""


class ClientSessions(Protocol):
    """By id."""

    async def add(self, session: ClientSession) -> None: ...
    async def get(self, session_id: str) -> ClientSession:
        """Raises NotFound."""

    async def of_client(self, account_id: str, client_id: str) -> ClientSession | None:
        """The one that began last."""

    async def update(self, session: ClientSession) -> None:
        """Raises NotFound."""

    async def of_account(self, account_id: str) -> list[ClientSession]:
        """In the order they began."""

    async def purge(self, *, before: datetime) -> int:
        """Forget those that were seen last before; says how many."""


class Members(Protocol):
    """By case and account."""

    async def put(self, member: CaseMember) -> None:
        """Insert it, or give the member another role; `since` stays."""

    async def remove(self, case_id: str, account_id: str) -> bool:
        """False where the account is no member of the case."""

    async def of_case(self, case_id: str) -> list[CaseMember]:
        """In the order they became members."""

    async def of_cases(self, case_ids: Collection[str]) -> dict[str, list[CaseMember]]:
        """By case, in the order they became members; nothing of a case that has none."""

    async def of_account(self, account_id: str) -> list[CaseMember]:
        """In the order of the cases."""

    async def cases(self, *, among: Collection[str] | None = None) -> set[str]:
        """Ids of the cases that are not the team's: they have members, or are a channel's.

        among: only of these; None for all.
        """


class ProviderLogins(Protocol):
    """By issuer and subject."""

    async def add(self, login: ProviderLogin) -> bool:
        """False where somebody has it."""

    async def get(self, issuer: str, subject: str) -> ProviderLogin | None: ...
    async def of_account(self, account_id: str) -> list[ProviderLogin]:
        """In the order they began."""


class AuthorizationRequests(Protocol):
    """By state."""

    async def add(self, request: AuthorizationRequest) -> None: ...
    async def take(self, state: str) -> AuthorizationRequest | None:
        """The request, which is forgotten by it: a second unit finds none."""

    async def purge(self, *, before: datetime) -> int:
        """Forget those that expired before; says how many."""


class AccountsUnit(Protocol):
    """The repositories of a unit of work that are about accounts."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def sign_ins(self) -> SignIns: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def sessions(self) -> ClientSessions: ...
    @property
    def members(self) -> Members: ...
    @property
    def provider_logins(self) -> ProviderLogins: ...
    @property
    def authorization_requests(self) -> AuthorizationRequests: ...


class Passwords(Protocol):
    """Slow on purpose, and off the event loop."""

    async def hash(self, password: str) -> str:
        """Raises TooMany where too many wait already."""

    async def matches(self, password: str, hashed: str) -> bool:
        """As slow for no hash (``""``) as for any, and False. Raises TooMany."""


class IdentityProvider(Protocol):
    """An OpenID provider, at which people sign in.

    Every call raises SourceUnavailable where it does not answer, or not as it should.
    """

    @property
    def issuer(self) -> str: ...
    async def check(self) -> None:
        """Whether somebody could be sent there now, and be believed afterwards."""

    async def authorization_url(
        self, *, state: str, nonce: str, verifier: str, redirect_uri: str
    ) -> str:
        """Where a browser is sent; it comes back to `redirect_uri` with a code and the state."""

    async def redeem(
        self, code: str, *, nonce: str, verifier: str, redirect_uri: str, at: datetime
    ) -> ProviderProfile:
        """Who signed in there. Raises Unauthorised where anything in the answer is not right."""


class Mail(Protocol):
    """How somebody is reached who cannot sign in."""

    async def send(self, address: str, *, subject: str, text: str) -> None:
        """Raises SourceUnavailable."""
