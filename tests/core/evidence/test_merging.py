from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.evidence.merging import merge_patterns

NAMES = ("alice", "bob", "carol", "dave", "eve", "frank", "grace")


def test_a_place_with_many_words_is_a_value() -> None:
    found = merge_patterns([f"signed in {name} from * just now" for name in NAMES])
    assert set(found) == {"signed in * from * just now"}


def test_few_words_in_a_place_are_different_messages() -> None:
    found = merge_patterns(["state is open now", "state is closed now", "state is broken now"])
    assert len(set(found)) == 3


def test_names_after_a_word_that_takes_names_are_values() -> None:
    found = merge_patterns(["session closed for user root", "session closed for user dana"])
    assert len(set(found)) == 1


def test_states_in_capitals_stay_apart() -> None:
    states = ("NEW", "READY", "RUNNING", "DONE", "FAILED", "KILLED", "LOST")
    found = merge_patterns([f"task * went to {state} at last" for state in states])
    assert len(set(found)) == len(states)


def test_what_fits_into_a_wild_place_joins() -> None:
    found = merge_patterns(["synchronized to *, stratum *", "synchronized to LOCAL(*), stratum *"])
    assert len(set(found)) == 1


def test_unrelated_lines_of_one_shape_stay_apart() -> None:
    lines = [f"{a} {b} {c}" for a, b, c in zip(NAMES, NAMES[1:], NAMES[2:], strict=False)]
    assert len(set(merge_patterns(lines))) == len(lines)


@given(st.lists(st.text(max_size=60), max_size=30))
def test_each_line_gets_a_template_and_order_does_not_matter(lines: list[str]) -> None:
    found = merge_patterns(lines)
    assert len(found) == len(lines)
    together = {frozenset(i for i, one in enumerate(found) if one == other) for other in found}
    back = list(reversed(merge_patterns(list(reversed(lines)))))
    assert {
        frozenset(i for i, one in enumerate(back) if one == other) for other in back
    } == together
