"""Reads YAML and JSON, document by document, with the line of each value.

Read as events: nesting costs no stack, an alias is not unfolded (`*defaults` is its value), and
what stands before an error is kept. JSON is read as the YAML that it nearly is, without comments.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from core.evidence.configuration.tree import MAX_DEPTH, MAX_LEAVES, Branch, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C
_DOCUMENT = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_JSON_PIECE = re.compile(
    r'"(?:[^"\\\n]|\\.)*+"|//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)|,(?=\s*+[\]}])|\t', re.DOTALL
)
_PAIR_OF_ESCAPES = re.compile(r"\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}")
_TEMPLATE = re.compile(r"\{\{[^{}\n]{0,200}\}\}")
_TEMPLATE_LINE = re.compile(r"^[ \t]*\{\{[^{}\n]{0,400}\}\}[ \t]*$", re.MULTILINE)


@dataclass
class YamlDocuments:
    """The trees of a file's documents, and the lines (1-based) from which on it could not be read.

    is_cut: whether a limit ended the reading.
    """

    trees: list[Leaf | Branch] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    is_cut: bool = False


def read_yaml(text: str) -> YamlDocuments:
    """All documents; one that is broken costs only its own end. Templates of Helm are values."""
    documents = YamlDocuments()
    for first_line, part in _parts(text):
        reader = _Reader(first_line, MAX_LEAVES - sum(map(_leaves, documents.trees)))
        try:
            reader.read(_TEMPLATE.sub(_as_word, _TEMPLATE_LINE.sub("", part)))
        except (yaml.YAMLError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            documents.broken.append(first_line + (mark.line if mark else 0))
        if reader.root is not None:
            documents.trees.append(reader.root)
        if reader.is_cut:
            documents.is_cut = True
            break
    return documents


def lines_behind(text: str, broken: Iterable[int]) -> frozenset[int]:
    """The lines (1-based) that were not read, each from a break to the end of its document."""
    begins = [first for first, _ in _parts(text)]
    ends = [*begins[1:], text.count("\n") + 2]
    return frozenset(
        line for start in broken for line in range(start, min(end for end in ends if end >= start))
    )


def read_json(text: str) -> YamlDocuments:
    """One document, or several; comments and commas before a closing bracket are left out."""
    text = _PAIR_OF_ESCAPES.sub(lambda pair: str(json.loads(f'"{pair[0]}"')), text)
    return read_yaml(_JSON_PIECE.sub(_without_comment, text))


def _without_comment(piece: re.Match[str]) -> str:
    if piece[0].startswith('"'):
        return piece[0]
    return "\n" * piece[0].count("\n") or " "


def _as_word(template: re.Match[str]) -> str:
    """A template as something that YAML takes for part of a word."""
    return re.sub(r"[^\w.$]+", "_", template[0])


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Each document with the line (1-based) of its first line."""
    starts = [0, *(match.start() for match in _DOCUMENT.finditer(text) if match.start())]
    line = 1
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield line, text[start:end]
        line += text.count("\n", start, end)


def _leaves(tree: Leaf | Branch) -> int:
    count, waiting = 0, [tree]
    while waiting:
        node = waiting.pop()
        count += 1
        if isinstance(node, Branch):
            waiting += [child for _, child in node.entries]
    return count


class _Reader:
    """Builds the tree of one document from its events."""

    def __init__(self, first_line: int, room: int) -> None:
        self.root: Leaf | Branch | None = None
        self.is_cut = False
        self._first_line = first_line
        self._room = room
        self._open: list[Branch] = []
        self._keys: list[tuple[str, int] | None] = []  # the key that waits for its value

    def read(self, text: str) -> None:
        """Raises yaml.YAMLError where the document is broken; what was read by then is kept."""
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.CollectionEndEvent):
                self._close()
            elif isinstance(event, yaml.NodeEvent):
                self._take(event)
            # Of what nests for ever the parser takes ever longer: nothing behind it is read.
            if self._room <= 0 or len(self._open) > MAX_DEPTH:
                self.is_cut = True
                return

    def _close(self) -> None:
        self._open.pop()
        self._keys.pop()

    def _take(self, event: yaml.NodeEvent) -> None:
        line = self._first_line + (event.start_mark.line if event.start_mark else 0)
        is_leaf = isinstance(event, yaml.ScalarEvent | yaml.AliasEvent)
        if is_leaf and self._is_key():
            self._keys[-1] = _text_of(event), line
        else:
            self._place(event, line)

    def _is_key(self) -> bool:
        return bool(self._open) and not self._open[-1].is_list and self._keys[-1] is None

    def _place(self, event: yaml.NodeEvent, line: int) -> None:
        if self._is_key():  # a mapping or list as a key: rare, and named by nothing
            self._keys[-1] = "?", line
        key, at = (self._keys[-1] if self._keys else None) or ("", line)
        self._room -= 1
        node: Leaf | Branch
        if isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            node = Leaf(_text_of(event), at)
        else:
            node = Branch(at, is_list=isinstance(event, yaml.SequenceStartEvent))
        self._attach(key, node)

    def _attach(self, key: str, node: Leaf | Branch) -> None:
        if self._open:
            self._open[-1].entries.append((key, node))
            self._keys[-1] = None
        elif self.root is None:
            self.root = node
        if isinstance(node, Branch):
            self._open.append(node)
            self._keys.append(None)


def _text_of(event: yaml.NodeEvent) -> str:
    if isinstance(event, yaml.ScalarEvent):
        return str(event.value).encode(errors="replace").decode()
    return f"*{event.anchor}"
