"""Values that a word of their line announces as secrets, and values that only a machine makes up.

The rules of other modules know forms. Here a line is read as a careful person would: a word, of
whatever language, says that a secret follows, and something stands near it that looks like one. The
nearer it stands, the less it has to look so. The words are in `announcements.toml`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from core.redaction.rules import reading
from core.redaction.secret_values import (
    UUID,
    is_mixed,
    is_nothing,
    is_object_name,
    is_of_a_cache,
    is_word,
    names_stored_secret,
)
from core.redaction.shapes import (
    COINED,
    DRAWN,
    NAME_OF_AN_ID,
    NUMBERED,
    ORDINARY,
    ORDINARY_NAME,
    STRONG,
    TAIL,
    is_hexadecimal,
    is_part_of_system,
    is_told,
    shape_of,
)
from core.redaction.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_DATA = WORDS
_PASSWORD, _TOKEN, _CODE = "password", "token", "code"
_KINDS = (_PASSWORD, _TOKEN, _CODE)
_MOST_READ = 4000  # characters of a line
_SHORTEST_LINE = 6  # characters
_FEWEST_PLAIN_WORDS = 3
_FEW_WORDS = 8  # between the announcement and what it announces
_LONG, _SHORTEST_TOKEN, _LONG_STRONG, _LONG_HEXADECIMAL = 28, 10, 12, 32  # characters

_SIGNS = r"\s\"'`|<>(){}\[\],;=:«»“”„‘’「」、。\uff1a\uff1d→"  # noqa: RUF001 - quotes that people type
# Letters with digits or signs, or letters whose case changes; digits alone may be a code.
_VALUE = re.compile(
    rf"(?<![^{_SIGNS}])(?=[^{_SIGNS}]*?(?:[0-9!#%^*~$?&+@]|[a-z][A-Z]|[a-z][._-][a-z]"
    rf"|/[a-z]*[A-Z]|[A-Z][a-z]*/))"
    rf"(?:(?<=[\[(])[A-Za-z][\w.-]{{0,30}}/)?"  # `[eva/…]`
    rf"(?P<v>(?=[\w.-]{{1,24}}(?:[$#]|%(?![0-9A-Fa-f]{{2}}|=)|[!^~*+](?!=)))(?:[^{_SIGNS}]|=){{4,512}}"
    rf"|[^{_SIGNS}]{{4,512}}={{0,2}})"  # `x!y=z` is one; `x=z` and `x+=z` are a name and a value
)
_IDENTIFIER = re.compile(r"[^\W\d](?:[\w.-]*\w)?")
_SUBWORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+|\d+")
_PLAIN_LETTERS = str.maketrans("łøßıđ", "losid")

# What stands between an announcement and its value.
_COPULA = "|".join(_DATA["between"]["copulas"])
_ADVERB = "|".join(_DATA["between"]["adverbs"])
_ARTICLE = "|".join(_DATA["between"]["articles"])
_OF = "|".join(_DATA["between"]["prepositions"])
_ADJACENT = re.compile(
    r"(?i)(?:%5D|%22|%27|\\{0,3}[\"'`*_\])]){0,3}(?:\s*\([^()]{0,40}\)|\s*\[[^\[\]]{0,24}\])?"
    rf"(?:\s+(?:{_OF})\s+(?:(?:{_ARTICLE})\s+){{0,2}}[\w.@/-]{{1,64}}(?:\s[\w.@/-]{{1,30}}){{0,2}}?){{0,2}}"
    r"(?:\s(?!number|nummer|n[ou]\b|id\b|name)[^\W\d]{2,16}(?=\s?[:=\uff1a]))?"
    r"\s*(?:\\{0,3}[\"'`*_]{0,2}\s*(?:=>|->|→|:=|=+|:|\uff1a|\uff1d|\||\.{2,}|—|\u2013)\s*"
    rf"|\s?(?:{_COPULA})(?=[\s:]|[^\x00-\x7f])\s*){{1,3}}"
    rf"(?:(?:{_ADVERB})\s+)?\\{{0,3}}[\"'`*_«“„‘(\[「]{{0,3}}"  # noqa: RUF001 - quotes
    r"|[\"'`*_]{0,2}(?:\t+| {2,})\s*[\"'`*_「]{0,3}|\s*\\{0,3}[\"'`*]{1,3}"
    r"|\\{0,3}[\"'`*],?\s+\\{0,3}[\"'`*]|\s*[<>]{1,3}\s*"
)
_CALL = re.compile(r"\((?:[^()=]{0,80},)?\s*\\{0,3}[\"'`]")  # `setPassword("…")`
_BESIDE = re.compile(r"[\"'`*_]{0,2} [\"'`*_“„‘]{0,2}")  # noqa: RUF001 - quotes
_AS_A_PASSWORD = re.compile(r"[\"'`]? (?:as|is|was) (?:[\w.-]{1,24} ){0,3}")
_SETTING = re.compile(r" (?:[\w.-]{1,40} )?[\"']?")  # `auth-pass NAME …`, at the end of a line
_PASSED = re.compile(r"[:=|→\uff1a\uff1d>]|\s(?:is|es|est|ist|lautet)\s|は|是|为|為")


# A sentence that tells a password: what stands between the word and the value, on either side.
_TELLING = _DATA["telling"]
_TELLS = re.compile(
    r"(?i)(?:[^.;!?\n]|\.(?=\w)){0,60}?"
    rf"(?:\s?(?:[:=?\uff1a\uff1d>→—|«「\u2013]|\.{{3}}|…|{'|'.join(_TELLING['particles'])})\s?"
    rf"|(?:^|\s)(?:{'|'.join(_TELLING['copulas'])})\s(?:(?:{_ADVERB})\s)?)"
    r"[\"'`*_(\[«“„‘「]{0,3}"  # noqa: RUF001 - quotes
)
_STATES = re.compile(
    rf"(?i)(?:\s[^\s.;!?:=]{{1,24}}){{0,6}}\s(?:{'|'.join(_TELLING['copulas'])})\s(?:(?:{_ADVERB})\s)?"
)
_CAMEL_WORDS = re.compile(  # names in code: `LdapSync2Server`
    r"(?:[A-Z]?(?=[a-z]*[aeiouy])[a-z]{2,}+|\d|[A-Z]{2,}+(?![a-z])|[A-Z]{2,}(?=[A-Z][a-z]))+"
)
_CHANGES = re.compile(rf"(?i){'|'.join(_TELLING['changes'])}")
_INTO = re.compile(
    rf"(?i)[^.;!?\n:=]{{0,60}}?\s(?:{'|'.join(_TELLING['into'])})\s"
    r"[\"'`*_«“„‘]{0,3}"  # noqa: RUF001 - quotes
)
_TOLD_BEFORE = re.compile(
    r"(?i)[\"'`*_»”’」]{0,3}(?:"  # noqa: RUF001 - quotes
    rf"\s?(?:{'|'.join(_TELLING['particles_before'])})\s?"
    rf"|[^.;\n]{{0,48}}?[\s,(]{{1,2}}(?:{'|'.join(_TELLING['before'])})\s(?:[^\s.;,]{{1,20}}\s){{0,4}}[^\s.;]{{0,12}}"
    r"|\s?(?:\(|<-|—|\u2013|\s-\s|=)\s?(?:[^\s.;]{1,20}\s){0,4}[^\s.;]{0,12})"
)
_REPORTS = re.compile(rf"(?i){'|'.join(_TELLING['reports'])}")
_NAMES_ANOTHER = re.compile(
    rf"(?i)(?:^|[\s_.-])(?:{'|'.join(_TELLING['others'])})[\"'`]?\s?[:=]?\s?[\"'`]?$"
)
_ENDS_CLAUSE = re.compile(
    r"(?i)[\"'`*_)\]]{0,3}(?:\s*$|[.,;!?](?:\s|$)|\s(?:for|on|to|auf|für|para|pour|per|для"
    r"|from|fyi|no longer|still works|stopped|doesn't|does not)\b|\s?[^\x00-\x7f])"
)
_FARTHEST = 120  # characters between a word and the value that it tells
_NEAR = 16  # characters before a value: `use …`
_LOOSE = re.compile(r",| -|\((?=[\"'`*_]*$)")  # parts a value from its word, and much else
_OF_ACCESS = {"login", "logins", "unlock", "unlocks", "unlocked", "identify", "secrets"}
_OF_IDS = ("token", "apikey", "api_key", "secret", "password", "api key")
_NEXT_TO = re.compile(r"[\"'`*_]{0,2}\s?(?:->|→|:|=|\bis\b)?\s?[\"'`*_]{0,2}")
_WIRELESS = re.compile(r"(?i)wi-?fi|wlan|ssid|wpa|hotspot")


_OWN_NAME = re.compile(
    r"(?P<name>[A-Za-z_][\w.-]{0,80})\\{0,3}[\"'`]?\]?\s{0,3}(?:[=:]|=>)\s{0,3}\\{0,3}[\"'`\[]?$"
)
_PARAMETER = re.compile(r"\s-{1,2}(?P<name>[A-Za-z][\w.-]{0,80})=[\"']?\Z")
_PLAIN_NAMES = frozenset(_DATA["ordinary"]["plain"])
_SENTENCE_ENDS = re.compile(r"[.!?]\s|;\s|\b(?:but|because|while)\b")
_DIGITS = re.compile(
    r"(?<![A-Za-z0-9_\u00c0-\u052f.:/#+-])(?:[A-Z]-)?(?P<v>\d{3}[ -]\d{3}|\d{4,8}|\d\d-\d\d-\d\d"
    r"|[A-Z0-9]{4}-[A-Z0-9]{4})"
    r"(?![A-Za-z0-9_\u00c0-\u052f:/%-]|\.\d)"  # in Japanese words stand beside them
)
_OF_A_CODE = re.compile(r"(?i)\s(?:is|was|ist|es|est|as|als|er|är|to|jest|—)\s[^\d=.;]{0,40}")


_OF_DIGITS = re.compile(
    rf"(?<![^\W\d_])(?P<own>{'|'.join(_DATA['digits']['own'])})(?![^\W\d_])"
    rf"|(?i:(?<![a-z])(?:[^\W\d_]{{2,16}}-?)?(?:{'|'.join(_DATA['digits']['words'])})(?![a-z]))"
)
_GIVES_ACCESS = re.compile(rf"(?i){'|'.join(_DATA['digits']['access'])}")
_MACHINES = re.compile(rf"(?i){'|'.join(_DATA['digits']['machines'])}")
_TELLS_DIGITS = re.compile(
    rf"(?i)[^\d.;!?=]{{0,60}}?(?:[:=\uff1a—\u2013,-]|\s(?:{'|'.join(_TELLING['copulas'])})(?=\s)"
    rf"|\s(?:{'|'.join(_TELLING['into'])})(?=\s)|{'|'.join(_TELLING['particles'])})\s?[\"'`*_(「]{{0,3}}"
)
_NAMES_PLACE = re.compile(r"[ \w-]{1,40}(?::| is) ")
_LEADS_TO_DIGITS = re.compile(r"(?:,?\s[^\s\d.;:=]{1,20}){1,4}\s")
_SAYS_DIGITS = re.compile(r"(?i)(?:^|\s)(?:use|enter|says|typed?|try|with)\s[\"'`*]{0,2}$")
_PINS = {"pin", "pins", "PIN", "PINs"}


@dataclass(frozen=True)
class Announcement:
    """Where a line says that a secret stands, and of which kind it is."""

    start: int
    end: int
    kind: str


def _words(section: str, name: str) -> frozenset[str]:
    return frozenset(_DATA[section].get(name, ()))


_INFLECTED = re.compile(rf"(?:{'|'.join(_DATA[_PASSWORD]['stems'])})[a-z]{{0,6}}")
_NAMED = {word: kind for kind in _KINDS for word in _words(kind, "words")}
_ENDINGS = {ending: kind for kind in _KINDS for ending in _DATA[kind].get("endings", ())}
_ALL_ENDINGS = tuple(_ENDINGS)
_CODE_WORDS = frozenset({"code", "codes", "codigo", "codice", "kod"})
_WITH_OTHERS = _CODE_WORDS | {"key", "keys", "passe"}  # which announce with a word before them
_LOOKUPS, _HARMLESS = _words("key", "lookups"), _words("public", "after")
_NEUTRAL = _words("neutral", "words")
_CODES, _CODES_OF_MACHINES = _words(_CODE, "before"), _words("public", "codes")
_FOREIGN = re.compile(
    "|".join(rf"(?P<{kind}>{'|'.join(_DATA[kind]['foreign'])})" for kind in _KINDS)
)


@lru_cache(maxsize=16384)
def kind_of(identifier: str, preceding: str) -> str:
    """What kind of secret the identifier announces; "" for none. preceding: the word before it."""
    folded = _folded(identifier)
    if kind := _NAMED.get(folded.lower()):  # with digits, which part words: `2fa`, `HA1`
        return kind
    parts = _SUBWORD.findall(folded)
    words = [part.lower() for part in parts]
    if words[:2] == ["public", "key"]:  # `PublicKeyToken` names an assembly of .NET
        return ""
    for number in range(len(words) - 1, -1, -1):
        before = words[number - 1] if number else preceding
        if kind := _kind_of_word(words[number], before):
            following = [word for word in words[number + 1 :] if not word.isdecimal()]
            return kind if all(word in _NEUTRAL for word in following) else ""
    return ""


def _folded(text: str) -> str:
    """The text without accents."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text.translate(_PLAIN_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _kind_of_word(word: str, before: str) -> str:  # noqa: PLR0911 - a list of cases, in order
    if word in {"key", "keys"}:
        return "" if before in _LOOKUPS else _TOKEN
    if word in _CODE_WORDS:
        return _CODE if before in _CODES and before not in _CODES_OF_MACHINES else ""
    if word == "passe":
        return _PASSWORD if before in {"", "de", "palavra", "palabra"} else ""
    if _INFLECTED.fullmatch(word):
        return _PASSWORD
    if kind := _NAMED.get(word):
        return "" if kind != _PASSWORD and before in _LOOKUPS else kind
    if word.endswith(_ALL_ENDINGS):
        return next(kind for ending, kind in _ENDINGS.items() if word.endswith(ending))
    return ""


