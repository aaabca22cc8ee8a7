"""Redaction of secrets that run over several lines, or stand on another line than their name.

A private key is many lines. YAML, JSON, property lists, manifests of Kubernetes and dialogues of
mail servers name a secret on one line and tell it on the next; nothing there says what it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from core.redaction.announced_blocks import SCREEN, opens_block
from core.redaction.announcements import announcements, codes_told
from core.redaction.carried_lines import as_written, taken_apart, windows_as_written
from core.redaction.continued_values import SCREEN as SCREEN_OF_VALUES
from core.redaction.continued_values import opens_value
from core.redaction.cut_lines import SCREEN as SCREEN_OF_PARTS
from core.redaction.cut_lines import spans_of_cut
from core.redaction.headed_columns import ANY_NAME, HEADINGS
from core.redaction.listed_commands import CONTINUED, spans_of_continued, spans_of_listed
from core.redaction.listed_commands import SCREEN as SCREEN_OF_COMMANDS
from core.redaction.mail_logins import SCREEN as SCREEN_OF_MAIL
from core.redaction.mail_logins import opens_mail_login
from core.redaction.marked_values import SCREEN as SCREEN_OF_MARKS
from core.redaction.marked_values import marks_secret
from core.redaction.named_rows import SCREEN as SCREEN_OF_NAMED_ROWS
from core.redaction.named_rows import opens_named_rows
from core.redaction.numbered_lists import SCREEN as SCREEN_OF_LISTS
from core.redaction.numbered_lists import opens_list
from core.redaction.open_tables import headings_in, open_at_end, rows_on
from core.redaction.paired_lines import SCREEN as SCREEN_OF_PAIRS
from core.redaction.paired_lines import opens_pair
from core.redaction.printed_values import SCREEN as SCREEN_OF_PRINTS
from core.redaction.printed_values import names_below
from core.redaction.records import SCREEN as SCREEN_OF_RECORDS
from core.redaction.records import opens_records
from core.redaction.secret_lists import SCREEN as SCREEN_OF_SECRET_LISTS
from core.redaction.secret_lists import opens_secret_list
from core.redaction.statement_parameters import SCREEN as SCREEN_OF_PARAMETERS
from core.redaction.statement_parameters import binds, lists_parameters
from core.redaction.values_below import (
    EXPONENTS,
    HIDDEN,
    LISTS_CODES,
    MAX_LINES,
    SHOWS,
    lists_accounts,
    spans_below,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

MARK = b"PRIVATE KEY"
HIDDEN_VALUE = "«secret»"
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
_OF_A_TABLE = r"^#[^\n]*(?:secret|key|password)[^\n=:]{0,40}"
_HEADS_FIRST = rf"(?:{HEADINGS})(?:[_ ][a-z]{{1,12}})?[ \t\"*]{{0,40}}[,;|\t│┃║¦]"
_HEADS_ANOTHER = (
    rf"[,;|\t│┃║¦][ \t\"*]{{0,40}}(?:[a-z]{{1,20}}[_ ])?(?:{HEADINGS})"
    r"(?:[_ ][a-z]{1,12})?[ \t\"*│┃║¦]{0,40}[\r]?"
    rf"| {{2,40}}(?:[a-z]{{1,20}}_)?(?:{HEADINGS})(?:[ ]{{2}}[^\n]{{0,200}})?[ \t\r]*"
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
# What a line ends with, begins with and looks like whose next lines hold a secret. What begins with
# one of the words is tried only where the word stands: a search tries it everywhere.
_ENDS_FROM_A_WORD = re.compile(
    rf"(?i)(?:{_NAMES_A_SECRET}|{LISTS_CODES}|{_HEADS_FIRST}|{_IN_A_BLOCK}|{_ASKS})$"
)
_ENDS = re.compile(rf"(?i)(?:{_HEADS_ANOTHER}|{SHOWS})$")
_FIRST_WORDS = (
    *(
        "pass",
        "pwd",
        "secret",
        "token",
        "cred",
        "psk",
        "community",
        "auth",
        "api",
        "access",
        "seed",
    ),
    *("private", "shared", "master", "encryption", "signing", "client", "unseal", "kennw", "senha"),
    *("contrase", "clave", "wachtw", "mot de passe", "parol", "heslo", "has", "mnemonic", "otp"),
    *("recovery", "pw", "license", "session", "backup", "scratch", "emergency", "key", "pin"),
    *("парол", "密码", "密钥", "パスワード"),
)
_BEGINS = re.compile(rf"(?i)(?:{_COMMENTS}|{EXPONENTS}|{_OF_A_TABLE})$")
_TABLE = re.compile(rf"(?i)(?:{_HEADS_FIRST}|{_HEADS_ANOTHER})[ \t\"*]{{0,40}}[^\W\d_]")
_LONGEST_END = 420  # characters
_MARKS_OF_KEYS = r"-----(?:BEGIN|END) [A-Za-z0-9 ]*(?i-u:key)|^Private-[A-Z][A-Za-z]*: "
# Screens of such lines, in polars, where a bound costs much and an end of the line little: they let
# more through. Lines with a time and more than two words after the name ask for nothing.
_FOREIGN_WORDS = "парол|Парол|ПАРОЛ|密码|密钥|パスワード|hasło|Hasło"
_NAMES_ANY = re.compile(rf"(?i){ANY_NAME}|backup|scratch|emergency|unlock|op read|{_FOREIGN_WORDS}")
_SCREENS = (
    rf"(?i-u:{ANY_NAME})[A-Za-z0-9_. -]*[\\\"'\]:=>*{{}},|+~<]"
    r"[\\\"'\]:=>*{},|+~<. \t-]*[0-9]?[ \t\r]*$",
    rf"(?i-u:{ANY_NAME})[A-Za-z0-9_-]*(?:[ .][A-Za-z0-9_-]*)?[. \t\r]*$",
    rf"^[^:\n]*(?i-u:{ANY_NAME})[A-Za-z0-9_. \t-]*\r*$",
    rf"(?i-u:{ANY_NAME})[^\n]*<[</~\"'-]*[A-Za-z_]+[\"'>]*[ \t\r]*$",
    rf"(?i-u:{ANY_NAME})[^=\n]*[?:){{\uff1a\uff1f][ \t\r]*$",
    r"^[ \t]*(?:#|//|--|;|%|untrusted comment"
    r"|(?i-u:privateExponent|prime|exponent|coefficient|priv))",
    rf"^[^:=\n]*(?i-u:{ANY_NAME})[^:=\n]*$",
    r"(?:[$] [a-z]|(?:[>#%+\]]|Run) ?(?:sudo )?(?:echo|cat|type|print|gc|head|tail|[$]env)|PS)"
    r"[^\n]*(?i-u:passw|secret|token|credential|pass show|get-parameter|decrypt|pgpass|cookie"
    r"|keyfile|_pass|_pwd|[._-]key|apikey|private|unlock --raw|op read)",
    r"(?i-u:backup|recovery|scratch|emergency)[ A-Za-z]* (?i-u:code)",
    _FOREIGN_WORDS,
    r"(?i-u:insert|update|select|call|exec|merge|create|alter)\b[^\n]*(?i-u:pass|pwd|secret|token|key|cred)"
    r"[^\n]*(?:\?|[$][0-9]|%s|[:@][a-z])",
    r"\[(?i-u:admins?|users|accounts|credentials|secrets|passwords|logins)\]\s*$"
    r"|(?i-u:secret|user|pass|netrc|login|cred)[A-Za-z0-9_.-]*[^A-Za-z0-9]*$",
    r"^[0-9]*\)? *\"[A-Za-z0-9_.-]*(?i-u:pass|auth|secret|token|key|cred)[A-Za-z0-9_.-]*\"\s*$",
    SCREEN,
    SCREEN_OF_RECORDS,
    SCREEN_OF_VALUES,
    SCREEN_OF_LISTS,
    SCREEN_OF_PARTS,
    SCREEN_OF_PARAMETERS,
    SCREEN_OF_MARKS,
    SCREEN_OF_PRINTS,
    SCREEN_OF_MAIL,
    SCREEN_OF_PAIRS,
    SCREEN_OF_SECRET_LISTS,
    SCREEN_OF_NAMED_ROWS,
    SCREEN_OF_COMMANDS,
    CONTINUED,
)
# Few expressions, as polars keeps few of them compiled.
_BUNDLES = tuple(
    "|".join(f"(?:{screen})" for screen in _SCREENS[at : at + 4])
    for at in range(0, len(_SCREENS), 4)
)
_CUT_OFF = re.compile(
    r"(?m)(?P<v>^(?:(?:\S{1,40} {1,8}\| |> )?[A-Za-z0-9+/]{16,76}={0,2}[ \t\r]*\n){1,200})"
    r"(?:\S{1,40} {1,8}\| |> )?-----END [A-Z0-9 ]{0,30}PRIVATE KEY"
)
_OF_KEYS_OR_VAULTS = f"{_MARKS_OF_KEYS}|ANSIBLE_VAULT"
_FEW_BYTES = 2_000  # of a text that Python screens
_FEW_LINES = 30  # of a message, in which any line may ask for what the next one says
_ASKS_FOR = re.compile(
    r"(?i)\?|\b(?:need|send|share|give|here|below|asap|want|new|following|this|try|for)\b"
)


def runs_over_lines(raw: bytes) -> bool:
    """Whether the bytes may hold a secret that `hide_over_lines` hides; a quick test."""
    if len(raw) <= _FEW_BYTES:
        few = raw.decode(errors="replace")
        return any(screen.search(few) for screen in _screens_in_python())
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    text = pl.DataFrame({"text": [raw.decode(errors="replace")]})
    return any(text.select(passes).item() for passes in _passes_any())


@cache
def _passes_any() -> list[pl.Expr]:
    """Whether a text passes one of the screens, an expression for each bundle of them."""
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    screens = (_OF_KEYS_OR_VAULTS, *_BUNDLES)
    return [pl.col("text").str.contains(f"(?m){screen}") for screen in screens]


@cache
def _screens_in_python() -> list[re.Pattern[str]]:
    """The same screens; Python looks at a few lines sooner than polars is set up for them."""
    screens = (_OF_KEYS_OR_VAULTS, *_SCREENS)
    return [re.compile(screen.replace("(?i-u:", "(?i:"), re.MULTILINE) for screen in screens]


@dataclass(frozen=True)
class Unfinished:
    """What goes on behind the lines that were read: an open key's lines so far, headings of tables.

    False where nothing does.
    """

    key_lines: int = 0
    headings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.key_lines or self.headings)


NOTHING = Unfinished()


def hide_over_lines(
    lines: pl.Series, *, after: Unfinished = NOTHING
) -> tuple[pl.Series, Unfinished]:
    """The lines with multi-line secrets replaced, and what of them goes on behind the last.

    after: the second value returned for the preceding lines. A value whose name is the last of the
    preceding lines is not recognised, unless the name heads a table.
    """
    key_lines = after.key_lines
    if key_lines or lines.str.contains(_MARKS_OF_KEYS).any():
        lines, key_lines = hide_private_keys(lines, inside=key_lines)
    headings = [*after.headings, *(line for _, line in headings_in(lines))]
    open_headings = open_at_end(headings, lines) if headings else ()
    hidden = _hide_named_values(lines, rows_on(after.headings, lines))
    return _hide_carried_values(hidden), Unfinished(key_lines, open_headings)


def _hide_carried_values(lines: pl.Series) -> pl.Series:
    """The same in what a log carries of another program's output, behind its own prefixes."""
    parts = taken_apart(lines)
    if parts is None:
        return lines
    before, carried, after = parts
    hidden = _hide_named_values(carried, iter(()))
    changed = (hidden != carried).arg_true()
    if changed.is_empty():
        return lines
    whole = [before.gather(changed), hidden.gather(changed), after.gather(changed)]
    return lines.clone().scatter(changed, whole[0] + whole[1] + whole[2])


