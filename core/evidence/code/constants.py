"""What a program that configures another sets: names with their values, by path and line.

`settings.py`, `puma.rb`, `next.config.js`: read by the grammar of their language, so that a pool of
40 that became one of 4 is told as in any other file of settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from core.evidence.code.outline import MAX_BYTES, parse_code, sound_length
from core.evidence.configuration.tree import MAX_DEPTH, MAX_LEAVES, MAX_VALUE, Branch, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from core.evidence.code.languages import CodeLanguage

# What binds a name, in the grammars of Python, JavaScript, TypeScript, Ruby, PHP and Go.
_BINDINGS = frozenset(
    {
        *("assignment", "assignment_expression", "variable_declarator", "pair"),
        *("keyword_argument", "array_element_initializer", "const_element"),
        *("const_spec", "var_spec", "keyed_element"),
    }
)
_NAMES, _VALUES = ("left", "name", "key"), ("right", "value")
_HOLDERS = frozenset(
    {
        *("object", "dictionary", "hash", "array_creation_expression", "composite_literal"),
        "parenthesized_expression",
    }
)
_WRAPPERS = frozenset({"expression_list", "literal_element"})
_CODE = ("function", "arrow_function", "class", "lambda", "method", "block", "import", "require")
_CALLS = frozenset({"call", "command"})  # of Ruby, whose settings are words: `workers 4`
_EXPORTED = ("module.exports", "exports", "exports.default")
_QUOTES = "\"'`"


class _Held(NamedTuple):
    path: tuple[str, ...]
    node: Node


def read_constants(text: bytes, language: CodeLanguage) -> Branch:
    """The names that a file binds, as one branch; an empty one where it does not parse."""
    tree = parse_code(text[: sound_length(text[:MAX_BYTES])], language)
    settings = Branch(1)
    if tree is not None:
        for path, leaf in _walk(tree.root_node):
            settings.entries.append((path, leaf))
            if len(settings.entries) >= MAX_LEAVES:
                break
    return settings


def _walk(root: Node) -> Iterator[tuple[str, Leaf]]:
    left = [_Held((), root)]
    while left:
        path, node = left.pop()
        if len(path) >= MAX_DEPTH:
            continue
        bound = _binding(node)
        if bound is None:
            left += [_Held(path, child) for child in reversed(node.named_children)]
            continue
        name, value = bound
        below = path if name in _EXPORTED else (*path, name)
        if value.type in _HOLDERS:
            left.append(_Held(below, value))
        elif not value.type.startswith(_CODE):
            yield ".".join(below), Leaf(_plain(value), node.start_point[0] + 1)


def _binding(node: Node) -> tuple[str, Node] | None:
    if node.type in _BINDINGS:
        name, value = _field(node, _NAMES), _field(node, _VALUES)
        if name is None and len(node.named_children) == 2:  # noqa: PLR2004 - a name and a value
            name, value = node.named_children
        return (_plain(name), _unwrapped(value)) if name and value else None
    if node.type in _CALLS and node.child_by_field_name("receiver") is None:
        method, words = node.child_by_field_name("method"), node.child_by_field_name("arguments")
        has_block = node.child_by_field_name("block") is not None
        return (_plain(method), words) if method and words and not has_block else None
    return None


def _unwrapped(value: Node) -> Node:
    while value.type in _WRAPPERS and len(value.named_children) == 1:
        value = value.named_children[0]
    return value


def _field(node: Node, names: tuple[str, ...]) -> Node | None:
    return next(filter(None, map(node.child_by_field_name, names)), None)


def _plain(node: Node) -> str:
    """A value as it is written, on one line and without its quotes."""
    text = " ".join((node.text or b"").decode("utf-8", errors="replace").split())[:MAX_VALUE]
    is_quoted = len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0]
    return text[1:-1] if is_quoted else text.removeprefix(":")
