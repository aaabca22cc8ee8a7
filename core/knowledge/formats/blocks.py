"""The blocks of a text: headings, paragraphs, lists, code and tables, each as it is written.

markdown-it-py finds those of Markdown; it is what the reports and the evidence use already. Its
parser of the words inside a paragraph is off: nothing asks for it, and it can be made slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from core.knowledge.formats.web_page import page_as_markdown
from core.knowledge.model import ChunkKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

_KINDS = {
    "fence": ChunkKind.COMMANDS,
    "code_block": ChunkKind.COMMANDS,
    "ordered_list_open": ChunkKind.STEPS,
    "bullet_list_open": ChunkKind.STEPS,
    "table_open": ChunkKind.TABLE,
}
_FRONT_MATTER = re.compile(r"\A---\r?\n(.{0,20000}?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)
_HEADING_MARKS = re.compile(r"\s*\{[#.][^{}]*\}\s*$|[*`]+")


@dataclass(frozen=True, kw_only=True)
class TextBlock:
    """A part of a text. depth: 1 to 6 of a heading, 0 of anything else."""

    kind: ChunkKind
    text: str
    depth: int = 0


def front_matter(text: str) -> str:
    """What stands in front of a Markdown document, between `---`; "" where nothing does."""
    front = _FRONT_MATTER.match(text)
    return front[1] if front else ""


def front_title(text: str) -> str:
    """The title that stands in front of a Markdown document; "" without one."""
    title = _FRONT_TITLE.search(front_matter(text))
    return title[1].strip() if title else ""


def markdown_blocks(text: str) -> list[TextBlock]:
    """In their order, without what stands in front between `---`."""
    front = _FRONT_MATTER.match(text)
    body = text[front.end() :] if front else text
    tokens = _parser().parse(body)
    return list(_blocks(tokens, body.split("\n")))


def plain_blocks(text: str, kind: ChunkKind) -> list[TextBlock]:
    """What blank lines part, of a text that has no marks."""
    parts = re.split(r"\n[ \t]*\n", text)
    return [TextBlock(kind=kind, text=part.strip("\n")) for part in parts if part.strip()]


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").disable(["inline", "reference"])


def _blocks(tokens: Sequence[Token], lines: list[str]) -> Iterator[TextBlock]:
    for at, token in enumerate(tokens):
        if token.level or token.map is None or token.type.endswith("_close"):
            continue
        start, end = token.map
        if token.type == "heading_open":
            title = _HEADING_MARKS.sub("", tokens[at + 1].content).strip()
            yield TextBlock(kind=ChunkKind.PROSE, text=title, depth=int(token.tag[1]))
            continue
        text = "\n".join(lines[start:end]).strip("\n").rstrip()
        if token.type == "html_block":
            _, text = page_as_markdown(text)
        if text:
            yield TextBlock(kind=_KINDS.get(token.type, ChunkKind.PROSE), text=text)
