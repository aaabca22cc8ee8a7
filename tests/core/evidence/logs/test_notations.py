"""What is one value though it is made of words."""

from __future__ import annotations

import time

import pytest

from core.evidence.logs.masks import mask_names
from core.evidence.logs.notations import mask_elements, mask_notations


@pytest.mark.parametrize(
    ("line", "mask"),
    [
        ("duration: * ms statement: drop table lamps;", "duration: * ms statement: *"),
        ("slow query: SELECT * FROM lamps", "slow query: *"),
        ("* Query update lamps set lit=*", "* Query *"),
        ("lamp query failed", "lamp query failed"),
        ('sent <<"a lamp">> to hall', 'sent "*" to hall'),
        ("sent << to hall", "sent << to hall"),
        ("garden USER=root ; COMMAND=* restart lamps", "garden USER=root ; COMMAND=*"),
        ("(ann) CMD (cd / && ls)", "(ann) CMD (*)"),
        ("asked lamp.garden. AAAA IN", "asked * * *"),
        ("* lamp.garden. MX IN NXDOMAIN *", "* * * * * *"),
        ("query: lamp.garden IN PTR +E(*)K (*)", "query: * * * (*)"),
        ("a lamp IN A garden", "a lamp IN A garden"),
        ("web garden/<NOSRV> *", "web garden/* *"),
        ("from=<> to=<ann>", "from=<*> to=<*>"),
        ("List<Lamp> made", "List<Lamp> made"),
        ("on localhost, of unknown[*]", "on *, of *[*]"),
        ("the host is unknown", "the host is unknown"),
        ("lamps-daily.timer: done", "*: done"),
        ("sent poll (jobs.poll) off", "sent * (*) off"),
        ("Row (*, dim, null) is bad", "Row (*) is bad"),
        ("call of (a, b, c)", "call of (a, b, c)"),
    ],
)
def test_a_notation_is_a_value(line: str, mask: str) -> None:
    assert mask_notations(line) == mask


def test_a_line_of_values_alone_is_told_by_how_many_there_are() -> None:
    assert mask_names("* * *") == "* * *"
    assert mask_names("lit * * *") == "lit *"


@pytest.mark.parametrize(
    "word", ["<", "a IN ", "* * ", ". IN A ", "(null, ", "a (a.", "{'", "A IN "]
)
def test_marks_without_end_take_no_longer(word: str) -> None:
    began = time.process_time()
    mask_notations(word * (20_000 // len(word)) + "REFUSED>")
    assert time.process_time() - began < 5


def test_an_element_is_one_value_with_all_that_is_in_it() -> None:
    assert mask_names("SEND: <lamp a='*'><of>Ann and Bob</of></lamp> again") == "SEND: * again"
    for line in ("<lamp><of>Ann</of></lamp>", "SEND: <lamp>Ann", "SEND: a < b </c>"):
        assert mask_elements(line) == line


def test_elements_without_end_take_no_longer() -> None:
    began = time.process_time()
    mask_elements("<a> " * 5_000 + "</b>")
    assert time.process_time() - began < 5


def test_empty_parentheses_hold_something_in_other_lines() -> None:
    assert mask_names("lamps: () on") == "lamps: (*) on"
    assert mask_names("dim() all") == "dim() all"
