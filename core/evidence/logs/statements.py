"""Statements that a server of SQL logs over several lines, as they were sent: put on one.

`LOG:  statement: ` and below it, behind a tab, `DROP INDEX …`: only both tell what was done.
Source: PostgreSQL 15, `log_statement = 'ddl'`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from core.evidence.lines import Block

_ANNOUNCED = r"\bstatement:\s*$"
_CONTINUED = "\t"


def with_whole_statements(block: Block) -> Block:
    """The block with the first line of each statement behind what announces it."""
    announced = block.lines.str.contains(_ANNOUNCED)
    if not announced.any():
        return block
    above = block.lines.shift(1)
    follows = announced.shift(1) & block.lines.str.starts_with(_CONTINUED)
    whole = above.str.strip_chars_end() + " " + block.lines.str.strip_chars_start()
    joined = pl.select(
        pl.when(follows.fill_null(value=False)).then(whole).otherwise(block.lines)
    ).to_series()
    return replace(block, lines=joined)
