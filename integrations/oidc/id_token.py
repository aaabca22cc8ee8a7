"""Proof that an ID token is the provider's answer to the very request that was made.

Source: OpenID Connect Core 1.0, 3.1.3.7 (ID Token Validation).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from core.errors import Unauthorised

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joserfc.jwt import Token

    from integrations.oidc.metadata import PublishedMetadata

# Of public keys alone: whoever knows our secret, or that there is none, signs nothing with these.
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
CLOCKS_DIFFER_S = 60
LONGEST_SUBJECT = 255  # characters, as the standard says


@dataclass(frozen=True, kw_only=True)
class ExpectedToken:
    """What the token must say. access_token: that came with it."""

    client_id: str
    nonce: str
    access_token: str
    at: datetime


async def verified_claims(
    text: str, expected: ExpectedToken, *, published: PublishedMetadata
) -> Mapping[str, Any]:
    """The claims of the token. Raises Unauthorised, and SourceUnavailable."""
    try:
        token = await _signed(text, published=published)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": published.issuer},
                "aud": {"essential": True, "value": expected.client_id},
                "nonce": {"essential": True, "value": expected.nonce},
            },
            params={
                "client_id": expected.client_id,
                "nonce": expected.nonce,
                "access_token": expected.access_token,
            },
        )
        claims.validate(now=int(expected.at.timestamp()), leeway=CLOCKS_DIFFER_S)
    except (JoseError, ValueError, TypeError) as error:
        raise _unproven(error) from error
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        message = "the ID token names nobody"
        raise Unauthorised(message, next_step=AGAIN)
    return claims


async def _signed(text: str, *, published: PublishedMetadata) -> Token:
    """A key that nobody knows may be new: the provider is asked once more for its keys."""
    known = await published.keys()
    try:
        return jwt.decode(text, known, algorithms=ALGORITHMS)
    except InvalidKeyIdError:
        return jwt.decode(text, await published.keys(besides=known), algorithms=ALGORITHMS)


AGAIN = "Begin again. If it goes on, an admin compares both clocks and FAULTMAVEN_OIDC_CLIENT_ID."


def _unproven(error: Exception) -> Unauthorised:
    """Names the check alone: the token's own words are a stranger's."""
    claim = getattr(error, "claim", None)
    check = f"`{claim}`" if claim else type(error).__name__
    return Unauthorised(f"the OpenID provider's ID token is not valid: {check}", next_step=AGAIN)