@lru_cache(maxsize=16384)
def _may_announce(identifier: str) -> bool:
    """Whether the identifier announces a secret after some word; of most none does."""
    folded = _folded(identifier)
    if folded.lower() in _NAMED:
        return True
    words = [part.lower() for part in _SUBWORD.findall(folded)]
    return any(
        word in _NAMED
        or word in _WITH_OTHERS
        or word.endswith(_ALL_ENDINGS)
        or _INFLECTED.fullmatch(word)
        for word in words
    )


@lru_cache(maxsize=64)  # several rules ask for the same line, one after the other
def announcements(line: str) -> tuple[Announcement, ...]:
    """The words of the line that announce a secret; names of what is public are none."""
    result, preceding = [], ""
    for match in _IDENTIFIER.finditer(line):
        identifier = match[0]
        may_announce = len(identifier) > 1 and _may_announce(identifier)
        if may_announce and (kind := kind_of(identifier, preceding)):
            start, end = match.span()
            is_in_path = line[start - 1 : start] == "/" or line[end : end + 1] == "/"
            if (not is_in_path or identifier.isupper()) and not (
                _is_followed_by_harmless(line, end)
                or (identifier.lower() == "key" and is_of_a_cache(line, start))
            ):
                result.append(Announcement(start, end, kind))
        preceding = identifier.lower()
    if not line.isascii():
        foreign = _FOREIGN.finditer(line.lower())
        result += [Announcement(*match.span(), match.lastgroup or _PASSWORD) for match in foreign]
    return tuple(result)


