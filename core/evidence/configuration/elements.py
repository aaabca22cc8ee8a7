"""Reads XML of settings: elements and their attributes, as application servers and .NET have them.

An element is named by what names it, `datasource[orders]`, `add[PoolSize]`; its text and its
attributes are its settings. Nothing outside the text is ever looked up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from core.evidence.configuration.blocks import BlockReading
from core.evidence.configuration.tree import MAX_DEPTH, MAX_LEAVES, Branch, Leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMING = ("name", "key", "id", "pool-name", "jndi-name", "property", "className", "class", "path")
_MAX_TAG = 8_000  # bytes in which the lines of its attributes are looked for
_NAME_ELEMENTS = frozenset({"name", "id", "key"})
_PREFIX = re.compile(r"^\{?[^{}:]{0,200}[:}]")
_OF_SCHEMA = re.compile(r"^(?:xmlns(?::.*)?|xsi:.*|version|encoding)$")


def read_elements(text: str) -> BlockReading:
    """All values under their elements; up to where the text is no XML any more."""
    body = text.lstrip()
    reader = _Reader(body.encode(errors="replace"), above=text.count("\n", 0, -len(body) or None))
    try:
        reader.parser.Parse(reader.text, True)  # noqa: FBT003 - expat takes no keyword
    except expat.ExpatError as error:
        reader.reading.strange.append(error.lineno)
    except _TooMuch:
        reader.reading.is_cut = True
    return reader.reading


class _TooMuch(Exception):
    """There are more values than are kept, or it is no settings but a program of entities."""


class _Reader:
    def __init__(self, text: bytes, *, above: int) -> None:
        self.text, self.above = text, above
        self.reading = BlockReading(Branch(1))
        self.leaves = 0
        self._open: list[Branch] = [self.reading.tree]
        self._words: list[str] = [""]
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._say
        self.parser.EntityDeclHandler = self._refuse

    def _refuse(self, *_declared: object) -> None:
        raise _TooMuch

    def _begin(self, name: str, attributes: Mapping[str, str]) -> None:
        line = self.above + self.parser.CurrentLineNumber
        start = self.parser.CurrentByteIndex
        tag = self.text[start : start + _MAX_TAG].partition(b">")[0]
        naming = next((key for key in _NAMING if attributes.get(key)), "")
        plain = _PREFIX.sub("", name)
        label = f"{plain}[{attributes[naming]}]" if naming else plain
        block = Branch(line)
        for key, value in attributes.items():
            if key != naming and not _OF_SCHEMA.match(key):
                above = tag.partition(f"{key}=".encode())[0] if b"\n" in tag else b""
                self._add(block, key, value, line + above.count(b"\n"))
        if len(self._open) > MAX_DEPTH:
            raise _TooMuch
        self._open[-1].entries.append((label, block))
        self._open.append(block)
        self._words.append("")

    def _say(self, words: str) -> None:
        self._words[-1] += words

    def _end(self, name: str) -> None:
        block, words = self._open.pop(), self._words.pop().strip()
        parent = self._open[-1]
        label, plain = parent.entries[-1][0], _PREFIX.sub("", name)
        if words and not block.entries:
            parent.entries[-1] = (label, Leaf(words, block.line))
            self._count()
        elif words:
            self._add(block, "text", words, block.line)
        elif label == plain and (called := _told_name(block)):
            parent.entries[-1] = (f"{plain}[{called}]", block)
        elif label != plain and _is_value(block):
            parent.entries[-1] = (label, block.entries[0][1])

    def _add(self, block: Branch, key: str, value: str, line: int) -> None:
        block.entries.append((key, Leaf(value, line)))
        self._count()

    def _count(self) -> None:
        self.leaves += 1
        if self.leaves >= MAX_LEAVES:
            raise _TooMuch


def _told_name(block: Branch) -> str:
    """What an element of it says that it is called: `<property><name>a</name>…`."""
    key, node = block.entries[0] if block.entries else ("", None)
    return node.value if key in _NAME_ELEMENTS and isinstance(node, Leaf) else ""


def _is_value(block: Branch) -> bool:
    """Whether all that it has is its value: `<add key="a" value="1"/>`."""
    if len(block.entries) != 1:
        return False
    key, node = block.entries[0]
    return key.lower() == "value" and isinstance(node, Leaf)
