from __future__ import annotations

import json
import math

import pytest

from core.errors import UnreadableEvidence
from core.evidence.series.json_documents import load, number, seconds


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b'{"a": [1, 2', "not JSON after byte 11 of 11: it is cut off there"),
        ('{"ü": 1 "b": 2}'.encode(), "not JSON after byte 9 of 16: it is damaged there"),
        (b"[" * 200_000, "nested deeper"),
        (b"[" + b"9" * 5_000 + b"]", "longer numbers"),
    ],
)
def test_what_is_wrong_is_said(raw: bytes, why: str) -> None:
    with pytest.raises(UnreadableEvidence, match=why):
        load(raw)


def test_a_mark_of_byte_order_is_no_damage() -> None:
    assert load(b"\xef\xbb\xbf" + json.dumps({"a": 1}).encode()) == {"a": 1}


@pytest.mark.parametrize("odd", [None, True, "x", [], {}, 10**400])
def test_what_is_no_number(odd: object) -> None:
    assert math.isnan(number(odd))


def test_numbers_and_times() -> None:
    assert (number("1e3"), number("+Inf"), number(7)) == (1_000.0, math.inf, 7.0)
    assert seconds("1970-01-01T00:01:00Z") == seconds("1970-01-01T00:01:00") == 60.0
    assert seconds("60") == seconds(60) == 60.0
    assert math.isnan(seconds("yesterday"))
