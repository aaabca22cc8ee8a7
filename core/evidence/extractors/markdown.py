"""Extracts a Markdown document: its outline, steps, commands and links.

Its words are a note, too, and lines that a program wrote (somebody pasted them) are looked up, as
in any text: see `core.evidence.extractors.text`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.evidence.detection.json_exports import find_export
from core.evidence.detection.prose import score_markdown
from core.evidence.detection.sample import Sample
from core.evidence.extractor import Exhibit
from core.evidence.extractors.text import extract_text
from core.evidence.lines import read_blocks
from core.evidence.model import DataType, Finding, FindingKind, Level, Locus
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.evidence.extractor import Detected, Head
    from core.evidence.model import Extraction

say = sentences("evidence.markdown")

MAX_BYTES = 512 * 2**10  # of a document are parsed
MAX_SECTIONS = 100
MAX_STEPS = 200
MAX_LINKS = 100
_MAX_INLINE = 4_000  # characters of a paragraph that are looked through
_MAX_TEXT = 1_000
_SHELLS = frozenset(
    [
        "sh",
        "bash",
        "shell",
        "zsh",
        "fish",
        "console",
        "terminal",
        "shell-session",
        "powershell",
        "ps1",
        "cmd",
    ]
)
# A lone `#` would be a comment.
_PROMPT = re.compile(r"^\s{0,8}(?:[$%]|[\w.-]{1,40}@[\w.:~/ -]{1,60}[$#%>]|PS .{0,80}>) (?=\S)")
_TASK = re.compile(r"^\[([ xX])\] +")
_CODE = re.compile(r"(?<!`)`([^`\n]{2,400})`(?!`)")
_LINK = re.compile(
    r"(?<!!)\[([^\[\]\n]{1,300})\]\(<?([^\s()<>]{1,1000})>?(?:\s+\"[^\"\n]{0,300}\")?\)"
)
_BARE = re.compile(r"<(https?://[^\s<>]{1,1000})>|(?<![(<\w])(https?://[^\s<>()\"']{1,1000})")
# Paragraphs are looked through with the patterns above: its own parser of them can be made slow.
_PARSER = MarkdownIt("commonmark").enable("table").disable(["inline", "reference"])


class MarkdownExtractor:
    """Reads documents."""

    name = "markdown"

    def detect(self, head: Head) -> Detected | None:
        """Detect prose with headings, lists and code."""
        if find_export(head) is not None:
            return None
        return score_markdown(Sample.of(head)).claim(DataType.TEXT, self.name)

    def extract(self, exhibit: Exhibit) -> Extraction:
        """The note and known lines of its text first, then its outline, steps and links."""
        extraction = extract_text(exhibit, extractor=self.name)
        document = _Document.of(exhibit)
        findings = (*extraction.findings, *document.findings())
        cut_off = say.raw("cut_off", kb=MAX_BYTES // 2**10)
        problem = cut_off if document.starts[-1] < extraction.size else None
        return replace(extraction, findings=findings, problem=problem)

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction


@dataclass(frozen=True)
class _Document:
    """A document's blocks, and where its lines begin in bytes."""

    exhibit: Exhibit
    tokens: Sequence[Token]
    starts: Sequence[int]

    @classmethod
    def of(cls, exhibit: Exhibit) -> _Document:
        lines: list[str] = []
        starts = [0]
        for block in read_blocks(exhibit.original, block_bytes=MAX_BYTES):
            room = int(np.searchsorted(block.starts[1:], MAX_BYTES, side="right"))
            lines += block.lines.head(room).to_list()
            starts += block.starts[1 : room + 1].tolist()
            if room < len(block.lines):
                break
        return cls(exhibit, _PARSER.parse("\n".join(lines)), starts)

    def findings(self) -> Iterator[Finding]:
        yield from islice(self._sections(), MAX_SECTIONS)
        yield from islice(self._steps(), MAX_STEPS)
        yield from islice(self._links(), MAX_LINKS)

    def _sections(self) -> Iterator[Finding]:
        """A heading with the lines below it, up to the next one of its depth or above."""
        headings = [
            (token, self.tokens[at + 1].content)
            for at, token in enumerate(self.tokens)
            if token.type == "heading_open" and token.map
        ]
        ends: dict[int, int] = {}
        last = len(self.starts) - 1
        open_ones: list[tuple[int, int]] = []
        for number, (token, _) in enumerate(headings):
            depth = int(token.tag[1])
            while open_ones and open_ones[-1][1] >= depth:
                ends[open_ones.pop()[0]] = _first(token)
            open_ones.append((number, depth))
        for number, (token, title) in enumerate(headings):
            depth = int(token.tag[1])
            end = ends.get(number, last)
            yield self._found(FindingKind.NOTE, title, (_first(token), end), heading=depth)

    def _steps(self) -> Iterator[Finding]:
        """Items of ordered lists and of lists of tasks, and blocks of commands outside of them."""
        lists: list[tuple[str, int]] = []
        for at, token in enumerate(self.tokens):
            if token.type in {"ordered_list_open", "bullet_list_open"}:
                lists.append((token.type, int(token.attrs.get("start", 1))))
            elif token.type in {"ordered_list_close", "bullet_list_close"}:
                lists.pop()
            elif token.type == "list_item_open" and token.map:
                kind, number = lists[-1]
                lists[-1] = kind, number + 1
                step = self._item(at, number if kind == "ordered_list_open" else None)
                if step is not None:
                    yield step
            elif not lists and (commands := _commands(token)):
                yield self._found(
                    FindingKind.STEP, commands[0], _span(token), command="\n".join(commands)
                )

    def _item(self, at: int, number: int | None) -> Finding | None:
        """None for an item of a plain list."""
        own = list(self._inside(at))
        words = next((token.content for token in own if token.type == "inline"), "")
        task = _TASK.match(words)
        if number is None and task is None:
            return None
        commands = [command for token in own for command in _commands(token)]
        commands += [code for token in own if token.type == "inline" for code in _codes(token)]
        text = words[task.end() :] if task else words
        return self._found(
            FindingKind.STEP,
            text or (commands[0] if commands else ""),
            _span(self.tokens[at]),
            number=number,
            done=task[1] != " " if task else None,
            command="\n".join(dict.fromkeys(commands)) or None,
        )

    def _inside(self, at: int) -> Iterator[Token]:
        """Return what belongs to the item itself and to no item within it."""
        depth = 0
        for token in map(self.tokens.__getitem__, range(at + 1, len(self.tokens))):
            if token.type == "list_item_close" and not depth:
                return
            depth += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
            if not depth:
                yield token

    def _links(self) -> Iterator[Finding]:
        for token in self.tokens:
            if token.type != "inline" or not token.map:
                continue
            text = token.content[:_MAX_INLINE]
            for label, url in _targets(text):
                yield self._found(FindingKind.NOTE, label, _span(token), url=url)

    def _found(
        self, kind: FindingKind, text: str, lines: tuple[int, int], **data: str | int | bool | None
    ) -> Finding:
        """lines: from (0-based) to (exclusive)."""
        clean = self.exhibit.redactor.clean
        first, end = lines[0], max(lines[0] + 1, min(lines[1], len(self.starts) - 1))
        return Finding(
            kind=kind,
            level=Level.INFO,
            text=clean(text[: 4 * _MAX_TEXT]).cut(_MAX_TEXT),
            locus=Locus(
                file=self.exhibit.name,
                line_start=first + 1,
                line_end=end,
                byte_start=self.starts[first],
                byte_end=self.starts[end],
            ),
            service=self.exhibit.service,
            data={
                key: clean(value[:_MAX_INLINE]).text if isinstance(value, str) else value
                for key, value in data.items()
                if value is not None
            },
        )


def _commands(token: Token) -> list[str]:
    """The lines that one would type of a fenced block for a shell."""
    if token.type != "fence":
        return []
    language = (token.info.split() or [""])[0].lower()
    lines = [line for line in token.content[:_MAX_INLINE].split("\n") if line.strip()]
    prompted = [_PROMPT.sub("", line) for line in lines if _PROMPT.match(line)]
    if prompted:
        return prompted if language in {*_SHELLS, "", "text"} else []
    return [line for line in lines if line.lstrip()[0] != "#"] if language in _SHELLS else []


def _codes(token: Token) -> list[str]:
    return [
        code.strip() for code in _CODE.findall(token.content[:_MAX_INLINE]) if " " in code.strip()
    ]


def _targets(text: str) -> Iterable[tuple[str, str]]:
    """The label and address of each link."""
    plain = _CODE.sub("", text)
    yield from ((label, url) for label, url in _LINK.findall(plain))
    for pointed, bare in _BARE.findall(_LINK.sub("", plain)):
        url = pointed or bare.rstrip(".,;:!?")
        yield url, url


def _span(token: Token) -> tuple[int, int]:
    return (token.map[0], token.map[1]) if token.map else (0, 1)


def _first(token: Token) -> int:
    return _span(token)[0]
