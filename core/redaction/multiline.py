"""Redaction of secrets that run over several lines, or stand on another line than their name.

A private key is many lines. YAML, JSON, property lists, manifests of Kubernetes and dialogues of
mail servers name a secret on one line and tell it on the next; nothing there says what it is.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.redaction.announcements import announcements
from core.redaction.assignments import is_secret_under
from core.redaction.secret_values import (
    COINED,
    NUMBERED,
    SPECIAL,
    STRONG,
    is_hexadecimal,
    is_made_up,
    is_nothing,
    is_word,
    shape_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

MARK = b"PRIVATE KEY"
HIDDEN = "«private key»"
HIDDEN_VALUE = "«secret»"
_MAX_LINES = 200  # an RSA key of 16,384 bits has about as many
_OF_A_KEY = r"(?:[A-Z0-9 ]*PRIVATE KEY|[A-Za-z0-9 ]*(?i:static|secret) (?i:key))"
_BEGIN = rf"-----BEGIN {_OF_A_KEY}|^Private-Lines: [0-9]+\s*$"  # the latter of PuTTY
_END = rf"-----END {_OF_A_KEY}|^Private-(?:MAC|Hash): "
# A key's body is base64, may have headers of its own, and may follow a logger's prefix.
_BODY = r"(?:^|[\s|\"'])[A-Za-z0-9+/=]+[\\rn\"',]*\s*$|^\s*$|^[A-Za-z-]+: "
_LONG_BODY = r"[A-Za-z0-9+/=]{40,}[\\rn\"',]*\s*$"  # also where other lines interrupt the key

_KEY_LINE = re.compile(r"(?:\S{1,40} {1,8}\| |> )?[A-Za-z0-9+/]{16,76}={0,2}\s*")

_WORDS = (
    "pass|pwd|secret|token|credential|psk|community|authtok|api[_-]?key|access[_-]?key"
    "|private[_-]?key|auth[_-]?key|shared[_-]?key|master[_-]?key|encryption[_-]?key|signing[_-]?key"
    "|client[_-]?key|unseal|kennwort|passwort|contrase|senha|clave|wachtwoord|mot de passe|parola"
    "|heslo|has(?:l|ł)o|парол|密码|パスワード|mnemonic|seed|recovery|otp"
    r"|pw\b|creds?\\b|license[_ -]?key|session[_-]?key"
)
# A name, then what opens a block: `"db_password": {`, `resource "random_password" "a" {`.
_IN_A_BLOCK = (
    rf"(?:{_WORDS})[\w.-]{{0,30}}\\*[\"']?(?:[ \t]+\"[\w.-]{{1,40}}\")?[ \t]*[:=]?[ \t]*\{{[ \t\r]*"
)
# A line that ends with the name of a secret, and with what announces its value.
_NAMES_A_SECRET = (
    rf"(?:{_WORDS})[A-Za-z0-9_. -]{{0,30}}(?:\\*[\"']|</[a-z]{{1,8}})?\]?[ \t]*"
    r"(?:[:=>][ \t]*(?:[|>][+-]?[0-9]?|<<[-~]?[\"']?[A-Za-z_]+[\"']?|\"{3}|'{3}|\\)?[\"'}{ \t]*"
    r"|,|[*.\"'}{ \t]*)[ \t\r]*"
)
_EXPONENTS = r"^[ \t]*(?:privateExponent|prime[12]|exponent[12]|coefficient|priv)[ \t]*:[ \t\r]*"
_OF_A_TABLE = r"^#[^\n]*(?:secret|key|password)[^\n=:]{0,40}"
_LISTS_CODES = r"(?:backup|recovery|scratch|emergency)[ a-z]{0,20} codes?[^\n]{0,60}"
_HEADINGS = (
    "passw(?:or)?d|passwd|passphrase|secret|token|pwd|psk|pin|otp|pass|credentials?|api[_ -]?key"
    "|access[_ -]?key|secret[_ -]?key|private[_ -]?key|license[_ -]?key|kennwort|passwort"
    "|contrase(?:ñ|n)a|senha|clave|wachtwoord|mot de passe|has(?:l|ł)o|heslo|пароль|密码|密钥"
    "|パスワード|seed"
)
_HEADS_A_TABLE = (
    rf"(?:{_HEADINGS})(?:[_ ][a-z]{{1,12}})?[ \t]{{0,40}}[,;|\t]"
    rf"|[,;|\t][ \t\"]{{0,40}}(?:[a-z]{{1,20}}[_ ])?(?:{_HEADINGS})"
    r"(?:[_ ][a-z]{1,12})?[ \t\"]{0,40}[\r]?"
    rf"| {{2,40}}(?:[a-z]{{1,20}}_)?(?:{_HEADINGS})(?:[ ]{{2}}[^\n]{{0,200}})?[ \t\r]*"
)
_SHOWS = (  # a command that shows a secret
    r"\$ (?=[a-z])[^\n]{0,200}(?:passw|secret|token|credential|pass show|get-parameter|decrypt"
    r"|pgpass)[^\n]{0,200}"
)
_ASKS = (  # a question, a heading or a comment about a secret, and nothing else on its line
    r"(?:pass|pwd|\bpw\b|secret|token|\bkey\b|keyfile|cred|\bpin\b|seed|kennw|contrase|clave|senha|parol|"
    r"mot de passe|wachtw|has(?:l|ł)o|heslo|парол|密码|パスワード|passe\b)"
    r"[^\n=]{0,80}(?:[?:)]|：|？)[ \t\r]*"  # noqa: RUF001 - of Chinese
)
_COMMENTS = (
    r"^[ \t]*(?:#|//|--|;|%|untrusted comment)[^\n]{0,120}"
    r"(?:pass|secret|token|\bkey|cred|seed|cookie)[^\n=:]{0,60}"
)
# What a line ends with, begins with and looks like whose next lines hold a secret.
_ENDS = re.compile(
    rf"(?i)(?:{_NAMES_A_SECRET}|{_LISTS_CODES}|{_HEADS_A_TABLE}|{_SHOWS}|{_IN_A_BLOCK}|{_ASKS})$"
)
_BEGINS = re.compile(
    rf"(?i)^334 [A-Za-z0-9+/=]+[ \t\r]*$|(?:{_COMMENTS}|{_EXPONENTS}|{_OF_A_TABLE})$"
)
_TABLE = re.compile(rf"(?i){_HEADS_A_TABLE}[a-z]")
_LONGEST_END = 420  # characters
_MARKS_OF_KEYS = r"-----(?:BEGIN|END) [A-Za-z0-9 ]*(?i-u:key)|^Private-[A-Z][A-Za-z]*: "
# Screens of such lines, in polars, where a bound costs much and an end of the line little: they let
# more through. Lines with a time and more than two words after the name ask for nothing.
_ANY_WORD = (
    "pass|pwd|pw|secret|token|cred|psk|community|authtok|key|unseal|kennw|contrase|senha|clave"
    "|wachtw|mot de passe|parol|heslo|haslo|mnemonic|seed|recovery|otp|pin|cookie"
)
_FOREIGN_WORDS = "парол|Парол|ПАРОЛ|密码|密钥|パスワード|hasło|Hasło"
_NAMES_ANY = re.compile(rf"(?i){_ANY_WORD}|backup|scratch|emergency|{_FOREIGN_WORDS}")
_SCREENS = (
    rf"(?i-u:{_ANY_WORD})[A-Za-z0-9_. -]*[\\\"'\]:=>*{{}},|+~<]"
    r"[\\\"'\]:=>*{},|+~<. \t-]*[0-9]?[ \t\r]*$",
    rf"(?i-u:{_ANY_WORD})[A-Za-z0-9_-]*(?:[ .][A-Za-z0-9_-]*)?[. \t\r]*$",
    rf"^[^:\n]*(?i-u:{_ANY_WORD})[A-Za-z0-9_. \t-]*\r*$",
    rf"(?i-u:{_ANY_WORD})[^\n]*<[</~\"'-]*[A-Za-z_]+[\"'>]*[ \t\r]*$",
    rf"(?i-u:{_ANY_WORD})[^=\n]*[?:){{\uff1a\uff1f][ \t\r]*$",
    r"^[ \t]*(?:#|//|--|;|%|untrusted comment|334 "
    r"|(?i-u:privateExponent|prime|exponent|coefficient|priv))",
    rf"^[^:=\n]*(?i-u:{_ANY_WORD})[^:=\n]*$",
    r"[$] [a-z][^\n]*(?i-u:passw|secret|token|credential|pass show|get-parameter|decrypt|pgpass)",
    r"(?i-u:backup|recovery|scratch|emergency)[ A-Za-z]* (?i-u:code)",
    _FOREIGN_WORDS,
)
# What quotes, numbers or names the source of a line: `> `, `web-1  | `, `+`, `  693  `.
_PREFIX = re.compile(r"(?:>[ ]?|[\w.-]{1,40}[ ]{1,8}\|[ ]|\+|[ ]{1,4}\d{1,5}[ ]{2})")
_LISTED_CODE = re.compile(
    r"\s*(?:\d{1,2}[.):]?\s+|[-*]\s+)?(?P<v>[A-Za-z0-9]{4,12}(?:[- ][A-Za-z0-9]{4,12}){0,4})\s*"
)
_HEADED = re.compile(
    rf"(?i)[\s\"*]*(?:[a-z]{{1,20}}[_ ])?(?:{_HEADINGS})"
    r"(?:[_ ](?:hash|value|text|plain|code))?[\s\"*]*"
)
_HEADS_COLUMNS = re.compile(r"\s*[A-Za-z_][\w ]{0,40}(?: {2,}[A-Za-z_][\w ]{0,40}?){1,16}\s*")
_COLUMN = re.compile(r"\S+(?: \S+)*")  # of a table that blanks align
_PRINTED = re.compile(
    r"(?:\$\d+ = )?(?:0x[0-9a-f]+ )?(?P<quote>[\"']?)(?P<v>\S{6,512}?)(?P=quote)\s*"
)
_COMMAND = re.compile(rf"(?i).*?{_SHOWS}")
_CODES = re.compile(rf"(?i).*?{_LISTS_CODES}")
_MOST_ROWS, _FEWEST_COLUMNS = 100_000, 2  # of a table
_LONGEST_HEADING = 32  # characters, with the blanks that align it
_CUT_OFF = re.compile(
    r"(?m)(?P<v>^(?:(?:\S{1,40} {1,8}\| |> )?[A-Za-z0-9+/]{16,76}={0,2}[ \t\r]*\n){1,200})"
    r"(?:\S{1,40} {1,8}\| |> )?-----END [A-Z0-9 ]{0,30}PRIVATE KEY"
)
_FEW_LINES = 30  # of a message, in which any line may ask for what the next one says

_NAME = r"(?P<name>[A-Za-z_][\w.-]{0,80})"
_OPENED = re.compile(
    rf"(?P<indent>[\s-]*)(?:.*?[\s\"'{{(,.])??{_NAME}\\*[\"']?\]?\s*[:=]\s*"
    r"(?P<block>[|>][+-]?\d?|\"\"\"|'{{3}}|\\)?\s*"
)
_BLOCK = re.compile(rf".*?(?<![\w.-]){_NAME}\\*[\"']?(?:\s+\"[\w.-]{{1,40}}\")?\s*[:=]?\s*\{{\s*")
_PLAIN_NAMED = re.compile(
    r"(?i)\W*(?:value|val|v|result|plain|plaintext|text|data|content|string|raw|current|default|new|old"
    r"|b64|base64|hash|bcrypt_hash)\\*[\"']?\s*[:=]\s*\\*[\"']?(?P<v>[^\s\"'{$<][^\"']*?)\\*[\"']?,?\s*"
)
_HEREDOC = re.compile(rf".*?{_NAME}[\"']?\s*[:=]?\s*<<[-~]?[\"']?(?P<end>[A-Za-z_]+)[\"']?\s*")
_NAMED = re.compile(rf"\W*(?:name|key)[\"']?\s*[:=]\s*[\"']?{_NAME}[\"']?,?\s*", re.IGNORECASE)
_XML_NAMED = re.compile(rf".*<(?:key|name)>\s*{_NAME}\s*</(?:key|name)>\s*", re.IGNORECASE)
_XML_OPENED = re.compile(rf".*<(?:[\w.-]+:)?{_NAME}(?:\s[^<>]*)?>\s*")
_FORM = re.compile(rf"(?i).*form-data;\s*name=\"?{_NAME}\"?\s*")
_SMTP = re.compile(r"334 (?P<prompt>[A-Za-z0-9+/=]+)\s*")
_PROMPT = re.compile(
    r"(?i).*(?:assword|passphrase|passcode|\bpin)\b[^\"':=]{0,30}:?[*]?[\"'}]?\s*\{?\s*"
)
_VALUE = re.compile(r"(?i)\W*value[\"']?\s*[:=]\s*[\"']?(?P<v>[^\s\"'{$<][^\"']*?)[\"']?,?\s*")
_XML_VALUE = re.compile(r"\s*<(?P<tag>[\w.:-]+)>\s*(?P<v>[^<]+?)\s*(?:</.*)?")
_SCALAR = re.compile(
    r"(?:\S{1,40}[|>]\s)?\s*(?P<item>-\s+)?(?P<quote>[\"']?)"
    r"(?P<v>(?:(?!: )[^\"'{}\[\]<>])+?)(?P=quote)[,}]?\s*"
)
_SENT = re.compile(
    r"(?i)\s*(?:\S{0,20}[.>])?send(?:_user|line|ln)?[\s(]+(?:--\s+)?[\"'{](?P<v>[^\"'}]+?)(?:\\[rn])*[\"'}].*"
)
_LAST_WORD = re.compile(r".*?(?P<v>[A-Za-z0-9+/]{2,}={0,2})\s*")
# One word, perhaps after the name of who says it, a prompt or the sign of an item.
_ANSWER = re.compile(
    r"\s*(?:\[[\d: ]{4,10}\]\s*)?(?:[\w.@-]{1,24}:\s+|\S{1,60}[$#]\s+|[>*-]\s+)?[`\"'*]{0,3}"
    r"(?P<v>[^\s`\"'=:]{5,512}?={0,2})[`\"'*]{0,3}[.,]?\s*"
)
_ASKS_FOR = re.compile(
    r"(?i)\?|\b(?:need|send|share|give|here|below|asap|want|new|following|this|try|for)\b"
)
_NOT_ASKED = re.compile(r"(?i)public|fingerprint|BEGIN|END|cache|known.hosts")
_LONGEST_BLOCK = 20  # lines that are read of it
_REACH = 3  # lines between a name and its value
_PLAIN_VALUE = re.compile(r"(?i)(?:[0-9]{1,3}|true|false|null|none)\s*,?")
_SHORTEST = 4  # characters

_Opener = Callable[["_BareLines", int, "re.Match[str]"], "Iterator[LineSpan]"]
LineSpan = tuple[int, int, int]  # a line's number from 0, and where the value begins and ends


def runs_over_lines(raw: bytes) -> bool:
    """Whether the bytes may hold a secret that `hide_over_lines` hides; a quick test."""
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    text = pl.Series([raw.decode(errors="replace")])
    screens = (_MARKS_OF_KEYS, "ANSIBLE_VAULT", *_SCREENS)
    return any(text.str.contains(f"(?m){screen}")[0] for screen in screens)


def hide_over_lines(lines: pl.Series, *, inside: int = 0) -> tuple[pl.Series, int]:
    """The lines with multi-line secrets replaced, and how far an open key runs past the end.

    inside: the second value returned for the preceding lines; 0 where no key is open. A value whose
    name is the last of the preceding lines is not recognised.
    """
    if inside or lines.str.contains(_MARKS_OF_KEYS).any():
        lines, inside = hide_private_keys(lines, inside=inside)
    return _hide_named_values(lines), inside


def _above_end(lines: pl.Series, hidden: pl.Series) -> pl.Series:
    """The lines of keys whose begin was cut off: base64 above an end that no begin precedes."""
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    ends = (lines.str.contains(_END) & ~hidden).arg_true().to_list()
    above = list[int]()
    for end in ends:
        at = end - 1
        while at >= 0 and end - at < _MAX_LINES and _KEY_LINE.fullmatch(lines[at] or ""):
            above.append(at)
            at -= 1
    if not above:
        return hidden
    return hidden | pl.int_range(len(lines), eager=True).is_in(above)


def hide_private_keys(lines: pl.Series, *, inside: int = 0) -> tuple[pl.Series, int]:
    """The lines with private keys replaced, and how many lines an open key runs past the end.

    inside: the second value returned for the preceding lines; 0 where no key is open.
    """
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    belong, reaches = private_key_lines(lines, inside=inside)
    belong = _above_end(lines, belong.fill_null(value=False))
    hidden = pl.select(pl.when(belong).then(pl.lit(HIDDEN)).otherwise(lines).alias("line"))
    return hidden["line"], reaches


def private_key_lines(lines: pl.Series, *, inside: int = 0) -> tuple[pl.Series, int]:
    """A mask of the lines of private keys, and how many lines an open key runs past the end.

    Ingestion stores the mask, so that single lines can be read later: a line from the middle of a
    key does not show that it belongs to one. inside: the second value returned for the preceding
    lines.
    """
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    frame = pl.DataFrame({"line": lines}).with_columns(
        begin=pl.col("line").str.contains(_BEGIN),
        end=pl.col("line").str.contains(_END),
        body=pl.col("line").str.contains(_BODY),
        long=pl.col("line").str.contains(_LONG_BODY),
    )
    key = pl.col("begin").cast(pl.Int32).cum_sum()
    frame = frame.with_columns(key=key)
    depth = pl.int_range(pl.len()).over("key") + pl.when(pl.col("key") == 0).then(inside).otherwise(
        0
    )
    closed = pl.col("end").cast(pl.Int32).cum_sum().over("key") - pl.col("end").cast(pl.Int32)
    belongs = (pl.col("body") | pl.col("begin") | pl.col("end")).cum_min().over("key")
    opened = (pl.col("key") > 0) | pl.lit(inside > 0)
    frame = frame.with_columns(
        hidden=opened & (belongs | pl.col("long")) & (closed == 0) & (depth < _MAX_LINES),
        depth=depth,
    )
    last = frame.row(-1, named=True)
    reaches = last["depth"] + 1 if last["hidden"] and not last["end"] else 0
    return frame["hidden"], reaches


def named_values(text: str) -> Iterator[tuple[int, int]]:
    """Where the text holds values that stand below their names: start and end of each."""
    if "\n" not in text:
        return
    is_talk = text.count("\n") < _FEW_LINES
    for match in _CUT_OFF.finditer(text):
        yield match.span("v")
    lines = text.split("\n")
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    candidates = [
        number
        for number, line in enumerate(lines)
        if _opens_a_secret(line) or (is_talk and _ASKS_FOR.search(line) and announcements(line))
    ]
    for number, start, end in _spans_below(lines, candidates):
        yield starts[number] + start, starts[number] + end


def _opens_a_secret(line: str) -> bool:
    """Whether the next lines may hold the value of what the line names."""
    if _BEGINS.match(line):
        return True
    if not _NAMES_ANY.search(line):
        return False
    is_bare = ":" not in line and "=" not in line
    return bool(_ENDS.search(line[-_LONGEST_END:]) or (is_bare and _TABLE.search(line)))


def _hide_named_values(lines: pl.Series) -> pl.Series:
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    line = pl.col("line")
    screened = pl.any_horizontal(line.str.contains(screen) for screen in _SCREENS)
    likely = lines.to_frame("line").select(screened.alias("likely"))["likely"].arg_true()
    near = zip(likely.to_list(), lines.gather(likely).to_list(), strict=True)
    candidates = [number for number, line in near if _opens_a_secret(line)]
    if not candidates:
        return lines
    hidden: dict[int, str] = {}
    for number, start, end in _spans_below(lines, candidates):
        hidden_line = hidden.get(number, lines[number])
        hidden[number] = hidden_line[:start] + HIDDEN_VALUE + hidden_line[end:]
    if not hidden:
        return lines
    return lines.clone().scatter(list(hidden), list(hidden.values()))


def _spans_below(lines: Sequence[str] | pl.Series, candidates: Iterable[int]) -> Iterator[LineSpan]:
    """The values that belong to the names on the candidate lines; at most one a line."""
    seen: set[int] = set()
    bare = _BareLines(lines)
    for number in candidates:
        if number in seen:  # it is a value itself
            continue
        for at, start, end in _spans_of_name(bare, number):
            if at not in seen:
                seen.add(at)
                offset = bare.offset(at)
                yield at, start + offset, end + offset


class _BareLines:
    """Lines without what a chat, a terminal or a diff puts in front of each."""

    def __init__(self, lines: Sequence[str] | pl.Series) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, number: int) -> str:
        line: str = self._lines[number] or ""
        return line[self.offset(number) :]

    def offset(self, number: int) -> int:
        match = _PREFIX.match(self._lines[number] or "")
        return match.end() if match else 0


def _spans_of_name(lines: _BareLines, number: int) -> Iterator[LineSpan]:
    line = lines[number]
    yield from _spans_of_opener(lines, number)
    if _PROMPT.fullmatch(line):
        yield from _typed(lines, number)
    if _CODES.fullmatch(line):
        yield from _listed(lines, number)
    if _COMMAND.fullmatch(line):
        yield from _printed(lines, number)
    yield from _columns(lines, number)
    yield from _answers(lines, number)


def _spans_of_opener(lines: _BareLines, number: int) -> Iterator[LineSpan]:
    """Of a line that is the beginning of a value by the rules of some format."""
    line = lines[number]
    for pattern, spans in _OPENERS:
        if match := pattern.fullmatch(line):
            yield from spans(lines, number, match)
            return


def _answers(lines: _BareLines, number: int) -> Iterator[LineSpan]:
    """The answer to a question about a secret, or what a heading announces: one word of its own."""
    heading = lines[number].replace("/", " ")
    asked = [word for word in announcements(heading) if word.kind != "code"]
    if not asked or _NOT_ASKED.search(lines[number]):
        return
    is_password = any(word.kind == "password" for word in asked)
    least = COINED if is_password else STRONG
    if is_password and lines[number].rstrip().endswith(("?", ":", "：", "？")):  # noqa: RUF001 - of Chinese
        least = NUMBERED
    is_open = False
    for at, line in _following(lines, number, _REACH if len(lines) > _REACH else len(lines)):
        match = _ANSWER.fullmatch(line)
        if match and (shape_of(match["v"]) >= least or is_hexadecimal(match["v"])):
            is_open = True
            yield at, *match.span("v")
        elif is_open:
            return


def _listed(lines: _BareLines, number: int) -> Iterator[LineSpan]:
    """Codes below their heading, one on a line."""
    for at, line in _following(lines, number, _MAX_LINES):
        match = _LISTED_CODE.fullmatch(line)
        if match and any(map(str.isdigit, match["v"])):
            yield at, *match.span("v")
        elif line.strip():
            return


def _printed(lines: _BareLines, number: int) -> Iterator[LineSpan]:
    """What a command printed that was asked for a secret: one word, the next line."""
    for at, line in _following(lines, number, 1):
        match = _PRINTED.fullmatch(line)
        if match and not is_nothing(match["v"]) and (match["quote"] or _is_typed(match["v"])):
            yield at, *match.span("v")


def _columns(lines: _BareLines, number: int) -> Iterator[LineSpan]:
    """The cells below the heading of a column that holds secrets, as long as rows are as wide."""
    heading = lines[number]
    sign = max(",;|\t", key=heading.count)
    names = heading.split(sign)
    if sign not in heading:
        yield from (_commented if heading.startswith("#") else _aligned)(lines, number)
        return
    if len(names) < _FEWEST_COLUMNS or any(len(name) > _LONGEST_HEADING for name in names):
        return
    column = next((at for at, name in enumerate(names) if _HEADED.fullmatch(name)), None)
    if column is None:
        return
    for at, line in _following(lines, number, _MOST_ROWS):
        cells = line.split(sign)
        if not set(line) - set("-+=|: "):  # a line below the heading
            continue
        if len(cells) != len(names):
            return
        value = cells[column].strip(' "\t\r')
        if value and " " not in value and not is_nothing(value) and not _is_plain(value):
            start = sum(len(cell) + 1 for cell in cells[:column]) + cells[column].index(value)
            yield at, start, start + len(value)


def _commented(lines: _BareLines, number: int) -> Iterator[LineSpan]:
    """The words below the heading of a column, where a comment is the heading: `# id type key`."""
    heading = lines[number].lstrip("# ").rstrip()
    names = re.split(r"\t+| {2,}", heading)
    if len(names) < _FEWEST_COLUMNS:
        names = heading.split()
    column = next(
        (at for at, name in enumerate(names) if _HEADED.fullmatch(name) or name == "key"), None
    )
    if column is None or len(names) < _FEWEST_COLUMNS:
        return
    for at, line in _following(lines, number, _MOST_ROWS):
        cells = list(re.finditer(r"\S+", line.split(" #")[0]))
        if len(cells) != len(names):
            return
        if shape_of(cells[column][0]) >= COINED or is_hexadecimal(cells[column][0]):
            yield at, *cells[column].span()


def _aligned(lines: _BareLines, number: int) -> Iterator[LineSpan]:
    """The cells below the heading of a column where blanks align them: they overlap it."""
    names = list(_COLUMN.finditer(lines[number]))
    headed = next((name for name in names if _HEADED.fullmatch(name[0])), None)
    if (
        headed is None
        or len(names) < _FEWEST_COLUMNS
        or not _HEADS_COLUMNS.fullmatch(lines[number])
    ):
        return
    for at, line in _following(lines, number, _MOST_ROWS):
        if not line.strip():
            return
        for cell in _COLUMN.finditer(line):
            is_below = cell.start() < headed.end() and headed.start() < cell.end()
            if (
                is_below
                and " " not in cell[0]
                and not is_nothing(cell[0])
                and not _is_plain(cell[0])
            ):
                yield at, *cell.span()


def _is_plain(value: str) -> bool:
    """A number, or the line below a heading."""
    return not set(value) - set("0123456789.,:-=+ ")


def _following(lines: _BareLines, number: int, count: int) -> Iterator[tuple[int, str]]:
    for at in range(number + 1, min(number + 1 + count, len(lines))):
        yield at, lines[at]


def _until(lines: _BareLines, number: int, name: str, end: str) -> Iterator[LineSpan]:
    """Every line up to the one that holds the end, if there is one."""
    if not is_secret_under(name, "x" * 40 + "Y1", is_quoted=True):
        return
    inner = list[LineSpan]()
    for at, line in _following(lines, number, _MAX_LINES):
        if line.strip().startswith(end):
            yield from inner
            return
        if span := _whole(at, line):
            inner.append(span)


def _beside(
    lines: _BareLines, number: int, name: str, pattern: re.Pattern[str]
) -> Iterator[LineSpan]:
    """The value in the next lines, or in the line before, up to another name."""
    before = [(number - 1, lines[number - 1])] if number else []
    for at, line in [*_following(lines, number, _REACH), *before]:
        if at > number and _NAMED.fullmatch(line):
            continue
        match = pattern.fullmatch(line)
        if match and _is_value(name, match["v"], is_quoted=True):
            yield at, *match.span("v")
            return


def _indented(lines: _BareLines, number: int, opened: re.Match[str]) -> Iterator[LineSpan]:
    """The block scalar, the list or the one value below a name that ends its line."""
    name, depth = opened["name"], len(opened["indent"])
    is_block = bool(opened["block"])
    for at, line in _following(lines, number, _MAX_LINES if is_block else _REACH):
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        if is_block and indent > depth:
            if is_secret_under(name, "x" * 40 + "Y1", is_quoted=True) and (
                span := _whole(at, line)
            ):
                yield span
            continue
        match = _SCALAR.fullmatch(line)
        is_below = indent > depth or (match and match["item"]) or _is_typed(line)
        if match and is_below and _is_value(name, match["v"], is_quoted=bool(match["quote"])):
            yield at, *match.span("v")
            if match["item"]:
                continue
        return


def _typed(lines: _BareLines, number: int) -> Iterator[LineSpan]:
    """What a script sends, or a person types, after it was asked for a password."""
    for at, line in _following(lines, number, 1):
        match = _SENT.fullmatch(line)
        if match and not is_nothing(match["v"]) and not is_word(match["v"]):
            yield at, *match.span("v")


def _inside(lines: _BareLines, number: int, name: str) -> Iterator[LineSpan]:
    """The value in the block of a secret: its name says nothing, the block's says what it is."""
    for at, line in _following(lines, number, _LONGEST_BLOCK):
        if line.strip().startswith("}"):
            return
        match = _PLAIN_NAMED.fullmatch(line)
        if match and _is_value(name, match["v"], is_quoted=True):
            yield at, *match.span("v")


