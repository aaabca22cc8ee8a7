"""Which secrets does only who sees several lines know? Private keys, and values below their name.

Manifests of Kubernetes and task definitions of ECS tell a variable's name and its value on a line
each; nothing in the second one says that it is a password.
"""

from __future__ import annotations

import polars as pl

MARK = b"PRIVATE KEY"
HIDDEN = "«private key»"
_MAX_LINES = 200  # an RSA key of 16,384 bits has about as many
_BEGIN = r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"
_END = r"-----END [A-Z0-9 ]*PRIVATE KEY"
# Bodies are base64, may have headers of their own, and may follow a logger's prefix.
_BODY = r"(?:^|[\s|\"'])[A-Za-z0-9+/=]+[\\rn\"',]*\s*$|^\s*$|^[A-Za-z-]+: "
_LONG_BODY = r"[A-Za-z0-9+/=]{40,}[\\rn\"',]*\s*$"  # also where other lines came in between
HIDDEN_VALUE = "«secret»"
_QUICK = f'{MARK.decode()}|value:|"value"'
_NAME = (
    r"(?i-u)^[\s-]*[\"']?(?:name|key)[\"']?\s*:\s*[\"']?[\w.-]*"
    r"(?:password|passwd|passphrase|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)"
    r"(?:_?(?:value|b64|base64|[0-9]))?[\"']?,?\s*$"
)
_VALUE = r"^(\s*[\"']?value[\"']?\s*:\s*[\"']?)([^\"'\s{$<][^\"']*)"
_PLAIN = r"(?i)^(?:[0-9]{1,3}|true|false|null|none)\s*,?\s*$"


def runs_over_lines(raw: bytes) -> bool:
    """May there be a secret in it that `hide_over_lines` hides? A quick look."""
    text = pl.Series([raw.decode(errors="replace")])
    return bool(text.str.contains(_QUICK)[0])  # Python's own search takes several times as long


def hide_over_lines(lines: pl.Series, *, inside: int = 0) -> tuple[pl.Series, int]:
    """What no single line gives away replaced, and how far the last key reaches over the end.

    inside: what the lines before returned; 0 where no key is open. A value whose name is the last
    line of what came before is not known.
    """
    hidden, reaches = hide_private_keys(lines, inside=inside)
    return _hide_named_values(hidden), reaches


def _hide_named_values(lines: pl.Series) -> pl.Series:
    named = lines.str.contains(_NAME).shift(1, fill_value=False).fill_null(value=False)
    if not named.any():
        return lines
    value = lines.str.extract(_VALUE, 2)
    secret = named & value.is_not_null() & ~value.str.contains(_PLAIN)
    shown = lines.str.replace(_VALUE, f"${{1}}{HIDDEN_VALUE}")
    return shown.zip_with(secret.fill_null(value=False), lines)


def hide_private_keys(lines: pl.Series, *, inside: int = 0) -> tuple[pl.Series, int]:
    """Lines with those of private keys replaced, and how far the last key reaches over the end.

    inside: what the lines before returned; 0 where no key is open.
    """
    belong, reaches = private_key_lines(lines, inside=inside)
    hidden = pl.select(pl.when(belong).then(pl.lit(HIDDEN)).otherwise(lines).alias("line"))
    return hidden["line"], reaches


def private_key_lines(lines: pl.Series, *, inside: int = 0) -> tuple[pl.Series, int]:
    """Which lines belong to private keys, and how far the last key reaches over the end.

    For whoever keeps where they are at ingest, to read single lines later: a line from the middle
    of a key does not say that it is one. inside: what the lines before returned.
    """
    frame = pl.DataFrame({"line": lines}).with_columns(
        begin=pl.col("line").str.contains(_BEGIN),
        end=pl.col("line").str.contains(_END),
        body=pl.col("line").str.contains(_BODY),
        long=pl.col("line").str.contains(_LONG_BODY),
    )
    key = pl.col("begin").cast(pl.Int32).cum_sum()
    frame = frame.with_columns(key=key)
    depth = pl.int_range(pl.len()).over("key") + pl.when(pl.col("key") == 0).then(inside).otherwise(
        0
    )
    closed = pl.col("end").cast(pl.Int32).cum_sum().over("key") - pl.col("end").cast(pl.Int32)
    belongs = (pl.col("body") | pl.col("begin") | pl.col("end")).cum_min().over("key")
    opened = (pl.col("key") > 0) | pl.lit(inside > 0)
    frame = frame.with_columns(
        hidden=opened & (belongs | pl.col("long")) & (closed == 0) & (depth < _MAX_LINES),
        depth=depth,
    )
    last = frame.row(-1, named=True)
    reaches = last["depth"] + 1 if last["hidden"] and not last["end"] else 0
    return frame["hidden"], reaches