_NEXT_WORD = re.compile(r" ([a-z]+)(?![\w.-])")


def _is_followed_by_harmless(line: str, end: int) -> bool:
    """`token bucket`, `password policy`."""
    match = _NEXT_WORD.match(line, end)
    return match is not None and match[1] in _HARMLESS


# Words in a row, of a wallet; and one word where a sentence says that it is the password.
_PHRASE = re.compile(r"(?<![\w-])(?P<v>(?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8})(?![\w-])")
_OF_A_WALLET = re.compile(r"(?i)phrase|seed|mnemonic|wallet|recovery|bip-?39|secret|words")
_STOP_WORDS = frozenset(_DATA["ordinary"]["stop"])
_STATED_WORD = re.compile(
    r"\s(?:is|=|:|was changed to|is now|set to|es|ist|lautet|est|é|è)\s[\"'`*]{0,2}"
    r"(?P<v>[A-Za-z]{5,24})[\"'`*]{0,2}(?=\s*[.,;!?)]?(?:\s*$|\s(?:for|on|if|,|in case)\b))"
)
_OF_A_SENTENCE = re.compile(r"(?:ed|ing|ble|ly|able|ory|ive|ous|ful|less|al)$")


# Before the name of a resource of AWS, the digest of an image: no secrets, whatever the line says.
_NAMES_RESOURCE = re.compile(r"(?:\barn:aws[\w-]{0,20}:[\w:-]{0,90}:|@sha(?:256|512):)\Z")
_MAY_BE_WORDS = re.compile(
    r"(?i)(?:pass|pw|secret|parol|senha|clave|contrase|kennw|heslo|wachtw|has[lł]o|lösenord"
    r"|adgangskode|kodeord|salasana|jelsz|парол|d.acc[eè]s|d.accesso|de ace?sso|unlock"
    r"|wi-?fi|wlan|ssid|wpa|hotspot).*"
    r"[^A-Za-z0-9]"
    r"|(?:phrase|seed|mnemonic|words)"
)


