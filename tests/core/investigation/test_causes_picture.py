"""The graph of causes shows who calls whom, who was first, and how services are ranked."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from core.investigation.causes_picture import MOST, boxes, size_of
from core.investigation.reasoner import decide
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation

FULL = 'could not extend file "base/1": No space left on device'
FAILED = "connect to db:5432 failed: Connection refused"
CALLS = (("web", "checkout"), ("checkout", "db"), ("web", "search"))
CASE = a_situation(
    a_log("db", LogLines(text=FULL, at=590, count=40)),
    a_log("checkout", LogLines(text=FAILED, at=600, count=60)),
    calls=CALLS,
    alert="web",
)
DECISION = decide(CASE)


def test_callers_stand_left_of_what_they_call() -> None:
    columns = {box.service: box.column for box in boxes(DECISION, CASE)}
    assert columns["web"] < columns["checkout"] < columns["db"]


def test_trouble_is_numbered_in_its_order() -> None:
    order = {box.service: box.nth for box in boxes(DECISION, CASE)}
    assert 0 < order["db"] < order["checkout"]
    assert order["web"] == 0


def test_the_best_cause_stands_at_its_service() -> None:
    known = {box.service: box for box in boxes(DECISION, CASE)}
    leader = DECISION.hypotheses[0]
    assert leader.cause.service == "db"
    assert known["db"].cause == leader
    assert known["web"].alerted
    assert not known["db"].alerted


def test_no_two_boxes_stand_at_one_place() -> None:
    many = [(f"a{n}", f"b{n % 3}") for n in range(30)]
    crowded = replace(CASE, calls=(*CALLS, *(("web", b) for _, b in many), *many))
    drawn = boxes(DECISION, crowded)
    assert len(drawn) <= MOST
    assert len({(box.column, box.row) for box in drawn}) == len(drawn)


NAMES = st.sampled_from(["web", "checkout", "db", "search", "q"])


@settings(max_examples=60)
@given(st.lists(st.tuples(NAMES, NAMES), max_size=12))
def test_any_calls_can_be_placed_circles_too(calls: list[tuple[str, str]]) -> None:
    drawn = boxes(DECISION, replace(CASE, calls=tuple(calls)))
    columns, rows = size_of(drawn)
    assert 1 <= columns <= len(drawn)
    assert 1 <= rows <= max(5, len(drawn))


def test_without_anything_there_is_nothing_to_draw() -> None:
    empty = a_situation()
    assert boxes(decide(empty), empty) == ()
    assert size_of(()) == (1, 1.0)
