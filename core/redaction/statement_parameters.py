"""Parameters of SQL that are logged beside their statement, or a few lines from it.

`UPDATE users SET password = $1 WHERE id = $2` and `parameters: $1 = '…', $2 = '7'`: the statement
tells at which place a secret stands. Where it does not, all that may be one is taken for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from core.redaction.assignments import is_secret_under
from core.redaction.records import SECRET_COLUMN
from core.redaction.secret_values import SPECIAL, is_nothing
from core.redaction.shapes import DRAWN, STRONG, is_chosen, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Span = tuple[int, int]


class LinesByNumber(Protocol):
    """Lines by their number, from 0."""

    def __len__(self) -> int: ...
    def __getitem__(self, number: int) -> str: ...


# A statement with parameters that names a column of secrets.
_VERBS = ("insert", "update", "select", "call", "exec", "merge", "create", "alter")
_BINDS = re.compile(
    r"(?i)(?:insert|update|select|call|exec|merge|create|alter)\b[^\n]{0,400}?(?:passw|passphrase|pwd|secret|token|api_?key|credential)"
    r"[^\n]{0,400}?(?:\?|\$\d|%s|%\(|[:@]\w)"
)
_BINDS_FAR = re.compile(  # however long the row is; to be tried only up to a question mark
    r"(?i)(?:insert|update|merge)\b[^\n]{0,80}(?:secret|credential|token|password)[^\n]*\?"
)
_BEGINS = re.compile(
    r"(?i)(?<![\w.$-])(?:insert(?:[ ]ignore)?[ ]into|update[ ]\S{1,120}[ ](?:\w{1,20}[ ])?set"
    r"|update(?=\s*$)|select\b|insert(?=\s*$)|replace[ ]into|merge[ ]into|delete[ ]from|call[ ]"
    r"|exec(?:ute)?[ ](?!s_\d|<)|(?:alter|create)[ ](?:user|role|login)|begin[ ])"
)
# What stands before parameters in logs of servers, drivers and mappers.
SCREEN = (
    r"(?i-u:parameters?|params|bindings?|binds?|bind values?|args)[ \]\"']*(?:[:=]|=>|<-)+[ ]*"
    r"[\[({$@:'\"A-Za-z0-9]|(?i-u:params|parameters|args) [\[(]"
    r"|(?i-u:binding parameter|with (?:params|parameters|bind))"
)
_LABEL = re.compile(
    r"(?i)(?<![\w-])(?:(?:prisma:)?(?:parameters?|params|bindings?|binds?|args)|bind[ ]values?)"
    r"[ \]\"']{0,3}(?:=>|<-|[:=])?[ ]{0,4}(?=[\[({$@:'\"\w])"
)
_LABELLED = re.compile(
    r"(?i)(?<![\w-])(?:(?:prisma:)?(?:parameters?|params|bindings?|binds?|bind[ ]values?|args)"
    r"[ \]\"']{0,3}(?:(?:=>|<-|[:=])[ ]{0,4}[\[({$@:'\"\w]|[\[(])|binding[ ]parameter[ ]"
    r"|with[ ](?:params|parameters|bind)\b)"
)
_STATEMENT_FOLLOWS = re.compile(r"CONTEXT:|DbCommand|(?i:\[parameters=)")
_SAYS_STATEMENT = re.compile(r"(?i)(?:statement|query|sql)\b[\"']?[:=]|\bCommandText\b")
_PLACEHOLDER = re.compile(
    r"%\((?P<named>\w{1,60})\)s|(?P<next>\?|%s)|(?<![\w:$@])[$:@](?P<key>\w{1,60})"
)
_OF_A_COLUMN = re.compile(
    r"(?i)(?P<name>[\w\"`\[\].]{1,120})\s{0,4}(?:<=>|=|<>|!=|\blike)\s{0,4}(?:\w{1,40}\(\s{0,2}){0,2}\Z"
)
_AFTER_A_WORD = re.compile(r"(?i)\b(?:password|identified\s+by|secret)\s{1,4}\Z")
_COLUMNS = re.compile(
    r"(?i)\b(?:insert(?:[ ]ignore)?|replace|merge)[ ]{1,2}into[ ]{1,2}"
    r"(?P<table>[\w.\"`\[\]]{1,120})\s{0,4}\((?P<columns>[^()]{1,4000})\)[^()]{0,200}?\bvalues?\s{0,4}(?=\()"
)
_PIECE = re.compile(r"'(?:[^']|'')*'|%(?:\(\w{1,60}\))?s|[(),]|[^'(),%]+|%")
_HOLDS_CONTENT = re.compile(r"(?i)value|val|data|content|payload|plain|text|body")
# Parameters with their places or names: `$1 = '…'`, `@p0=N'…'`, `parameter [2] as [VARCHAR] - […]`.
_KEYED = re.compile(
    r"(?<![\w$@:])[$@:](?P<key>\w{1,60})\s{0,2}=\s{0,2}(?:[NEU](?=['\"]))?"
    r"(?:'(?P<q>(?:''|[^'])*)'|\"(?P<d>[^\"]*)\"|(?P<b>[^\s,'\"\])]{1,512}))"
)
_BOUND = re.compile(
    r"(?i)(?:parameter|bind(?:ing)?|param)[ #:]{0,2}[\[(]?(?P<key>\d{1,4})"
    r"(?:\][ ]as[ ]\[\w{1,40}\][ ]-|:\w{1,40}(?:\([^)\n]{0,40}\))?\)[ ]<-"
    r"|[\])]?[ ]{0,2}(?::|=>|=|<-|->))[ ]{0,2}"
    r"\[?[\"']?(?P<b>[^\n\"']{1,4000}?)[\"']?\]?\s*$"
)
_PAIR = re.compile(
    r"(?:(?<=\[)|(?<=,)|(?<=,[ ]))"  # `["dana", "…"]` alone is a list
    r"\[\"(?P<name>\w{1,60})\",\s?\"(?P<d>(?:\\.|[^\"\\]){1,4000})\"\]"
)  # of Rails
_ITEM = re.compile(
    r"\s{0,8}(?:[NEbru]?'(?P<q>(?:\\.|''|[^'\\])*)'|[bru]?\"(?P<d>(?:\\.|[^\"\\])*)\"|(?P<b>[^,\[\](){}\"'\s][^,\[\](){}]*))"
    r"(?:\([A-Za-z]\w{0,30}\))?\s{0,8}(?P<end>,|\]|\)|$)"
)
_PARAMETER = re.compile(
    r"'(?P<q>[^'\n]{4,256})'|\"(?P<d>[^\"\n]{4,256})\"|"
    r"(?<=[\[(:=, ])(?P<b>[^\s'\",()\[\]=]{5,256})(?=[\])(,;]|\s*$)"
)
_MAY_LIST = re.compile(r"(?i)param|bind|args|values|\[.*\]|^\s*\(.*\)")
_MADE = re.compile(
    r"\[(?:generated|cached|raw sql|no key|caching disabled)[^\[\]]{0,60}\] "
)  # SQLAlchemy
_OPENS = re.compile(r"[\[(]|[\"'](?=\w)")
_LONGEST_STATEMENT, _MOST_READ, _MOST_ITEMS = 4000, 20_000, 200  # characters; parameters
_LINES_ABOVE, _LINES_BELOW, _LINES_OF_ONE = 40, 3, 12
_GIVEN = re.compile(r"\s{0,2}=")  # `@p0=N'…'` gives a parameter its value
_ANY_SECRET = "x" * 40 + "Y1"  # a value that is a secret under every name that announces one
_SHORTEST = 2  # characters
_FAILED_ROW = re.compile(r"(?i)failing row contains[ ](?=\()")  # of PostgreSQL, without its columns


def binds(line: str) -> bool:
    """Whether the line is a statement with parameters about a column of secrets."""
    lowered = line.lower()
    return any(verb in lowered for verb in _VERBS) and _statement_on(line) is not None


def _statement_on(line: str) -> re.Match[str] | None:
    """The first statement with parameters about a column of secrets."""
    near = _BINDS.search(line)
    # Where no mark follows, each beginning of a statement would be read up to the line's end.
    far = _BINDS_FAR.search(line, 0, line.rfind("?") + 1)
    if near is None or far is None:
        return near or far
    return far if far.start() < near.start() else near


def lists_parameters(line: str) -> bool:
    """Whether the line says of itself that it lists parameters."""
    lowered = line.lower()
    may_list = "param" in lowered or "bind" in lowered or "args" in lowered
    return may_list and _LABELLED.search(line) is not None


def bound_on(line: str) -> Iterator[Span]:
    """The secrets among the parameters on the line of their statement: start and end of each."""
    statement = _statement_on(line)
    if statement is None:
        return
    begin = statement.end()
    if label := _LABEL.search(line, begin):
        begin = label.start()
    else:
        reach = statement.start() + _LONGEST_STATEMENT
        places = _PLACEHOLDER.finditer(line, statement.start(), reach)
        begin = max([begin, *(at.end() for at in places if not _GIVEN.match(line, at.end()))])
    yield from parameters_on(line, begin, secret_places(line[statement.start() : begin]))


def drawn_alone(line: str) -> Iterator[Span]:
    """What looks like nothing but a secret among the values of a row or statement not on the line.

    A log that is cut, filtered or read line by line has parameters without their statement.
    """
    listed = _FAILED_ROW.search(line) or _LABELLED.search(line)
    if listed is None or _BEGINS.search(line):
        return
    begin = listed.end() if listed.re is _FAILED_ROW else listed.start()
    for start, end in _listed(line, begin).values():
        value = line[start:end]
        shape = shape_of(value)
        if shape == DRAWN or (shape == STRONG and SPECIAL.search(value)):
            yield start, end


def bound_below(statement: str, line: str) -> Iterator[Span] | None:
    """The secrets among the parameters on a line below the statement; None if it has its own."""
    if _BEGINS.search(line):
        return None
    if not _MAY_LIST.search(line):
        return iter(())
    label = _LABEL.search(line)
    return parameters_on(line, label.start() if label else 0, secret_places(statement))


def bound_near(lines: LinesByNumber, at: int) -> Iterator[Span]:
    """The secrets among the parameters on line `at`, whose statement stands on another one."""
    if _BEGINS.search(lines[at]):  # its own, which `bound_on` reads
        return
    statement = _statement_near(lines, at)
    if statement is not None and _statement_on(statement):
        label = _LABEL.search(lines[at])
        begin = label.start() if label else 0
        yield from parameters_on(lines[at], begin, secret_places(statement))


def secret_places(statement: str) -> frozenset[str]:
    """The keys of its parameters that are secrets: numbers from 1, or names; none if not told."""
    inserted = _places_of_row(statement)
    places = set[str]()
    number = 0
    for match in _PLACEHOLDER.finditer(statement):
        number += match["next"] is not None
        key = match["named"] or match["key"] or str(number)
        before = statement[max(0, match.start() - 200) : match.start()]
        column = _OF_A_COLUMN.search(before)
        is_secret = column is not None and _names_secret(column["name"])
        if is_secret or _AFTER_A_WORD.search(before) or match.start() in inserted:
            places.add(key)
    return frozenset(places)


def parameters_on(line: str, begin: int, places: frozenset[str]) -> Iterator[Span]:
    """Those at the places; without places, all that look like a password."""
    if pairs := list(_PAIR.finditer(line, begin, begin + _MOST_READ)):
        yield from (pair.span("d") for pair in pairs if _names_secret(pair["name"]))
        return
    listed = _listed(line, begin)
    if places.isdisjoint(listed):
        if not (places and listed):  # else the secret is on another line
            quoted = map(_span, _PARAMETER.finditer(line, begin))
            yield from _likely(line, listed.values() or quoted)
        return
    for key in places & listed.keys():
        start, end = listed[key]
        value = line[start:end]
        if len(value) >= _SHORTEST and not is_nothing(value):
            yield start, end


def _names_secret(column: str) -> bool:
    name = re.split(r"[.\s]", column)[-1].strip('"`[]')
    return SECRET_COLUMN.fullmatch(name) is not None or is_secret_under(
        name, _ANY_SECRET, is_quoted=True
    )


def _places_of_row(statement: str) -> set[int]:
    """Where the parameters of a row stand that go into columns of secrets."""
    row = _COLUMNS.search(statement)
    if row is None:
        return set()
    names = [name.strip() for name in row["columns"].split(",")]
    wanted = {number for number, name in enumerate(names) if _names_secret(name)}
    if not wanted and _names_secret(row["table"]):
        holds = (name.strip('"`[]') for name in names)
        wanted = {number for number, name in enumerate(holds) if _HOLDS_CONTENT.fullmatch(name)}
    places = set[int]()
    depth, number = 0, 0
    for piece in _PIECE.finditer(statement, row.end()):
        depth += (piece[0] == "(") - (piece[0] == ")")
        if piece[0] == "(" and depth == 1:
            number = 0
        elif piece[0] == "," and depth == 1:
            number += 1
        elif depth and number in wanted:
            inner = _PLACEHOLDER.finditer(statement, piece.start(), piece.end())
            places |= {match.start() for match in inner}
    return places


def _listed(line: str, begin: int) -> dict[str, Span]:
    """The parameters on the line from a place on, by their places or names."""
    end = min(len(line), begin + _MOST_READ)
    if bound := _BOUND.search(line, max(0, begin - 80), end):
        return {bound["key"]: bound.span("b")}
    keyed = {match["key"]: _span(match) for match in _KEYED.finditer(line, begin, end)}
    if keyed:
        return keyed
    label = _LABEL.search(line, begin, end) or _MADE.search(line, begin, end)
    at = label.end() if label else begin
    opened = _OPENS.search(line, at, end) if not label or line[at : at + 1] in "[(" else None
    if opened is None and not (label or begin):
        return {}
    start = at if opened is None else opened.end() - (opened[0] in "\"'")
    return {str(number): span for number, span in enumerate(_items(line, start, end), 1)}


def _items(line: str, at: int, end: int) -> Iterator[Span]:
    for _ in range(_MOST_ITEMS):
        item = _ITEM.match(line, at, end)
        if item is None:
            return
        yield _span(item)
        at = item.end()
        if item["end"] != ",":
            return


def _span(match: re.Match[str]) -> Span:
    group = next(group for group in "qdb" if match[group] is not None)
    start, end = match.span(group)
    return start, start + len(match.string[start:end].rstrip())


def _likely(line: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Those that look made up."""
    for start, end in spans:
        if is_chosen(line[start:end]) and "@" not in line[start + 1 : end - 4]:
            yield start, end


def _statement_near(lines: LinesByNumber, at: int) -> str | None:
    """The statement of these parameters: as a server writes it, below or else above them."""
    follows = _STATEMENT_FOLLOWS.search(lines[at]) is not None
    for number in range(at + 1, min(at + 1 + _LINES_BELOW, len(lines))):
        line = lines[number]
        is_stated = follows or _SAYS_STATEMENT.search(line[:200])
        if is_stated and (begins := _BEGINS.search(line)):
            return _joined(lines, number, begins.start(), number + _LINES_OF_ONE)
    for number in range(at, max(-1, at - _LINES_ABOVE), -1):
        if begins := _BEGINS.search(lines[number][:_LONGEST_STATEMENT]):
            return _joined(lines, number, begins.start(), at)
    return None


def _joined(lines: LinesByNumber, first: int, begin: int, end: int) -> str:
    """The lines of a statement as one."""
    last = min(max(end, first + 1), len(lines))
    text = " ".join([lines[first][begin:], *(lines[at].strip() for at in range(first + 1, last))])
    return text[:_LONGEST_STATEMENT]
