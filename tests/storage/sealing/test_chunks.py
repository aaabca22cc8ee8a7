"""What was sealed comes back from any place on, and no change of it goes unseen."""

from __future__ import annotations

import io
import os
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import StoreUnavailable
from storage.sealing.chunks import (
    CHUNK,
    HEADER,
    TAG,
    SealingWriter,
    Unsealed,
    content_size,
    sealed_size,
)
from storage.sealing.keys import new_data_key

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = new_data_key()
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5]


def sealed(content: bytes, *, key: bytes = KEY, purpose: str = "test", piece: int = 2**19) -> bytes:
    written = bytearray()
    sealer = SealingWriter(lambda part: written.extend(memoryview(part)), key, purpose=purpose)
    for start in range(0, len(content), piece):
        sealer.add(content[start : start + piece])
    sealer.finish()
    return bytes(written)


def unsealed(body: bytes, *, key: bytes = KEY, purpose: str = "test") -> Unsealed:
    return Unsealed(io.BytesIO(body), len(body), key, purpose=purpose)


@pytest.mark.parametrize("size", SIZES)
def test_it_comes_back_whatever_its_size(size: int) -> None:
    content = os.urandom(size)
    body = sealed(content)
    assert len(body) == sealed_size(size)
    assert content_size(len(body)) == size
    assert io.BufferedReader(unsealed(body)).read() == content


def test_from_any_place_on() -> None:
    content = os.urandom(2 * CHUNK + 1000)
    stream = io.BufferedReader(unsealed(sealed(content)))
    for n in range(200):
        start, length = n * 7_654_321 % (len(content) + 50), n * 17
        assert stream.seek(start) == start
        assert stream.read(length) == content[start : start + length]
    assert stream.seek(-7, os.SEEK_END) == len(content) - 7
    assert stream.read() == content[-7:]


def test_nothing_of_it_can_be_seen_and_the_same_looks_different() -> None:
    content = b"password=hunter2 " * 1000
    first, second = sealed(content), sealed(content)
    assert b"hunter2" not in first
    assert first[HEADER:] != second[HEADER:]


BODY = sealed(bytes(2 * CHUNK + 100))
PARTS = [0, HEADER, HEADER + CHUNK + TAG, HEADER + 2 * (CHUNK + TAG), len(BODY)]
HEAD, ONE, TWO, REST = (BODY[start:end] for start, end in pairwise(PARTS))


@pytest.mark.parametrize(
    "body",
    [
        HEAD + TWO + ONE + REST,
        HEAD + ONE + TWO,
        HEAD + ONE + REST,
        HEAD + ONE,
        HEAD + TWO + REST,
        HEAD + ONE + TWO + TWO + REST,
        HEAD + ONE + TWO + REST + REST,
        HEAD + ONE + TWO + REST[:-1],
        HEAD + ONE + TWO + REST[:TAG],
        sealed(b"")[:HEADER] + ONE + TWO + REST,
        HEAD,
        HEAD[:-1],
        b"",
    ],
    ids=[f"damage {n}" for n in range(13)],
)
def test_what_was_moved_dropped_or_added_is_seen(body: bytes) -> None:
    assert body != BODY
    with pytest.raises(StoreUnavailable, match=r"was changed on the disk, or cut off"):
        io.BufferedReader(unsealed(body)).read()


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 5000), bit=st.integers(0, 7))
def test_a_flipped_bit_is_seen(place: int, bit: int) -> None:
    body = bytearray(SMALL)
    body[place % len(body)] ^= 1 << bit
    with pytest.raises(StoreUnavailable):
        io.BufferedReader(unsealed(bytes(body))).read()


SMALL = sealed(b"what happened " * 300)


@pytest.mark.parametrize(
    "reading",
    [
        lambda body: unsealed(body, key=new_data_key()),
        lambda body: unsealed(body, purpose="another"),
    ],
)
def test_another_key_or_purpose_opens_nothing(reading: Callable[[bytes], Unsealed]) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        reading(SMALL).read()
    assert "backup" in caught.value.next_step
