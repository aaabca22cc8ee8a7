"""Reads directives in braces: nginx and its like, whose directives end in semicolons, and HCL.

A block is named by its words: `location[/api]`, `resource[aws_db_instance orders]`; an nginx server
by the name that it serves. A directive that may come often is named by its first value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.evidence.configuration.tree import MAX_DEPTH, MAX_LEAVES, Branch, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"(?P<heredoc><<[-~]?\"?(?P<mark>\w{1,40})\"?[ \t]*$)"
    r"|(?P<comment>\#[^\n]*|(?<![:\w])//[^\n]*|/\*[\s\S]*?(?:\*/|\Z))"
    r"|(?P<string>\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+')"
    r"|(?P<template>[$%]\{[^{}\n]*\})"
    r"|(?P<mark_of_block>[{};\n])"
    r"|(?P<bracket>[\[\](),])"
    r"|(?P<word>[^\s{};\"'\[\](),]+)",
    re.MULTILINE,
)
_ENDS_IN_SEMICOLON = re.compile(r";[ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_REPEATED = frozenset(
    {"server", "add_header", "proxy_set_header", "set", "include", "listen", "error_page", "allow"}
    | {"deny", "env", "limit_req", "map_hash", "return", "rewrite", "upstream", "log_format"}
    | {"access_log", "proxy_hide_header", "fastcgi_param", "limit_req_zone", "proxy_cache_path"}
)
_MANY = 0.2  # of the lines that end in a semicolon, where all directives do
_MAX_WORDS = 400
_MAX_HEREDOCS = 200  # of a file whose ends are looked for
_MAX_TOKEN = 2_000  # characters


@dataclass
class BlockReading:
    """The tree, and the lines (1-based) at which braces do not fit."""

    tree: Branch
    strange: list[int] = field(default_factory=list)
    is_cut: bool = False


def read_blocks_of(text: str) -> BlockReading:
    """All directives under their blocks."""
    lines = max(1, sum(bool(line.strip()) for line in text.split("\n")))
    has_semicolons = len(_ENDS_IN_SEMICOLON.findall(text)) > _MANY * lines
    return _Reader(has_semicolons=has_semicolons).read(text)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def _tokens(text: str) -> Iterator[_Token]:
    line, at, heredocs = 1, 0, 0
    while match := _TOKEN.search(text, at):
        line += text.count("\n", at, match.start())
        at = match.end()
        if match["heredoc"] and heredocs < _MAX_HEREDOCS:
            heredocs += 1
            end = re.compile(rf"^[ \t]*{match['mark']}\b", re.MULTILINE).search(text, at)
            at = end.end() if end else at
        yield _Token(match.lastgroup or "word", text[match.start() : at][:_MAX_TOKEN], line)
        line += text.count("\n", match.start(), at)


class _Reader:
    """Collects the words of a directive until something ends it."""

    def __init__(self, *, has_semicolons: bool) -> None:
        self.reading = BlockReading(Branch(1))
        self._has_semicolons = has_semicolons
        self._open = [self.reading.tree]
        self._words: list[_Token] = []
        self._brackets = 0
        self._leaves = 0

    def read(self, text: str) -> BlockReading:
        for token in _tokens(text):
            self._take(token)
            if self._leaves >= MAX_LEAVES:
                self.reading.is_cut = True
                break
        self._end_directive()
        if len(self._open) > 1:
            self.reading.strange.append(self._open[-1].line)
        return self.reading

    def _take(self, token: _Token) -> None:
        match token.text:
            case "{":
                self._begin_block(token)
            case "}":
                self._end_block(token)
            case ";":
                self._end_directive()
            case "\n":
                if self._ends_with_line():
                    self._end_directive()
            case _ if token.kind != "comment":
                self._brackets += (token.text in "[(") - (token.text in "])")
                self._add(token)

    def _ends_with_line(self) -> bool:
        """Whether what was begun goes on no further: `@version: 3.38` never does."""
        is_mark = bool(self._words) and self._words[0].text.startswith("@")
        return is_mark or (not self._has_semicolons and not self._brackets)

    def _add(self, token: _Token) -> None:
        if token.text == "," and not self._brackets:  # members of a map on one line
            self._end_directive()
        elif len(self._words) < _MAX_WORDS:
            self._words.append(token)

    def _begin_block(self, token: _Token) -> None:
        words = [word for word in map(_plain, self._words) if word not in ("=", ":")]
        line = self._words[0].line if self._words else token.line
        block = Branch(line)
        self._words, self._brackets = [], 0
        if len(self._open) >= MAX_DEPTH:
            self.reading.is_cut = True
        else:
            self._open[-1].entries.append((_named(words), block))
        self._open.append(block)

    def _end_block(self, token: _Token) -> None:
        self._end_directive()
        self._brackets = 0
        if len(self._open) == 1:
            self.reading.strange.append(token.line)
            return
        block = self._open.pop()
        entries = self._open[-1].entries
        name = block.text("server_name") or _listens(block)
        if entries and entries[-1] == ("server", block) and name:
            entries[-1] = (f"server[{name}]", block)

    def _end_directive(self) -> None:
        words, self._words, self._brackets = self._words, [], 0
        if not words:
            return
        self._leaves += 1
        key, *values = map(_plain, words)
        if values and values[0] in ("=", ":"):
            value = _joined(values[1:])
        elif values and key in _REPEATED:
            key, value = f"{key}[{values[0]}]", " ".join(values[1:]) or "on"
        else:
            key, value = key.removesuffix(":"), _joined(values) or "on"
        self._open[-1].entries.append((key, Leaf(value, words[0].line)))


def _named(words: list[str]) -> str:
    if not words:
        return "block"
    return f"{words[0]}[{' '.join(words[1:])}]" if len(words) > 1 else words[0]


def _listens(block: Branch) -> str:
    return next(
        (key.removeprefix("listen[")[:-1] for key, _ in block.entries if key.startswith("listen[")),
        "",
    )


def _plain(token: _Token) -> str:
    return token.text[1:-1] if token.kind == "string" else token.text


def _joined(words: list[str]) -> str:
    """Words as they were apart, brackets and commas without spaces."""
    return re.sub(r"\s*([\[\](),])\s*", r"\1", " ".join(words))
