from __future__ import annotations

import json

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.fields import unescape, unescape_all


def test_what_docker_escapes() -> None:
    text = r"say \"hi\" \u003cnil\u003e\tC:\\temp\n"
    assert unescape(text) == 'say "hi" <nil>\tC:\\temp'
    assert unescape_all(pl.Series([text, None, "plain"])).to_list() == [
        unescape(text),
        None,
        "plain",
    ]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_what_json_writes_is_read_again(text: str) -> None:
    written = json.dumps(text)[1:-1]
    assert unescape(written) == text
    assert unescape_all(pl.Series([written])).to_list() == [text]
