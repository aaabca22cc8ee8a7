"""Bytes of strangers: every reader gives a reading within its bounds, or UnreadableEvidence."""

from __future__ import annotations

import contextlib
import gzip
import marshal
import random
import time
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UnreadableEvidence
from core.evidence.extractor import Head
from core.evidence.profiles.formats import ProfileFormat, detect_format
from core.evidence.profiles.marshal_values import MarshalReader
from core.evidence.profiles.model import MAX_DEPTH, MAX_NAME, MAX_STACKS
from core.evidence.profiles.pprof import read_pprof
from core.evidence.profiles.readers import read_profile
from tests.core.evidence.profiles.recorded import SAMPLES
from tests.core.investigation.causes.sample_system import Paper

if TYPE_CHECKING:
    from core.evidence.profiles.model import ProfileReading

NAMES = sorted(path.name for path in SAMPLES.iterdir() if path.name != "README.md")
EXAMPLES = settings(max_examples=30, deadline=None)


class Bytes(Paper):
    """An original of bytes that are no text."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw.decode("latin-1"))

    def open(self):  # type: ignore[no-untyped-def]
        import io  # noqa: PLC0415

        return io.BytesIO(self.text.encode("latin-1"))


def sample(name: str) -> bytes:
    raw = (SAMPLES / name).read_bytes()
    return gzip.decompress(raw) if name.endswith(".gz") else raw


def read_bytes(raw: bytes, form: ProfileFormat) -> ProfileReading | None:
    with contextlib.suppress(UnreadableEvidence):
        return read_profile(Bytes(raw), form)
    return None


def assert_bounded(reading: ProfileReading) -> None:
    for profile in reading.profiles:
        assert 0 < len(profile.stacks) <= MAX_STACKS
        for stack in profile.stacks:
            assert 0 < len(stack.frames) <= MAX_DEPTH
            assert all(0 < len(frame) <= MAX_NAME for frame in stack.frames)
            assert stack.weight > 0
            assert stack.place >= 1


@EXAMPLES
@given(data=st.data(), form=st.sampled_from(ProfileFormat))
def test_a_damaged_file_is_read_in_part_or_refused(
    data: st.DataObject, form: ProfileFormat
) -> None:
    raw = bytearray(sample(data.draw(st.sampled_from(NAMES))))
    chance = random.Random(data.draw(st.integers(0, 2**32)))  # noqa: S311 - damage, no secret
    for _ in range(chance.randrange(1, 30)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    reading = read_bytes(bytes(raw[: chance.randrange(1, len(raw))]), form)
    if reading is not None:
        assert_bounded(reading)


@EXAMPLES
@given(raw=st.binary(max_size=400), form=st.sampled_from(ProfileFormat))
def test_any_bytes_are_read_or_refused(raw: bytes, form: ProfileFormat) -> None:
    reading = read_bytes(raw, form)
    assert reading is None or reading.records >= 0


@EXAMPLES
@given(raw=st.binary(max_size=200), name=st.sampled_from(NAMES))
def test_whatever_comes_after_a_beginning_its_format_can_be_told(raw: bytes, name: str) -> None:
    form = detect_format(Head(sample(name)[:500] + raw, "x"))
    assert form is None or form in ProfileFormat


@pytest.mark.parametrize("name", NAMES)
def test_what_is_cut_off_anywhere_never_breaks_a_reader(name: str) -> None:
    raw = sample(name)
    form = detect_format(Head(raw[:65_536], name))
    assert form is not None
    for end in range(0, len(raw), max(1, len(raw) // 12)):
        reading = read_bytes(raw[:end], form)
        assert reading is None or reading.records >= 0


def test_a_stack_without_end_keeps_both_ends() -> None:
    deep = ";".join(["main", *["again"] * 5_000, "leaf"])
    reading = read_bytes(f"{deep} 7\n".encode(), ProfileFormat.FOLDED)
    assert reading is not None
    (stack,) = reading.profiles[0].stacks
    assert (len(stack.frames), stack.frames[0], stack.frames[-1]) == (MAX_DEPTH, "main", "leaf")


def test_stacks_beyond_the_bound_are_told_of() -> None:
    text = "".join(f"main;f{n} 1\n" for n in range(MAX_STACKS + 5))
    reading = read_bytes(text.encode(), ProfileFormat.FOLDED)
    assert reading is not None
    assert len(reading.profiles[0].stacks) == MAX_STACKS
    assert reading.problem == "stacks beyond the first 50,000 are left out"


def test_a_number_without_end_is_no_protocol_buffer() -> None:
    with pytest.raises(UnreadableEvidence, match="ten bytes"):
        read_pprof(b"\x48" + b"\xff" * 40)
    with pytest.raises(UnreadableEvidence, match="cut off"):
        read_pprof(b"\x0a\xff\xff\xff\xff\x7f")


def test_a_size_that_no_file_has_allocates_nothing() -> None:
    for kind in (b"(", b"u", b"z"):
        with pytest.raises(UnreadableEvidence):
            MarshalReader(b"{" + kind + b"\xff\xff\xff\x7f").read()


def test_tuples_that_refer_to_each_other_take_no_time() -> None:
    """Hashing them would take 2 ** 60 steps."""
    levels = b"".join(b"\xa9\x02r" + (n).to_bytes(4, "little") + b"r" + (n).to_bytes(4, "little")
                      for n in range(60))  # fmt: skip
    raw = b"{" + b"\xa9\x02NN" + b"N" + levels
    began = time.process_time()
    with pytest.raises(UnreadableEvidence):
        MarshalReader(raw).read()
    assert time.process_time() - began < 0.5


@EXAMPLES
@given(
    st.dictionaries(
        st.tuples(st.text(max_size=5), st.integers(0, 99), st.text(max_size=5)),
        st.tuples(st.integers(-(2**40), 2**40), st.floats(allow_nan=False), st.booleans()),
        max_size=5,
    )
)
def test_what_marshal_writes_is_read_as_pairs(value: dict[object, object]) -> None:
    assert MarshalReader(marshal.dumps(value)).read() == list(value.items())


def test_code_in_a_dump_is_refused() -> None:
    raw = marshal.dumps({("a", 1, "b"): compile("1", "x", "eval")})
    with pytest.raises(UnreadableEvidence, match="other types"):
        MarshalReader(raw).read()


def test_a_circle_of_nodes_ends() -> None:
    frame = {"functionName": "f", "url": "", "lineNumber": 1}
    nodes = [
        {"id": 1, "callFrame": frame, "hitCount": 3, "children": [2]},
        {"id": 2, "callFrame": {**frame, "functionName": "g"}, "hitCount": 1, "children": [1]},
    ]
    reading = read_bytes(orjson.dumps({"nodes": nodes}), ProfileFormat.CPU_PROFILE)
    assert reading is not None
    assert_bounded(reading)


def test_a_tree_without_end_is_refused() -> None:
    raw = b'{"head":{"children":[' * 1 + b'{"callFrame":{},"children":[' * 20_000
    assert read_bytes(raw, ProfileFormat.HEAP_PROFILE) is None


@pytest.mark.parametrize(
    "weights", [[-5], ["NaN"], [1e400], [None], "x"], ids=["negative", "nan", "inf", "none", "text"]
)
def test_weights_that_are_none_add_nothing(weights: object) -> None:
    document = {
        "shared": {"frames": [{"name": "main"}]},
        "profiles": [{"type": "sampled", "unit": "none", "samples": [[0]], "weights": weights}],
    }
    assert read_bytes(orjson.dumps(document), ProfileFormat.SPEEDSCOPE) is None
