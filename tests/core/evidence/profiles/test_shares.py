from __future__ import annotations

import pytest

from core.evidence.profiles.model import (
    ProfileBuilder,
    ProfileKind,
    StackProfile,
    WeightUnit,
    plain_frame,
)
from core.evidence.profiles.shares import function_shares, heaviest_path, is_runner, work_of


def profile(*stacks: tuple[str, float]) -> StackProfile:
    builder = ProfileBuilder(ProfileKind.CPU, WeightUnit.SAMPLES)
    for place, (frames, weight) in enumerate(stacks, start=1):
        builder.add(frames.split(";"), weight, place)
    return builder.build()


def test_own_and_total_weight_are_apart() -> None:
    shares = {share.function: share for share in function_shares(profile(("a;b;c", 6), ("a;b", 4)))}
    assert (shares["b"].own, shares["b"].total, shares["b"].caller) == (4, 10, "a")
    assert (shares["a"].own, shares["a"].total, shares["a"].caller) == (0, 10, None)


def test_recursion_counts_once_and_has_its_caller_outside() -> None:
    shares = {share.function: share for share in function_shares(profile(("a;b;b;b", 5)))}
    assert (shares["b"].own, shares["b"].total, shares["b"].caller) == (5, 5, "a")


def test_the_caller_is_who_calls_most() -> None:
    shares = function_shares(profile(("x;slow", 7), ("y;slow", 3)))
    assert (shares[0].function, shares[0].caller, shares[0].place) == ("slow", "x", 1)


def test_the_path_ends_where_no_call_has_half_of_it() -> None:
    path, weight = heaviest_path(profile(("a;b;c", 3), ("a;b;d", 3), ("a;b;e", 3), ("z", 1)))
    assert (path, weight) == (("a", "b"), 9)
    assert heaviest_path(profile(("a", 3), ("b", 3), ("c", 3))) == ((), 0.0)


def test_idle_time_is_no_path() -> None:
    assert heaviest_path(profile(("(root);(idle)", 90), ("(root);f", 10)))[0] == ("(root)", "f")


def test_work_leaves_out_who_only_starts_it_and_repetitions() -> None:
    frames = ["<module> (shop.py)", "runtime.main", "Thread.run (threading.py)", "pay", "pay", "db"]
    assert work_of(frames) == ["pay", "db"]
    assert not is_runner("main.main")


@pytest.mark.parametrize(
    ("frame", "plain"),
    [
        ("price (shop.py:4)", "price (shop.py)"),
        ("price+0x4b", "price"),
        ("  a   b ", "a b"),
        ("x" * 500, "x" * 200),
        ("", "?"),
        ("std::vector<int>::push_back", "std::vector<int>::push_back"),
    ],
)
def test_a_frame_is_told_without_its_line_and_offset(frame: str, plain: str) -> None:
    assert plain_frame(frame) == plain
