"""`faultmaven redact`: a text without its secrets, line by line, whatever its length."""

from __future__ import annotations

import secrets
import sys
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from core.redaction.bulk import in_blocks
from core.redaction.engine import Redactor
from core.redaction.multiline import hide_over_lines, runs_over_lines
from core.redaction.span import SECRET, Span
from faultmaven.output import print_json
from faultmaven.redaction import read_redaction_rules
from faultmaven.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 2 * 2**20  # characters


def run(*, path: Path | None, as_json: bool) -> int:
    """Print the text redacted, or what was found in it; the placeholders are of this run only."""
    rules = read_redaction_rules(load_settings())
    redactor = Redactor(secrets.token_bytes(32), rules=rules)
    with _opened(path) as file:
        if as_json:
            print_json(_summary(file, redactor))
        else:
            _print(file, redactor)
    return 0


@contextmanager
def _opened(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdin.buffer
        return
    with path.open("rb") as file:
        yield file


def _print(file: BinaryIO, redactor: Redactor) -> None:
    out = sys.stdout.buffer  # as it came: the ends of lines, and UTF-8 wherever we are
    for _, lines in _blocks(file):
        out.write("".join(redactor.hide(lines).to_list()).encode())
    out.flush()


def _summary(file: BinaryIO, redactor: Redactor) -> dict[str, object]:
    """How much of each kind was found, and in which lines; never what."""
    spans: list[dict[str, object]] = []
    number = 0
    kinds: Counter[str] = Counter()
    for told, lines in _blocks(file):
        hidden = (told != lines).arg_true().to_list()
        found = redactor.spans_of(told)
        for at in sorted({*found, *hidden}):
            some = found.get(at) or [Span(0, len(told[at].rstrip("\r\n")), SECRET)]
            kinds.update(span.kind for span in some)
            spans += [
                {"line": number + at + 1, "start": span.start, "end": span.end, "kind": span.kind}
                for span in some
            ]
        number += len(lines)
    return {"lines": number, "kinds": dict(kinds.most_common()), "spans": spans}


def _blocks(file: BinaryIO) -> Iterator[tuple[pl.Series, pl.Series]]:
    """Lines with their ends, a few MB at a time: as they came, and without what runs over lines."""
    inside = 0
    for block in in_blocks(_lines(file), BLOCK):
        told = lines = pl.Series(block, dtype=pl.String)
        if inside or runs_over_lines("".join(block).encode()):
            kept, inside = hide_over_lines(told.str.strip_chars_end("\r\n"), inside=inside)
            lines = kept + told.str.extract(r"([\r\n]*)$")
        yield told, lines


def _lines(file: BinaryIO) -> Iterator[str]:
    """A line that is longer than a block comes in parts: memory has a bound."""
    while line := file.readline(BLOCK):
        yield line.decode(errors="replace")
