r"""Lists of secrets behind or below a name that says so, and arguments on a line of their own.

`passwords: [a, b]` and `"passwords": ["a", "b"]` on one line;
`passwords:` over items or entries of YAML, `"passwords": [` over strings of JSON,
`"columns": ["user", "password"], "rows": [` over arrays, and `--password \` of a shell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.redaction.assignments import is_secret_under
from core.redaction.headed_columns import secret_column
from core.redaction.secret_values import is_nothing, is_object_name, is_word
from core.redaction.shapes import is_chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Span = tuple[int, int, int]  # a line below the heading from 0, and where the value begins and ends

LONGEST_LIST = 10_000  # lines
_SECRETS = (
    r"(?:passw(?:or)?ds?|passwd|pwds?|passphrases?|secrets?|tokens?|api_?-?keys?|credentials|creds"
    r"|pins|access_?keys?|private_?keys?|kennw[oö]rter|passw[oö]rter|senhas|contrase[ñn]as)"
)
_HEADS_LIST = re.compile(
    rf"(?i)(?P<indent>[ \t]{{0,80}})(?:-[ \t]{{1,8}})?(?:\{{[ \t]{{0,8}})?[\"']?"
    rf"(?P<name>[\w.-]{{0,40}}{_SECRETS})[\"']?[ \t]{{0,8}}[:=][ \t]{{0,8}}"
    r"(?P<array>\[?)(?P<begun>(?<=\[)[^\[\]\n]{1,2000},)?\s*"
)
_ITEM = re.compile(
    r"(?P<indent>[ \t]{0,80})-[ \t]{1,8}[\"']?(?P<v>[^\s\"'{\[:#][^\s\"']{0,511})[\"']?\s*(?:#.*)?"
)
_ENTRY = re.compile(
    r"(?P<indent>[ \t]{0,80})[\"']?[\w.@/-]{1,80}[\"']?[ \t]{0,8}:[ \t]{1,40}"
    r"[\"']?(?P<v>[^\s\"'{\[>|][^\s\"']{0,511})"
    r"[\"']?,?\s*(?:#.*)?"
)
_STRING = re.compile(r"\s*[\"'](?P<v>[^\"']{1,512})[\"'][ \t]{0,8},?[ \t\r]{0,8}(?:[\]}].*)?")
_HEADS_ROWS = re.compile(
    r"(?i).{0,2000}\"(?:columns|fields|headers?|names|cols|schema)\"\s*:\s*\[(?P<names>[^\[\]]{3,2000})\]"
    r".{0,2000}\[\s*"
)
_CELL = re.compile(r"\s*(?:\"(?P<q>(?:[^\"\\]|\\.)*)\"|(?P<b>[^,\"\[\]]*))[ \t]{0,8}(?:,|\]|$)")
_ROW = re.compile(r"[ \t]{0,80},?[ \t]{0,80}\[")
_HEADS_ARGUMENT = re.compile(
    rf"(?i).{{0,400}}?(?<![\w-])--?(?P<name>[\w-]{{0,30}}{_SECRETS})\s*\\\s*"
)
_ARGUMENT = re.compile(r"\s*[\"']?(?P<v>[^\s\"'-][^\s\"']{2,511})[\"']?[ \t]{0,80}\\?\s*")
_LIST_ON_LINE = re.compile(
    rf"(?i)(?P<name>{_SECRETS})\\{{0,3}}[\"']?[ \t]{{0,8}}(?:=>|[:=])[ \t]{{0,8}}"
    r"(?P<opens>\[|\{|(?:array|list|tuple|set|List\.of|Set\.of|Arrays\.asList)?\(|(?<=[:= \t]))"
    r"(?P<list>[^\[\](){}\n]{3,4000})"
)
_MEMBER = re.compile(
    r"\s{0,8}(?:\\{0,3}\"(?P<q>[^\"\\\n]{1,512})\\{0,3}\"|'(?P<s>[^'\n]{1,512})'"
    r"|(?P<b>[^\s,\"'\\][^\s,\"'\\]{0,511}))\s{0,8}(?:,|$)"
)
_MANY_PASSWORDS = re.compile(r"(?i)passw(?:or)?ds|passphrases|pwds|pins|passw[oö]rter|senhas")
_SETS = frozenset("=:&")  # a name before a value
_SHORTEST = 4  # characters
_OF_A_PASSWORD = re.compile(r"(?i)pass|pwd|pins|kennw|senha|contrase")
HINTS = "pass|pwd|secret|token|key|cred|pins|kennw|senha|contrase"
SCREEN_ON_LINE = (  # of a list that begins where its name stands, in polars
    r"(?i-u:pass[a-z]*|secrets?|tokens?|keys?|creds|credentials|pwds?|pins|kennw[a-z]*|senhas"
    r"|contrase[a-z]*)\\*[\"']? *(?:=>|[:=]) *"
    r"(?:(?:[A-Za-z.]*\(|[\[{])[^\]]*[A-Za-z0-9]|[^, ]+,)"
)
SCREEN = (  # of such headings, in polars
    r"(?i-u:pass[a-z]*|secrets?|tokens?|keys?|creds|credentials|pwds?|pins)[\"']? *[:=] *"
    r"(?:\[[^\]]*,|\[)? *\r?$"
    r"|(?i-u:columns|fields|headers?|names|cols|schema)\" *: *\[[^\[\]]*"
    r"(?i-u:pass|pwd|secret|token|key|pin|otp|hash)[^\[\]]*\]"
    r"|--?[A-Za-z0-9_-]*(?i-u:pass|pwd|secret|token|key|cred)[A-Za-z]* *\\ *[\r]?$"
)


def opens_secret_list(line: str) -> bool:
    """Whether secrets may stand in the lines below, one on each."""
    return any(heads.fullmatch(line) for heads in (_HEADS_LIST, _HEADS_ROWS, _HEADS_ARGUMENT))


def spans_of_secret_list(heading: str, lines: Iterable[str]) -> Iterator[Span]:
    """The secrets as far as the list goes on."""
    if listed := _HEADS_LIST.fullmatch(heading):
        yield from _form_of(listed)(listed, lines)
    elif rows := _HEADS_ROWS.fullmatch(heading):
        yield from _cells(rows["names"], lines)
    elif _HEADS_ARGUMENT.fullmatch(heading):
        value = _ARGUMENT.fullmatch(next(iter(lines), ""))
        if value and not is_nothing(value["v"]) and not value["v"].startswith("$"):
            yield 0, *value.span("v")


def listed_on(line: str) -> Iterator[tuple[int, int]]:
    """The secrets of lists that stand on the line with their names."""
    for listed in _LIST_ON_LINE.finditer(line):
        if not listed["opens"] and not _MANY_PASSWORDS.fullmatch(listed["name"]):
            continue  # `tokens=900, cost=1200`: what commas part are settings
        is_sure = listed["opens"][:1] not in {"", "{", "("}
        for start, end, is_quoted in _members(line, *listed.span("list")):
            value = line[start:end]
            if _is_member(listed["name"], value, is_quoted=is_quoted) and (
                is_sure or (is_chosen(value) and _SETS.isdisjoint(value))
            ):
                yield start, end


def _members(line: str, at: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Where the values stand that commas part, and whether each is in quotes; up to other text."""
    while at < end and (member := _MEMBER.match(line, at, end)):
        group = member.lastgroup or "b"
        yield *member.span(group), group != "b"
        at = member.end()