# Plain words to the end of a quote, a clause or the line: three or more, none of which a sentence
# about a password needs.
_PLAIN_WORDS = re.compile(
    r"(?P<v>[^\W\d_]{3,14}(?:[ ][^\W\d_]{3,14}){2,9}(?:[ ]?\d{1,4})?[!?]?)"
    r"(?=[\"'`*_\])]{0,2}\s*(?:[.,;!|)\]}]|$))"
)
_FUNCTION_WORDS = frozenset(_DATA["ordinary"]["function"])
_FOREIGN_FUNCTION_WORDS = frozenset(_DATA["ordinary"]["function_elsewhere"])
_OF_A_REPORT = re.compile(r"(?:ed|ing|tion|sion|ment|able|ible|ly|ous|ful|less|ive|ity|ance|ence)$")


def is_phrase(value: str) -> bool:
    """Plain words that make no sentence: `correct horse battery staple`."""
    words = value.lower().rstrip("!?0123456789 ").split()
    of_sentences = sum(
        word in _FUNCTION_WORDS
        or word in _FOREIGN_FUNCTION_WORDS
        or word in _STOP_WORDS
        or is_part_of_system(word)
        or is_word(word)
        or bool(kind_of(word, ""))
        or _OF_A_REPORT.search(word) is not None
        for word in words
    )
    return len(words) >= _FEWEST_PLAIN_WORDS and of_sentences <= len(words) // 4


