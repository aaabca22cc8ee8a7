"""Which lines of a program or of settings are comments? What they say is prose, and misleads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.detection.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

# A heading of Markdown has one space after few signs and no sentence behind it: taken as a comment
# as well, because it says little by itself.
_LINE = re.compile(
    r"^\s*(?:#(?!\s*(?:include|define|undef|if|ifdef|ifndef|else|elif|endif|pragma|error)\b)(?!\[)"
    r"|//|--(?:\s|$)|;|%%?\s|!\s|\.\\\"|rem\s|@rem\s|\"\s(?=\S.*[^\"]$))",
    re.IGNORECASE,
)
_BLOCKS = (  # what opens one at the beginning of a line, and what closes it
    (re.compile(r"^\s*/\*"), re.compile(r"\*/")),
    (re.compile(r"^\s*<!--"), re.compile(r"-->")),
    (re.compile(r"^\s*[rRuUbB]?\"\"\""), re.compile(r"\"\"\"")),
    (re.compile(r"^\s*[rRuU]?'''"), re.compile(r"'''")),
    (
        re.compile(r"^=(?:pod|head\d|begin|over|item|encoding|for)\b"),
        re.compile(r"^=(?:cut|end)\b"),
    ),
    (re.compile(r"^\s*\{-"), re.compile(r"-\}")),
    (re.compile(r"^\s*--\[\["), re.compile(r"\]\]")),
)


def without_comments(sample: Sample) -> Sample:
    """The other lines; all of them where there are none."""
    return Sample(list(_kept(sample)) or sample.lines, sample.name)


def _kept(sample: Sample) -> Iterator[str]:
    closes: re.Pattern[str] | None = None
    for line in sample.lines:
        if closes is not None:
            if closes.search(line):
                closes = None
            continue
        opened = next(((opens, end) for opens, end in _BLOCKS if opens.match(line)), None)
        if opened is not None:
            opens, end = opened
            start = opens.match(line)
            closes = None if start and end.search(line, start.end()) else end
        elif not _LINE.match(line):
            yield line
