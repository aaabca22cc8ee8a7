"""Secrets in records below a line that says what their fields are, or whose they are.

Rows of SQL below the names of their columns, accounts that `chpasswd` reads, and
parameters of templates with a default; tables whose columns single blanks part, or other signs
than in their heading; objects on one line.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from core.redaction.secret_values import has_kinds, is_nothing, is_object_name, is_word
from core.redaction.shapes import NAME_OF_AN_ID, NUMBERED, STRONG, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Span = tuple[int, int, int]  # a line of the records from 0, and where the value begins and ends

SECRET_COLUMN = re.compile(
    r"(?i)[\"'`\[]?(?:\w{1,40}_)?(?:pass(?:w(?:or)?d|phrase|code)?|pwd|pw|secret|token|api_?key|auth_?key|salt"
    r"|otp|pin|hash|digest|credentials?|authentication_string|(?:private|secret|access|signing)_?key"
    r"|kennwort|passwort|senha|contrasena|clave|has[lł]o|heslo|mot_?de_?passe|mdp)"
    r"(?:_?(?:hash|digest|encrypted|crypt|enc|salt|value|text|sha\d{0,3}|md5))?[\"'`\]]?"
)
_SECRET_TABLE = re.compile(r"(?i)tokens?\b|secrets?\b|credentials?\b|api_?keys?\b")
_KEY_COLUMN = re.compile(r"(?i)[\"'`\[]?(?:key|value|code)[\"'`\]]?")
# Rows begin on the next line: `INSERT INTO t (id, pwd) VALUES`, `COPY t (id, pwd) FROM stdin;`.
_STATEMENT = re.compile(
    r"(?i)[^\n]{0,60}?\b(?P<verb>insert(?:[ ]ignore)?[ ]into|replace[ ]into"
    r"|copy)[ ](?P<table>[\w.\"`\[\]]{1,120})[ ]?"
    r"\((?P<columns>[^()]{3,2000})\)\s*(?:values|from[ ]stdin[^\n]{0,80})\s*"
)
_FIELD = re.compile(
    r"\s*(?:[NEBXnebx]?'(?P<q>(?:''|\\.|[^'\\]){0,2000})'|(?P<b>[^,'()]{1,200}(?:\([^()]{0,200}\))?))\s*(?:,|\)|$)"
)
_MOST_FIELDS = 200
_MOST_ACCOUNTS, _LONGEST = 400, 20  # lines: of a list, of a parameter
_ROW, _NEXT_ROW = re.compile(r"\s{0,8}\("), re.compile(r"[^(]{0,8}\)\s{0,4},")
_STATEMENT_WITH_ROWS = re.compile(
    r"(?i)\b(?:insert(?:[ ]ignore)?|replace)[ ]into[ ](?P<table>[\w.\"`\[\]]{1,120})[ ]?"
    r"\((?P<columns>[^()]{3,2000})\)\s{0,8}values?(?=\s{0,8}\()"
)
# What `chpasswd` and `newusers` read, also as cloud-init, a shell or a playbook hands it to them.
_ACCOUNTS = re.compile(
    r"(?P<indent>\s*)(?:[^\n]{0,160}?[\s|])?[\"']?(?:chpasswd|newusers)\b[^\n|]{0,60}"
)
_LIST = re.compile(r"\s*(?:list|users)\s*:\s*(?:[|>][+-]?)?\s*")
_ACCOUNT = re.compile(
    r"\s*(?:-\s+)?[\"']?[A-Za-z_][\w.-]{0,31}\$?:(?P<v>[^\s:\"'][^\s:\"']{2,255}(?=:\d{0,9}:\d{0,9}:|\s|[\"']|\Z)|[^\s\"']{4,256})(?::\d{0,9}:\d{0,9}:[^\n]{0,300})?[\"']?\s*"
)
_LEFT_TO_CHANCE = frozenset({"RANDOM", "R"})
# Parameters of templates: CloudFormation, ARM, OpenAPI, Helm's schemas, Terraform in JSON.
_PARAMETER = re.compile(
    r"(?P<indent>\s*)[\"']?\w{0,60}(?:[Pp]ass(?:word|wd|phrase)|[Pp]wd|PASSWORD|[Ss]ecret|SECRET|[Tt]oken|TOKEN"
    r"|[Aa]pi_?[Kk]ey)\w{0,20}[\"']?\s*:\s*\{?\s*"
)
_DEFAULT = re.compile(
    r"\s*[\"']?(?:[Dd]efault(?:Value|_value)?|[Ee]xample)[\"']?\s*:\s*[\"']?(?P<v>[^\s\"'{}\[\],]{4,256})[\"']?,?\s*"
)
_MARKED = re.compile(
    r"(?i)\s*[\"']?(?:NoEcho|sensitive|writeOnly|format|type)[\"']?\s*:"
    r"\s*[\"']?(?:true|password|secure_?string)[\"']?,?\s*"
)
# Names of columns and words of a row, where one blank may part them (PowerShell, `column -t`).
_HEADING = re.compile(r"\s*[A-Z][\w-]{1,40}(?:[ \t]+[A-Z][\w-]{0,40}){1,9}\s*")
_RULES = frozenset("- =")
_OPENS = re.compile(
    r"(?i)(?:values|stdin[^\n]{0,80})\s*\Z|chpasswd|newusers|[a-z\"'][ ]*:[ ]*\{?\s*\Z"
)
SCREEN = (  # of lines that open records, in polars
    r"(?i-u:insert|replace|copy) .*(?i-u:pass|pwd|pw|secret|token|key|salt|hash|otp|pin|cred"
    r"|digest).*"
    r"(?i-u:values|stdin).*$"
    r"|(?i-u:chpasswd|newusers)"
    r"|(?i-u:pass|pwd|secret|token|key)[A-Za-z0-9_]*[\"']?[ ]*:[ ]*\{?[ \t\r]*$"
)


def opens_records(line: str) -> bool:
    """Whether records with secrets may stand below the line."""
    return _OPENS.search(line) is not None and any(
        heading.fullmatch(line) for heading, _ in _RECORDS
    )


def spans_in_records(heading: str, lines: Iterable[str]) -> Iterator[Span]:
    """Where the secrets stand in the lines below the heading, numbered from 0."""
    if _OPENS.search(heading):
        for pattern, spans in _RECORDS:
            if opened := pattern.fullmatch(heading):
                yield from spans(opened, lines)  # which reads no line more than it needs
                return


def cells_below_words(
    heading: str, lines: Iterable[str], headed: re.Pattern[str]
) -> Iterator[Span]:
    """The words below the one of the heading's words that names a secret, in rows of as many."""
    names = heading.split()
    column = next((at for at, name in enumerate(names) if headed.fullmatch(name)), None)
    if column is None or not _HEADING.fullmatch(heading):
        return
    for at, line in enumerate(islice(lines, _MOST_ACCOUNTS)):
        if not set(line.strip()) - _RULES and at < 2:  # noqa: PLR2004 - a rule, or a blank line
            continue
        words = list(re.finditer(r"\S+", line))
        if len(words) != len(names) or _HEADING.fullmatch(line):
            return
        value = words[column][0]
        if not is_nothing(value) and not is_object_name(value) and has_kinds(value):
            yield at, *words[column].span()


