"""Objects of interest are found in any document, however it is cut into blocks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.spans.values import MAX_PIECE_BYTES, JsonWalker

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.sampled_from(['"', "\\", "}", '\\"[{'])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
SPANS = st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=3), max_size=4)


def wanted(path: tuple[str, ...], is_object: bool) -> str | None:  # noqa: FBT001 - a callback
    if path[-2:] == ("spans", "") and is_object:
        return "span"
    return "/all" if len(path) == 1 else None


def blocks(raw: bytes, size: int) -> Iterator[bytes]:
    return (raw[at : at + size] for at in range(0, len(raw), size))


@settings(max_examples=40, deadline=None)
@given(spans=SPANS, other=VALUES, size=st.integers(1, 60), indent=st.sampled_from([None, 1]))
def test_every_span_is_found_as_it_stands_in_the_file(
    spans: list[Any], other: object, size: int, indent: int | None
) -> None:
    document = {"a": {"spans": 1}, "b": [other], "data": [{"spans": spans, "z": {}}]}
    raw = json.dumps(document, indent=indent, ensure_ascii=False).encode()
    walk = JsonWalker(wanted)
    pieces = list(walk.read(blocks(raw, size)))
    objects = [piece for piece in pieces if piece.name == "span"]
    if '"spans"' not in json.dumps(other):
        assert [json.loads(piece.raw) for piece in objects] == spans
    for piece in objects:
        place = piece.place
        assert raw[place.byte_start : place.byte_end] == piece.raw
        assert place.line_start == raw.count(b"\n", 0, place.byte_start) + 1
        assert place.line_end == raw.count(b"\n", 0, place.byte_end) + 1
    assert pieces[-1].name == "/all"
    assert (walk.size, walk.is_cut_off) == (len(raw), False)


@settings(deadline=None)
@given(raw=st.binary(max_size=300), size=st.integers(1, 50))
def test_no_bytes_raise(raw: bytes, size: int) -> None:
    for piece in JsonWalker(wanted).read(blocks(b'{"spans":[' + raw, size)):
        assert piece.place.byte_start < piece.place.byte_end


@settings(deadline=None)
@given(cut=st.integers(0, 60))
def test_a_document_that_ends_early_is_noticed(cut: int) -> None:
    raw = b'{"spans": [{"a": "x}"}, {"b": [1, "\\"]"]}], "c": {"d": "e"}}'
    walk = JsonWalker(wanted)
    list(walk.read([raw[:cut]]))
    assert walk.is_cut_off == (0 < cut < len(raw))


def test_what_is_too_large_is_told_and_not_kept() -> None:
    raw = b'{"spans": [{"a": "' + b"x" * (MAX_PIECE_BYTES + 10) + b'"}, {"b": 1}]}'
    objects = [
        object_ for object_ in JsonWalker(wanted).read(blocks(raw, 2**20)) if object_.name == "span"
    ]
    assert [len(piece.raw) for piece in objects] == [0, len(b'{"b": 1}')]
    assert objects[0].place.byte_end - objects[0].place.byte_start > MAX_PIECE_BYTES


@pytest.mark.parametrize("opens", [b"[", b'{"a":'])
def test_deep_nesting_costs_nothing(opens: bytes) -> None:
    walk = JsonWalker(wanted)
    assert list(walk.read(blocks(opens * 200_000, 2**16))) == []
    assert walk.is_cut_off
