"""How is what a pattern's group matches taken out of many lines, at little cost?

A pattern with a group takes several times as long as one without. So headers that differ in their
time alone are read once: there are few of them, however many lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

_SOME = 0.2
_FEW = 0.25  # of the lines, beyond which looking for the different headers does not pay


@dataclass(frozen=True)
class Headers:
    """The lines of a block by their header; `through` is the pattern of all before it.

    `firsts` has a line of each kind, `kinds` says for each line which of those it is like.
    """

    lines: pl.Series
    through: str = ""
    firsts: pl.Series | None = None
    kinds: pl.Series | None = None

    @classmethod
    def of(cls, lines: pl.Series, messages: pl.Series, *, through: str) -> Headers:
        """through: matches all up to the end of the time, of which nothing is asked later on."""
        if not through:
            return cls(lines)
        after = lines.str.replace(through, "")
        sizes = after.str.len_bytes().cast(pl.Int64) - messages.str.len_bytes().cast(pl.Int64)
        alike = (sizes > 0) & (after.str.len_bytes() < lines.str.len_bytes())
        told = pl.DataFrame({"line": lines, "after": after, "size": sizes.clip(0), "alike": alike})
        header = pl.col("after").cast(pl.Binary).bin.slice(0, pl.col("size"))
        whole = pl.col("line").cast(pl.Binary)
        keys = told.select("alike", pl.when("alike").then(header).otherwise(whole)).hash_rows()
        rows = keys.arg_unique()
        if len(rows) > _FEW * len(lines):
            return cls(lines)
        kinds = keys.replace_strict(keys.gather(rows), pl.int_range(len(rows), eager=True))
        return cls(lines, through, lines.gather(rows), kinds)

    def taken(self, pattern: str) -> pl.Series:
        """What the group of a pattern matches in each line; nothing if there is no pattern."""
        if self.firsts is None or self.kinds is None or not pattern.startswith(self.through):
            return taken(self.lines, pattern)
        return taken(self.firsts, pattern).gather(self.kinds)


def taken(lines: pl.Series, pattern: str) -> pl.Series:
    """What the group of a pattern matches in each line; nothing if there is no pattern."""
    return lines.str.extract(pattern, 1) if pattern else nothing(lines)


def filled(found: pl.Series, texts: pl.Series, pattern: str) -> pl.Series:
    """With what the pattern takes out of the texts, where nothing has been found."""
    rows = found.is_null().arg_true()
    if len(rows) > _SOME * len(found):
        return first(found, taken(texts, pattern))
    return found.scatter(rows, taken(texts.gather(rows), pattern))


def first(*columns: pl.Series) -> pl.Series:
    """The first that is there, of each row."""
    found = columns[0]
    for column in columns[1:]:
        if found.null_count():
            found = found.zip_with(found.is_not_null(), column)
    return found


def nothing(lines: pl.Series) -> pl.Series:
    """As many nulls as there are lines."""
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(lines))