_SIGNS = ",;\t|"
# Columns of digits that are no counts: of codes, and of passwords beside whose they are.
_COLUMN_OF_CODES = re.compile(
    r"(?i)[\s\"*`]*(?:[a-z]{1,20}[_ ])?(?:pin|otp|psk|passcode)(?:[_ ]code)?[\s\"*`]*"
)
_COLUMN_OF_PASSWORDS = re.compile(
    r"(?i)[\s\"*`]*(?:[a-z]{1,20}[_ ])?(?:pass(?:w(?:or)?d|wd|phrase)?|pwd"
    r"|passwort|kennwort|senha|clave|contrase(?:ñ|n)a|wachtwoord"
    r"|has(?:l|ł)o|heslo|пароль|密码|パスワード|mot de passe)[\s\"*`]*"
)
_COLUMN_OF_USERS = re.compile(
    r"(?i)[\s\"*`]*(?:user\s?(?:name|id)?|login|log-?in|account|username|benutzer\w*|utilisateur|usuario"
    r"|usuário|gebruiker\w*|utente|konto|uživatel|użytkownik|логин|пользователь|用户名?|ユーザー名?"
    r"|url|e-?mail|id)[\s\"*`]*"
)
_COLUMN_OF_COUNTS = re.compile(
    r"(?i)[\s\"*`]*(?:fail\w*|skip\w*|total|errors?|flaky|tests?|rate|%)[\s\"*`]*"
)


