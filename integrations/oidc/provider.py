"""A provider over HTTP: where people are sent, and what the code that they bring back is worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from core.accounts.model import ProviderProfile
from core.errors import SourceUnavailable, Unauthorised
from core.text.redacted import legible
from integrations.oidc.bounded_answers import ask
from integrations.oidc.id_token import ExpectedToken, verified_claims
from integrations.oidc.metadata import NEXT_STEP, PublishedMetadata

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

BASIC, POST = "client_secret_basic", "client_secret_post"


@dataclass(frozen=True, kw_only=True)
class ProviderAccess:
    """What the provider knows us by. groups_claim: the claim that lists somebody's groups."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str = "openid profile email"
    groups_claim: str = "groups"


class OidcProvider:
    """One OpenID provider; its metadata are read at the first sign-in."""

    def __init__(self, access: ProviderAccess, *, client: httpx.AsyncClient) -> None:
        self._access = access
        self._client = client
        self._published = PublishedMetadata(access.issuer, client)

    @property
    def issuer(self) -> str:
        return self._access.issuer

    async def check(self) -> None:
        """Its metadata and its keys can be read."""
        await self._published.keys()

    async def authorization_url(
        self, *, state: str, nonce: str, verifier: str, redirect_uri: str
    ) -> str:
        address = str((await self._published.endpoints())["authorization_endpoint"])
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._access.client_id,
                "redirect_uri": redirect_uri,
                "scope": self._access.scopes,
                "state": state,
                "nonce": nonce,
                "code_challenge": create_s256_code_challenge(verifier),  # type: ignore[no-untyped-call]
                "code_challenge_method": "S256",
            }
        )
        return f"{address}{'&' if '?' in address else '?'}{query}"

    async def redeem(
        self, code: str, *, nonce: str, verifier: str, redirect_uri: str, at: datetime
    ) -> ProviderProfile:
        granted = await self._exchange(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": verifier,
            }
        )
        expected = ExpectedToken(
            client_id=self._access.client_id,
            nonce=nonce,
            access_token=str(granted.get("access_token", "")),
            at=at,
        )
        text = str(granted.get("id_token", ""))
        return self._profile(await verified_claims(text, expected, published=self._published))

    async def _exchange(self, form: dict[str, str]) -> Mapping[str, Any]:
        """The token answer. Raises Unauthorised where the code is no good, SourceUnavailable."""
        endpoints = await self._published.endpoints()
        secret = self._access.client_secret
        methods = endpoints.get("token_endpoint_auth_methods_supported")
        auth = httpx.Auth()  # which adds nothing
        if isinstance(methods, list) and POST in methods and BASIC not in methods:
            form |= {"client_id": self._access.client_id, "client_secret": secret}
        else:
            auth = httpx.BasicAuth(quote(self._access.client_id, safe=""), quote(secret, safe=""))
        try:
            address = str(endpoints["token_endpoint"])
            request = self._client.build_request("POST", address, data=form)
            answer, granted = await ask(self._client, request, auth=auth)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            message = f"the OpenID provider does not answer ({type(error).__name__})"
            raise SourceUnavailable(message, next_step=NEXT_STEP) from error
        if answer.is_success and isinstance(granted, dict):
            return granted
        raise _refused(answer, granted)

    def _profile(self, claims: Mapping[str, Any]) -> ProviderProfile:
        groups = claims.get(self._access.groups_claim)
        listed = groups if isinstance(groups, list) else [groups]
        return ProviderProfile(
            issuer=self.issuer,
            subject=claims["sub"],
            username=_text(claims, "preferred_username"),
            display_name=_text(claims, "name"),
            email=_text(claims, "email"),
            email_verified=claims.get("email_verified") is True,
            groups=frozenset(group for group in listed if isinstance(group, str)),
        )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return legible(value) if isinstance(value, str) else ""


def _refused(answer: httpx.Response, granted: Any) -> Unauthorised | SourceUnavailable:
    """What its error means for whoever signs in; its description may quote anything."""
    error = granted.get("error") if isinstance(granted, dict) else None
    if error == "invalid_grant":
        message = "the OpenID provider does not take the code: it was used, or is too old"
        return Unauthorised(message, next_step="Begin again.")
    if error == "invalid_client" or answer.status_code == HTTPStatus.UNAUTHORIZED:
        message = "the OpenID provider does not take FAULTMAVEN_OIDC_CLIENT_ID with its secret"
        return SourceUnavailable(message, next_step=NEXT_STEP)
    message = f"the OpenID provider answered {answer.status_code}"
    return SourceUnavailable(message, next_step=NEXT_STEP)
