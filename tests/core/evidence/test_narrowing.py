from __future__ import annotations

import polars as pl

from core.evidence.narrowing import narrow


def kinds(masked: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"masked": masked, "example": masked, "level": "INFO", "count": 1})


def narrowed(masked: list[str], *, limit: int, notable: tuple[str, ...] = ()) -> list[str]:
    return narrow(kinds(masked), limit=limit, notable=notable)["masked"].to_list()


def test_words_that_vary_in_their_place_become_wild() -> None:
    rows = [f"user {chr(97 + n % 26)}{chr(97 + n // 26)}x signed in" for n in range(400)]
    assert set(narrowed(rows, limit=10)) == {"user * signed in"}


def test_few_words_stay() -> None:
    rows = [f"state {word} at {n}" for n in range(3) for word in ("open", "closed")]
    assert narrowed(rows, limit=100) == rows


def test_what_matters_is_the_last_to_go() -> None:
    rows = [" ".join(f"{n}{place}w" for place in range(5)) for n in range(500)]
    rows[77] = "disk said there is no room"
    found = narrowed(rows, limit=80, notable=("no room",))
    assert found[77] == rows[77]
    assert len(set(found)) <= 90