def is_number_due(names: Sequence[str], column: int) -> bool:
    """Whether digits alone are a secret in the column: `Pass` may also count tests that passed."""
    if any(_COLUMN_OF_COUNTS.fullmatch(name) for name in names):
        return False
    if _COLUMN_OF_CODES.fullmatch(names[column]):
        return True
    return _COLUMN_OF_PASSWORDS.fullmatch(names[column]) is not None and any(
        _COLUMN_OF_USERS.fullmatch(name) for name in names
    )


def parts_of_row(row: str, sign: str, width: int) -> tuple[str, list[str]]:
    """The row's cells and what parts them, which may be another sign than in the heading."""
    if row.count(sign) == width - 1:
        return sign, row.split(sign)
    if '"' in row and len(quoted := _quoted_parts(row, sign)) == width:
        return sign, quoted
    other = next((other for other in _SIGNS if row.count(other) == width - 1), sign)
    return other, row.split(other)


def _quoted_parts(row: str, sign: str) -> list[str]:
    """The row's cells, where one in quotes may hold the sign that parts them (RFC 4180)."""
    parts = [""]
    is_quoted = False
    for character in row:
        if character == sign and not is_quoted:
            parts.append("")
            continue
        is_quoted ^= character == '"'
        parts[-1] += character
    return parts


_MEMBER = re.compile(
    r"\"(?P<name>[\w.-]{1,80})\"\s{0,4}:\s{0,4}\"(?P<v>(?:\\.|[^\"\\\n]){4,2048})\""
)
_VALUE_OF_STORE = re.compile(
    r"(?i)(?:(?:secret|plain)?_?(?:value|text|string|data|payload|content)|result)"
)


# An object within a string; what says whose the secret is, and where it lets in, stays.
_OBJECT_WITHIN = re.compile(r"\{\s{0,4}\\{1,3}\"")
_MEMBER_WITHIN = re.compile(
    r"\\{1,3}\"(?P<name>[\w.-]{1,80})\\{1,3}\"\s{0,4}:\s{0,4}\\{1,3}\"(?P<v>[^\"\\\n]{3,2048})\\{1,3}\""
)
_SAYS_WHERE = re.compile(
    r"(?i)\w{0,20}(?:user\w{0,6}|login|name|host\w{0,6}|port|engine|db|database|schema|region|cluster\w{0,12}"
    r"|instance\w{0,12}|server|endpoint|realm|domain|id|type|mode|driver|env\w{0,10}|url|uri)"
)
_STORED_STRING = re.compile(r"(?i)\"secret_?(?:string|value)\"\s?:\s?\"(?=\{\s{0,4}\\)")


def members_of_stored(line: str) -> Iterator[tuple[int, int]]:
    """The secrets of an object that a store keeps as a string."""
    for stored in _STORED_STRING.finditer(line):
        for member in _MEMBER_WITHIN.finditer(line, stored.end()):
            if not _SAYS_WHERE.fullmatch(member["name"]) and not is_nothing(member["v"]):
                yield member.span("v")


def values_of_object(line: str) -> Iterator[tuple[int, int]]:
    """The secrets of an object on one line, which a command printed that asks for one."""
    for member in _MEMBER.finditer(line):
        if _OBJECT_WITHIN.match(member["v"]):  # its members have a rule of their own
            continue
        is_value = _VALUE_OF_STORE.fullmatch(member["name"]) is not None
        least = NUMBERED if is_value else STRONG
        is_id = not is_value and NAME_OF_AN_ID.search(line, 0, member.start("v"))
        if shape_of(member["v"]) >= least and not is_nothing(member["v"]) and not is_id:
            yield member.span("v")


