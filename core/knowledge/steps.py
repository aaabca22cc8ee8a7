"""The steps of a runbook: items of its lists and its commands, as lines that can be followed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.knowledge.model import ChunkKind
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.knowledge.model import Chunk

MOST = 60  # steps that are told
_TO_DO = re.compile(
    r"(?i)\b(?:mitigat|diagnos|remed|resol|troubleshoot|fix|steps?|actions?|procedure|recover"
    r"|what to do|how to|runbook|solution|check)"
)
_ITEM = re.compile(r"\s*(?:\d{1,3}[.)]|[-*+])\s+(?:\[[ xX]\]\s+)?")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})")
_PROMPT = re.compile(r"\s*(?:[$#]\s+)?")
_OUTPUT = re.compile(r"\s*(?:NAME|NAMESPACE|LAST SEEN)\s{2,}")


@dataclass(frozen=True)
class Step:
    """A line of what to do. is_command: to be copied as it stands."""

    text: RedactedText
    is_command: bool = False


def steps_of(chunks: Iterable[Chunk]) -> list[Step]:
    """Those under headings that say what to do; without such headings, all of the document's."""
    steps = [step for chunk in _that_say_what_to_do(list(chunks)) for step in _of_chunk(chunk)]
    return steps[:MOST]


def besides_steps(chunks: Sequence[Chunk]) -> list[Chunk]:
    """What else the document says."""
    with_steps = [chunk for chunk in _that_say_what_to_do(chunks) if any(_of_chunk(chunk))]
    return [chunk for chunk in chunks if chunk not in with_steps]


def _that_say_what_to_do(chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    return [chunk for chunk in chunks if _TO_DO.search(chunk.headings.text)] or chunks


def _of_chunk(chunk: Chunk) -> Iterator[Step]:
    is_code, at = chunk.kind is ChunkKind.COMMANDS and "```" not in chunk.text.text, 0
    is_printed = False
    for line in chunk.text.text.split("\n"):
        start, at = at, at + len(line) + 1
        if _FENCE.match(line):
            is_code, is_printed = not is_code, False
        elif is_code:
            is_printed = is_printed or _OUTPUT.match(line) is not None
            command = start + _end(_PROMPT, line)
            if line.strip() and not is_printed and not line.strip().startswith("# "):
                yield Step(chunk.text.part(command, start + len(line)).line(), is_command=True)
        elif _ITEM.match(line):
            yield Step(chunk.text.part(start + _end(_ITEM, line), start + len(line)).line())


def _end(pattern: re.Pattern[str], line: str) -> int:
    match = pattern.match(line)
    return match.end() if match else 0