def _above_end(lines: pl.Series, hidden: pl.Series) -> pl.Series:
    """The lines of keys whose begin was cut off: base64 above an end that no begin precedes."""
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    ends = (lines.str.contains(_END) & ~hidden).arg_true().to_list()
    above = list[int]()
    for end in ends:
        at = end - 1
        while at >= 0 and end - at < MAX_LINES and _KEY_LINE.fullmatch(lines[at] or ""):
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
        hidden=opened & (belongs | pl.col("long")) & (closed == 0) & (depth < MAX_LINES),
        depth=depth,
    )
    last = frame.row(-1, named=True)
    reaches = last["depth"] + 1 if last["hidden"] and not last["end"] else 0
    return frame["hidden"], reaches


def named_values(text: str) -> Iterator[tuple[int, int]]:
    """Where the text holds values that stand below their names: start and end of each."""
    if "\n" not in text and not opens_value(text):
        return
    is_talk = text.count("\n") < _FEW_LINES
    for match in _CUT_OFF.finditer(text):
        yield match.span("v")
    lines = text.split("\n")
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    carried = as_written(lines)
    readings = [(lines, [0] * len(lines)), *([carried] if carried else [])]
    for read, begins in readings:
        for number, start, end in _spans_over(read, is_talk=is_talk):
            yield starts[number] + begins[number] + start, starts[number] + begins[number] + end


