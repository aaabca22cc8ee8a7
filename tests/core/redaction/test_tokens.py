"""The data file of tokens says only what its reader understands."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from core.redaction import tokens
from core.redaction.rule_choice import find_spans

DATA: dict[str, list[dict[str, Any]]] = tomllib.loads(
    Path(tokens.__file__).with_name("tokens.toml").read_text(encoding="utf-8")
)
CONTEXTS: dict[str, list[dict[str, Any]]] = tomllib.loads(
    Path(tokens.__file__).with_name("contexts.toml").read_text(encoding="utf-8")
)
KEYS = {
    "prefixed": ({"prefixes", "tail"}, {"vendor"}),
    "patterned": ({"hints", "pattern"}, {"anchored", "screen", "accepts"}),
}


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        (kind, entry)
        for data in (DATA, CONTEXTS)
        for kind in data
        if kind in KEYS
        for entry in data[kind]
    ],
    ids=str,
)
def test_an_entry_has_the_keys_that_are_read_and_no_other(kind: str, entry: dict[str, Any]) -> None:
    required, optional = KEYS[kind]
    assert required <= set(entry) <= required | optional


def test_no_prefix_is_listed_twice() -> None:
    prefixes = [prefix for entry in DATA["prefixed"] for prefix in entry["prefixes"]]
    assert len(prefixes) == len(set(prefixes)) > 100


def test_a_rule_of_each_entry_is_in_force() -> None:
    entries = [*DATA["prefixed"], *DATA["patterned"], *CONTEXTS["patterned"]]
    assert len(tokens.RULES) == len(entries) + len(tokens.READERS)


@pytest.mark.parametrize(
    "token",
    [
        "hf_" + 3 * "aB3dE5gH7jK9",
        "glpat-" + "x8Kq2Lm9Zr4Tv6Wb1Yc3",
        "shpat_" + 4 * "0f1e2d3c",
        4 * "0f1e2d3c" + "-us12",
    ],
)
def test_a_token_of_an_entry_is_found_whole(token: str) -> None:
    text = f"retry with {token} failed"
    assert [text[span.start : span.end] for span in find_spans(text)] == [token]