def _plain_words(line: str, nearby: Sequence[Announcement]) -> Iterator[tuple[int, int]]:
    """Words that a password, or a phrase, is said to be."""
    for word in nearby:
        is_phrase_due = "phrase" in line[word.start : word.end].lower()
        if not is_phrase_due and word.kind != _PASSWORD and not _may_be_told(word, line):
            continue
        # What it is of may stand between: `passphrase of the backup key 2BB6: …`.
        for gap in (_ADJACENT, _BESIDE, _TELLS):
            between = gap.match(line, word.end)
            match = _PLAIN_WORDS.match(line, between.end()) if between else None
            # Words with other letters are more often those of a sentence, which no sign begins.
            is_passed = match is not None and (
                match["v"].isascii() or _PASSED.search(line[word.end : match.start("v")])
            )
            if match and is_passed and is_phrase(match["v"]):
                yield match.span("v")
                break


# Plain words in quotes, near a word that announces a password or opens something.
_QUOTED_PHRASE = re.compile(
    r"[\"'`“„«「]\s?(?P<v>[A-Za-z]{3,14}(?:[ -][A-Za-z]{3,14}){2,9}(?:[ ]?\d{1,4})?[!?]?)"
    r"\s?[\"'`”“»」]"
)
_OPENS = re.compile(
    r"(?i)pass|\bpw\b|psk|pwd|secret|phrase|unlock|\bopens\b|decrypt|[_-]key\b|key-?string|kennw"
    r"|parol|senha|clave|contrase|hesl|hasł|wachtw|mot de passe"
)
_AROUND_A_PHRASE = (60, 40)  # characters before and behind it


def _quoted_phrases(line: str) -> Iterator[tuple[int, int]]:
    """Words in quotes that a password, or what opens something, is said to be."""
    for match in _QUOTED_PHRASE.finditer(line):
        begin, end = match.span()
        before = line[max(0, begin - _AROUND_A_PHRASE[0]) : begin]
        opens = _OPENS.search(before) or _OPENS.search(line[end : end + _AROUND_A_PHRASE[1]])
        if opens and is_phrase(match["v"].replace("-", " ")) and not _REPORTS.search(before):
            yield match.span("v")


def _phrases(line: str, nearby: Sequence[Announcement]) -> Iterator[tuple[int, int]]:
    yield from _plain_words(line, nearby)
    for match in _PHRASE.finditer(line):
        words = re.findall(r"[a-z]+", match[0])
        of_prose = sum(word in _STOP_WORDS for word in words)  # some are words of wallets, too
        if _OF_A_WALLET.search(line, 0, match.start()) and of_prose <= len(words) // 4:
            yield match.span("v")
    for word in nearby:
        stated = _STATED_WORD.match(line, word.end) if word.kind == _PASSWORD else None
        if stated and not is_word(stated["v"].lower()) and not is_nothing(stated["v"]):
            value = stated["v"].lower()
            if value not in _STOP_WORDS and not _OF_A_SENTENCE.search(value):
                yield stated.span("v")


def by_line(
    in_line: Callable[[str], Iterator[tuple[int, int]]], text: str
) -> Iterator[tuple[int, int]]:
    """Where values stand in a text, which is read line by line."""
    at = 0
    for line in text.split("\n"):
        if len(line) >= _SHORTEST_LINE:
            for start, end in in_line(line[:_MOST_READ]):
                yield at + start, at + end
        at += len(line) + 1