def _spans_over(lines: list[str], *, is_talk: bool) -> Iterator[tuple[int, int, int]]:
    """Of each value that stands below its name its line, start and end."""
    candidates = [
        number
        for number, line in enumerate(lines)
        if _opens_a_secret(line)
        or (is_talk and _ASKS_FOR.search(line) and (announcements(line) or codes_told(line)))
    ]
    yield from spans_below(lines, candidates)
    yield from _spans_behind_prefixes(lines, candidates)
    for spans_of in _JOINED:
        yield from spans_of(lines, range(len(lines)))


def _spans_behind_prefixes(
    lines: Sequence[str] | pl.Series, candidates: Iterable[int]
) -> Iterator[tuple[int, int, int]]:
    """The same where each line begins with what some tool put there, whichever that is."""
    for number, bare, cut in windows_as_written(lines, candidates, _opens_a_secret):
        for place, start, end in spans_below(bare, [0]):
            yield number + place, start + cut[place], end + cut[place]


_JOINED = (spans_of_cut, spans_of_listed, spans_of_continued)  # what is read as one line
_OPENERS = (
    *(lists_accounts, opens_block, opens_records, opens_value, opens_list, lists_parameters),
    *(marks_secret, names_below, opens_mail_login, opens_pair),
    *(opens_secret_list, opens_named_rows),
)


