"""A log has too many distinct masked lines to keep: which of them may be counted as one?

First words that compete with many others for one place become wild, unless they are frequent
there; what is still too much is told apart by its length alone. Lines that may matter are the
last to go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from core.evidence.masks import WILD

if TYPE_CHECKING:
    from collections.abc import Sequence

_VARIED = 30  # words that compete for one place, beyond which they are values
_FREQUENT = 0.02  # share of its place from which a word is no value
_SAMPLE = 6_000  # lines from which the places are learnt
_MAX_WORDS = 40  # of a line; the rest is cut off
_LENGTHS = 64  # lines are told apart by their number of words up to this
_CONTEXTS = (("words", "at", "before"), ("words", "at"))
_WILD_HASH = int(pl.Series([WILD]).hash()[0])
_SERIOUS = "(?i)error|fatal|fail|critical|panic|severe|exception|emerg|refused|denied"


def narrow(kinds: pl.DataFrame, *, limit: int, notable: Sequence[str]) -> pl.Series:
    """What `masked` becomes, row by row, so that few more than `limit` distinct ones are left.

    kinds: columns masked, example, count. notable: words in lower case of lines to keep.
    """
    words = _words(kinds)
    for context in _CONTEXTS:
        if _distinct(words) > limit:
            words = _with_wild_words(words, list(context))
    shown = pl.when(pl.col("hash") == _WILD_HASH).then(pl.lit(WILD)).otherwise("word")
    masked = words.select("row", shown.alias("masked")).group_by("row", maintain_order=True)
    joined = masked.agg(pl.col("masked").str.join(" "))["masked"]
    if joined.n_unique() <= limit:
        return joined
    return _by_length(kinds.with_columns(joined), limit=limit, notable=notable)


def _words(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per word: its line, the line's number of words, its place, its hash and the last."""
    split = lines.select(
        "count", word=pl.col("masked").str.split(" ").list.head(_MAX_WORDS)
    ).with_row_index("row")
    placed = split.with_columns(words=pl.col("word").list.len()).with_columns(
        at=pl.int_ranges(0, "words")
    )
    return (
        placed.explode("word", "at")
        .with_columns(hash=pl.col("word").hash())
        .with_columns(_before())
    )


def _before() -> pl.Expr:
    return pl.when(pl.col("at") > 0).then(pl.col("hash").shift()).otherwise(0).alias("before")


def _distinct(words: pl.DataFrame) -> int:
    placed = words.select("row", pl.col("hash") * (pl.col("at").cast(pl.UInt64) * 2 + 1))
    return placed.group_by("row").agg(pl.col("hash").sum())["hash"].n_unique()


def _with_wild_words(words: pl.DataFrame, context: list[str]) -> pl.DataFrame:
    """Words that many others compete with in their context become wild; frequent ones stay."""
    every = max(1, words["row"].n_unique() // _SAMPLE)
    places = words.filter(pl.col("row") % every == 0).group_by([*context, "hash"])
    counted = places.agg(pl.col("count").sum()).with_columns(
        rivals=pl.len().over(context),
        share=pl.col("count") / pl.col("count").sum().over(context),
    )
    varied = counted.filter(pl.col("rivals") > _VARIED)
    wild = varied.select(context).unique().with_columns(wild=True)
    known = varied.filter(pl.col("share") >= _FREQUENT).select(*context, "hash", known=True)
    joined = words.join(wild, on=context, how="left", maintain_order="left").join(
        known, on=[*context, "hash"], how="left", maintain_order="left"
    )
    is_wild = pl.col("wild") & pl.col("known").is_null()
    shown = joined.with_columns(hash=pl.when(is_wild).then(_WILD_HASH).otherwise("hash"))
    return shown.drop("wild", "known").with_columns(_before())


def _by_length(kinds: pl.DataFrame, *, limit: int, notable: Sequence[str]) -> pl.Series:
    example = pl.col("example")
    matters = pl.lit(value=False)
    if notable:
        matters = example.str.contains_any(list(notable), ascii_case_insensitive=True)
    ranking = (
        kinds.select("masked", "count", matters=matters, serious=example.str.contains(_SERIOUS))
        .group_by("masked")
        .agg(pl.col("count").sum(), pl.col("matters", "serious").any())
        .sort("matters", "serious", "count", "masked", descending=[True, True, True, False])
    )
    kept = ranking["masked"].head(limit - _LENGTHS)
    length = pl.col("masked").str.count_matches(" ") + 1
    only_length = pl.lit(WILD).repeat_by(pl.min_horizontal(length, _LENGTHS)).list.join(" ")
    chosen = pl.when(pl.col("masked").is_in(kept.implode())).then("masked").otherwise(only_length)
    return kinds.select(chosen.alias("masked"))["masked"]
