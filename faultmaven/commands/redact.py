"""`faultmaven redact`: a text without its secrets, line by line, whatever its length."""

from __future__ import annotations

import secrets
import sys
from collections import Counter
from typing import TYPE_CHECKING

import polars as pl

from core.errors import WrongUsage
from core.evidence.encoding import decode
from core.evidence.lines import read_text
from core.evidence.model import PlainFile
from core.redaction.engine import Redactor, in_blocks
from core.redaction.multiline import NOTHING, hide_over_lines, runs_over_lines
from core.redaction.rules import SECRET, TextSpan
from core.text.redacted import legible
from faultmaven.output import print_json
from faultmaven.redaction import read_redaction_rules
from faultmaven.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 2 * 2**20  # characters


def run(*, path: Path | None, as_json: bool) -> int:
    """Print the text redacted, or what was found in it; the placeholders are of this run only.

    Raises WrongUsage for a folder.
    """
    if path is not None and path.is_dir():
        message = f"{path} is a folder"
        raise WrongUsage(message, next_step=f"Name one of its files: faultmaven redact {path}/FILE")
    rules = read_redaction_rules(load_settings())
    redactor = Redactor(secrets.token_bytes(32), rules=rules)
    text = _piped() if path is None else read_text(PlainFile(path), BLOCK)
    if as_json:
        print_json(_summary(text, redactor))
    else:
        _print(text, redactor)
    return 0


def _piped() -> Iterator[bytes]:
    """In UTF-8, as `read_text` does it; nothing is unpacked."""
    return decode(iter(lambda: sys.stdin.buffer.read(BLOCK), b""))


def _print(text: Iterator[bytes], redactor: Redactor) -> None:
    out = sys.stdout.buffer  # as it came: the ends of lines, and UTF-8 wherever we are
    for _, lines in _blocks(text):
        hidden = "".join(redactor.hide(lines).to_list())
        out.write((legible(hidden) if sys.stdout.isatty() else hidden).encode())
    out.flush()


def _summary(text: Iterator[bytes], redactor: Redactor) -> dict[str, object]:
    """How much of each kind was found, and in which lines; never what."""
    spans: list[dict[str, object]] = []
    number = 0
    kinds: Counter[str] = Counter()
    for original, lines in _blocks(text):
        hidden = (original != lines).arg_true().to_list()
        marked = redactor.spans_of(original)
        for at in sorted({*marked, *hidden}):
            some = marked.get(at) or [TextSpan(0, len(original[at].rstrip("\r\n")), SECRET)]
            kinds.update(span.kind for span in some)
            spans += [
                {"line": number + at + 1, "start": span.start, "end": span.end, "kind": span.kind}
                for span in some
            ]
        number += len(lines)
    return {"lines": number, "kinds": dict(kinds.most_common()), "spans": spans}


def _blocks(text: Iterator[bytes]) -> Iterator[tuple[pl.Series, pl.Series]]:
    """Lines with their ends, a few MB at a time: as they came, and without what runs over lines."""
    unfinished = NOTHING
    for block in in_blocks(_lines(text), BLOCK):
        original = lines = pl.Series(block, dtype=pl.String)
        if unfinished or runs_over_lines("".join(block).encode()):
            bare = original.str.strip_chars_end("\r\n")
            kept, unfinished = hide_over_lines(bare, after=unfinished)
            lines = kept + original.str.extract(r"([\r\n]*)$")
        yield original, lines


def _lines(text: Iterator[bytes]) -> Iterator[str]:
    """With their ends. A line that is longer than a block comes in parts: memory has a bound."""
    rest = b""
    for chunk in text:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield f"{line.decode(errors='replace')}\n"
        while len(rest) > BLOCK:
            cut = _gap(rest)
            yield rest[:cut].decode(errors="replace")
            rest = rest[cut:]
    if rest:
        yield rest.decode(errors="replace")


def _gap(line: bytes) -> int:
    """Where to cut a long line: at a blank, if there is one, so that no secret is cut in two."""
    blank = line.rfind(b" ", BLOCK // 2, BLOCK)
    return blank if blank > 0 else BLOCK