def _is_name_of_resource(match: re.Match[str], line: str) -> bool:
    at = match.start("v")
    is_resource = _NAMES_RESOURCE.search(line, max(0, at - _FARTHEST), at) is not None
    return is_resource or names_stored_secret(match["v"], line, at)


def _announced_in(line: str) -> Iterator[tuple[int, int]]:
    """Where values stand in a line that a word of it announces."""
    values = [
        match
        for match in _VALUE.finditer(line)
        if _may_be_secret(match["v"]) and not _is_name_of_resource(match, line)
    ]
    if not values:
        return
    nearby = [word for word in announcements(line) if line[word.start : word.end] not in _PINS]
    if nearby:
        yield from (
            _whole_value(match, line) for match in values if _is_announced(match, line, nearby)
        )


def _codes_in(line: str) -> Iterator[tuple[int, int]]:
    """Where digits stand in a line that a code of is announced in."""
    digits = list(_DIGITS.finditer(line))
    codes = codes_told(line) if digits else []
    yield from (match.span("v") for match in digits if codes and _is_code(match, line, codes))


def codes_told(line: str) -> list[Announcement]:
    """The words of a line that announce digits: a PIN, or a code that gives access to something."""
    codes = [word for word in announcements(line) if word.kind == _CODE]
    if _MACHINES.search(line):
        return codes
    gives_access = _GIVES_ACCESS.search(line) is not None
    words = (match for match in _OF_DIGITS.finditer(line) if match["own"] or gives_access)
    codes += [Announcement(*match.span(), _CODE) for match in words]
    return codes


def _words_in(line: str) -> Iterator[tuple[int, int]]:
    """Where words stand that are a secret."""
    if _MAY_BE_WORDS.search(line):
        yield from _phrases(line, announcements(line))


def _shape_in_text(value: str) -> int:
    """The shape of a value that a sentence may follow, or whose last sign is its own."""
    bare = value.rstrip(TAIL)
    if bare.isalpha() or value.rstrip("!?") != bare:  # `the war room?`
        return shape_of(bare)
    return max(shape_of(bare), shape_of(value))


def _may_be_secret(value: str) -> bool:
    return (
        _shape_in_text(value) > ORDINARY
        or is_told(value.rstrip(TAIL))
        or UUID.fullmatch(value.rstrip(TAIL)) is not None
    )


def _whole_value(match: re.Match[str], line: str) -> tuple[int, int]:
    """The value, up to the end of its quotes where no blank stands between them."""
    start, end = match.span("v")
    quote = line[start - 1 : start]
    if quote in {'"', "'", "`"}:
        closing = line.find(quote, end)
        if closing > 0 and not re.search(r"\s", line[end:closing]):
            return start, closing
    value = match["v"].rstrip(TAIL.replace("!", "").replace("?", ""))
    return start, start + len(value)


def _is_announced(match: re.Match[str], line: str, nearby: Sequence[Announcement]) -> bool:
    at, value = match.start("v"), match["v"].rstrip(TAIL)
    shape = _shape_in_text(match["v"])
    # A password may hold the word itself, `password1!`, which then announces nothing.
    nearby = [word for word in nearby if word.end <= at or at + len(value) <= word.start]
    if not nearby:
        return False
    if any(_is_adjacent(word, line, at, value, shape) for word in nearby):
        return True
    if UUID.fullmatch(value):
        return any(_is_beside(word, line, at) for word in nearby)
    is_id = is_hexadecimal(value) and NAME_OF_AN_ID.search(line[max(0, at - 80) : at])
    tells = _is_told if is_told(value) else _is_stated if shape == NUMBERED else None
    if tells and not is_id and any(tells(word, line, at, value) for word in nearby):
        return True
    if _has_other_name(line[max(0, at - 100) : at], max(0, at - 100), nearby):
        return False
    return any(_announces(word, line, at, value, shape) for word in nearby)


def _is_adjacent(word: Announcement, line: str, at: int, value: str, shape: int) -> bool:
    gap = line[word.end : at]
    is_option = line[word.start - 1 : word.start] == "-" and word.start > 1
    if (
        is_option
        and _BESIDE.fullmatch(gap)
        and shape >= COINED
        and len(value) >= _SHORTEST_TOKEN - 2
    ):
        return True
    is_setting = (
        shape == NUMBERED
        and word.kind == _PASSWORD
        and line[at + len(value) :].strip("\"' ;") == ""
    )
    if (
        is_setting
        and _SETTING.fullmatch(gap)
        and re.search(r"\w[-_]\w", line[word.start : word.end])
    ):
        return True
    if is_hexadecimal(value) and line[word.start : word.end].lower().endswith("serial"):
        return False  # of a certificate or a device
    if at < word.end or not (_ADJACENT.fullmatch(gap) or _CALL.fullmatch(gap)):
        return False
    return _is_due(word.kind, value, shape, gap)


