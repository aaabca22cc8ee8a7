"""Values of which a field beside them says that they are secrets, in either order.

`{"Type": "SecureString", "Value": "…"}`, `{"value": "…", "name": "DB_PASSWORD"}`: answers of
stores, plans, definitions of tasks; on one line, perhaps within a string, or a field on each line.
And the content of a Secret of Kubernetes on one line, as `last-applied-configuration` keeps it.
"""

from __future__ import annotations

import re
from bisect import bisect
from functools import partial
from typing import TYPE_CHECKING

from core.redaction.announcements import by_line
from core.redaction.assignments import is_secret_under
from core.redaction.rules import reading
from core.redaction.secret_values import is_nothing, is_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.redaction.statement_parameters import LinesByNumber

Span = tuple[int, int]
LineSpan = tuple[int, int, int]  # a line's number from 0, and where the value begins and ends

_TOKEN = re.compile(
    r"(?P<quote>\\{0,7}[\"'])(?P<name>[\w.:/@-]{1,80})(?P=quote)\s{0,4}:\s{0,4}"
    r"(?:(?P=quote)(?P<v>(?:(?!(?P=quote))(?:\\[^\n]|[^\n])){0,2048})(?P=quote)"
    r"|(?P<b>true|false|True|False|null|-?\d{1,20})(?![\w.])|[\[(]"
    r"(?:(?P<first>\\{0,7}[\"'])[\w.-]{1,80}(?P=first),\s{0,2}|\d{1,4},\s{0,2}){0,6}"
    r"(?P<quoted>\\{0,7}[\"'])(?P<item>[^\"'\\\n]{1,200})(?P=quoted),?[\])])?"
    r"|(?P<open>\{)|(?P<close>\})"
)
# What the names of such values end in.
HOLDERS = ("value", "val", "result", "content", "plaintext", "received", "input", "hash")
_HOLDS = re.compile(
    r"(?i)(?:(?:secret|plain|default|current|old|new|previous|input|rejected)_?)?value|val|result"
    r"|content|plaintext|received|input|bcrypt_hash"
)
# Under a name; a mark says more.
_HOLDS_NAMED = re.compile(
    r"(?i)(?:(?:default|current|old|new|rejected)_?)?value|val|received|input"
)
_NAMES = re.compile(
    r"(?i)name|key|label|field|parameter(?:_?name)?|header|variable|path|loc|property"
)
_TYPE = re.compile(r"(?i)(?:\w{0,12}_)?type|purpose|format")
_OF_A_SECRET = re.compile(r"(?i)secure_?(?:string|object)|concealed|sensitive|secret|password")
_WHO_ASKS = re.compile(r"(?i)(?:set-)?cookie|(?:proxy-)?authorization")  # in a HAR
_OF_A_COOKIE = re.compile(r"(?i)httponly")
_MARKED = re.compile(r"(?i)(?:is_?)?(?:sensitive|secret|masked|secure|confidential|concealed)")
_STORED_AT = re.compile(
    r"https://[\w.-]{1,120}\.vault\.[a-z.]{3,40}/secrets/|arn:aws[\w-]*:secretsmanager:"
)
_DRAWN_BY = re.compile(r"random_password|tls_private_key")
_DRAWN = re.compile(
    r"(?P<quote>\\{0,7}\")(?:result|bcrypt_hash|private_key_pem)(?P=quote)\s{0,4}:\s{0,4}(?P=quote)"
    r"(?P<v>(?:(?!(?P=quote))(?:\\[^\n]|[^\n])){1,4000})(?P=quote)"
)
_KIND = re.compile(r"\\{0,7}\"kind\\{0,7}\"\s{0,4}:\s{0,4}\\{0,7}\"(?P<kind>\w{1,60})")
_MAP = re.compile(
    r"\\{0,7}\"(?P<name>data|stringData)\\{0,7}\"\s{0,4}:\s{0,4}\{(?=\s{0,4}\\{0,7}\")"
)
# Fields on lines of their own, as JSON, YAML and HCL have them.
_FIELD = re.compile(
    r"(?P<indent>[ \t]*(?:-[ ])?)[\"']?(?P<name>[A-Za-z_][\w.-]{0,60})[\"']?[ \t]{0,20}"
    r"[:=][ \t]{0,4}(?:\"(?P<q>(?:\\.|[^\"\\])*)\"|'(?P<s>[^']*)'"
    r"|(?P<b>[^\s\"'{\[][^\n,]*?))\s*,?\s*"
)
_MARK_ON_LINE = (
    r"^[ \t]*(?:- )?[\"']?(?i-u:[a-z_]*type|purpose|is_?sensitive|sensitive|is_?secret|secret"
    r"|masked|id|arn)[\"']?[ \t]*[:=][ \t]*[\"']?(?i-u:secure_?string|concealed|sensitive|secret"
    r"|password|random_password|true|https://[a-z0-9.-]*[.]vault[.]|arn:aws)"
    # Of a HAR, which browsers write over many lines: a header that says who asks, a cookie.
    r"|^[ \t]*\"(?i-u:name)\"[ \t]*:[ \t]*\"(?i-u:set-cookie|cookie|authorization"
    r"|proxy-authorization)\"|^[ \t]*\"(?i-u:httponly)\"[ \t]*:"
)
SCREEN = _MARK_ON_LINE
_MAY_MARK = re.compile(_MARK_ON_LINE.replace("(?i-u:", "(?i:"))
_REACH, _FARTHEST = 12, 40  # lines of an object; of a resource
_MAY_SAY = re.compile(  # of lines with such values
    r"(?i)secure|concealed|sensitive|secret|masked|confidential|pass|pwd|token|key|cred|\.vault\."
)
_MOST_READ, _DEEPEST = 100_000, 64  # characters of a line; levels
_LONGEST_VALUE = 4096


