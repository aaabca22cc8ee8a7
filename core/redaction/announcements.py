"""Values that a word of their line announces as secrets, and values that only a machine makes up.

The rules of other modules know forms. Here a line is read as a careful person would: a word, of
whatever language, says that a secret follows, and something stands near it that looks like one. The
nearer it stands, the less it has to look so. The words are in `announcements.toml`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.redaction.rules import searching
from core.redaction.secret_values import (
    UUID,
    entropy,
    is_nothing,
    is_numbered,
    is_passphrase,
    is_reference,
    is_word,
    turns,
)

_DATA: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("announcements.toml").read_text(encoding="utf-8")
)
# How much a value looks like a secret.
ORDINARY, NUMBERED, COINED, STRONG, DRAWN = range(5)
_PASSWORD, _TOKEN = "password", "token"  # noqa: S105 - kinds of announcements
_WINDOW = 240  # characters before a value and after it that are read
_SHORTEST, _SHORTEST_STRONG, _SHORTEST_DRAWN, _LONG = 5, 8, 16, 28  # characters
_FEW_WORDS = 4  # between the announcement and what it announces
_FEWEST_TURNS, _FEWEST_CHANGES = 0.25, 0.3  # a character: of case; of letters, digits, signs
_HEXADECIMAL_CHANGES, _DENSE_BITS = 0.2, 3.0
_MOST_VOWELS, _FEWEST_VOWELS = 0.6, 0.2  # of the letters of a word

# One value: it may follow a name and a sign without a blank, `psk:…`, `[eva/…]`.
_VALUE = re.compile(
    r"(?<![^\s\"'`|<>(){}\[\],;=:«»])(?:(?<=[\[(])[a-z][\w.-]{0,30}/)?"
    r"(?P<v>[^\s\"'`|<>(){}\[\],;=:«»]{4,512}={0,2})"
)
_TAIL = ".,;:!?*_"
_ORDINARY = re.compile(
    r"[\d.,:/+-]+[a-z%]{0,6}"  # counts, versions, times
    r"|v?\d+(?:\.\d+)+[\w.+~-]*"
    r"|\d{4}-\d\d-\d\d\S*|\d{1,2}[/-][A-Z][a-z]{2}[/-]\d{4}\S*|P?T\d+[HMS]\S*"
    r"|[A-Za-z]:[\\/].*|\\\\.*|[~.]{0,2}/.*|\S*://.*|@[\w./-]+"  # paths, addresses
    r"|[\w.+-]+@[\w.-]+(?:\.[a-z]{2,}|\d)(?::\d+)?"  # mailboxes, accounts on hosts
    r"|(?:[A-Za-z0-9-]+\.)+[a-z]{2,24}\.?(?:/\S*)?"  # hosts, files
    r"|[\w.-]+\.(?:py|js|ts|go|rs|java|log|conf|cfg|ya?ml|json|toml|xml|html?|sql|sh|md|txt|gz|zip|tgz|tar|so|dll|exe|jar|pem|crt|key|p12|jks|db|csv|docx?|pdf|png|jpe?g|deb|rpm|whl|hprof|service|gpg|asc|env|ini|lock|mp3|mp4|wav|c|h|cpp|rb|php|kt|class)(?:[.:-]\d+)*"
    r"|--?[A-Za-z][\w-]*|[$%].*"  # options, variables
    r"|(?:[0-9A-Fa-f]{2}[:-]){2,}[0-9A-Fa-f]{2}|0x[0-9A-Fa-f]+"
    r"|[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*"  # constants, ciphers
    r"|(?:[A-Z]{2,6}|[a-z]{2,12})[-_]?\d{1,3}(?:[-_][A-Za-z]+)*"
    r"|[a-z_]\w*(?:::\w+)+|[A-Za-z_$]\w*(?:[.$/][A-Za-z_$]\w*)+\S?"  # names in code
    r"|[a-z]+(?:[_-][a-z]+){1,8}"
)
_KEBAB = re.compile(  # names of services, hosts, pods: words and numbers, and hashes at the end
    r"(?:[a-z]+\d{0,3}|\d{1,4})(?:[-_.](?:[a-z]+\d{0,3}|\d{1,6}))*(?:[-_.][a-f0-9]{6,10})?"
    r"(?:[-_.][a-z0-9]{5})?"
)
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^A-Za-z\d]+")
_CAMEL = re.compile(r"(?:[A-Za-z][a-z]{2,}|[A-Z]{1,5}|\d(?!\d)|[._$-])+")
_COINED = re.compile(r"[A-Za-z][a-z]{2,}(?:[A-Z][a-z]{2,}){0,3}[-_.@#]?\d{2,6}")
_SIGNED = re.compile(r"[A-Za-z][A-Za-z0-9]*[!#%^*~$?&+@][\w!#%^*~$?&+@.-]*")
_HEXADECIMAL = re.compile(r"[0-9a-f]{16,}|[0-9A-F]{16,}")
_ALPHABET = re.compile(r"[A-Za-z0-9+/_.~-]+={0,2}")
_FILE_OR_KEY = re.compile(
    r"AAAA[BCE]|MII[A-Za-z]|iVBORw|/9j/|R0lGOD|UEsDB|H4sI|AGFzbQ|JVBERi|LS0tLS1CRUdJTiB[DQ]|PHN2Zy"
    r"|UklGR|KLUv|Qlpo|d09G|SHA256|sha\d|md5|0x|ssh-|eyJ|_Z|BPF_|ARN|arn"
)

# What stands between an announcement and its value.
_COPULA = (
    r"(?:is|was|are|now|equals|reads|as|to|es|est|ist|é|è|är|er|je|jest|lautet|war|este|són|sono|были|был|был|это|に|は|が|是|为|為|:|：|＝)"
)
_ADJACENT = re.compile(
    r"(?i)[\"'`*_\])]{0,3}(?:\s*\([^()]{0,40}\)|\s*\[[^\[\]]{0,24}\])?"
    r"(?:\s+(?:for|of|on|to|at|in|used by|from|para|pour|für|per|de|di|do|dla|для|von|auf|zu[mr]?|voor|van)\s+(?:the\s+|our\s+|user\s+)?[\w.@/-]{1,64}){0,2}"
    rf"\s*(?:[\"'`*_]{{0,2}}\s*(?:=>|->|→|:=|=+|:|：|＝|\||\.{{2,}}|—|–)\s*|[\s]{_COPULA}(?=[\s:])\s*){{1,3}}"
    r"(?:(?:now|set to|still|currently|temporarily|changed to|basic|bearer)\s+)?[\"'`*_«(\[]{0,3}"
    r"|[\"'`*_]{0,2}(?:\t+| {2,}|は|是|为|：)\s*[\"'`*_「]{0,3}|\s*[\"'`*]{1,3}|\s*[<>]{1,3}\s*"
)
_BESIDE = re.compile(r"[\"'`*_]{0,2} [\"'`*_]{0,2}")
_NOT_A_VALUE = re.compile(
    r"(?i)(?:^|[\s\"'`(\[{,;|<&?])[\w.-]{0,40}?(?:(?<![a-z])(?:"
    + "|".join(_DATA["ordinary"]["names"])
    + r"))[\"'`]?\s*(?:[=:#>]|\bis\b)?\s*[\"'`(\[«]{0,2}$"
)
_OWN_NAME = re.compile(r"(?P<name>[A-Za-z_][\w.-]{0,80})\\{0,3}[\"'`]?\]?\s{0,3}(?:[=:]|=>)\s{0,3}\\{0,3}[\"'`\[]?$")
_PLAIN_NAMES = re.compile(r"(?i)(?:msg|message|text|body|value|val|v|note|comment|description|summary|detail|details|content|line|cmd|command|args?|argv|reply|answer|output|result|log|data|response|default|to|old|new|from|via)")
_ENDS = re.compile(r"[.!?]\s|;\s|\b(?:but|because|while)\b")


@dataclass(frozen=True)
class Announcement:
    """Where a line says that a secret stands, and of which kind it is."""

    start: int
    end: int
    kind: str


def _joined(section: str, *lists: str) -> str:
    return "|".join(word for name in lists for word in _DATA[section].get(name, ()))


def _announcing(section: str) -> str:
    names, words = _joined(section, "names"), _joined(section, "words")
    foreign = _joined(section, "foreign")
    return (
        rf"[\w.-]*?(?:{names})(?:[_.-]?(?:hash|value|text|plain|raw|hex|b64|base64|str|string|confirm|confirmation|new|old|\d)){{0,2}}(?![A-Za-z])"
        rf"|(?<![A-Za-z])(?:\w+[_.-])*(?:{words})(?![A-Za-z])|{foreign}"
    )


_ANNOUNCEMENT = re.compile(
    rf"(?i)(?P<{_PASSWORD}>{_announcing(_PASSWORD)})|(?P<{_TOKEN}>{_announcing(_TOKEN)})"
)
_PUBLIC_BEFORE = re.compile(rf"(?i)(?<![a-z])(?:{_joined('public', 'before')})[\s_.-]?$")
_PUBLIC_AFTER = re.compile(rf"(?i)[\s_.-]?(?:{_joined('public', 'after')})(?![a-z])")
_CODE = re.compile(rf"(?i)(?<![A-Za-z])(?:{_joined('code', 'names', 'words')})(?![A-Za-z])|{_joined('code', 'foreign')}")
_DIGITS = re.compile(r"(?<![\w.:/#+-])(?P<v>\d{3}[ -]\d{3}|\d{4,8})(?![\w:/%-]|\.\d)")


@lru_cache(maxsize=64)
def announcements(line: str) -> tuple[Announcement, ...]:
    """The words of the line that announce a secret; names of what is public are none."""
    result = []
    for match in _ANNOUNCEMENT.finditer(line):
        start, end = match.span()
        word = match[0].lower()
        if "/" in line[max(0, start - 1) : start] or line[end : end + 1] in {"/", "("}:
            continue  # part of a path, or a call
        head = line[max(0, start - 24) : start] + word
        if word.endswith(("key", "keys", "session", "token")) and _is_public(head, word):
            continue
        if _PUBLIC_AFTER.match(line, end):
            continue
        result.append(Announcement(start, end, match.lastgroup or _TOKEN))
    return tuple(result)


def _is_public(head: str, word: str) -> bool:
    for last in ("keys", "key"):
        if word.endswith(last):
            return _PUBLIC_BEFORE.search(head[: -len(last)]) is not None
    return False


@lru_cache(maxsize=4096)
def shape_of(value: str) -> int:
    """How much the value looks like a secret, by itself: ORDINARY to DRAWN."""
    if len(value) < _SHORTEST or is_nothing(value) or UUID.fullmatch(value):
        return ORDINARY
    if is_passphrase(value):
        return NUMBERED
    if _ORDINARY.fullmatch(value) or is_reference(value) or _FILE_OR_KEY.match(value):
        return ORDINARY
    if _HEXADECIMAL.fullmatch(value):
        return NUMBERED if value.isdecimal() else COINED
    has_digit = any(map(str.isdigit, value))
    if not has_digit and not _SIGNED.fullmatch(value):
        return COINED if _is_drawn_word(value) else ORDINARY
    if is_numbered(value) and not _COINED.fullmatch(value):
        return NUMBERED
    if _KEBAB.fullmatch(value):
        return NUMBERED
    return _shape_of_mixed(value)


def _shape_of_mixed(value: str) -> int:
    """Of letters with digits or signs."""
    if len(value) >= _SHORTEST_DRAWN and is_drawn_token(value):
        return DRAWN
    if _COINED.fullmatch(value):
        return COINED
    if _CAMEL.fullmatch(value):  # `Http2Handler`
        return NUMBERED
    has_sign = _SIGNED.fullmatch(value) is not None
    has_digit, has_upper = any(map(str.isdigit, value)), any(map(str.isupper, value))
    has_lower = any(map(str.islower, value))
    if "/" in value or "\\" in value or not (has_upper or has_lower):
        return ORDINARY
    if has_digit and len(value) >= _SHORTEST_STRONG and (has_sign or (has_upper and has_lower)):
        return STRONG
    return COINED if has_digit or has_sign else ORDINARY


def _is_drawn_word(value: str) -> bool:
    """Letters alone whose case changes as in no word: `qWmRtLxPvZ`."""
    return value.isascii() and value.isalpha() and len(value) >= _SHORTEST_STRONG and (
        turns(value) > 0.4 * len(value)
    )


def is_drawn_token(value: str) -> bool:
    """Material that a machine drew: no words, no hexadecimal, many changes between classes."""
    if not _ALPHABET.fullmatch(value) or value.count("/") > len(value) // 12:
        return False
    segments = re.split(r"[-_./~+=]", value)
    core = max(segments, key=len)
    joined = "".join(segments)
    if len(joined) < _SHORTEST_DRAWN or _HEXADECIMAL.fullmatch(joined.lower()):
        return False
    classes = [_class_of(character) for character in joined]
    changes = sum(a != b for a, b in pairwise(classes)) / len(classes)
    if entropy(joined[:200]) < _DENSE_BITS or len(core) < 5:
        return False
    kinds = set(classes)
    if kinds == {"A", "a", "0"}:
        return changes >= _FEWEST_CHANGES and turns(joined) >= _FEWEST_TURNS / 2 * len(joined)
    if "0" in kinds and len(kinds) > 1:
        return changes >= _HEXADECIMAL_CHANGES and not _KEBAB.fullmatch(value) and len(core) >= 12
    return kinds == {"A", "a"} and len(joined) >= 20 and turns(joined) > 0.4 * len(joined)


def _class_of(character: str) -> str:
    if character.isdigit():
        return "0"
    return "A" if character.isupper() else "a"


def _line_around(match: re.Match[str]) -> tuple[str, int]:
    """The line of the match, as far as it is near, and where the value begins in it."""
    text, start, end = match.string, match.start("v"), match.end("v")
    begins = max(text.rfind("\n", 0, start) + 1, start - _WINDOW)
    newline = text.find("\n", end, end + _WINDOW)
    return text[begins : newline if newline >= 0 else end + _WINDOW], start - begins


def _is_announced(match: re.Match[str]) -> bool:
    value = match["v"].rstrip(_TAIL)
    shape = shape_of(match["v"]) or shape_of(value)
    if shape == ORDINARY and not value.isalpha():
        return False
    line, at = _line_around(match)
    nearby = announcements(line)
    if not nearby:
        return False
    if any(word.start < at + len(value) and at < word.end for word in nearby):
        return False  # the word itself
    before = line[:at]
    own = _OWN_NAME.search(before)
    names_itself = own is not None and not any(
        word.start <= own.start("name") + 1 < word.end or own.start("name") <= word.start < own.end("name")
        for word in nearby
    )
    if names_itself and own is not None and not _PLAIN_NAMES.fullmatch(own["name"]):
        return False
    return any(_announces(word, line, at, value, shape) for word in nearby)


def _announces(word: Announcement, line: str, at: int, value: str, shape: int) -> bool:
    if at < word.start:
        gap = line[at + len(value) : word.start]
        if len(gap.split()) > _FEW_WORDS + 2 or "=" in gap:
            return False
        return shape >= (STRONG if word.kind == _PASSWORD else DRAWN) and not _NOT_A_VALUE.search(line[:at])
    gap = line[word.end : at]
    if _ADJACENT.fullmatch(gap):
        return _is_due(word.kind, value, shape, gap)
    if shape < COINED or _NOT_A_VALUE.search(line[max(0, at - 80) : at]):
        return False
    hexadecimal = _HEXADECIMAL.fullmatch(value) is not None
    if _BESIDE.fullmatch(gap):
        return shape >= (COINED if word.kind == _PASSWORD else STRONG) or (hexadecimal and len(value) >= 32)
    if hexadecimal:
        return False
    words = len(gap.split())
    ends = _ENDS.search(gap) is not None
    if word.kind == _PASSWORD:
        return shape >= (STRONG if ends or words > _FEW_WORDS else COINED)
    return shape >= DRAWN or (shape == STRONG and words <= _FEW_WORDS and not ends and len(value) >= 12)


def _is_due(kind: str, value: str, shape: int, gap: str) -> bool:
    """Whether it is a secret where one is due."""
    if is_word(value) or is_nothing(value):
        return False
    if _HEXADECIMAL.fullmatch(value):
        return True
    if kind == _PASSWORD:
        is_passed = any(sign in gap for sign in ":=|>→：") or " is" in gap
        return shape >= COINED or (shape == NUMBERED and is_passed)
    return shape >= STRONG or (shape == COINED and len(value) >= 10)


def _is_code(match: re.Match[str]) -> bool:
    """Digits that a code is announced for: nearby, and no time, port or count."""
    line, at = _line_around(match)
    if len(set(match["v"])) == 1 or _NOT_A_VALUE.search(line[max(0, at - 40) : at]):
        return False
    for word in _CODE.finditer(line):
        gap = line[word.end() : at] if word.end() <= at else line[at + len(match["v"]) : word.start()]
        if word.end() <= at and (_ADJACENT.fullmatch(gap) or _BESIDE.fullmatch(gap)):
            return True
        if at < word.start() and re.fullmatch(r"(?i)\s(?:is|was|ist|es|est|as)\s[^\d=.;]{0,40}", gap):
            return True
    return False


def _is_unannounced(match: re.Match[str]) -> bool:
    """So long and so random that it is one wherever it stands, unless its name says otherwise."""
    value = match["v"]
    if len(value) < _LONG or shape_of(value) != DRAWN or _FILE_OR_KEY.match(value):
        return False
    if not ({"A", "a", "0"} <= set(map(_class_of, re.sub(r"[-_./~+=]", "", value)))):
        return False
    line, at = _line_around(match)
    return _NOT_A_VALUE.search(line[max(0, at - 80) : at]) is None


def _is_unannounced_password(match: re.Match[str]) -> bool:
    """A word, digits and a sign: `Mai2025!`, which nobody writes but for a password."""
    line, at = _line_around(match)
    return _NOT_A_VALUE.search(line[max(0, at - 80) : at]) is None


def _hints(*sections: str) -> str:
    return "|".join(word for section in sections for word in _DATA["hints"][section])


_VALUE_SCREEN = (  # letters with digits or signs, or letters whose case changes
    r"[A-Za-z][^\s]*[0-9!#%^*~$?&+]|[0-9][^\s]*[A-Za-z]|[a-z][A-Z][a-z]+[A-Z]"
)
_LONG_SCREEN = r"[A-Za-z0-9+/_=.~-]{12}"


def _screen(words: str, value: str) -> str:
    return rf"(?i:{words}).*(?:{value})|(?:{value}).*(?i:{words})"


RULES = (
    searching(
        _hints(_PASSWORD), _VALUE.pattern, _is_announced, screen=_screen(_hints(_PASSWORD), _VALUE_SCREEN)
    ),
    searching(
        _hints(_TOKEN), _VALUE.pattern, _is_announced, screen=_screen(_hints(_TOKEN), _LONG_SCREEN)
    ),
    searching(_hints("foreign"), _VALUE.pattern, _is_announced),
    searching(
        _hints("code"), _DIGITS.pattern, _is_code, screen=_screen(_hints("code"), "[0-9]{3}")
    ),
    searching(
        "",
        r"(?<![A-Za-z0-9_+/.~-])(?P<v>[A-Za-z0-9_+/.~-]{28,512}={0,2})(?![A-Za-z0-9_+/=])",
        _is_unannounced,
        screen=r"[A-Za-z0-9_+/-]{28}",
    ),
    searching(
        "",
        r"(?<![^\s\"'`:=(\[])(?P<v>[A-Z][a-z]{2,14}(?:[A-Z][a-z]{2,14}){0,2}(?:[-_.@]?\d{2,6}[!*^~$]{1,2}|[!*^~$]\d{2,6}))(?![^\s\"'`,;.)\]])",
        _is_unannounced_password,
        screen=r"[A-Z][a-z]+(?:[-_.@]?[0-9]+[!*^~$]|[!*^~$][0-9][0-9])",
    ),
)