def _is_member(name: str, value: str, *, is_quoted: bool) -> bool:
    """Any value under "passwords"; a list of secrets or tokens may only name them."""
    if len(value) < _SHORTEST or value[0] in "$({<" or is_nothing(value) or is_word(value):
        return False
    if not is_secret_under(name, value, is_quoted=is_quoted):
        return False
    return _OF_A_PASSWORD.match(name) is not None or (
        is_chosen(value) and not is_object_name(value)
    )


def _entries(heading: re.Match[str], lines: Iterable[str]) -> Iterator[Span]:
    """Of YAML: items that are no less indented than the name, entries that are more."""
    least = len(heading["indent"])
    names_many = heading["name"].lower().endswith("s")  # of one, entries are what describes it
    for at, line in enumerate(lines):
        item, entry = _ITEM.fullmatch(line), _ENTRY.fullmatch(line) if names_many else None
        member = item or entry
        if member is None or len(member["indent"]) < least + (item is None):
            return
        if is_secret_under(heading["name"], member["v"], is_quoted=False):
            yield at, *member.span("v")


def _strings(heading: re.Match[str], lines: Iterable[str]) -> Iterator[Span]:
    """Of JSON: strings up to the end of the array."""
    for at, line in enumerate(lines):
        member = _STRING.fullmatch(line)
        if member is None:
            return
        if is_secret_under(heading["name"], member["v"], is_quoted=True):
            yield at, *member.span("v")


def _form_of(
    heading: re.Match[str],
) -> Callable[[re.Match[str], Iterable[str]], Iterator[Span]]:
    if heading["begun"]:
        return _rest
    return _strings if heading["array"] else _entries


def _rest(heading: re.Match[str], lines: Iterable[str]) -> Iterator[Span]:
    """Of a list whose first members stand on the line with its name, up to its end."""
    for at, line in enumerate(lines):
        body = line.partition("]")[0].rstrip()
        members = list(_members(body, 0, len(body)))
        for start, end, is_quoted in members:
            if _is_member(heading["name"], body[start:end], is_quoted=is_quoted):
                yield at, start, end
        if not members or not body.endswith(",") or "]" in line:
            return


def _cells(names: str, lines: Iterable[str]) -> Iterator[Span]:
    """Of arrays with as many cells as there are names: those under the name of a secret."""
    columns = [name.strip().strip("\"'") for name in names.split(",")]
    column = secret_column(columns)
    for at, line in enumerate(lines if column is not None else ()):
        opened = _ROW.match(line)
        if opened is None:
            return
        cells = [cell for cell in _CELL.finditer(line, opened.end()) if cell[0]][: len(columns)]
        if len(cells) < len(columns) or column is None:
            continue
        group = "q" if cells[column]["q"] is not None else "b"
        if not is_nothing(cells[column][group]):
            yield at, *cells[column].span(group)