def _is_beside(word: Announcement, line: str, at: int) -> bool:
    """Whether an id stands where only a secret does: next to a word for a token."""
    is_token = line[word.start : word.end].lower().endswith(_OF_IDS)
    return is_token and _NEXT_TO.fullmatch(line, word.end, at) is not None


def _is_told(word: Announcement, line: str, at: int, value: str) -> bool:
    """Whether a sentence tells the password, wherever in it: then it may be a word and a number."""
    if not _may_be_told(word, line) or _gap(word, at, at + len(value)) > _FARTHEST:
        return False
    if at < word.start:
        return _TOLD_BEFORE.fullmatch(line, at + len(value), word.start) is not None
    gap = line[word.end : at]
    if _REPORTS.search(gap) or _NAMES_ANOTHER.search(gap) or _is_of_a_parameter(gap):
        return False
    is_new = _INTO.fullmatch(gap) is not None and _CHANGES.search(line) is not None
    is_last = _ENDS_CLAUSE.match(line, at + len(value)) is not None
    is_next = is_last and _BESIDE.fullmatch(_LOOSE.sub("", gap)) is not None
    return is_new or is_next or _TELLS.fullmatch(line, word.end, at) is not None


def _is_of_a_parameter(gap: str) -> bool:
    """Whether the value is another parameter's, `--build=…`, whose name announces nothing."""
    own = _PARAMETER.search(gap)
    return own is not None and _SUBWORD.findall(own["name"])[-1].lower() not in _PLAIN_NAMES


def _is_stated(word: Announcement, line: str, at: int, value: str) -> bool:
    """Whether a clause ends in what the password is, `… is now Ab3Cdefg`, with both cases."""
    if at < word.end or at - word.end > _FARTHEST or not (is_mixed(value) and value.isalnum()):
        return False
    gap = line[word.end : at]
    if not _may_be_told(word, line) or _REPORTS.search(gap) or _NAMES_ANOTHER.search(gap):
        return False
    is_new = _INTO.fullmatch(gap) is not None and _CHANGES.search(line) is not None
    if _CAMEL_WORDS.fullmatch(value) or not (is_new or _STATES.fullmatch(gap)):
        return False
    return _ENDS_CLAUSE.match(line, at + len(value)) is not None


def _may_be_told(word: Announcement, line: str) -> bool:
    """A word for a password, also for the key of a wireless network."""
    if word.kind == _PASSWORD:
        return line[word.start : word.end].lower() not in _OF_ACCESS
    return word.kind == _TOKEN and _WIRELESS.search(line) is not None


def _gap(word: Announcement, start: int, end: int) -> int:
    """How many characters stand between the word and a value."""
    return max(start - word.end, word.start - end)


def _has_other_name(before: str, offset: int, nearby: Sequence[Announcement]) -> bool:
    """Whether the value has a name, which announces nothing."""
    own = _OWN_NAME.search(before)
    if own is None or _SUBWORD.findall(own["name"])[-1].lower() in _PLAIN_NAMES:
        return False
    start, end = offset + own.start("name"), offset + own.end("name")
    return not any(
        (word.start < end and start < word.end)
        or before[word.end - offset :][: own.start("name")] == " "
        for word in nearby
    )


