"""Files of every type: our own words, written by hand or by the software that writes such files.

`samples()` gives them all. They were written after the rules, which told 136 of the first 142
right; no rule is made for a file here, one that is told wrong is a sign that a rule is too narrow.
`benchmarks/filetypes.py` has the floor. `written.txt` holds those written
by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRITTEN = Path(__file__).with_name("written.txt")
_TITLE = re.compile(r"^=====\[ (\w+) \]=====\[ (\S+) \]=====\n", re.MULTILINE)


@dataclass(frozen=True)
class CollectedSample:
    """`kind` is a data type, or `markdown` for what that extractor should take."""

    name: str
    kind: str
    raw: bytes


def samples() -> Iterator[CollectedSample]:
    """All of them, each made anew."""
    from tests.core.evidence.collection import binary, exports, lines, settings  # noqa: PLC0415

    for room in (lines, settings, exports, binary):
        for kind, made in room.files().items():
            for name, content in made.items():
                raw = content if isinstance(content, bytes) else content.encode()
                yield CollectedSample(name, kind, raw)
    yield CollectedSample("notiz", "text", _GERMAN.encode("cp1252"))
    _, *parts = _TITLE.split(_WRITTEN.read_text(encoding="utf-8"))
    for kind, name, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        yield CollectedSample(name, kind, text.encode())


_GERMAN = """\
Der Dienst war heute Nacht nicht erreichbar, und die Warteschlange ist voll gelaufen.
Wir haben ihn neu gestartet und es geht wieder. Die Ursache läßt sich noch nicht erklären.
"""
