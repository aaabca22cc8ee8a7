"""Secrets in a numbered list: the words of a wallet, codes against a lost phone, TANs.

A wallet shows its words with their places, one or several on a row, down the columns or along the
rows (BIP 39, SLIP 39). That they are numbered from one to a length that phrases have, some of them
side by side, says what they are; of one word on a row the line above has to say it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from core.redaction.announcements import by_line
from core.redaction.rules import reading
from core.redaction.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Span = tuple[int, int, int]  # a line from 0, the heading, and where the value begins and ends

LONGEST_LIST = 60  # lines that are read of one
# How many words phrases have: BIP 39, Monero's and Electrum's, SLIP 39.
_LENGTHS = frozenset({12, 13, 15, 18, 20, 21, 24, 25, 33})
_LABELS = "word|wort|mot|palabra|palavra|parola|słowo|slovo|слово"
_PLACE = (
    rf"(?:(?i:(?:seed|mnemonic|recovery)?[ _-]?(?:{_LABELS}))[ \t_-]{{0,2}})?"
    r"[#(\[]?0?(?P<at>\d{1,2})[.):\]]{0,2}[\"']?"
)
_SEPARATOR = re.compile(r"[\s|│┃║,;*>{}\"'-]*")
_ENTRY = re.compile(
    _PLACE + r"(?:[ \t]{0,8}[|│┃║:=→-]{1,2}[ \t]{0,8}|[ \t]{1,8}|(?<=[.):\]]))[\"'`]?"
    r"(?P<v>[^\W\d_]{1,12})(?![\w'.-])"
)
_SHORTEST, _LONGEST = 3, 8  # letters of a word that no heading announces, as in most lists of words
_ROW = re.compile(  # the first of several words on a row
    r"[\s|│┃║*>{\"'-]*(?:(?i:word)[ ]?)?[#(\[]?0?1[.):\]\"' \t|│┃║=-]{1,8}[^\W\d_]{3,8}[\"'`]?"
    r"[\s|│┃║,;]{1,12}(?:(?i:word)[ ]?)?[#(\[]?\d{1,2}[.):\]\"' \t|│┃║=-]{1,8}[^\W\d_]"
)
_LABELLED = re.compile(  # the first of words that say of themselves what they are: `Word 1: …`
    r"[\s|│┃║*>{\"'-]*"
    rf"(?i:(?:seed|mnemonic|recovery)?[ _-]?(?:{_LABELS}))[ \t_#-]{{0,2}}0?1(?!\d)"
)
_OF_A_WALLET = re.compile(
    r"(?i)wallet|mnemonic|\bslip-?39|\bbip-?39|\b(?:ledger|trezor|metamask|electrum|monero|keystone|shamir)"
    r"\b[^\n]{0,40}(?:backup|phrase|words|seed|recover|share)"
    r"|(?:seed|recovery|backup|secret)[ _-]?(?:phrase|words|sheet|card|seed)"
    r"|\b(?:these|the|following|all|\d\d)\s(?:\w{1,10}\s)?words\b"
    r"|wiederherstellungs(?:phrase|w[öo]rt|satz)|merks[äa]tz|die(?:se)?\s(?:\d\d\s)?w[öo]rter"
    r"|frase\s(?:semilla|secreta|de\srecup)|palabras|palavras|parole\b|frase\s(?:di\srec|segreta)"
    r"|phrase\s(?:de\sr[ée]cup|secr[èe]te)|\bces\s(?:\d\d\s)?mots\b|herstelzin|herstelwoorden"
    r"|återställningsfras|fraz[aęy]\sodzysk|obnovovac|мнемон|сид-?фраз"
    r"|секретн\w{2}\sфраз|助记词|助記詞"  # noqa: RUF001 - Cyrillic
    r"|ニーモニック|フレーズ|니모닉|복구\s?(?:문구|구문)"
)
_FARTHEST_HEADING = 2  # lines between a heading and the list
_LONGEST_HEADING = 400  # characters, of a row with all words of a phrase
_SYSTEMS = frozenset(WORDS["systems"]["words"])
_COUNTED = frozenset({"january", "januar", "janvier", "enero", "gennaio", "jan", "monday"})
# Codes, of which one lets in once: several lists of several on a row.
_LISTS_CODES = re.compile(
    r"(?i)[^\n]{0,80}?(?:\b(?:backup|recovery|scratch|emergency|rescue|reserve|one-?time|2fa|mfa"
    r"|otp)[ _-]?(?:[a-z]{1,14}[ _-]){0,2}codes?|\bi?TANs?\b[ -]?(?:list[ea]?|bogen|block|codes)?"
    r"|(?:wiederherstellungs|ersatz|notfall|sicherheits|einmal)-?codes"
    r"|codes?\sde\s(?:secours|r[ée]cup[ée]ration)"
    r"|c[óo]digos\sde\s(?:recup|respaldo|seguran|backup|emerg)\w*"
    r"|codici\sdi\s(?:backup|recupero|emergenza)|kody\s(?:zapasowe|odzysk|jednoraz)\w*|herstelcodes"
    r"|резервны[ех]\sкод\w{0,3}|код\w{0,3}\sвосстановл\w*"  # noqa: RUF001 - Cyrillic
    r"|备用码|备用验证码|恢复代码|恢复码|バックアップ\s?コード"
    r"|リカバリー\s?コード|백업\s?코드|복구\s?코드)[^\n=]{0,60}"
)
_CODE = re.compile(
    r"(?:\[[ x]?\][ ]?|[-*•][ ]|#?\d{1,3}[.):]?[ \t]{1,4})?[\"'`]?"
    r"(?P<v>(?=[A-Za-z0-9 -]{0,40}\d|[a-z]{4,6}-[a-z]{4,6})"
    r"[A-Za-z0-9]{4,12}(?:-[A-Za-z0-9]{3,12}|[ ]\d{3,5}(?![\w.):])){0,4})[\"'`]?,?(?=\s|\||$)"
)
_NO_CODE = re.compile(r"\d{4}-\d\d-\d\d")
SCREEN = (  # of such headings and rows, in polars
    r"(?i-u:wallet|mnemonic|slip-?39|bip-?39|(?:these|the|following|all|[0-9]) (?:[a-z]+ )?words"
    r"|(?:ledger|trezor|metamask|electrum|monero|keystone|shamir)[ -~]*"
    r"(?:backup|phrase|words|seed|recover|share)"
    r"|(?:seed|recovery|backup|secret)[ _-]?(?:phrase|words|sheet|card|seed)"
    r"|palabras|palavras|parole|frase (?:s|de |di )|phrase (?:de |se)"
    r"|herstel|fraz|obnovovac|merks| mots\b)"
    r"|(?i-u:wiederherst)|ese [^\n]*rter\b|ställnings|немон|фраз|助记词|助記詞|ニーモニック"
    r"|フレーズ|니모닉|복구|(?i-u:word|wort|mot|palabra|palavra|parola|owo|slovo)"
    r"[ \t_#-]*0?1[^0-9]|лово ?#?1[^0-9]"
    r"|^[\s|│┃║*>{\"'-]*(?:(?i-u:word) ?)?[#(\[]?0?1[.):\]\"' \t|│┃║=-]+[^\s0-9|]+"
    r"[\s|│┃║,;]+[^\s0-9]*[0-9]"
    r"|(?i-u:(?:backup|recovery|scratch|emergency|rescue|reserve|time|2fa|mfa|otp)[ _-]?"
    r"(?:[a-z]+[ _-])*codes?|[a-z]-?codes\b|codes? de |digos de |codici di |kody )|\bi?TANs?\b"
    r"|(?i-u:tan-?list|tan-?bogen)|резервн|восстановл|备用|恢复|コード|코드"
)
# One of these is in every heading, in small letters; what the first row begins with, bare.
_HINTS = re.compile(
    "wallet|mnemonic|ip-?39|words|phrase|seed|sheet|card|ledger|trezor|metamask|electrum|monero"
    "|keystone|shamir|frase|palabras|palavras|parole| mots|herstel|fras|fraz|obnov|w[öo]rter|wort"
    "|merks|мнемон|фраз|助|フレーズ|ニーモ|니모닉"
    "|복구|codes|codici|c[oó]digos|tan[ :-]|tans|kody|код"
    r"|备用|恢复|コード|코드|code\b"
)
_SIGNS = " \t|│┃║*>{\"'[(#-"


class _Entry(NamedTuple):
    """A word with its place in the list, and where on its line it stands."""

    place: int
    word: str
    start: int
    end: int

    @classmethod
    def of(cls, match: re.Match[str]) -> _Entry:
        return cls(int(match["at"]), match["v"], *match.span("v"))


def opens_list(line: str) -> bool:
    """Whether the line is the first row of such a list, or may announce one."""
    if len(line) > _LONGEST_HEADING or not _may_open(line):
        return False
    return any(
        opens(line) is not None
        for opens in (_ROW.match, _LABELLED.match, _OF_A_WALLET.search, _LISTS_CODES.fullmatch)
    )


def spans_in_list(heading: str, lines: Sequence[str]) -> Iterator[Span]:
    """Where the words or codes stand: line 0 is the heading, which may be the first row itself."""
    if not _may_open(heading):
        return
    if _ROW.match(heading) or _LABELLED.match(heading):
        is_labelled = _LABELLED.match(heading) is not None
        yield from _words([heading, *lines], 0, is_announced=is_labelled)
    elif _OF_A_WALLET.search(heading):
        first = next((at for at, line in enumerate(lines, 1) if _entries(line)), 0)
        if 0 < first <= _FARTHEST_HEADING + 1:
            yield from _words(lines[first - 1 :], first, is_announced=True)
    if _LISTS_CODES.fullmatch(heading):
        yield from _codes(lines)


def _may_open(line: str) -> bool:
    """Whether it begins as a first row does, or holds a word of a heading: a quick test."""
    if line.lstrip(_SIGNS).startswith(("1", "01")):
        return True
    return _LABELLED.match(line) is not None or _HINTS.search(line.lower()) is not None


def _entries(line: str) -> list[_Entry]:
    """The words of a row, where it holds nothing but words and their places."""
    entries, at = list[_Entry](), 0
    line = line.rstrip()
    while at < len(line):
        at = _end(_SEPARATOR, line, at)
        entry = _ENTRY.match(line, at)
        if entry is None:
            return entries if at == len(line) else []
        entries.append(_Entry.of(entry))
        at = entry.end()
        at += line[at : at + 1] in {'"', "'", "`"}
    return entries


def _end(pattern: re.Pattern[str], line: str, at: int) -> int:
    match = pattern.match(line, at)
    return match.end() if match else at


def _words(lines: Sequence[str], first: int, *, is_announced: bool) -> Iterator[Span]:
    """The words of the rows, up to the last with which they are as many as a phrase has."""
    rows = list[tuple[int, list[_Entry]]]()
    for at, line in enumerate(lines[:LONGEST_LIST], first):
        entries = _entries(line)
        if entries:
            rows.append((at, entries))
        elif set(line.strip()) - set("|-+=:│┃║─━┼├┤"):
            break
    while rows and not _is_phrase(
        [entry for _, row in rows for entry in row], is_announced=is_announced
    ):
        rows.pop()
    for at, row in rows:
        yield from ((at, entry.start, entry.end) for entry in row)


def _is_phrase(entries: Sequence[_Entry], *, is_announced: bool) -> bool:
    """Whether they are numbered from one to a length that phrases have, and are no names."""
    if len(entries) not in _LENGTHS or {entry.place for entry in entries} != set(
        range(1, len(entries) + 1)
    ):
        return False
    if is_announced:
        return True
    words = [entry.word.lower() for entry in entries]
    # Lists of words for wallets hold hardly any plural; what a machine lists is mostly one.
    of_systems = sum(word in _SYSTEMS or word.endswith("s") for word in words)
    return (
        3 * of_systems <= len(words)
        and _COUNTED.isdisjoint(words)
        and all(_SHORTEST <= len(word) <= _LONGEST for word in words)
        and len({entry.word.istitle() for entry in entries}) == 1
    )


def _codes(lines: Sequence[str]) -> Iterator[Span]:
    """Codes, one or several on a row, below their heading."""
    is_open = False
    for at, line in enumerate(lines[:LONGEST_LIST], 1):
        codes = _codes_of(line)
        if not codes:
            if line.strip() and (is_open or at > _FARTHEST_HEADING):
                return
            continue
        is_open = True
        yield from ((at, start, end) for start, end in codes)


def _codes_of(line: str) -> list[tuple[int, int]]:
    """The codes of a row that holds nothing else."""
    codes, at = list[tuple[int, int]](), 0
    line = line.rstrip()
    while at < len(line):
        at = _end(_SEPARATOR, line, at)
        code = _CODE.match(line, at)
        if code is None or _NO_CODE.fullmatch(code["v"]):
            return codes if at == len(line) else []
        codes.append(code.span("v"))
        at = code.end()
    return codes


def _on_one_line(line: str) -> Iterator[tuple[int, int]]:
    """The words of a list that stands on one line, perhaps behind words that announce it."""
    for first in _FIRST.finditer(line):
        entries, at = list[_Entry](), first.start("at")
        while entry := _ENTRY.match(line, at):
            entries.append(_Entry.of(entry))
            at = _end(_BETWEEN, line, entry.end())
        is_announced = _OF_A_WALLET.search(line, 0, first.start()) is not None
        if _is_phrase(entries, is_announced=is_announced):
            yield from ((entry.start, entry.end) for entry in entries)
            return


_FIRST = re.compile(
    r"(?<![\w.])[#(\[]?(?P<at>0?1)[.):\]\"' =-]{1,3}[^\W\d_]{1,12}[\"'`]?[\s|,;]{1,4}"
    r"(?:word[ ])?[#(\[]?0?2[.):\]\"' =-]"
)
_BETWEEN = re.compile(r"[\"'`]?[\s|,;]{0,4}[#(\[]?(?=\d)")
RULES = (
    reading(
        "12",
        lambda text: by_line(_on_one_line, text),
        screen=r"1[.):\]\"' =-]+[^\s0-9]+[\s|,;]+[#(\[]?0?2[.):\]\"' =-]+"
        r"[^\s0-9]+[\s|,;]+[#(\[]?0?3[.):\]\"' =-]",
    ),
)