def _rows(opened: re.Match[str], lines: Iterable[str]) -> Iterator[Span]:
    names = [name.strip() for name in opened["columns"].split(",")]
    columns = set(_secret_columns(names, opened["table"]))
    is_copy = opened["verb"].lower() == "copy"
    for at, line in enumerate(lines):
        cells = _tabbed(line) if is_copy else _fields(line)
        if not columns or len(cells) != len(names):
            return
        for column in columns:
            start, end = cells[column]
            if _is_content(line[start:end]):
                yield at, start, end


def fields_of_rows(line: str) -> Iterator[tuple[int, int]]:
    """The secrets of a statement whose rows stand on its own line."""
    for statement in _STATEMENT_WITH_ROWS.finditer(line):
        names = [name.strip() for name in statement["columns"].split(",")]
        columns = _secret_columns(names, statement["table"])
        at = statement.end()
        while columns and (cells := _fields(line, at)) and len(cells) == len(names):
            for start, end in (cells[column] for column in columns):
                if _is_content(line[start:end]):
                    yield start, end
            closed = _NEXT_ROW.match(line, cells[-1][1])
            if closed is None:
                break
            at = closed.end()


def _secret_columns(names: Sequence[str], table: str) -> list[int]:
    """The numbers of those that hold secrets; in a table of tokens the key is one."""
    is_of_secrets = _SECRET_TABLE.search(table) is not None
    return [
        at
        for at, name in enumerate(names)
        if SECRET_COLUMN.fullmatch(name) or (is_of_secrets and _KEY_COLUMN.fullmatch(name))
    ]


def _is_content(value: str) -> bool:
    """Neither empty nor one of SQL's words for nothing, nor a parameter."""
    return bool(value) and not is_nothing(value) and value.upper() not in {"NULL", "\\N", "?"}


def _tabbed(line: str) -> list[tuple[int, int]]:
    ends = [match.start() for match in re.finditer("\t", line)]
    return list(zip([0, *(end + 1 for end in ends)], [*ends, len(line)], strict=True))


def _fields(line: str, begin: int = 0) -> list[tuple[int, int]]:
    """The fields of a row in brackets; none where it is no row."""
    opened = _ROW.match(line, begin)
    at, cells = opened.end() if opened else 0, list[tuple[int, int]]()
    while opened and len(cells) < _MOST_FIELDS and (field := _FIELD.match(line, at)):
        cells.append(field.span("q" if field["q"] is not None else "b"))
        at = field.end()
        if line[at - 1 : at] != ",":
            break
    return cells


def _accounts(opened: re.Match[str], lines: Iterable[str]) -> Iterator[Span]:
    """The passwords of a list of accounts, up to a line that is none."""
    is_open = False
    for at, line in enumerate(islice(lines, _MOST_ACCOUNTS)):
        match = _ACCOUNT.fullmatch(line)
        if match and not is_nothing(match["v"]) and match["v"] not in _LEFT_TO_CHANCE:
            is_open = True
            yield at, *match.span("v")
        elif is_open or not (_LIST.fullmatch(line) or _is_deeper(line, opened)):
            return


def _is_deeper(line: str, opened: re.Match[str]) -> bool:
    """Whether the line is empty or indented more than the heading."""
    indent = len(line) - len(line.lstrip())
    return not line.strip() or indent > len(opened["indent"])


def _default(opened: re.Match[str], lines: Iterable[str]) -> Iterator[Span]:
    """The default of a parameter: of a password, and of what is marked as a secret."""
    inner = []
    for line in islice(lines, _LONGEST):
        if not line.strip() or not _is_deeper(line, opened):
            break
        inner.append(line)
    is_marked = any(_MARKED.fullmatch(line) for line in inner)
    is_password = re.search(r"(?i)pass|pwd", opened[0]) is not None
    for at, line in enumerate(inner):
        match = _DEFAULT.fullmatch(line)
        if not match or is_nothing(match["v"]) or is_word(match["v"]):
            continue
        if is_marked or (is_password and shape_of(match["v"]) >= NUMBERED):
            yield at, *match.span("v")


_RECORDS: tuple[
    tuple[re.Pattern[str], Callable[[re.Match[str], Iterable[str]], Iterator[Span]]], ...
] = ((_STATEMENT, _rows), (_ACCOUNTS, _accounts), (_PARAMETER, _default))
