"""Ids, times and attributes in all their spellings."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.spans import values

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text())
)


@settings(deadline=None)
@given(raw=st.binary(min_size=8, max_size=8) | st.binary(min_size=16, max_size=16))
def test_an_id_is_the_same_in_hex_and_base64(raw: bytes) -> None:
    spelt = base64.b64encode(raw).decode()
    assert values.identifier(spelt) == values.identifier(raw.hex().upper())
    assert values.identifier(spelt) == ("" if not any(raw) else raw.hex())


@pytest.mark.parametrize("none", [None, "", "0000000000000000", [], {}])
def test_no_id(none: object) -> None:
    assert values.identifier(none) == ""


@settings(deadline=None)
@given(micros=st.integers(1, 4 * 10**15))
def test_a_time_keeps_its_last_digit_as_number_and_as_text(micros: int) -> None:
    assert values.moment(micros) == values.moment(str(micros)) == micros
    assert values.moment(str(micros * 1000 + 999), per_micro=1000) == micros


@pytest.mark.parametrize("bad", ["NaN", "inf", "", "x", None, -5, 0, 10**19, "1e400", [], {}])
def test_what_is_no_time(bad: object) -> None:
    assert values.moment(bad) is None


@settings(deadline=None)
@given(value=ANYTHING)
def test_no_value_raises(value: object) -> None:
    tags = {"http.status_code": value, "error": value, "peer.service": value, "host.name": value}
    values.identifier(value)
    values.moment(value)
    values.is_true(value)
    assert len(values.text(value)) <= values.LONGEST_NAME
    assert isinstance(values.has_failed(tags), bool)
    assert values.host(tags) == values.text(value)
    assert values.error_message(tags) != "true"


@pytest.mark.parametrize(
    ("tags", "failed"),
    [
        ({"http.status_code": 503}, True),
        ({"http.response.status_code": "500"}, True),
        ({"http.status_code": 404}, False),
        ({"rpc.grpc.status_code": 14}, True),
        ({"rpc.grpc.status_code": 5}, False),
        ({}, False),
    ],
)
def test_an_answer_of_the_servers_fault_is_a_failure(
    tags: dict[str, object],
    failed: bool,  # noqa: FBT001 - a case
) -> None:
    assert values.has_failed(tags) is failed