def marked_in(line: str) -> Iterator[Span]:
    """The values on the line that a field of the same object says to be secrets."""
    head = line[:_MOST_READ]
    if not _MAY_SAY.search(head):
        return
    levels: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(head):
        if token["open"]:
            levels.append([])
            del levels[:-_DEEPEST]
        elif not token["close"]:
            levels[-1].append(token)
            yield from _within(token)
        elif len(levels) > 1:
            yield from _secrets_of(levels.pop())
    for fields in levels:  # the line may be part of an object
        yield from _secrets_of(fields)
    if _DRAWN_BY.search(head):
        yield from (
            match.span("v") for match in _DRAWN.finditer(head) if not is_nothing(match["v"])
        )


def _within(field: re.Match[str]) -> Iterator[Span]:
    """The same of an object that is the field's value as a string."""
    value = field["v"] or ""
    if "{" in value and "\\" in value:
        at = field.start("v")
        yield from ((at + start, at + end) for start, end in marked_in(value))


def contents_in(line: str) -> Iterator[Span]:
    """The values of the Secrets of Kubernetes on the line."""
    kinds = list(_KIND.finditer(line))
    places = [kind.start() for kind in kinds]
    for opened in _MAP.finditer(line):
        after = bisect(places, opened.start())
        beside = {kind["kind"] for kind in kinds[max(0, after - 1) : after + 1]}
        if opened["name"] != "stringData" and "Secret" not in beside:
            continue
        for token in _TOKEN.finditer(line, opened.end(), opened.end() + _MOST_READ):
            if token["open"] or token["close"]:
                break
            if token["v"] and not is_nothing(token["v"]):
                yield token.span("v")


def marks_secret(line: str) -> bool:
    """Whether the line is a field which says that one beside it is a secret."""
    return _MAY_MARK.match(line) is not None


def marked_near(lines: LinesByNumber, at: int) -> Iterator[LineSpan]:
    """The values that the field on line `at` says to be secrets: lines of the same object."""
    mark = _FIELD.fullmatch(lines[at])
    if mark is None:
        return
    value = _value_of(mark)
    if _DRAWN_BY.fullmatch(value):
        yield from _drawn_near(lines, at)
    if not _is_mark(mark["name"], value):
        return
    depth = len(mark["indent"])
    yield from _beside(lines, range(at - 1, max(-1, at - _REACH), -1), depth)
    yield from _beside(lines, range(at + 1, min(at + _REACH, len(lines))), depth)


