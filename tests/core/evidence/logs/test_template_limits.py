from __future__ import annotations

import polars as pl

from core.evidence.logs.template_limits import narrow_patterns


def kinds(masked: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"masked": masked, "example": masked, "level": "INFO", "count": 1})


def narrowed(masked: list[str], *, limit: int, notable: tuple[str, ...] = ()) -> list[str]:
    return narrow_patterns(kinds(masked), limit=limit, notable=notable)["masked"].to_list()


def test_words_that_vary_in_their_place_become_wild() -> None:
    rows = [f"user {chr(97 + n % 26)}{chr(97 + n // 26)}x signed in" for n in range(400)]
    assert set(narrowed(rows, limit=10)) == {"user * signed in"}


def test_few_words_stay() -> None:
    rows = [f"state {word} at {n}" for n in range(3) for word in ("open", "closed")]
    assert narrowed(rows, limit=100) == rows


def test_what_matters_is_the_last_to_go() -> None:
    rows = [" ".join(f"{n}{place}w" for place in range(5)) for n in range(500)]
    rows[77] = "disk said there is no room"
    kept = narrowed(rows, limit=80, notable=("no room",))
    assert kept[77] == rows[77]
    assert len(set(kept)) <= 90


def test_what_a_line_tells_is_kept_where_its_words_are_not() -> None:
    def other(n: int) -> str:
        return f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 7 % 26)}q"

    rows = [f"{other(n)} met {other(n * 5)} in {other(n * 11)}" for n in range(600)]
    rows[::2] = [f"{row} and no room is left" for row in rows[::2]]
    table = narrow_patterns(kinds(rows), limit=80, notable=["no room", "room"])
    assert table["tells"].to_list()[:4] == ["no room", None, "no room", None]
    assert table.filter(table["tells"].is_not_null())["masked"].n_unique() <= 80
    unstated = kinds(rows).with_columns(level=pl.lit(None, pl.String))
    assert narrow_patterns(unstated, limit=80, notable=[])["tells"].n_unique() == 1
