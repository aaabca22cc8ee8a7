"""Reads formats of a setting a line: INI, TOML, properties and environments.

A header in brackets names what follows. A value goes on where the line ends in a backslash, where
its brackets or triple quotes are open, and in INI where the next line is indented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from core.evidence.configuration.tree import MAX_LEAVES, Branch, Leaf

_HEADER = re.compile(r"^\s*(\[{1,2})\s*([^\[\]\n]{1,200}?)\s*\]{1,2}\s*(?:[#;].*)?$")
_PAIR = re.compile(
    r"^\s*(?:export\s+|set\s+|-D)?(?P<key>\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|[^\s=:#;\[\]{}\"'][^=:#;\n\"']{0,200}?)"
    r"\s*(?:\?=|\+=|[=:])(?P<value>.*)$"
)
_WORDS = re.compile(r"^(?P<key>[A-Za-z][\w.-]{1,80})\s+(?P<value>\S.*)$")  # `maxmemory 2gb`
# Of Java: `-Xmx4g`, `-XX:+UseG1GC`, `8-13:-XX:NewSize=1g`.
_OF_JAVA = re.compile(
    r"^\s*(?:\d{1,2}-?(?:\d{1,2})?:)?-(?:(?P<size>Xm[sxn]|Xss)(?P<amount>\d\w*)"
    r"|XX:(?P<switch>[+-])(?P<flag>\w{2,80})|XX:(?P<name>\w{2,80})=(?P<value>.*))$"
)
_BARE = re.compile(r"^[A-Za-z][\w.-]{1,80}$")  # `skip-networking`
_COMMENT = re.compile(r"^\s*(?:[#;!]|//|REM\b)")
_TRAILING = re.compile(r"(?<!\s)\s+[#;].*$")
_QUOTED = re.compile(r"^([\"'])(.*)\1\s*(?:[#;].*)?$", re.DOTALL)
_OPEN_QUOTES = ('"""', "'''")
_MAX_LINE = 20_000  # characters of a line that are looked at
_MAX_PARTS = 500  # lines of one value


@dataclass
class LineReading:
    """The tree, and the lines (1-based) that are no setting."""

    tree: Branch
    strange: list[int] = field(default_factory=list)
    is_cut: bool = False


def read_lines(text: str) -> LineReading:
    """All settings under their headers."""
    reading = LineReading(Branch(1))
    section = reading.tree
    lines = text.split("\n")
    at = count = 0
    while at < len(lines):
        line, number = lines[at][:_MAX_LINE].rstrip(), at + 1
        at += 1
        if not line.strip() or _COMMENT.match(line):
            continue
        if count >= MAX_LEAVES:
            reading.is_cut = True
            break
        if header := _HEADER.match(line):
            section = _section(reading.tree, header[2], number, is_member=header[1] == "[[")
        elif option := _OF_JAVA.match(line):
            key, value = _option_of_java(option)
            section.entries.append((key, Leaf(value, number)))
            count += 1
        elif pair := _PAIR.match(line) or _WORDS.match(line) or _BARE.match(line):
            at = _set(section, pair, lines, at)
            count += 1
        else:
            reading.strange.append(number)
    return reading


def _option_of_java(option: re.Match[str]) -> tuple[str, str]:
    """Its name and what it is set to; `+` and `-` are on and off."""
    if option["size"]:
        return option["size"], option["amount"]
    if option["flag"]:
        return option["flag"], "on" if option["switch"] == "+" else "off"
    return option["name"], option["value"]


def _section(root: Branch, name: str, line: int, *, is_member: bool) -> Branch:
    """The branch that a header names; `[[servers]]` is one more member of a list."""
    parent = Branch(line)
    name = name.strip("\"' ")
    if not is_member:
        root.entries.append((name, parent))
        return parent
    members = root.get(name)
    if not isinstance(members, Branch):
        members = Branch(line, is_list=True)
        root.entries.append((name, members))
    members.entries.append(("", parent))
    return parent


def _set(section: Branch, pair: re.Match[str], lines: list[str], at: int) -> int:
    """Set the pair whose first line is before `at`; return where the next one begins."""
    number = at
    groups = pair.groupdict()
    key = (groups.get("key") or pair[0]).strip().strip("\"'")
    value = (groups.get("value") or "").strip()
    while at < len(lines) and at - number < _MAX_PARTS and _goes_on(value, lines[at][:_MAX_LINE]):
        value = f"{value.removesuffix(chr(92)).rstrip()} {lines[at][:_MAX_LINE].strip()}"
        at += 1
    section.entries.append((key, Leaf(_plain(value), number)))
    return at


def _goes_on(value: str, following: str) -> bool:
    if value.endswith("\\"):
        return True
    if any(value.startswith(quotes) and value.count(quotes) == 1 for quotes in _OPEN_QUOTES):
        return True
    if value.startswith("[") and value.count("[") > value.count("]"):
        return True
    is_indented = following[:1] in (" ", "\t") and bool(following.strip())
    begins = (_PAIR, _COMMENT, _HEADER)
    return is_indented and not any(pattern.match(following) for pattern in begins)


def _plain(value: str) -> str:
    """The value without its quotes and the comment behind it; lists without their spaces."""
    for quotes in _OPEN_QUOTES:
        if value.startswith(quotes):
            return value.strip(quotes[0]).strip()
    if quoted := _QUOTED.match(value):
        return quoted[2]
    value = _TRAILING.sub("", value)
    return re.sub(r"\s+", " ", value).strip()
