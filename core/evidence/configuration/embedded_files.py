"""Reads the files that a document holds as values: `nginx.conf: |` of a ConfigMap.

Each setting of such a file is one of the document, below the name of the file, so that one of many
that changed is told alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.configuration.formats import read_configuration
from core.evidence.configuration.marks import format_of
from core.evidence.configuration.tree import MAX_DEPTH, Branch, Leaf

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_LINES = 2
# Keys are hidden as a whole, and what was applied last is compared elsewhere.
_WHOLE = re.compile(r"-----BEGIN ")
_NO_FILE = re.compile(r"last-applied-configuration$|(?i:descriptions?|summary|notes?|motd)$")
_LITERAL = re.compile(r"[:?-][ \t]+(?:&\S+[ \t]+)?\|[-+\d]{0,2}[ \t]*(?:#.*)?$")  # `key: |`


def with_embedded(tree: Leaf | Branch, lines: Sequence[str], *, depth: int = 0) -> Leaf | Branch:
    """The tree with a branch in place of each value that is a file. lines: of the document."""
    if isinstance(tree, Leaf) or depth >= MAX_DEPTH:
        return tree
    entries: list[tuple[str, Leaf | Branch]] = []
    for key, node in tree.entries:
        held = _embedded(key, node, lines) if isinstance(node, Leaf) and not tree.is_list else None
        entries.append((key, held or with_embedded(node, lines, depth=depth + 1)))
    return Branch(tree.line, is_list=tree.is_list, entries=entries)


def _embedded(key: str, value: Leaf, lines: Sequence[str]) -> Branch | None:
    """The settings of a file, each at its line of the document; None for what is none."""
    text = value.value
    lines_of_text = sum(bool(line.strip()) for line in text.split("\n"))
    if lines_of_text < _LEAST_LINES or _WHOLE.search(text) or _NO_FILE.search(key):
        return None
    settings_format = format_of(key, text)
    if settings_format is None:
        return None
    trees = read_configuration(text, settings_format).trees
    is_literal = value.line <= len(lines) and _LITERAL.search(lines[value.line - 1])
    held = [_moved(tree, value.line, is_literal=bool(is_literal)) for tree in trees]
    entries = [entry for tree in held if isinstance(tree, Branch) for entry in tree.entries]
    is_list = any(isinstance(tree, Branch) and tree.is_list for tree in held)
    return Branch(value.line, is_list=is_list, entries=entries) if entries else None


def _moved(node: Leaf | Branch, above: int, *, is_literal: bool) -> Leaf | Branch:
    """At its line of the document: below the key, or on the key's line where all stands on it."""
    line = above + node.line if is_literal else above
    if isinstance(node, Leaf):
        return Leaf(node.value, line)
    entries = [(key, _moved(child, above, is_literal=is_literal)) for key, child in node.entries]
    return Branch(line, is_list=node.is_list, entries=entries)