def _posted(lines: _BareLines, number: int, name: str) -> Iterator[LineSpan]:
    """A field of a form (RFC 7578): after an empty line."""
    for at, line in _following(lines, number, _REACH):
        if not line.strip() or line.lower().startswith("content-"):
            continue
        value = line.strip()
        if _is_value(name, value, is_quoted=True) and (span := _whole(at, line)):
            yield span
        return


def _answered(lines: _BareLines, number: int, prompt: str) -> Iterator[LineSpan]:
    """The answer to a prompt of SMTP (RFC 4954), which is in base64 as the prompt is."""
    try:
        asked = base64.b64decode(prompt, validate=True).lower()
    except binascii.Error:
        return
    if not any(word in asked for word in (b"pass", b"user", b"login")):
        return
    for at, line in _following(lines, number, 1):
        if match := _LAST_WORD.fullmatch(line):
            yield at, *match.span("v")


def _whole(number: int, line: str) -> LineSpan | None:
    """All of the line but its indentation."""
    value = line.strip()
    if not value or HIDDEN in value:
        return None
    start = line.index(value)
    return number, start, start + len(value)


def _is_value(name: str, value: str, *, is_quoted: bool) -> bool:
    value = value.strip()
    if is_nothing(value) or is_word(value) or _PLAIN_VALUE.fullmatch(value):
        return False
    return is_secret_under(name, value, is_quoted=is_quoted)


