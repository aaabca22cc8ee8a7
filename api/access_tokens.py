"""Access and refresh tokens: signed texts that say which sign-in they belong to.

They are signed, not sealed: nothing in them is secret. Whether the sign-in still holds is asked of
the database each time, so an access token is worth nothing once somebody signed out.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import jwt

from core.errors import Unauthorised
from core.workflows.sign_in import SIGNED_IN_FOR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from jwt.types import Options

    from core.accounts.model import SignIn

ALGORITHM = "HS256"
ISSUER = "faultmaven"
ACCESS_FOR = timedelta(minutes=30)
PURPOSE = b"faultmaven: tokens of the API"
NEEDED = ("iss", "sub", "sid", "typ", "iat", "exp")


@dataclass(frozen=True)
class AccessTokens:
    """Signs with a key of its own, derived from the secret of the installation."""

    secret: bytes = field(repr=False)

    def access(self, held: SignIn, *, now: datetime) -> str:
        return self._signed(held, now=now, lasts=ACCESS_FOR, typ="access")

    def refresh(self, held: SignIn, *, now: datetime) -> str:
        return self._signed(held, now=now, lasts=SIGNED_IN_FOR, typ="refresh", n=held.rotation)

    def read_access(self, text: str, *, now: datetime) -> str:
        """The id of the sign-in. Raises Unauthorised."""
        return str(self._read(text, now=now, typ="access")["sid"])

    def read_refresh(self, text: str, *, now: datetime) -> tuple[str, int]:
        """The id of the sign-in, and the number of the token. Raises Unauthorised."""
        claims = self._read(text, now=now, typ="refresh")
        number = claims.get("n")
        if not isinstance(number, int):
            raise _invalid()
        return str(claims["sid"]), number

    def _signed(self, held: SignIn, *, now: datetime, lasts: timedelta, **more: object) -> str:
        claims = {
            "iss": ISSUER,
            "sub": held.account_id,
            "sid": held.id,
            "iat": int(now.timestamp()),
            "exp": int((now + lasts).timestamp()),
            **more,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def _read(self, text: str, *, now: datetime, typ: str) -> Mapping[str, Any]:
        """The claims. Times are compared with our own clock, not the library's."""
        try:
            claims = _verified(text, self._key)
        except (jwt.InvalidTokenError, UnicodeError) as error:
            raise _invalid() from error
        expires = claims["exp"]
        if claims["typ"] != typ or not isinstance(expires, int) or expires <= int(now.timestamp()):
            raise _invalid()
        return claims

    @cached_property
    def _key(self) -> bytes:
        return hmac.new(self.secret, PURPOSE, hashlib.sha256).digest()


@lru_cache(maxsize=4096)  # a client shows the same one for half an hour
def _verified(text: str, key: bytes) -> Mapping[str, Any]:
    """The claims of a token that is signed with the key, expired or not."""
    checks: Options = {"require": list(NEEDED), "verify_exp": False, "verify_iat": False}
    claims: dict[str, Any] = jwt.decode(
        text, key, algorithms=[ALGORITHM], issuer=ISSUER, options=checks
    )
    return claims


def _invalid() -> Unauthorised:
    return Unauthorised("the token is invalid or has expired", next_step="Sign in again.")
