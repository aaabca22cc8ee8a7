from __future__ import annotations

import polars as pl

from core.evidence.narrowing import narrow


def kinds(masked: list[str], *, count: int = 1) -> pl.DataFrame:
    return pl.DataFrame({"masked": masked, "example": masked, "count": [count] * len(masked)})


def test_words_that_vary_in_their_place_become_wild() -> None:
    rows = [f"user {chr(97 + n % 26)}{chr(97 + n // 26)}x signed in" for n in range(400)]
    assert set(narrow(kinds(rows), limit=10, notable=[])) == {"user * signed in"}


def test_few_words_stay() -> None:
    rows = [f"state {word} at {n}" for n in range(3) for word in ("open", "closed")]
    assert narrow(kinds(rows), limit=100, notable=[]).to_list() == rows


def test_what_matters_is_the_last_to_go() -> None:
    rows = [" ".join(f"{n}{place}w" for place in range(5)) for n in range(500)]
    rows[77] = "disk said there is no room"
    found = narrow(kinds(rows), limit=80, notable=["no room"])
    assert found[77] == "disk said there is no room" or "*" in found[77]
    assert found.n_unique() <= 90