def _opens_a_secret(line: str) -> bool:
    """Whether the next lines may hold the value of what the line names."""
    if _BEGINS.match(line) or any(opens(line) for opens in _OPENERS):
        return True
    if not _NAMES_ANY.search(line):
        return False
    if binds(line) or _ends_with_name(line[-_LONGEST_END:]):
        return True
    is_bare = ":" not in line and "=" not in line
    return bool(is_bare and _TABLE.search(line))


def _ends_with_name(tail: str) -> bool:
    if _ENDS.search(tail):
        return True
    lowered = tail.lower()
    if len(lowered) != len(tail):
        return _ENDS_FROM_A_WORD.search(tail) is not None
    for word in _FIRST_WORDS:
        at = lowered.find(word)
        while at >= 0:
            if _ENDS_FROM_A_WORD.match(tail, at):
                return True
            at = lowered.find(word, at + 1)
    return False


def _hide_named_values(lines: pl.Series, of_rows: Iterator[tuple[int, int, int]]) -> pl.Series:
    """of_rows: what is known to be secret by the lines before."""
    import polars as pl  # noqa: PLC0415 - see core.redaction.engine

    line = pl.col("line")
    screened = pl.any_horizontal(line.str.contains(screen) for screen in _BUNDLES)
    likely = lines.to_frame("line").select(screened.alias("likely"))["likely"].arg_true()
    near = zip(likely.to_list(), lines.gather(likely).to_list(), strict=True)
    candidates = [number for number, line in near if _opens_a_secret(line)]
    carried = _spans_behind_prefixes(lines, likely)
    hidden: dict[int, str] = {}
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    joined = (spans_of(lines, likely) for spans_of in _JOINED)
    below = spans_below(lines, candidates)
    for number, start, end in chain(below, carried, *joined, of_rows):
        spans[number].append((start, end))
    for number, places in spans.items():
        line, begins = lines[number], len(lines[number])
        for start, end in sorted(places, reverse=True):
            if end <= begins:  # two rules may see one value
                line, begins = line[:start] + HIDDEN_VALUE + line[end:], start
        hidden[number] = line
    if not hidden:
        return lines
    return lines.clone().scatter(list(hidden), list(hidden.values()))
