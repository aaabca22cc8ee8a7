"""The outline of a code file: its functions, classes and imports, each with its lines.

Whatever the file holds, no more than MAX_BYTES of it are parsed, for at most MAX_SECONDS; what does
not parse is left out of the tree and costs only the symbols around it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from time import thread_time
from typing import TYPE_CHECKING

from core.evidence.code.languages import CodeLanguage, grammar_of, kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node, Tree

MAX_BYTES = 2**19
MAX_SYMBOLS = 2_000
MAX_IMPORTS = 200
MAX_SECONDS = 1.0  # of the processor
_MAX_NAME = 120  # characters
_MAX_NODES = 1_000_000  # of the tree that are visited
_MAX_DEPTH = 400
_MAX_KEPT = 10_000  # nodes that matter
_NOW_AND_THEN = 1_023  # nodes between two looks at the clock
_MAX_DIGESTED = 4 * MAX_BYTES  # of all functions together: of nested ones each counts
_MAX_LEVELS = 12  # of nested definitions that a name tells
_CHUNK = 64 * 2**10
_MAX_NESTED = 200  # brackets within brackets
_BRACKETS = re.compile(rb"[()\[\]{}<>;]")
_ANGLES = {b"<": 1, b">": -1}
_ANONYMOUS = frozenset({"arrow_function", "function_expression", "generator_function", "function"})
_NAME_FIELDS = ("name", "declarator", "type", "left", "key", "property")


class SymbolKind(StrEnum):
    """What a symbol is."""

    FUNCTION = "function"
    CLASS = "class"


@dataclass(frozen=True, kw_only=True)
class CodeSymbol:
    """A function or a class and its lines, 1-based and inclusive.

    name: with those of the classes around it, `Cart.render`. digest: of its text without white
    space, to be compared with that of another version.
    """

    kind: SymbolKind
    name: str
    first: int
    last: int
    digest: str = ""

    @property
    def simple_name(self) -> str:
        """Without the classes around it."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, kw_only=True)
class CodeOutline:
    """What a file defines, in order. is_cut: whether there was more than is kept of it."""

    symbols: tuple[CodeSymbol, ...] = ()
    imports: tuple[str, ...] = ()
    is_cut: bool = False


def read_outline(text: bytes, language: CodeLanguage) -> CodeOutline:
    """The outline of a file's text as UTF-8; empty and cut where its parsing takes too long."""
    sound = sound_length(text[:MAX_BYTES])
    tree = parse_code(text[:sound], language)
    if tree is None:
        return CodeOutline(is_cut=True)
    walk = _Walk(language)
    nodes = list(islice(walk.nodes(tree), _MAX_KEPT))
    symbols = list(islice(_symbols(nodes), MAX_SYMBOLS + 1))
    imports = (_one_line(node) for kind, node in nodes if kind == "import")
    return CodeOutline(
        symbols=tuple(symbols[:MAX_SYMBOLS]),
        imports=tuple(dict.fromkeys(islice(imports, MAX_IMPORTS))),
        is_cut=len(text) > sound or len(symbols) > MAX_SYMBOLS or walk.is_cut,
    )


def parse_code(text: bytes, language: CodeLanguage) -> Tree | None:
    """The tree of a text; None where it takes longer than MAX_SECONDS."""
    from tree_sitter import Parser  # noqa: PLC0415 - few files are code

    ends = thread_time() + MAX_SECONDS
    try:
        return Parser(grammar_of(language.name)).parse(
            lambda offset, _: text[offset : offset + _CHUNK],
            progress_callback=lambda _offset, _has_error: thread_time() > ends,
        )
    except ValueError:  # the callback stopped it
        return None


def sound_length(text: bytes) -> int:
    """How much of a text nests no deeper than people write; the rest is not parsed.

    Parsers keep every reading of `a<b<c<…` at once, and some of them look at no clock meanwhile: 32
    KB of it take gigabytes.
    """
    depth = angles = 0
    for bracket in _BRACKETS.finditer(text):
        mark = bracket[0]
        if mark in b"([{":
            depth += 1
        elif mark in b")]}":
            depth = max(0, depth - 1)
        angles = 0 if mark in b";{}" else max(0, angles + _ANGLES.get(mark, 0))
        if depth > _MAX_NESTED or angles > _MAX_NESTED:
            return bracket.start()
    return len(text)


