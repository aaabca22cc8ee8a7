"""An OpenID provider on loopback that takes the standard at its word, and one that lies.

It signs with PyJWT, so that what is checked is not checked by what made it. It refuses a request
without PKCE, nonce or state, another redirect URI, another client, and a code that was used.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

CLIENT, SECRET = "faultmaven", "a secret: of/tests"  # pragma: allowlist secret
LASTS = timedelta(minutes=5)


class Lie(StrEnum):
    """What is wrong with the ID token, each time in one respect."""

    AUDIENCE = "it is for another client"
    AUDIENCES = "it is for us among others, and was asked for by another"
    ISSUER = "another issuer made it"
    EXPIRED = "it is over"
    FUTURE = "it was made tomorrow"
    NO_ALGORITHM = "nothing signs it"
    OUR_SECRET = "our own secret signs it"  # noqa: S105  # pragma: allowlist secret
    PUBLIC_KEY = "the text of the public key signs it"
    OTHER_KEY = "a key signs it that is not the one it names"
    SWAPPED_KID = "it names another key that is published, too"
    UNKNOWN_KID = "it names a key that is nowhere"
    NO_NONCE = "it answers no request"
    OTHER_NONCE = "it answers another request"
    NO_SUBJECT = "it names nobody"
    LONG_SUBJECT = "it names somebody at greater length than there is"
    ACCESS_TOKEN = "it goes with another access token"  # noqa: S105
    CUT = "it is cut off"
    NOTHING = "there is none"


@dataclass(frozen=True)
class SigningKey:
    kid: str
    algorithm: str
    private: Any

    @classmethod
    def fresh(cls, algorithm: str = "ES256") -> SigningKey:
        private: Any = (
            ec.generate_private_key(ec.SECP256R1())
            if algorithm == "ES256"
            else rsa.generate_private_key(public_exponent=65537, key_size=2048)
        )
        return cls(secrets.token_hex(4), algorithm, private)

    @property
    def public(self) -> dict[str, Any]:
        kind = ECAlgorithm if self.algorithm == "ES256" else RSAAlgorithm
        key: dict[str, Any] = json.loads(kind.to_jwk(self.private.public_key()))
        return {**key, "kid": self.kid, "use": "sig", "alg": self.algorithm}


@dataclass
class Grant:
    challenge: str
    nonce: str
    redirect_uri: str
    is_used: bool = False


@dataclass
class OpenIdProvider:
    """person: the claims of whoever signs in there next. asked: the paths, in order."""

    now: Callable[[], datetime]
    redirect_uri: str
    url: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "42"})
    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey.fresh()])
    lie: Lie | None = None
    is_down: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)  # over what it publishes
    odd_keys: list[Any] = field(default_factory=list)  # beside its own
    odd_grant: bytes = b""  # instead of an answer to a code
    asked: list[str] = field(default_factory=list)
    grants: dict[str, Grant] = field(default_factory=dict)

    def rotates(self, algorithm: str = "ES256") -> None:
        """What was published before is published no more."""
        self.keys = [SigningKey.fresh(algorithm)]

    async def configuration(self, _: web.Request) -> web.Response:
        published = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return web.json_response({**published, **self.metadata})

    async def published_keys(self, _: web.Request) -> web.Response:
        encrypting = {"kty": "EC", "use": "enc", "crv": "of tomorrow"}
        ours = [key.public for key in self.keys]
        return web.json_response({"keys": [encrypting, *self.odd_keys, *ours]})

    async def authorize(self, request: web.Request) -> web.Response:
        asked = request.query
        wrong = [
            name
            for name, value in {
                "response_type": "code",
                "client_id": CLIENT,
                "redirect_uri": self.redirect_uri,
                "code_challenge_method": "S256",
            }.items()
            if asked.get(name) != value
        ]
        short = [name for name in ("state", "nonce", "code_challenge") if len(asked[name]) < 43]
        if wrong or short or "openid" not in asked["scope"].split():
            return web.json_response({"wrong": wrong, "short": short}, status=400)
        code = secrets.token_urlsafe(16)
        self.grants[code] = Grant(asked["code_challenge"], asked["nonce"], self.redirect_uri)
        back = urlencode({"code": code, "state": asked["state"], "iss": self.url})
        return web.Response(status=302, headers={"Location": f"{self.redirect_uri}?{back}"})

    async def token(self, request: web.Request) -> web.Response:
        if self.odd_grant:
            return web.Response(body=self.odd_grant, content_type="application/json")
        form = await request.post()
        if not self._is_client(request, form):
            return web.json_response({"error": "invalid_client"}, status=401)
        grant = self.grants.get(str(form["code"]))
        if grant is None or grant.is_used or not self._fits(grant, form):
            return web.json_response({"error": "invalid_grant"}, status=400)
        grant.is_used = True
        access_token = secrets.token_urlsafe(16)
        answer = {"token_type": "Bearer", "access_token": access_token, "expires_in": 300}
        if self.lie is not Lie.NOTHING:
            answer["id_token"] = self._id_token(grant, access_token)
        return web.json_response(answer)

    def _is_client(self, request: web.Request, form: Mapping[str, Any]) -> bool:
        quoted = "a%20secret%3A%20of%2Ftests"  # pragma: allowlist secret
        if self.metadata.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        pair = base64.b64encode(f"{CLIENT}:{quoted}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {pair}"

    def _fits(self, grant: Grant, form: Mapping[str, Any]) -> bool:
        digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        challenge = _in_base64(digest).decode()
        asked = (form.get("grant_type"), form.get("redirect_uri"), challenge)
        return asked == ("authorization_code", grant.redirect_uri, grant.challenge)

    def _id_token(self, grant: Grant, access_token: str) -> str:
        now = self.now()
        key = self.keys[-1]
        digest = hashlib.sha256(access_token.encode()).digest()[:16]
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": int(now.timestamp()),
            "exp": int((now + LASTS).timestamp()),
            "nonce": grant.nonce,
            "at_hash": _in_base64(digest).decode(),
            **self.person,
        }
        return self._signed(self._falsified(claims), key)

    def _falsified(self, claims: dict[str, Any]) -> dict[str, Any]:
        day = 86_400
        changes: dict[Lie | None, dict[str, Any]] = {
            Lie.AUDIENCE: {"aud": "another"},
            Lie.AUDIENCES: {"aud": [CLIENT, "another"], "azp": "another"},
            Lie.ISSUER: {"iss": "https://evil.test"},
            Lie.EXPIRED: {"exp": claims["iat"] - 61, "iat": claims["iat"] - 400},
            Lie.FUTURE: {"iat": claims["iat"] + day, "exp": claims["exp"] + day},
            Lie.NO_NONCE: {"nonce": None},
            Lie.OTHER_NONCE: {"nonce": "of another request"},
            Lie.NO_SUBJECT: {"sub": None},
            Lie.LONG_SUBJECT: {"sub": "4" * 256},
            Lie.ACCESS_TOKEN: {"at_hash": "b" * 22},
        }
        changed = {**claims, **changes.get(self.lie, {})}
        return {name: value for name, value in changed.items() if value is not None}

    def _signed(self, claims: dict[str, Any], key: SigningKey) -> str:
        head = {"kid": key.kid}
        match self.lie:
            case Lie.NO_ALGORITHM:
                return jwt.encode(claims, "", algorithm="none", headers=head)
            case Lie.OUR_SECRET:
                return jwt.encode(claims, SECRET.ljust(32), algorithm="HS256", headers=head)
            case Lie.PUBLIC_KEY:
                return _by_hmac(claims, key)
            case Lie.OTHER_KEY:
                other = SigningKey.fresh(key.algorithm)
                return jwt.encode(claims, other.private, algorithm=key.algorithm, headers=head)
            case Lie.SWAPPED_KID:
                self.keys = [SigningKey.fresh(), key]
                head = {"kid": self.keys[0].kid}
            case Lie.UNKNOWN_KID:
                head = {"kid": "nowhere"}
        text_of_it = jwt.encode(claims, key.private, algorithm=key.algorithm, headers=head)
        return text_of_it[:-9] if self.lie is Lie.CUT else text_of_it


def _by_hmac(claims: dict[str, Any], key: SigningKey) -> str:
    """As whoever takes any algorithm for any key would take it; PyJWT itself will not sign so."""
    head = {"alg": "HS256", "typ": "JWT", "kid": key.kid}
    parts = b".".join(_in_base64(json.dumps(part).encode()) for part in (head, claims))
    pem = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return b".".join((parts, _in_base64(hmac.digest(pem, parts, "sha256")))).decode()


def _in_base64(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


@asynccontextmanager
async def openid_provider(
    now: Callable[[], datetime], *, redirect_uri: str
) -> AsyncIterator[OpenIdProvider]:
    """A provider on a port of its own."""
    provider = OpenIdProvider(now, redirect_uri)

    @web.middleware
    async def noted(request: web.Request, handler: Any) -> web.StreamResponse:
        provider.asked.append(request.path)
        if provider.is_down:
            return web.Response(status=502, text="<html>away</html>")
        answer: web.StreamResponse = await handler(request)
        return answer

    app = web.Application(middlewares=[noted])
    app.router.add_get("/.well-known/openid-configuration", provider.configuration)
    app.router.add_get("/keys", provider.published_keys)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        await runner.cleanup()
