"""What a provider publishes: its endpoints, and the keys that it signs with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.errors import SourceUnavailable
from integrations.oidc.bounded_answers import ask

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
MEANWHILE = "Sign in with a password meanwhile; what the provider has to be set to is in"
NEXT_STEP = f"{MEANWHILE} docs/how-to/sign-in-with-oidc.md."


@dataclass
class PublishedMetadata:
    """The provider's metadata and keys, read at the first use and kept while they serve.

    issuer: its address, as the provider itself writes it.
    """

    issuer: str
    client: httpx.AsyncClient
    _endpoints: Mapping[str, Any] | None = None
    _keys: KeySet | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def endpoints(self) -> Mapping[str, Any]:
        """Raises SourceUnavailable where it does not answer, or as another issuer."""
        async with self._turn:
            if self._endpoints is None:
                self._endpoints = await self._discover()
            return self._endpoints

    async def keys(self, *, besides: KeySet | None = None) -> KeySet:
        """The keys; read anew where those known are `besides`. Raises SourceUnavailable."""
        address = str((await self.endpoints())["jwks_uri"])
        async with self._turn:
            if self._keys is None or self._keys is besides:
                self._keys = await self._read_keys(address)
            return self._keys

    async def _discover(self) -> Mapping[str, Any]:
        metadata = await self._read(get_well_known_url(self.issuer, external=True))
        if metadata.get("issuer") != self.issuer:
            message = "the OpenID provider calls itself something other than FAULTMAVEN_OIDC_ISSUER"
            raise SourceUnavailable(message, next_step="Set it to the `issuer` that it publishes.")
        for name in ENDPOINTS:
            self._must_be_safe(metadata.get(name), name)
        return metadata

    def _must_be_safe(self, address: object, name: str) -> None:
        """Raises SourceUnavailable for an endpoint without TLS of an issuer that has it."""
        allowed = ("https://",) if self.issuer.startswith("https://") else ("https://", "http://")
        if not isinstance(address, str) or not address.startswith(allowed):
            message = f"the OpenID provider publishes no safe `{name}`"
            raise SourceUnavailable(message, next_step=NEXT_STEP)

    async def _read_keys(self, address: str) -> KeySet:
        try:
            published: Any = await self._read(address)
            return KeySet.import_key_set({"keys": list(_for_signatures(published))})
        except (JoseError, AttributeError, ValueError, TypeError, KeyError) as error:
            raise _unread(error) from error

    async def _read(self, address: str) -> Mapping[str, Any]:
        try:
            headers = {"Accept": "application/json"}
            request = self.client.build_request("GET", address, headers=headers)
            answer, document = await ask(self.client, request)
            answer.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise _unread(error) from error
        if not isinstance(document, dict):
            message = "the OpenID provider publishes what is not JSON"
            raise SourceUnavailable(message, next_step=NEXT_STEP)
        return document


def _for_signatures(published: Mapping[str, Any]) -> list[Any]:
    """Those that may sign; a set also holds keys to encrypt with, maybe of kinds nobody knows."""
    return [
        key
        for key in published["keys"]
        if key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use", "sig") == "sig"
    ]


def _unread(error: Exception) -> SourceUnavailable:
    message = f"the OpenID provider does not answer as it should ({type(error).__name__})"
    return SourceUnavailable(message, next_step=NEXT_STEP)
