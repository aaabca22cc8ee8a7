"""Which requests, traces and sessions does a line name?

Found in one pass over the lines, whatever their layout: what is called such an id, UUIDs, W3C's
traceparent, and the hexadecimal ids that tracing libraries put into brackets.
"""

from __future__ import annotations

import polars as pl

MAX_OF_A_LINE = 8
_LOOK_AT = 8_000  # characters of a line
_NAMES = "(?:trace|request|req|correlation|session|transaction|txn|conversation)"
_VALUE = "[0-9A-Za-z][0-9A-Za-z._/+-]{3,63}"
# `trace_id=..`, `"requestId": ".."`, `X-Request-ID: ..`, in JSON within JSON too.
_NAMED = rf"(?i:\b(?:x[-_])?{_NAMES}(?:[-_. ]?id)\\?[\"']?\]?[=: ]{{1,3}}\\?[\"']?){_VALUE}"
_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_W3C = "00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
_BRACKETED = r"[\[,](?:[0-9a-f]{32}|[0-9a-f]{16})[,\]]"
# ASCII alone: Unicode's classes are slow in Rust's regex.
_ANY = f"(?-u)(?:{_W3C}|{_NAMED}|{_UUID}|{_BRACKETED})"
_BARE = rf"({_VALUE})[,\]]?$"
_NOBODY = ["null", "none", "undefined", "unknown", "empty", "missing"]
_LONGEST_NOBODY = max(map(len, _NOBODY))
_FEW = 200  # lines that are looked at first
_TRACE_OF_W3C = "^00-([0-9a-f]{32})-"


def find_ids(lines: pl.Series) -> pl.Series:
    """Per line its ids, none twice; null where it has none."""
    heads = lines.str.slice(0, _LOOK_AT) if lines.str.len_bytes().gt(_LOOK_AT).any() else lines
    rows = _rows(heads)
    matches = heads.gather(rows).str.extract_all(_ANY).list.head(MAX_OF_A_LINE)
    told = pl.DataFrame({"row": rows, "n": matches.list.len(), "id": matches})
    one = told.filter(pl.col("n") == 1).select("row", "id").explode("id")
    many = told.filter(pl.col("n") > 1).select("row", "id").explode("id")
    singles = _bare(one).select("row", pl.concat_list("id").alias("id"))
    several = _bare(many).group_by("row").agg(pl.col("id").unique(maintain_order=True))
    found = pl.concat([singles, several])
    if len(found) == len(lines):
        return found.sort("row")["id"]
    none = pl.int_range(len(lines), eager=True).cast(rows.dtype).to_frame("row")
    return none.join(found, on="row", how="left", maintain_order="left")["id"]


def _rows(heads: pl.Series) -> pl.Series:
    """Of lines that may have ids: all of them, where most of a few have."""
    few = heads.head(_FEW)
    if few.str.contains(_ANY).fill_null(value=False).sum() > len(few) // 2:
        return pl.int_range(len(heads), eager=True).cast(pl.UInt32)
    return heads.str.contains(_ANY).fill_null(value=False).arg_true().cast(pl.UInt32)


def _bare(found: pl.DataFrame) -> pl.DataFrame:
    """Without the names, the brackets and those words that say that there is none."""
    told = pl.col("id").str.extract(_BARE, 1)
    if found["id"].str.starts_with("00-").any():
        told = pl.coalesce(pl.col("id").str.extract(_TRACE_OF_W3C, 1), told)
    bare = found.with_columns(told.alias("id")).drop_nulls("id")
    nobody = pl.col("id").str.to_lowercase().is_in(_NOBODY)
    return bare.filter((pl.col("id").str.len_bytes() > _LONGEST_NOBODY) | ~nobody)
