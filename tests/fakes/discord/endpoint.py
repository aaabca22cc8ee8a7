"""Interactions over HTTP: signed posts to the address that the portal holds.

Source: Discord: interactions/overview ("Setting up an Endpoint", "Validating Security Request
Headers"), interactions/receiving-and-responding ("Inline HTTP Response Behavior").
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.discord.errors import DiscordRefused
from tests.fakes.discord.interactions import ANSWER_S, PING, PONG, FakeInteraction, Interactions
from tests.fakes.discord.message_writer import PostedBody
from tests.fakes.discord.model import Wire
from tests.fakes.discord.world import DiscordWorld


@dataclass
class EndpointPost:
    """One post to the endpoint, and what came of it; status 0 is none in time."""

    type: int
    status: int
    body: Wire = field(default_factory=dict)
    took_s: float = 0.0


@dataclass
class Endpoint:
    """The side of Discord that signs and posts."""

    world: DiscordWorld
    interactions: Interactions
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    deliveries: list[EndpointPost] = field(default_factory=list)

    def __post_init__(self) -> None:
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.world.public_key = raw.hex()

    async def validate(self, url: str) -> None:
        """What happens as the address is saved: a PING, and one with a wrong signature.

        Raises ValueError where the portal would refuse to save it.
        """
        ping = {"id": self.world.new_id(), "type": PING, "version": 1, "token": "ping"}
        ping["application_id"] = self.world.application_id
        good = await self.post(url, ping)
        if (good.status, good.body.get("type")) != (200, PONG):
            message = f"the endpoint could not be verified: {good}"
            raise ValueError(message)
        bad = await self.post(url, ping, key=Ed25519PrivateKey.generate())
        if bad.status != 401:
            message = f"a wrong signature has to be answered with 401: {bad}"
            raise ValueError(message)
        self.world.interactions_url = url

    async def deliver(self, interaction: FakeInteraction) -> None:
        """Posts an interaction; a 200 with JSON is its answer, a 202 without one says that the
        callback is used instead."""
        url = self.world.interactions_url or ""
        delivery = await self.post(url, self.interactions.wire(interaction))
        if delivery.status == 200 and delivery.body:
            try:
                self.interactions.respond(interaction, PostedBody(delivery.body))
            except DiscordRefused as refused:
                delivery.body = {"refused": refused.body}

    async def post(
        self,
        url: str,
        wire: Wire,
        *,
        key: Ed25519PrivateKey | None = None,
        timestamp: str | None = None,
    ) -> EndpointPost:
        """Signs timestamp + body with Ed25519; both are told in headers."""
        body = json.dumps(wire).encode()
        at = timestamp or str(int(self.world.now()))
        signed = (key or self.key).sign(at.encode() + body).hex()
        headers = {
            "Content-Type": "application/json",
            "X-Signature-Ed25519": signed,
            "X-Signature-Timestamp": at,
            "User-Agent": "Discord-Interactions/1.0 (+https://discord.com)",
        }
        delivery = await self._send(url, body, headers)
        delivery.type = int(wire["type"])
        self.deliveries.append(delivery)
        return delivery

    async def _send(self, url: str, body: bytes, headers: dict[str, str]) -> EndpointPost:
        began = asyncio.get_running_loop().time()
        limit = aiohttp.ClientTimeout(total=ANSWER_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.post(url, data=body, headers=headers) as response,
            ):
                text = await response.read()
                status = response.status
        except (TimeoutError, aiohttp.ClientError):
            text, status = b"", 0
        took = asyncio.get_running_loop().time() - began
        is_json = status == 200 and text.startswith(b"{")
        return EndpointPost(0, status, json.loads(text) if is_json else {}, took)
