"""A log has too many distinct masked lines to keep: which of them may be counted as one?

First words that compete with many others for one place become wild, unless they are frequent
there; what is still too much is told apart by its length alone. Lines that may matter are the
last to go.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.evidence.masks import WILD

_VARIED = 30  # words that compete for one place, beyond which they are values
_FREQUENT = 0.02  # share of its place from which a word is no value
_SAMPLE = 6_000  # lines from which the places are learnt
_MAX_WORDS = 40  # of a line; the rest is cut off
_LENGTHS = 64  # lines are told apart by their number of words up to this
_CONTEXTS = (("words", "at", "before"), ("words", "at", "before"), ("words", "at"))
_SERIOUS = "(?i)error|fatal|fail|critical|panic|severe|exception|emerg|refused|denied"


def narrow(kinds: pl.DataFrame, *, limit: int, notable: Sequence[str]) -> pl.Series:
    """What `masked` becomes, row by row, so that few more than `limit` distinct ones are left.

    kinds: columns masked, example, count. notable: words in lower case of lines to keep.
    """
    masked = kinds["masked"]
    for context in _CONTEXTS:
        if masked.n_unique() > limit:
            masked = _with_wild_words(masked, kinds["count"], list(context))
    if masked.n_unique() <= limit:
        return masked
    return _by_length(kinds.with_columns(masked), limit=limit, notable=notable)


def _with_wild_words(masked: pl.Series, count: pl.Series, context: list[str]) -> pl.Series:
    lines = pl.DataFrame({"masked": masked, "count": count})
    sample = lines.sample(min(_SAMPLE, len(lines)), seed=0)
    places = _words(sample).group_by([*context, "word"]).agg(pl.col("count").sum())
    places = places.with_columns(
        varied=(pl.col("word").n_unique().over(context) > _VARIED)
        & (pl.col("count").sum().over(context) * _FREQUENT > 1)
    )
    varied = places.filter("varied").select(context).unique().with_columns(wild=True)
    share = pl.col("count") / pl.col("count").sum().over(context)
    frequent = places.filter(share >= _FREQUENT).select(*context, "word").with_columns(known=True)
    words = (
        _words(lines)
        .join(varied, on=context, how="left", nulls_equal=True, maintain_order="left")
        .join(frequent, on=[*context, "word"], how="left", nulls_equal=True, maintain_order="left")
    )
    shown = pl.when(pl.col("wild") & pl.col("known").is_null()).then(pl.lit(WILD)).otherwise("word")
    joined = words.select("row", shown.alias("masked")).group_by("row", maintain_order=True)
    return joined.agg(pl.col("masked").str.join(" "))["masked"]


def _words(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per word: which line's, the line's number of words, its place, the word before."""
    split = lines.select(
        "count", word=pl.col("masked").str.split(" ").list.head(_MAX_WORDS)
    ).with_row_index("row")
    return (
        split.with_columns(words=pl.col("word").list.len())
        .with_columns(at=pl.int_ranges(0, "words"))
        .explode("word", "at")
        .with_columns(before=pl.when(pl.col("at") > 0).then(pl.col("word").shift()))
    )


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