def _announces(word: Announcement, line: str, at: int, value: str, shape: int) -> bool:
    if shape < COINED:
        return False
    if at < word.start:
        return _announces_before(word, line, at, value, shape)
    gap = line[word.end : at]
    is_password = word.kind == _PASSWORD
    if _BESIDE.fullmatch(gap):
        is_key = is_hexadecimal(value) and len(value) >= _LONG_HEXADECIMAL
        return shape >= (COINED if is_password else STRONG) or is_key
    if is_hexadecimal(value) and not (is_password and len(gap.split()) <= _FEW_WORDS // 2):
        return False
    is_digest = len(value) >= _LONG or word.kind != _TOKEN
    if ORDINARY_NAME.search(line[max(0, at - 80) : at]) and (
        is_digest or not line[:at].rstrip().lower().endswith(("md5", "sha", "sha1", "sha256"))
    ):
        return False
    return _is_near(gap, value, shape, is_password=is_password)


def _announces_before(word: Announcement, line: str, at: int, value: str, shape: int) -> bool:
    """Whether the word announces a value that it follows: `use … as the password`."""
    gap = line[at + len(value) : word.start]
    if len(gap.split()) > _FEW_WORDS + 2 or "=" in gap:
        return False
    least = STRONG if word.kind == _PASSWORD else DRAWN
    if word.kind == _PASSWORD and _AS_A_PASSWORD.fullmatch(gap):
        least = COINED
    return shape >= least and not ORDINARY_NAME.search(line[max(0, at - 80) : at])


def _is_near(gap: str, value: str, shape: int, *, is_password: bool) -> bool:
    """Whether it looks the more like a secret the farther from the word it stands."""
    words = len(gap.split())
    is_far = words > _FEW_WORDS or _SENTENCE_ENDS.search(gap) is not None
    if is_password:
        return shape >= (STRONG if is_far else COINED)
    return shape >= DRAWN or (shape == STRONG and not is_far and len(value) >= _LONG_STRONG)


def _is_due(kind: str, value: str, shape: int, gap: str) -> bool:
    """Whether it is a secret where a secret is due."""
    if is_word(value) or is_nothing(value) or is_object_name(value):
        return False
    if is_hexadecimal(value):
        return True
    if kind == _PASSWORD:
        return shape >= COINED or (shape == NUMBERED and _PASSED.search(gap) is not None)
    return shape >= STRONG or (shape == COINED and len(value) >= _SHORTEST_TOKEN)


def _is_code(match: re.Match[str], line: str, codes: Sequence[Announcement]) -> bool:
    """Digits that a code is announced for: nearby, and no time, port or count."""
    at, end = match.span("v")
    if len(set(match["v"])) == 1:
        return False
    for word in codes:
        is_after = word.end <= at
        if _gap(word, at, end) > _FARTHEST:
            continue
        gap = line[word.end : at] if is_after else line[end : word.start]
        if is_after and (
            _ADJACENT.fullmatch(gap) or _BESIDE.fullmatch(gap) or _CALL.fullmatch(gap)
        ):
            return True
        if is_after and (
            _TELLS_DIGITS.fullmatch(gap)
            or _NAMES_PLACE.fullmatch(gap)
            or (_LEADS_TO_DIGITS.fullmatch(gap) and _GIVES_ACCESS.search(gap))
        ):
            return True
        if not is_after and (
            _OF_A_CODE.fullmatch(gap) or _SAYS_DIGITS.search(line[max(0, at - _NEAR) : at])
        ):
            return True
    return False


_HINTS = _DATA["hints"]
RULES = (
    reading("|".join(_HINTS["words"]), partial(by_line, _announced_in), values=_HINTS["screen"][0]),
    reading(
        "|".join(_HINTS["codes"]),
        partial(by_line, _codes_in),
        values="[0-9]{4}|[0-9]{2,3}[ -][0-9]{2}",
    ),
    reading(
        "pass|secret|parol|senha|clave|contrase|kennw|heslo|wachtw|haslo|hasło|lösenord|adgangskode"
        "|wifi|wi-fi|wlan|ssid|wpa|hotspot"
        "|kodeord|salasana|jelsz|парол|phrase|seed|mnemonic|words|wallet|recovery"
        "|code d|codice d|digo de ac",
        partial(by_line, _words_in),
        values=r"(?i: (?:is|=|:|to|ist|es|est|lautet) [\"'`*]*[a-z][a-z][a-z][a-z][a-z])"
        r"|[A-Za-z\x{80}-\x{10FFFF}]{3}[^ ]* [A-Za-z\x{80}-\x{10FFFF}]{3}[^ ]*"
        r" [A-Za-z\x{80}-\x{10FFFF}]{3}[^ 0-9!\"'`*_.,;)\]]*"
        r" ?[0-9!]*[\"'`*_\])]*\s*(?:[.,;!|)\]}]|$)",
    ),
    reading(
        "|".join(_HINTS["phrases"]),
        partial(by_line, _quoted_phrases),
        screen=r"[\"'`\x{ab}\x{201c}\x{201e}\x{300c}][ ]?"
        r"[A-Za-z][A-Za-z][A-Za-z]+[ -][A-Za-z]+[ -][A-Za-z]+",
    ),
    *(
        reading(
            "|".join(_HINTS["foreign"]),
            partial(by_line, in_line),
            screen=r"[\x{80}-\x{10FFFF}]",
            values="|".join(
                f"{word}|{word.capitalize()}|{word.upper()}" for word in _HINTS["foreign"]
            ),
        )
        for in_line in (_announced_in, _codes_in)
    ),
)