def _beside(lines: LinesByNumber, numbers: range, depth: int) -> Iterator[LineSpan]:
    """The values on these lines, up to the end of the object of fields at this depth."""
    for number in numbers:
        line = lines[number]
        field = _FIELD.fullmatch(line) if len(line) <= _LONGEST_VALUE else None
        if _ends_object(line, field, depth):
            return
        if field and _HOLDS.fullmatch(field["name"]):
            yield from _if_secret(number, field, depth)


def _ends_object(line: str, field: re.Match[str] | None, depth: int) -> bool:
    """Whether the object of fields at this depth does not reach to the line."""
    indent = len(line) - len(line.lstrip(" \t-"))
    return not line.strip() or indent < depth or (field is None and indent == depth and "{" in line)


def _drawn_near(lines: LinesByNumber, at: int) -> Iterator[LineSpan]:
    """What a resource drew: its attributes stand below its type."""
    for number in range(at + 1, min(at + _FARTHEST, len(lines))):
        if _DRAWN_BY.search(lines[number]):
            return
        for match in _DRAWN.finditer(lines[number]):
            yield number, *match.span("v")


def _if_secret(number: int, field: re.Match[str], depth: int) -> Iterator[LineSpan]:
    if len(field["indent"]) == depth and _is_content(_value_of(field)):
        group = next(group for group in "qsb" if field[group] is not None)
        yield number, *field.span(group)


def _value_of(field: re.Match[str]) -> str:
    return next((field[group] for group in "qsb" if field[group] is not None), "")


def _secrets_of(fields: list[re.Match[str]]) -> Iterator[Span]:
    holders = [field for field in fields if field["v"] and _HOLDS.fullmatch(field["name"])]
    if not holders:
        return
    is_marked = any(_is_mark(field["name"], field["v"] or field["b"] or "") for field in fields)
    names = [field["v"] or field["item"] for field in fields if _NAMES.fullmatch(field["name"])]
    for holder in holders:
        value = holder["v"]
        if not _is_content(value):
            continue
        may_be_named = _HOLDS_NAMED.fullmatch(holder["name"]) and not value.isdecimal()
        if is_marked or (may_be_named and any(_announces(name, value) for name in names)):
            yield holder.span("v")


def _is_mark(name: str, value: str) -> bool:
    if _OF_A_COOKIE.fullmatch(name) or (_NAMES.fullmatch(name) and _WHO_ASKS.fullmatch(value)):
        return True
    if _TYPE.fullmatch(name):
        return _OF_A_SECRET.fullmatch(value) is not None
    if _MARKED.fullmatch(name):
        return value.lower() == "true"
    return name.lower() in {"id", "arn"} and _STORED_AT.match(value) is not None


def _announces(name: str | None, value: str) -> bool:
    """Whether what has this name, perhaps at the end of a path, is a secret."""
    last = re.split(r"[/:.]", name or "")[-1]
    if _WHO_ASKS.fullmatch(last):
        return _is_content(value)
    return bool(last) and is_secret_under(last, value, is_quoted=True)


def _is_content(value: str) -> bool:
    return len(value) > 1 and not is_nothing(value) and not is_word(value) and value not in _FLAGS


_FLAGS = frozenset({"true", "false", "True", "False", "null", "None"})
RULES = (
    reading(
        "|".join(f"{name}{end}" for name in HOLDERS for end in ('"', "\\", "'")),
        partial(by_line, marked_in),
        screen=r"(?i-u:value|val|result|content|plaintext|received|input|hash)"
        r"\\*[\"'] *: *\\*[\"']",
        values=r"(?i-u:secure|concealed|sensitive|secret|masked|confidential|pass|pwd|token|key"
        r"|cred|[.]vault[.])",
    ),
    reading(
        'stringdata|secret"|secret\\',
        partial(by_line, contents_in),
        screen=r"(?:data|stringData)\\*\" *: *[{]",
    ),
)
