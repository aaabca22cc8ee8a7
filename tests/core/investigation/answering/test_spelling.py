"""A word that is nearly a known one is taken for it; names are not words."""

from __future__ import annotations

import pytest

from core.investigation.answering.clauses import respelt

KNOWN = frozenset({"errors", "between", "last", "in"})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("erors betwen 14 and 15", "errors between 14 and 15"),
        ("errors in bar", "errors in bar"),
        ("errors-api in error2 db.erors", "errors-api in error2 db.erors"),
        ("ni", "ni"),
        ("", ""),
    ],
)
def test_nearly_known_words_are_respelt(typed: str, meant: str) -> None:
    assert respelt(typed, KNOWN) == meant
