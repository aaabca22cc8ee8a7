"""Every format, as the real software wrote it."""

from __future__ import annotations

import cProfile
import gzip
import json
from itertools import count
from typing import TYPE_CHECKING

import pytest

from core.errors import UnreadableEvidence
from core.evidence.model import PlainFile
from core.evidence.profiles.formats import ProfileFormat
from core.evidence.profiles.model import ProfileKind, WeightUnit
from core.evidence.profiles.readers import MAX_BYTES, read_profile
from tests.core.evidence.profiles.recorded import (
    SAMPLES,
    own_shares,
    read,
    read_file,
    total_shares,
)

if TYPE_CHECKING:
    from pathlib import Path

CPU, WALL, HEAP, ALLOC, LOCK = (
    ProfileKind.CPU,
    ProfileKind.WALL,
    ProfileKind.HEAP,
    ProfileKind.ALLOC,
    ProfileKind.LOCK,
)


@pytest.mark.parametrize(
    ("name", "kinds", "function", "share"),
    [
        ("go-cpu.pb.gz", [CPU], "main.price", 0.76),
        ("go-heap.pb.gz", [HEAP, ALLOC], "main.remember", 0.77),
        ("go-heap.txt", [HEAP, ALLOC], "main.remember", 0.785),
        ("go-mutex.txt", [LOCK], "sync.(*Mutex).Unlock", 1.0),
        ("c.perf.txt", [CPU], "price (burn)", 0.75),
        ("python.folded", [CPU], "price.<locals>.<genexpr> (shop.py)", 0.61),
        ("python.speedscope.json", [CPU], "price (prof/shop.py)", 0.46),
        ("python.trace.json", [WALL], "price.<locals>.<genexpr> (prof/shop.py)", 0.76),
        ("node.cpuprofile", [CPU], "renderCart (prof/shop.js)", 0.87),
        ("node.heapprofile", [HEAP], "Module._compile (node:internal/modules/cjs/loader)", 0.5),
        ("java-classes-2.txt", [HEAP], "Shop$CartLine", 0.23),
        ("java-events.txt", [CPU, ALLOC], "Shop.price", 1.0),
    ],
)
def test_the_heaviest_function_is_that_of_the_program(
    name: str, kinds: list[ProfileKind], function: str, share: float
) -> None:
    profiles = read(name).profiles
    assert [profile.kind for profile in profiles] == kinds
    assert own_shares(profiles[0])[function] == pytest.approx(share, abs=0.015)


def test_memory_of_text_is_scaled_up_as_that_of_the_binary_is() -> None:
    """Go scales samples up itself in the protocol buffer, and leaves it to the reader in text."""
    binary, text = read("go-heap.pb.gz").profiles[0], read("go-heap.txt").profiles[0]
    kept = [
        sum(stack.weight for stack in profile.stacks if stack.frames[-1] == "main.remember")
        for profile in (binary, text)
    ]
    assert kept[0] == pytest.approx(kept[1], rel=0.001)


def test_stacks_begin_at_the_outermost_call() -> None:
    for name in ("go-cpu.pb.gz", "go-heap.txt"):
        first = max(read(name).profiles[0].stacks, key=lambda stack: stack.weight).frames
        assert first.index("main.main") < len(first) - 1
    (perf,) = read("c.perf.txt").profiles
    assert perf.stacks[0].frames[0] == "burn"
    assert perf.stacks[0].frames[-2:] == ("render_cart (burn)", "price (burn)")


def test_samples_are_counted_where_the_format_counts_them() -> None:
    assert read("go-cpu.pb.gz").profiles[0].samples == 141
    assert read("python.folded").profiles[0].samples == 49
    assert read("go-mutex.txt").profiles[0].unit is WeightUnit.SECONDS
    assert read("java-classes-2.txt").profiles[0].unit is WeightUnit.BYTES


def test_a_place_is_the_line_of_the_stack() -> None:
    lines = (SAMPLES / "go-heap.txt").read_text().splitlines()
    for stack in read("go-heap.txt").profiles[0].stacks:
        assert " @ 0x" in lines[stack.place - 1]
    assert read("go-heap.txt").lines == len(lines)


def _slow(n: int) -> int:
    return sum(_cheap(i) for i in range(n))


def _cheap(i: int) -> int:
    return len(str(i)) * i


def test_what_cprofile_dumps_is_read(tmp_path: Path) -> None:
    ticks = count()  # one for each event: what a share is does not depend on the machine
    profile = cProfile.Profile(lambda: next(ticks))
    profile.runcall(_slow, 2_000)
    profile.dump_stats(tmp_path / "shop.pstats")
    reading = read_file(tmp_path / "shop.pstats")
    (stats,) = reading.profiles
    named = {name.split(" ")[0]: share for name, share in total_shares(stats).items()}
    assert named["_slow"] == pytest.approx(1.0, abs=0.05)
    assert 0.2 < named["_cheap"] < 1.0
    (cheap,) = [stack for stack in stats.stacks if stack.frames[-1].startswith("_cheap")]
    above = [frame.split(" ")[0] for frame in cheap.frames]
    assert (above[0], above[-2:]) == ("_slow", ["<genexpr>", "_cheap"])


def test_packed_or_not_is_the_same(tmp_path: Path) -> None:
    plain = tmp_path / "cpu.pb"
    plain.write_bytes(gzip.decompress((SAMPLES / "go-cpu.pb.gz").read_bytes()))
    assert read_file(plain).profiles == read("go-cpu.pb.gz").profiles
    packed = tmp_path / "stacks.gz"
    packed.write_bytes(gzip.compress((SAMPLES / "python.folded").read_bytes()))
    assert read_file(packed).profiles == read("python.folded").profiles


def test_what_is_too_large_to_be_read_as_a_whole_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UnreadableEvidence, match="more than 32 MB"):
        read_profile(PlainFile(path), ProfileFormat.SPEEDSCOPE)


@pytest.mark.parametrize("form", list(ProfileFormat))
def test_a_file_of_nothing_is_refused_or_has_a_problem(form: ProfileFormat, tmp_path: Path) -> None:
    path = tmp_path / "nothing"
    path.write_text(json.dumps({"hello": "world"}))
    if form is ProfileFormat.JFR_SUMMARY:
        assert read_profile(PlainFile(path), form).problem
        return
    with pytest.raises(UnreadableEvidence):
        read_profile(PlainFile(path), form)


def test_a_heap_profile_that_sampled_nothing_is_one(tmp_path: Path) -> None:
    path = tmp_path / "idle.heapprofile"
    path.write_text('{"head":{"callFrame":{"functionName":"(root)"},"selfSize":0,"children":[]}}')
    reading = read_profile(PlainFile(path), ProfileFormat.HEAP_PROFILE)
    assert not reading.profiles
    assert reading.problem
