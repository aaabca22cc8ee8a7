"""Tables of names and values as `vault kv get` prints them: `Key  Value`, a ruler, then rows.

Files of settings head their columns so, too, with a sign between them and no ruler.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.redaction.assignments import is_secret_under
from core.redaction.secret_values import is_nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Span = tuple[int, int, int]  # a line below the heading from 0, and where the value begins and ends

LONGEST_TABLE = 200  # lines
_NAMES = "key|name|property|setting|parameter|variable|field|option"
_HEADS_TABLE = re.compile(  # a quote's sign or the name of a source may stand before it
    rf"(?i)(?:[^\n]{{0,60}}[ \t>|+])?(?:{_NAMES})(?:[ \t]{{2,80}}|(?P<sign>[,;]))value[ \t\r]*"
)
_RULER = re.compile(r"[ \t]{0,40}[-=]{2,80}[ \t]{1,80}[-=]{2,200}[ \t\r]*")
_ROW = re.compile(r"[ \t]{0,40}(?P<name>[\w./-]{1,80})[ \t]{2,80}(?P<v>\S[^\n]{0,2000}?)[ \t\r]*")
_RECORD = re.compile(
    r"[ \t]{0,40}[\"']?(?P<name>[\w./-]{1,80})[\"']?[,;][\"']?"
    r"(?P<v>[^\s\"',;][^\"',;\n]{0,2000})[\"']?[ \t\r]{0,40}"
)
SCREEN = rf"(?i-u:{_NAMES})(?:[ \t]+|[,;])(?i-u:value)[ \t\r]*$"  # of such headings, in polars


def opens_named_rows(line: str) -> bool:
    """Whether the lines below may be a name and a value each."""
    return _HEADS_TABLE.fullmatch(line) is not None


def spans_of_named_rows(heading: str, lines: Iterable[str]) -> Iterator[Span]:
    """The values whose names say that they are secrets, as far as the table goes on."""
    heads = _HEADS_TABLE.fullmatch(heading)
    is_ruled = heads is not None and not heads["sign"]
    form = _ROW if is_ruled else _RECORD
    for at, line in enumerate(lines):
        if at == 0 and is_ruled:
            if not _RULER.fullmatch(line):
                return
            continue
        row = form.fullmatch(line)
        if row is None:
            return
        if not is_nothing(row["v"]) and is_secret_under(row["name"], row["v"], is_quoted=True):
            yield at, *row.span("v")
