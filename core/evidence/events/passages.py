"""What do the lines say that a table points to? Read from the original, redacted on the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from core.evidence.reading.escapes import without_escapes
from core.evidence.reading.lines import MAX_LINE_BYTES
from core.redaction.multiline import MARK, hide_over_lines, runs_over_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

    from core.evidence.original import Original
    from core.redaction.engine import Redactor
    from core.text.redacted import Clean

# A private key is hidden only by who sees it from its begin: so far before a line we look for one.
_KEY_BYTES = 64 * 2**10


def read_lines(
    original: Original, starts: Iterable[int], *, redactor: Redactor, room: int
) -> dict[int, Clean]:
    """The line at each of these byte offsets, redacted whole and then cut to `room` characters.

    Of a line longer than MAX_LINE_BYTES only its beginning. Raises NotFound, StoreUnavailable.
    """
    wanted = sorted(set(starts))
    if not wanted:
        return {}
    with original.open() as text:
        found = {start: _line_at(text, start) for start in wanted}
    return {start: redactor.clean(line).cut(room) for start, line in found.items()}


def _line_at(text: IO[bytes], start: int) -> str:
    begin = max(0, start - _KEY_BYTES)
    text.seek(begin)
    raw = text.read(start - begin + MAX_LINE_BYTES)
    before, line = raw[: start - begin], raw[start - begin :].partition(b"\n")[0]
    if MARK not in before and not runs_over_lines(line):
        return _shown(line)
    lines = [_shown(one) for one in before.split(b"\n")[:-1]]
    hidden, _ = hide_over_lines(pl.Series("line", [*lines, _shown(line)], dtype=pl.String))
    told: str = hidden[-1]
    return told


def _shown(raw: bytes) -> str:
    """As `core.evidence.reading.lines` reads it."""
    return without_escapes(
        raw.decode("utf-8", errors="replace").replace("\0", "\ufffd").rstrip("\r")
    )
