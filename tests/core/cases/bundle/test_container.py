"""One file that every unzip reads as we do; whatever else comes is refused, and costs nothing."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases.bundle.container import unpack
from core.errors import FaultMavenError, Tampered, Unreadable
from tests.core.cases.bundle.samples import packed

NAMES = ("README.md", "manifest.json", "events.jsonl", "evidence/e12.jsonl", "originals/e3")


def read(raw: bytes) -> dict[str, bytes]:
    return {member.name: b"".join(member.pieces()) for member in unpack(io.BytesIO(raw))}


def zipped(name: str, content: bytes = b"x", method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as other:
        other.writestr(name, content)
    return out.getvalue()


@given(st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=50)))
def test_what_goes_in_comes_out_here_and_in_any_other_unzip(members: dict[str, bytes]) -> None:
    raw = packed(members)
    with zipfile.ZipFile(io.BytesIO(raw)) as other:
        assert {name: other.read(name) for name in other.namelist()} == members
        assert other.testzip() is None
    if members:
        assert read(raw) == members


@given(st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06"]))
def test_what_is_no_bundle_ends_in_an_error_of_ours(raw: bytes, mark: bytes) -> None:
    with pytest.raises(FaultMavenError):
        read(mark + raw)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "originals/../x", "evil.sh", "evidence/e1.jsonl/", "Ω"],
)
def test_a_name_that_leads_elsewhere_is_no_member(name: str) -> None:
    with pytest.raises(FaultMavenError, match=r"no member is called|header of it was"):
        read(zipped(name))


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zipped("events.jsonl", bytes(200 * 2**20), zipfile.ZIP_DEFLATED)
    assert len(bomb) < 2**20
    tracemalloc.start()
    with pytest.raises(Unreadable, match="a member is compressed"):
        read(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20


def test_a_member_that_says_it_is_larger_than_the_file_takes_no_memory() -> None:
    raw = bytearray(packed({"events.jsonl": b"abc"}))
    raw[18:26] = struct.pack("<II", 2**32 - 1, 2**32 - 1)
    with pytest.raises(Tampered, match=r"events\.jsonl: the file ends in the middle of it"):
        read(bytes(raw))


def test_a_bundle_that_was_packed_anew_is_none() -> None:
    with pytest.raises(Tampered, match="header of it was changed"):
        read(zipped("events.jsonl"))
