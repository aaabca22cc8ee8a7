from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Overloaded
from core.workflows.delivery_intake import KEPT_OF_OVERSIZED, BatchRoom
from webhooks.body import Disconnected, read_body

if TYPE_CHECKING:
    from core.workflows.delivery_intake import DeliveryBody

CHUNKS = st.lists(st.binary(max_size=40), min_size=1, max_size=8)


class ChunkedRequest:
    """Gives chunks as a server does; at the end of `chunks` the sender goes away where told to."""

    def __init__(self, chunks: list[bytes], *, breaks: bool = False) -> None:
        self._chunks = list(chunks)
        self._breaks = breaks

    async def __call__(self) -> dict[str, Any]:
        if not self._chunks:
            return {"type": "http.disconnect"}
        chunk = self._chunks.pop(0)
        more = bool(self._chunks) or self._breaks
        return {"type": "http.request", "body": chunk, "more_body": more}


async def read(wire: ChunkedRequest, *, limit: int, room: BatchRoom | None = None) -> DeliveryBody:
    with (room or BatchRoom()).share() as share:
        return await read_body(wire, limit=limit, share=share)


@given(CHUNKS, st.integers(min_value=1, max_value=200))
async def test_whatever_the_pieces_hash_and_size_are_of_the_whole(
    chunks: list[bytes], limit: int
) -> None:
    whole = b"".join(chunks)
    body = await read(ChunkedRequest(chunks), limit=limit)

    assert (body.size, body.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert body.is_whole is (len(whole) <= limit)
    assert body.kept == (whole if body.is_whole else whole[:limit][:KEPT_OF_OVERSIZED])


async def test_memory_stays_bounded_whatever_comes() -> None:
    chunk, limit = b"x" * 65_536, 200_000
    room = BatchRoom(limit + len(chunk))
    body = await read(ChunkedRequest([chunk] * 100), limit=limit, room=room)
    assert (body.size, len(body.kept)) == (100 * len(chunk), KEPT_OF_OVERSIZED)


async def test_a_full_room_refuses() -> None:
    with pytest.raises(Overloaded):
        await read(ChunkedRequest([b"x" * 10, b"x" * 10]), limit=100, room=BatchRoom(15))


@pytest.mark.parametrize("chunks", [[], [b"{"], [b"{", b"}"]])
async def test_a_sender_that_goes_away_is_told_apart(chunks: list[bytes]) -> None:
    with pytest.raises(Disconnected):
        await read(ChunkedRequest(chunks, breaks=True), limit=100)


async def test_who_never_ends_is_not_heard_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.body.MOST_READ", 1_000)
    wire = ChunkedRequest([b"x" * 100] * 1_000)
    body = await read(wire, limit=300)
    assert not body.is_whole
    assert body.size == 1_100
    assert body.kept == b"x" * 300
