"""Cuts a document where it has joints: under its headings, between paragraphs, steps and tables.

A chunk can be read by itself: it has the headings that it is under, a list of steps stays with the
commands of its steps, and what is longer than a chunk may be is cut between lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.knowledge.formats.blocks import TextBlock
from core.knowledge.model import ChunkKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ENOUGH = 1_200  # characters, from which the next block begins a chunk
MOST = 2_400  # characters; half of what embedding models read at once
LONGEST_HEADING = 200
PATH = " > "
_FENCES = ("```", "~~~")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A chunk before anybody owns it: the headings that it is under, and its text."""

    kind: ChunkKind
    headings: tuple[str, ...]
    text: str


@dataclass
class _Cutter:
    """Gathers blocks until there are enough for a chunk."""

    headings: list[tuple[int, str]] = field(default_factory=list)
    blocks: list[TextBlock] = field(default_factory=list)

    def take(self, block: TextBlock) -> Iterator[Piece]:
        if block.depth:
            yield from self.end()
            self.headings = [known for known in self.headings if known[0] < block.depth]
            self.headings.append((block.depth, block.text[:LONGEST_HEADING]))
            return
        if self.blocks and self._length() + len(block.text) > ENOUGH:
            yield from self.end()
        self.blocks.append(block)

    def end(self) -> Iterator[Piece]:
        if self.blocks:
            path = tuple(title for _, title in self.headings)
            text = "\n\n".join(block.text for block in self.blocks)
            kind = max(self.blocks, key=lambda block: len(block.text)).kind
            for part in _parts(text, kind):
                yield Piece(kind=kind, headings=path, text=part)
        self.blocks = []

    def _length(self) -> int:
        return sum(len(block.text) for block in self.blocks)


def cut(blocks: Iterable[TextBlock]) -> list[Piece]:
    """The chunks of a document, in its order."""
    cutter, pieces = _Cutter(), list[Piece]()
    for block in blocks:
        pieces += cutter.take(block)
    pieces += cutter.end()
    if not pieces and cutter.headings:  # an outline says something, too
        titles = tuple(title for _, title in cutter.headings)
        pieces.append(Piece(kind=ChunkKind.PROSE, headings=titles[:-1], text=titles[-1]))
    return pieces


def _parts(text: str, kind: ChunkKind) -> Iterator[str]:
    """The text, or what it is cut into: no longer than `MOST`, with fences that open and close."""
    if len(text) <= MOST:
        yield text
        return
    before, after = _frame(text, kind)
    room = MOST - len(before) - len(after)
    part = ""
    for line in _lines(text, room):
        if part and len(part) + len(line) > room:
            yield part.rstrip("\n") + after
            part = before
        part += line
    if part.strip() and part != before:
        yield part.rstrip("\n")


def _frame(text: str, kind: ChunkKind) -> tuple[str, str]:
    """What each part after the first begins with, and each but the last ends with."""
    lines = text.split("\n")
    if kind is ChunkKind.COMMANDS and lines[0].startswith(_FENCES):
        return f"{lines[0][:40]}\n", f"\n{lines[0][:3]}"
    if kind is ChunkKind.TABLE and len(lines) > 1 and len(lines[0]) + len(lines[1]) < MOST // 4:
        return f"{lines[0]}\n{lines[1]}\n", ""
    return "", ""


def _lines(text: str, room: int) -> Iterator[str]:
    for line in text.split("\n"):
        for start in range(0, max(len(line), 1), room):
            yield line[start : start + room] + ("\n" if start + room >= len(line) else "")