def parses_whole(text: bytes, language: CodeLanguage) -> bool:
    """Whether a text parses without a fault, and is more than a word or a remark."""
    tree = parse_code(text, language) if sound_length(text) == len(text) else None
    if tree is None or tree.root_node.has_error:
        return False
    return any(True for _ in _Walk(language).nodes(tree))


@dataclass
class _Walk:
    """Visits the nodes of a tree in the order of its text, outer ones first, as far as it may.

    A query would do so, too, but takes the square of the time where a node has many children.
    """

    language: CodeLanguage
    visited: int = 0

    def nodes(self, tree: Tree) -> Iterator[tuple[str, Node]]:
        """The nodes that matter, and what they are."""
        kinds, cursor = kinds_of(self.language.name), tree.walk()
        ends, depth = thread_time() + MAX_SECONDS, 0
        while self.visited < _MAX_NODES and (self.visited & _NOW_AND_THEN or thread_time() < ends):
            self.visited += 1
            node = cursor.node
            if node is not None and node.kind_id in kinds:
                yield kinds[node.kind_id], node
            if depth < _MAX_DEPTH and cursor.goto_first_child():
                depth += 1
                continue
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return
                depth -= 1
        self.visited = _MAX_NODES

    @property
    def is_cut(self) -> bool:
        return self.visited >= _MAX_NODES


def _symbols(nodes: Sequence[tuple[str, Node]]) -> Iterator[CodeSymbol]:
    around: list[tuple[int, str]] = []  # (end, name) of the definitions that are open
    room = _MAX_DIGESTED
    for kind, node in nodes:
        if kind == "import" or (kind == "bound" and not _binds_function(node)):
            continue
        while around and around[-1][0] < node.end_byte:
            around.pop()
        name = _name_of(node)
        if not name:
            continue
        names = [*(outer for _, outer in around[-_MAX_LEVELS:]), name]
        around.append((node.end_byte, name))
        is_digested = kind != "class" and room > 0
        room -= node.end_byte - node.start_byte
        yield CodeSymbol(
            kind=SymbolKind.CLASS if kind == "class" else SymbolKind.FUNCTION,
            name=".".join(names),
            first=node.start_point[0] + 1,
            last=max(node.start_point[0] + 1, node.end_point[0] + (node.end_point[1] > 0)),
            digest=_digest(node) if is_digested else "",
        )


def _binds_function(node: Node) -> bool:
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    return value is not None and value.type in _ANONYMOUS


def _name_of(node: Node) -> str:
    """What a definition is called; in C the name is within its declarators."""
    fields = (node.child_by_field_name(field) for field in _NAME_FIELDS)
    child = next(filter(None, fields), None)
    for _ in range(_MAX_LEVELS):
        inner = _inner_declarator(child) if child else None
        if inner is None:
            break
        child = inner
    if node.type == "method_declaration" and (receiver := node.child_by_field_name("receiver")):
        return _of_receiver(receiver, _text(child))
    return _text(child).replace("::", ".").rpartition("this.")[2]


def _inner_declarator(node: Node) -> Node | None:
    """The declarator within one; that of a reference has no field of its own."""
    if node.type == "reference_declarator":
        return node.named_children[-1] if node.named_children else None
    return node.child_by_field_name("declarator")


def _of_receiver(receiver: Node, name: str) -> str:
    """`Cart.Render` of `func (c *Cart) Render()`."""
    owner = _text(receiver).strip("()").split(" ")[-1].lstrip("*").partition("[")[0]
    return f"{owner}.{name}"


def _text(node: Node | None) -> str:
    text = node.text[: 4 * _MAX_NAME] if node is not None and node.text else b""
    return " ".join(text.decode("utf-8", errors="replace").split())[:_MAX_NAME]


def _one_line(node: Node) -> str:
    return _text(node).rstrip(";")


def _digest(node: Node) -> str:
    """Of a function's text without white space: what only moved or was indented is the same."""
    return hashlib.blake2b(b"".join((node.text or b"").split()), digest_size=6).hexdigest()
