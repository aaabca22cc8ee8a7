"""Tables with a column of secrets: the heading says which, and its rows may stand far below it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.redaction.bare_lines import BareLines, following
from core.redaction.records import cells_below_words, is_number_due, parts_of_row
from core.redaction.secret_values import is_nothing
from core.redaction.shapes import COINED, NUMBERED, is_hexadecimal, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

LineSpan = tuple[int, int, int]  # a line's number from 0, and where the value begins and ends
HEADINGS = (
    "passw(?:or)?d|passwd|passphrase|secret|token|pwd|psk|pin|otp|pass|credentials?|api[_ -]?key"
    "|access[_ -]?key|secret[_ -]?key|private[_ -]?key|license[_ -]?key|kennwort|passwort"
    "|contrase(?:ñ|n)a|senha|clave|wachtwoord|mot de passe|has(?:l|ł)o|heslo|пароль|密码|密钥"
    "|パスワード|seed|auth[_ -]?key|(?:signing|encryption|session|shared|hmac)[_ -]?key"
    "|authentication_string|passwort|hash(?:ed)?_passw(?:or)?d|remember_token|otp_secret"
)
# A part of each of them, and of other names of secrets.
ANY_NAME = (
    "pass|pwd|pw|secret|token|cred|psk|community|authtok|key|unseal|kennw|contrase|senha|clave"
    "|wachtw|mot de passe|parol|heslo|haslo|mnemonic|seed|recovery|otp|pin|cookie"
)
_HEADED = re.compile(
    rf"(?i)[\s\"*]*(?:[a-z]{{1,20}}[_ -])?(?:{HEADINGS})"
    r"(?:[_ ](?:hash|value|text|plain|code))?[\s\"*]*"
)
_HEADS_COLUMNS = re.compile(r"\s*[A-Za-z_](?=[\w ]{0,40} {2}[A-Za-z_])[\w ]{1,700}+\s*")
_RULED = re.compile(r"[│┃║¦]")  # what boxes are drawn with, between cells
_RULES = set("-+=|: ─━═┼╋╬├┝┠┡╞╟╠┤┥┨┩╡╢╣└┗╚┘┛╝┴┻╩┬┳╦╇╈╪╫╭╮╯╰│┃║")
_COLUMN = re.compile(r"\S+(?: \S+)*")  # of a table that blanks align
_NAME_OF_COLUMN = re.compile(r"[ \"'#]*[^\W\d][\w.-]{0,40}(?: [\w-]{1,20})?[ \"']*\r?")
_NUMBER = re.compile(r"\d{3,12}[#*]?|\d{3}[ -]\d{3}")  # of a code: shorter ones count something
_OF_W3C = "#Fields:"  # of logs in W3C's extended format
_MOST_ROWS, _FEWEST_COLUMNS = 100_000, 2  # of a table
_MOST_RECORDS = 2000  # lines
_LONGEST_HEADING = 32  # characters, with the blanks that align it


def heads_columns(line: str) -> bool:
    """Whether the line may name the columns of a table, one of them a secret."""
    bare = BareLines([line])[0]
    names = bare.split() if bare.startswith(_OF_W3C) else _names(bare)[0]
    return secret_column(names) is not None


def cells_in(row: str, heading: str) -> Iterator[tuple[int, int]]:
    """Where the secret stands in a row of the table with that heading; nowhere in other lines."""
    return ((start, end) for _, start, end in rows_below(heading, [row]))


def rows_below(heading: str, lines: Sequence[str] | pl.Series) -> Iterator[LineSpan]:
    """The secrets in the first of the lines, as far as they are rows of the table."""
    below = BareLines([heading, *lines])
    for at, start, end in cells_below(below, 0):
        if at:
            yield at - 1, start + below.offset(at), end + below.offset(at)


def cells_below(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """The cells below the heading of a column that holds secrets, as long as rows are as wide."""
    names, sign = _names(lines[number])
    if not sign:
        is_comment = lines[number].startswith("#")
        yield from (_commented if is_comment else _aligned)(lines, number)
    elif (column := secret_column(names)) is not None:
        yield from _parted(lines, number, sign, names, column)


def _names(line: str) -> tuple[Sequence[str], str]:
    """The names of columns, and the sign that parts them; none where blanks do."""
    heading = _heading(line)
    sign = max(",;|\t", key=heading.count)
    if sign in heading:
        return heading.split(sign), sign
    return _COLUMN.findall(line), ""


def secret_column(names: Sequence[str]) -> int | None:
    """Which of several columns is that of a secret, by their names."""
    if len(names) < _FEWEST_COLUMNS or any(len(name) > _LONGEST_HEADING for name in names):
        return None
    return next((at for at, name in enumerate(names) if _HEADED.fullmatch(name)), None)


def _heading(line: str) -> str:
    """The line with one sign between its cells; Jira and Confluence write two in a heading."""
    heading = _RULED.sub("|", line)
    return heading.replace("||", "|") if heading.startswith("||") else heading


def _parted(
    lines: BareLines, number: int, sign: str, names: Sequence[str], column: int
) -> Iterator[LineSpan]:
    is_digits = is_number_due(names, column)
    is_bare = lines.offset(number) == 0  # then `eva | …` is a cell and no name of a source
    for at, line in following(lines, number, _MOST_ROWS):
        row = lines.raw(at) if is_bare else line
        cells = parts_of_row(_RULED.sub("|", row), sign, len(names))[1]
        if not set(row) - _RULES:  # a line below the heading
            continue
        if len(cells) != len(names):
            return
        value = cells[column].strip(' "`*\t\r')
        if value and (_is_telling(value) or (is_digits and _NUMBER.fullmatch(value))):
            start = sum(len(cell) + 1 for cell in cells[:column]) + cells[column].index(value)
            start -= lines.offset(at) if is_bare else 0
            yield at, start, start + len(value)


def _commented(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """The words below the heading of a column, where a comment is the heading: `# id type key`."""
    heading = lines[number].removeprefix(_OF_W3C).lstrip("# ").rstrip()
    names = re.split(r"\t+| {2,}", heading)
    if len(names) < _FEWEST_COLUMNS:
        names = heading.split()
    column = next(
        (at for at, name in enumerate(names) if _HEADED.fullmatch(name) or name == "key"), None
    )
    if column is None or len(names) < _FEWEST_COLUMNS:
        return
    for at, line in following(lines, number, _MOST_ROWS):
        cells = list(re.finditer(r"\S+", line.split(" #")[0]))
        if len(cells) != len(names):
            return
        if shape_of(cells[column][0]) >= COINED or is_hexadecimal(cells[column][0]):
            yield at, *cells[column].span()


def _aligned(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """The cells below the heading of a column where blanks align them: they overlap it."""
    names = list(_COLUMN.finditer(lines[number]))
    headed = next((name for name in names if _HEADED.fullmatch(name[0])), None)
    if (
        headed is None
        or len(names) < _FEWEST_COLUMNS
        or not _HEADS_COLUMNS.fullmatch(lines[number])
    ):
        yield from _worded(lines, number)
        return
    if any(shape_of(name[0]) >= NUMBERED for name in names):  # no heading: a name and its value
        if len(names) == _FEWEST_COLUMNS and headed is names[0] and not is_nothing(names[1][0]):
            yield number, *names[1].span()
        return
    for at, line in following(lines, number, _MOST_ROWS):
        if not line.strip():
            break
        for cell in _COLUMN.finditer(line):
            is_below = cell.start() < headed.end() and headed.start() < cell.end()
            if is_below and _is_telling(cell[0]):
                yield at, *cell.span()
    yield from _worded(lines, number)  # a row need not keep to the columns


def _worded(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """The same where one blank may part the columns."""
    below = (line for _, line in following(lines, number, _MOST_RECORDS))
    for at, start, end in cells_below_words(lines[number], below, _HEADED):
        yield number + 1 + at, start, end


def is_row(line: str, heading: str) -> bool:
    """Whether the line is a row below the names of its columns."""
    sign = max(",;\t", key=heading.count)
    names = heading.split(sign)
    return len(names) == len(parts_of_row(line, sign, len(names))[1]) >= _FEWEST_COLUMNS and all(
        _NAME_OF_COLUMN.fullmatch(name) for name in names
    )


def _is_telling(cell: str) -> bool:
    """One word that could be a secret."""
    return " " not in cell and not is_nothing(cell) and not is_plain(cell)


def is_plain(value: str) -> bool:
    """A number, or the line below a heading."""
    return not set(value) - set("0123456789.,:-=+ ")
