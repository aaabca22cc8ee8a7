"""A word that is nearly a known one is taken for it; names are not words."""

from __future__ import annotations

import pytest

from core.investigation.answering.typos import fold, nearest

KNOWN = frozenset({"errors", "between", "last", "in", "the", "fail", "changed", "from"})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("erors", "errors"),
        ("betwen", "between"),
        ("chnaged", "changed"),
        ("teh", "the"),
        ("fial", "fail"),
        ("errors", "errors"),
        ("bar", None),
        ("error2", None),
        ("db.erors", None),
        ("ni", None),
        ("form", None),
    ],
)
def test_a_nearly_known_word_is_taken_for_it(typed: str, meant: str | None) -> None:
    assert nearest(typed, KNOWN) == meant


def test_short_forms_are_written_out() -> None:
    assert fold("Whats  changed b4 14:05, y\u2019all") == "what's changed before 14:05, y'all"
