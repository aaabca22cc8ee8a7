"""The documentation's pages, and the fenced blocks in them.

A fenced block says after its language what a test does with it:

- `sh test`: it is run, with the page's other ones in order, and has to succeed; a word more
  (`sh test backup`) names blocks that a test of their own runs.
- `sh test background`: it is started, and has to get ready.
- `text output`: lines that the block before has to have printed, in this order.
- `text chat`: lines after `> ` are typed into `faultmaven chat`, the others are what it says.

`…` stands for anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.house.tree import ROOT, our_files

FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^`\n]*)\n(?P<text>.*?)^(?P=fence)$", re.M | re.S)
ANYTHING = "…"


@dataclass(frozen=True)
class FencedBlock:
    """One fenced block. `line` is that of its fence, from 1."""

    page: Path
    line: int
    info: tuple[str, ...]
    text: str

    @property
    def language(self) -> str:
        return self.info[0] if self.info else ""

    @property
    def task(self) -> str:
        """What a test does with it; empty for nothing."""
        return " ".join(self.info[1:])

    @property
    def where(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@cache
def pages() -> tuple[Path, ...]:
    """Every page of ours for people: README and its neighbours, and all below docs/."""
    markdown = [path for path in our_files() if path.suffix == ".md"]
    return tuple(
        path for path in markdown if path.parent == ROOT or path.is_relative_to(ROOT / "docs")
    )


def blocks(page: Path) -> list[FencedBlock]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        FencedBlock(
            page,
            text.count("\n", 0, match.start()) + 1,
            tuple(match["info"].split()),
            match["text"],
        )
        for match in FENCE.finditer(text)
    ]


def all_blocks() -> list[FencedBlock]:
    return [block for page in pages() for block in blocks(page)]


def assert_said(expected: str, printed: str, *, where: str) -> None:
    """Every expected line occurs in what was said, in order; `…` is anything, spaces are one."""
    rest = " ".join(printed.replace("▌", " ").split())
    for line in filter(None, map(str.strip, expected.splitlines())):
        parts = [" ".join(part.split()) for part in line.split(ANYTHING)]
        match = re.search(".*?".join(map(re.escape, parts)), rest)
        assert match, f"{where}: never said {line!r}\n{printed}"
        rest = rest[match.end() :]
