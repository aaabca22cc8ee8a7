from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence.detection.json_exports import ROOT, outline

KEYS = st.text(max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.lists(VALUES, max_size=3) | st.dictionaries(KEYS, VALUES, max_size=3)


def test_keys_are_found_where_they_lie() -> None:
    outlined = outline('{"data": [{"spans": [{"id": "a", "tags": {"x": 1}}]}], "total": null}')
    assert outlined.objects[ROOT] == {"data", "total"}
    assert outlined.objects["data[].spans[]"] == {"id", "tags"}
    assert outlined.objects["data[].spans[].tags"] == {"x"}
    assert outlined.lists == {"data", "data[].spans"}
    assert outlined.values["data[].spans[].id"] == "a"
    assert outlined.sound
    assert outlined.whole
    assert outlined.documents == 1


@pytest.mark.parametrize(
    "text",
    ['{"a" 1}', '{"a":1,,}', "{a: 1}", "[1 2]", '{"a":1}}', "{} and words", '{"a":}', "[tru]",
     "[1]x", '{"k":1 "z":2}', "[01]", '["a":1]', "]"],
)  # fmt: skip
def test_what_is_no_json_is_not_sound(text: str) -> None:
    assert not outline(text).sound


@settings(deadline=None, max_examples=50)
@given(DOCUMENTS, st.sampled_from([None, 1]))
def test_what_python_writes_is_sound_and_whole(document: object, indent: int | None) -> None:
    text = json.dumps(document, indent=indent)
    outlined = outline(text)
    assert (outlined.sound, outlined.whole, outlined.documents) == (True, True, 1)
    assert outline(f"{text}\n{text}\n").documents == 2


@settings(deadline=None, max_examples=50)
@given(DOCUMENTS, st.integers(1, 200))
def test_a_beginning_is_sound_and_not_whole(document: object, end: int) -> None:
    text = json.dumps(document, indent=1)
    outlined = outline(text[: min(end, len(text) - 1)])
    assert outlined.sound
    assert not outlined.whole


@settings(deadline=None)
@given(st.text(st.sampled_from('[]{}",:\\ a1-.entrufls\n'), max_size=60))
def test_sound_and_whole_is_what_json_takes(text: str) -> None:
    outlined = outline("[" + text)
    try:
        json.loads("[" + text)
    except ValueError:
        assert (
            not (outlined.whole and outlined.documents == 1) or '"' in text
        )  # of strings we ask less
    else:
        assert outlined.sound
        assert outlined.whole
