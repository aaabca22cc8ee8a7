"""Reads directives between tags, as Apache's: `<VirtualHost *:80>` until `</VirtualHost>`.

A block is named by its words, a virtual host by the name that it serves. A directive that may come
often is named by its first value: `ProxyPass[/api]`.
"""

from __future__ import annotations

import re

from core.evidence.configuration.blocks import BlockReading
from core.evidence.configuration.tree import MAX_DEPTH, MAX_LEAVES, Branch, Leaf

_OPENS = re.compile(r"<(?P<name>[A-Za-z]\w{1,40})(?:[ \t]+(?P<words>[^>\n]{0,300}?))?[ \t]*>")
_CLOSES = re.compile(r"</(?P<name>[A-Za-z]\w{1,40})[ \t]*>")
_DIRECTIVE = re.compile(r"(?P<key>[A-Za-z]\w{1,60})(?:[ \t]+(?P<value>.*))?")
_FIRST = re.compile(r"\"(?P<quoted>[^\"]{0,200})\"|(?P<plain>\S{1,200})")
_REPEATED = frozenset(
    {"addtype", "alias", "allow", "balancermember", "deny", "errordocument", "header", "include"}
    | {"includeoptional", "listen", "loadmodule", "location", "passenv", "proxypass"}
    | {"proxypassmatch", "proxypassreverse", "redirect", "redirectmatch", "require", "rewritecond"}
    | {"requestheader", "rewriterule", "scriptalias", "setenv", "setenvif", "sslproxycheckpeername"}
)


def read_tags(text: str) -> BlockReading:
    """All directives under their blocks; a line that ends in a backslash goes on in the next."""
    reader, start, held = _Reader(), 1, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not held:
            start = number
        held += line.strip()
        if held.endswith("\\"):
            held = f"{held[:-1].rstrip()} "
            continue
        reader.take(held, start)
        held = ""
        if reader.leaves >= MAX_LEAVES:
            reader.reading.is_cut = True
            break
    return reader.end()


class _Reader:
    def __init__(self) -> None:
        self.reading = BlockReading(Branch(1))
        self.leaves = 0
        self._open: list[tuple[str, Branch]] = [("", self.reading.tree)]

    def take(self, line: str, number: int) -> None:
        if not line or line.startswith("#"):
            return
        if opens := _OPENS.fullmatch(line):
            self._begin(opens["name"], (opens["words"] or "").strip(), number)
        elif closes := _CLOSES.fullmatch(line):
            self._end(closes["name"], number)
        elif directive := _DIRECTIVE.fullmatch(line):
            self.leaves += 1
            self._add(directive["key"], (directive["value"] or "").strip(), number)
        else:
            self.reading.strange.append(number)

    def end(self) -> BlockReading:
        self.reading.strange.extend(block.line for _, block in self._open[1:])
        return self.reading

    def _begin(self, name: str, words: str, number: int) -> None:
        block = Branch(number)
        if len(self._open) >= MAX_DEPTH:
            self.reading.is_cut = True
        else:
            label = words.strip('"')
            self._open[-1][1].entries.append((f"{name}[{label}]" if label else name, block))
        self._open.append((name, block))

    def _end(self, name: str, number: int) -> None:
        if len(self._open) == 1 or self._open[-1][0].lower() != name.lower():
            self.reading.strange.append(number)
            return
        _, block = self._open.pop()
        entries = self._open[-1][1].entries
        served = block.get("ServerName")
        if isinstance(served, Leaf) and entries and entries[-1][1] is block:
            entries[-1] = (f"{name}[{served.value}]", block)

    def _add(self, key: str, value: str, number: int) -> None:
        first = _FIRST.match(value)
        if key.lower() in _REPEATED and first:
            key = f"{key}[{first['quoted'] or first['plain']}]"
            value = value[first.end() :].strip() or "on"
        self._open[-1][1].entries.append((key, Leaf(value.strip('"') or "on", number)))
