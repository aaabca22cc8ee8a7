"""The lists of `flows.md` are what a run enters today, and no flow grows unseen."""

from __future__ import annotations

import pytest

from tests.docs.flows import PAGE, filled, own, traced

pytestmark = pytest.mark.integration

MOST_FILES = {"delivery": 23, "file": 106, "why": 13}


def test_the_lists_are_what_a_run_enters() -> None:
    found = traced()
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page, found) == page, "stale, run `python -m tests.docs.flows`"
    assert {name: len(own(files)) for name, files in found.items()} == MOST_FILES
