"""The records of accounts: themselves, sign-ins, tokens that are shown once, sessions, members."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

API_TOKEN = "fm_"  # noqa: S105 - what each begins with, so that scanners of secrets know it


class AccountRole(StrEnum):
    """What somebody may do in the whole installation."""

    USER = "user"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a token of a program may do; a person who signed in may all of it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"  # what the role of its owner allows, too
    OPERATOR = "operator"  # what the command line may: every case, every original, the jobs


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody who can sign in. `id` is that of their user.

    username: in lower case, unique; email: in lower case, unique where there is one.
    password: its hash, as the hashing library writes it; "" where they sign in elsewhere.
    """

    id: str
    tenant_id: str
    username: str
    email: str | None
    display_name: str
    role: AccountRole
    password: str = field(repr=False)
    created_at: datetime
    signed_in_at: datetime | None = None
    is_disabled: bool = False

    @property
    def is_admin(self) -> bool:
        return self.role is AccountRole.ADMIN


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """One sign-in of an account, on one device, until it ends.

    rotation: the number of the refresh token that is valid now. rotated_at: since when it is.
    """

    id: str
    tenant_id: str
    account_id: str
    began_at: datetime
    expires_at: datetime
    rotation: int = 0
    rotated_at: datetime
    revoked_at: datetime | None = None

    def is_valid(self, *, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


class TokenKind(StrEnum):
    """What a token that was shown once is for."""

    API = "api"  # a program's, until it expires or is revoked
    RESET = "reset"  # lets somebody set a new password, once
    WELCOME = "welcome"  # lets whoever runs the installation make the first admin, once
    LINK = "link"  # said in chat, joins the identity there to the account, once
    HANDOVER = "handover"  # lets the browser that came back from a provider sign in, once
    CODE = "code"  # lets the client that waits for it sign in whoever signed in on a page, once


@dataclass(frozen=True, kw_only=True)
class Token:
    """A random text that proves something; kept is its hash alone.

    account_id: None for a welcome. name: of an API token, what its owner calls it; of a code that
    was used, the sign-in that began with it. used_at: of one that is good once, that it was; of an
    API token, about when it was seen last.
    """

    id: str
    tenant_id: str
    kind: TokenKind
    account_id: str | None
    name: str
    scopes: tuple[Scope, ...]
    digest: str = field(repr=False)
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_valid(self, *, at: datetime) -> bool:
        is_used = self.kind is not TokenKind.API and self.used_at is not None
        is_over = self.expires_at is not None and at >= self.expires_at
        return self.revoked_at is None and not is_used and not is_over


def digest_of(text: str) -> str:
    """Of a token, which is random and long enough that no salt or slow hash is needed."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class ProviderProfile:
    """What a provider says, signed, of somebody who signed in there. Empty where it says nothing.

    username, display_name, email: as it writes them. groups: those that they are in there.
    """

    issuer: str
    subject: str
    username: str = ""
    display_name: str = ""
    email: str = ""
    email_verified: bool = False
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ProviderLogin:
    """An account as an OpenID provider knows it: by the provider's issuer and its `sub`."""

    tenant_id: str
    issuer: str
    subject: str
    account_id: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """A browser that was sent to a provider to sign in there, until it comes back, once.

    state, browser: digests of what it brings back, in the URL and in a cookie. nonce: what the
    provider's answer must name. verifier: proves to the provider that we began (PKCE).
    """

    tenant_id: str
    state: str
    browser: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    expires_at: datetime


class SessionState(StrEnum):
    """How a client's session stands."""

    ACTIVE = "active"
    EXPIRED = "expired"
    TERMINATED = "terminated"


@dataclass(frozen=True, kw_only=True)
class ClientSession:
    """A client that works for an account; it ends when nothing was heard for as long as `lasts`.

    client_id: the client's own name of itself, by which it finds its session again.
    metadata: JSON, the client's own.
    """

    id: str
    tenant_id: str
    account_id: str
    client_id: str
    kind: str
    lasts: timedelta
    began_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    metadata: str = "{}"

    @property
    def expires_at(self) -> datetime:
        return self.seen_at + self.lasts

    def state(self, *, at: datetime) -> SessionState:
        if self.ended_at is not None:
            return SessionState.TERMINATED
        return SessionState.ACTIVE if at < self.expires_at else SessionState.EXPIRED


class CaseRole(StrEnum):
    """What an account may do in one case."""

    OWNER = "owner"  # says who else sees it
    RESPONDER = "responder"
    VIEWER = "viewer"  # reads


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """Somebody who signed in. session: of the client that calls, where it names one of theirs."""

    account: Account
    sign_in: SignIn
    session: ClientSession | None = None


@dataclass(frozen=True, kw_only=True)
class CaseMember:
    """An account that sees a case. A case without members is the team's: everyone sees it."""

    tenant_id: str
    case_id: str
    account_id: str
    role: CaseRole
    since: datetime
