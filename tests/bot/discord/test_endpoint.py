from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from bot.discord.endpoint import PATH, InteractionSignature, router_of
from bot.discord.handles import Acknowledgements
from bot.discord.rooms import place_in
from core.conversation.messages.message import MessageKind
from core.errors import Unauthorised, WrongUsage
from storage.memory import MemoryStore
from tests.fakes.clock import SetClock
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from core.conversation.messages.message import IncomingMessage

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
COMMAND: dict[str, Any] = {
    "id": "1456074443980800000",
    "application_id": "1",
    "type": 2,
    "token": "tok",
    "version": 1,
    "channel_id": "20",
    "channel": {"id": "20", "type": 11, "parent_id": "10"},
    "guild_id": "2",
    "member": {"user": {"id": "7", "username": "dana"}},
    "data": {
        "id": "3",
        "name": "fm",
        "type": 1,
        "options": [{"name": "status", "type": 1, "options": []}],
    },
}


@dataclass
class SignedPost:
    """Posts as Discord does, signed with its key unless a test says otherwise."""

    client: httpx.AsyncClient
    clock: SetClock
    store: MemoryStore

    async def __call__(
        self, payload: object, *, stamp: str | None = None, signature: str | None = None
    ) -> httpx.Response:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        stamp = str(int(self.clock.now().timestamp())) if stamp is None else stamp
        signed = KEY.sign(stamp.encode() + body).hex() if signature is None else signature
        headers = {"X-Signature-Ed25519": signed, "X-Signature-Timestamp": stamp}
        return await self.client.post(PATH, content=body, headers=headers)

    @property
    def heard(self) -> list[IncomingMessage]:
        return [message.heard for message in self.store.committed.utterances]


@pytest.fixture
def post() -> SignedPost:
    clock, store = SetClock(), MemoryStore()
    app = FastAPI()
    services = memory_services(store=store, clock=clock)
    app.include_router(router_of(PUBLIC, services, Acknowledgements()))
    transport = httpx.ASGITransport(app=app)
    return SignedPost(httpx.AsyncClient(transport=transport, base_url="http://bot"), clock, store)


async def test_discord_asks_whether_we_are_there(post: SignedPost) -> None:
    answer = await post({"type": 1, "id": "1", "token": "t", "application_id": "1"})
    assert (answer.status_code, answer.json()) == (200, {"type": 1})
    assert answer.headers["content-type"] == "application/json"


async def test_a_command_is_heard_and_deferred(post: SignedPost) -> None:
    answer = await post(COMMAND)
    assert answer.json() == {"type": 5, "data": {"flags": 64}}
    (heard,) = post.heard
    assert (heard.verb, heard.text) == ("status", "")
    assert (heard.manner, heard.by) == (MessageKind.COMMAND, "7")
    assert heard.place == place_in("10", "20")


async def test_the_same_again_is_answered_and_has_no_effect(post: SignedPost) -> None:
    first, second = await post(COMMAND), await post(COMMAND)
    assert first.json() == second.json()
    assert len(post.heard) == 1


async def test_a_button_opens_a_form_over_http_as_well(post: SignedPost) -> None:
    pressed = COMMAND | {
        "type": 3,
        "data": {"custom_id": "fm:resolve:128:", "component_type": 2},
        "message": {"id": "9"},
    }
    answer = (await post(pressed)).json()
    assert (answer["type"], answer["data"]["custom_id"]) == (9, "fm:resolve:128:")
    field = {"type": 4, "custom_id": "text", "value": "pool set to 40"}
    sent = COMMAND | {
        "type": 5,
        "data": {
            "custom_id": "fm:resolve:128:",
            "components": [{"type": 1, "components": [field]}],
        },
    }
    assert (await post(sent)).json()["type"] == 4
    assert (post.heard[0].verb, post.heard[0].text) == ("resolve", "pool set to 40")


@pytest.mark.parametrize("signature", ["", "zz", "00" * 64, "00"])
async def test_what_discord_did_not_sign_is_turned_away(post: SignedPost, signature: str) -> None:
    answer = await post(COMMAND, signature=signature)
    assert answer.status_code == 401
    assert post.heard == []


async def test_what_was_signed_long_ago_is_turned_away(post: SignedPost) -> None:
    sent = post.clock.now()
    for seconds, status in ((301, 401), (299, 200), (-301, 401)):
        post.clock.at = sent + timedelta(seconds=seconds)
        answer = await post(COMMAND, stamp=str(int(sent.timestamp())))
        assert answer.status_code == status


@pytest.mark.parametrize("stamp", ["", "now", "1e9", "9" * 40, "-5", "१२"])
def test_a_time_stamp_that_is_none_is_turned_away(stamp: str) -> None:
    signed = KEY.sign(stamp.encode() + b"x").hex()
    with pytest.raises(Unauthorised):
        InteractionSignature(PUBLIC).check(
            b"x", stamp=stamp, signature=signed, now=SetClock().now()
        )


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"type": 99, "id": "1"}'])
async def test_a_signed_body_that_is_no_interaction_is_refused(
    post: SignedPost, body: bytes
) -> None:
    assert (await post(body)).status_code == 400


async def test_a_body_of_any_size_is_not_read(post: SignedPost) -> None:
    assert (await post(b"x" * (1024 * 1024 + 1))).status_code == 413


@given(st.binary(max_size=200), st.integers(0, 63), st.integers(0, 7))
def test_no_changed_signature_passes(body: bytes, byte: int, bit: int) -> None:
    stamp, now = "1767225600", SetClock().now()
    signature = bytearray(KEY.sign(stamp.encode() + body))
    seal = InteractionSignature(PUBLIC)
    seal.check(body, stamp=stamp, signature=signature.hex(), now=now)
    signature[byte] ^= 1 << bit
    with pytest.raises(Unauthorised):
        seal.check(body, stamp=stamp, signature=signature.hex(), now=now)


async def test_without_a_key_there_is_no_door() -> None:
    app = FastAPI()
    app.include_router(router_of("", memory_services(), Acknowledgements()))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bot")
    assert (await client.post(PATH, json=COMMAND)).status_code == 404


def test_a_key_that_is_none_is_said_at_the_start() -> None:
    with pytest.raises(WrongUsage, match="64 hexadecimal digits"):
        InteractionSignature("not a key")