def _is_typed(line: str) -> bool:
    """A line of one word that looks like a password: the answer to a prompt above it."""
    word = line.strip()
    return (
        len(word) >= _SHORTEST
        and " " not in word
        and (is_made_up(word) or SPECIAL.search(word) is not None)
    )


def _digits(lines: _BareLines, number: int) -> Iterator[LineSpan]:
    """A number of a private key, in hexadecimal, with colons."""
    for at, line in _following(lines, number, _MAX_LINES):
        if not _HEXADECIMAL_LINE.fullmatch(line):
            return
        if span := _whole(at, line):
            yield span


_HEXADECIMAL_LINE = re.compile(r"\s*(?:[0-9a-f]{2}:?){1,32}\s*")
_EXPONENT = re.compile(rf"(?i){_EXPONENTS}")
_OPENERS: tuple[tuple[re.Pattern[str], _Opener], ...] = (
    (_HEREDOC, lambda lines, at, match: _until(lines, at, match["name"], match["end"])),
    (_NAMED, lambda lines, at, match: _beside(lines, at, match["name"], _VALUE)),
    (_XML_NAMED, lambda lines, at, match: _beside(lines, at, match["name"], _XML_VALUE)),
    (_XML_OPENED, lambda lines, at, match: _until(lines, at, match["name"], "</")),
    (_FORM, lambda lines, at, match: _posted(lines, at, match["name"])),
    (_SMTP, lambda lines, at, match: _answered(lines, at, match["prompt"])),
    (_EXPONENT, lambda lines, at, _: _digits(lines, at)),
    (_BLOCK, lambda lines, at, match: _inside(lines, at, match["name"])),
    (_OPENED, _indented),
)
