"""Predicates on values: whether one looks like a secret, a reference to one, or something else."""

from __future__ import annotations

import base64
import binascii
import math
import re
import tomllib
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

# Texts in the place of a value that are not one.
_NOTHING = re.compile(
    r"(?i)(?:true|false|null|none|nil|undefined|empty|unset|unknown|yes|no|on|off|redacted|hidden"
    r"|masked|removed|filtered|n/a|na|void|default|required|optional|string|str"
    r"|int|bytes|bool|object"
    r"|secretstr|include|same-origin|omit|enabled|disabled|sensitive|prompt"
    r"|inherit|[*•·.]{3,}.{0,4}|[x-]{3,}|-+|<.*|\[.*|\$(?:\d{1,2}(?!\w).*|[@*?!#]|[A-Za-z_]\w{0,60}(?:(?:->|::|\.|\[|\().*)?|[{(\[].*|)|\{\{.*|\{[\w.:-]*\}?|%[(s{d].*|%\w+%"
    r"|«.*|\\[nrt].*|@[\w./-]+@?|@[A-Z][\w.]*\(.*|arn:.*|(?:ref\+|op:/|vault:"
    r"|ssm:|secretsmanager:|keyvault:).*|&.*|#.*|\.{2,}.*|!(?:vault|ref|sub|getatt).*)"
)
_WORDS = re.compile(
    r"(?i)(?:is|was|are|has|had|not|cannot|can|must|should|will|expired|expires|invalid|incorrect"
    r"|wrong|missing|required|rejected|accepted|failed|fail|fails|failure|mismatch|unknown|error"
    r"|errors|denied|changed|refreshed|refresh|revoked|rotated|authentication|authorization"
    r"|verification|validation|request|response|unexpected|could|the|a|an|for|and|or|to|of|in|on|at"
    r"|by|with|from|all|any|every|this|that|your|my|our|no|new|old|ok|okay"
    r"|success|successful|successfully|found|reset|updated|created"
    r"|deleted|loaded|loading|locked|unlocked|active|inactive|stored|shared|generated|configured"
    r"|please|bearer|basic|digest|read|eof|timeout|while|when|if)"
)
# `os.environ`, `request.token`, `Values.db.password`, `self._key`: names, in code.
_REFERENCE = re.compile(
    r"(?:[A-Za-z_$][A-Za-z_$]{0,40})(?:\.[A-Za-z_$][A-Za-z_$0-9]{0,60}){1,6}\.?"
)
# The default of Java's Object.toString
_OBJECT = re.compile(r"(?:[A-Za-z_$][\w$]{0,60}\.){1,8}[\w$]{1,80}@[0-9a-f]{1,8}")
# `DB_PASSWORD`, `YOUR_TOKEN_HERE`: a variable, or a text to be replaced by a value.
_CONSTANT = re.compile(
    r"[A-Z]{2,40}(?:_[A-Z]{1,40}){1,8}"
    r"|(?:Get|Read|New|Import|Convert(?:To|From))-[A-Z][A-Za-z]{2,40}"
    r"|(?i:your[-_ ].{1,60}|.{0,40}example|changeme)"
    r"|(?:NEW|OLD|MY|THE|DB|ROOT)?(?:PASSWORD|PASSWD|PASS|PASSPHRASE|TOKEN|SECRET|KEY|APIKEY|PW)"
)
_PATH = re.compile(r"(?:~|\.{1,2})?/(?:[\w.@-]{1,64}/){1,12}[\w.@-]{0,64}|[A-Za-z]:\\.{1,200}")
# Names of objects in Kubernetes (RFC 1123), of which a word says what they hold.
_OBJECT_NAME = re.compile(r"[a-z]{1,24}(?:-[a-z]{1,24}){1,8}(?:-(?:v?\d{1,3}|[a-z0-9]{5}))?")
_OBJECT_WORDS = {
    *("secret", "secrets", "token", "tokens", "creds", "credentials", "tls", "cert", "key", "keys"),
    *("config", "auth", "password"),
}
SPECIAL = re.compile(r"[!#%*^~$?&+]")
UUID = re.compile(r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_HEX = re.compile(r"(?i)(?:0x)?[0-9a-f]{7,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_PRINTABLE = re.compile(rb"[\x20-\x7e]{3,}")
_DENSE_BITS, _SHORTEST, _MOST_EXAMINED = 3.0, 12, 200  # bits a character; characters
_SHORTEST_MIXED, _LONG_TOKEN = 6, 20  # characters: of a word with digits, of a token
_MOST_CASE_CHANGES, _SHORTEST_MADE_UP = (
    0.4,
    8,
)  # changes per character; characters: `iPaPMixC`, unlike `PaymentService`
_NUMBERED = re.compile(
    r"(?i)[a-z]{1,20}[-_ #]?\d{1,4}|\d{1,6}(?:\.\d{1,3})?[a-z%]{1,7}[,.]?|0x[0-9a-f]+"
)
_PASSPHRASE = re.compile(r"[a-z]{3,14}(?:[-._][a-z]{3,14}){2,7}[-._]?\d{0,4}[!?#]?")
_FEW_CASE_CHANGES = 2  # changes of case: `Worker-7`
_URL_SAFE_TO_STANDARD = str.maketrans("-_", "+/")
_MOST_DECODED = 4000  # characters, a multiple of 4
_SECRET_CONTENT = re.compile(
    rb'(?i)PRIVATE KEY|"[\w.-]{0,40}(?:pass|passw\w{2,6}|secret|token|auths?|private_?key)"'
)


def is_nothing(value: str) -> bool:
    """A mask, a variable, a template's placeholder or a word for "no value"."""
    return _NOTHING.fullmatch(value) is not None


def is_word(value: str) -> bool:
    """A word that is likely next in a sentence."""
    return _WORDS.fullmatch(value.rstrip(".:,;!")) is not None


def is_placeholder(value: str) -> bool:
    """What documentation writes for a value: `PASSWORD`, `your-token-here`."""
    return _CONSTANT.fullmatch(value) is not None


def is_reference(value: str) -> bool:
    """A name in code, or the path of a file, from which the value is read."""
    if _OBJECT.fullmatch(value):
        return True
    if _REFERENCE.fullmatch(value):
        return not any(map(is_random, value.split(".")))
    return bool(_PATH.fullmatch(value) or _CONSTANT.fullmatch(value))


def is_object_name(value: str) -> bool:
    """A name that says what its object holds: `api-tls-secret-v2`."""
    return _OBJECT_NAME.fullmatch(value) is not None and not _OBJECT_WORDS.isdisjoint(
        value.split("-")
    )


def is_identifier(value: str) -> bool:
    """A UUID or bare hexadecimal digits, the form of ids and digests."""
    return bool(UUID.fullmatch(value) or _HEX.fullmatch(value))


def has_letters(value: str) -> bool:
    """At least one letter."""
    return any(map(str.isalpha, value))


def has_kinds(value: str) -> bool:
    """Both letters and digits."""
    return any(map(str.isalpha, value)) and any(map(str.isdigit, value))


def entropy(value: str) -> float:
    """Shannon entropy in bits per character; 0 for an empty value."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def is_random(value: str) -> bool:
    """Likely made by a machine: letters and digits mixed, few characters repeated."""
    value = value[:_MOST_EXAMINED]
    if len(value) < _SHORTEST or not has_kinds(value):
        return False
    return entropy(value) >= min(_DENSE_BITS, 0.8 * math.log2(len(value)))


def turns(text: str) -> int:
    """The number of changes of case; in random letters every other one changes."""
    return sum(a.isupper() != b.isupper() for a, b in pairwise(text))


def is_mixed(value: str) -> bool:
    """Digits and letters of both cases, as in base64 and unlike words and digests."""
    return (
        any(map(str.isupper, value))
        and any(map(str.islower, value))
        and any(map(str.isdigit, value))
    )


def is_basic(value: str) -> bool:
    """Base64 of `user:password` (RFC 7617)."""
    if not _BASE64.fullmatch(value):
        return False
    standard = value.translate(_URL_SAFE_TO_STANDARD).rstrip("=")
    try:
        decoded = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in decoded and _PRINTABLE.fullmatch(decoded) is not None


def is_something(match: re.Match[str]) -> bool:
    """Neither a mask, nor a word of a sentence, nor a name in code."""
    value = match["v"]
    return not is_nothing(value) and not is_word(value) and not is_reference(value)


def is_credential(match: re.Match[str]) -> bool:
    """A token, with digits or long; the word after "bearer" in a sentence is neither."""
    value = match["v"].rstrip("=.,;:")
    if is_nothing(value) or is_reference(value):
        return False
    return any(map(str.isdigit, value)) or len(value) >= _LONG_TOKEN or is_basic(match["v"])


def is_unlike_words(match: re.Match[str]) -> bool:
    """In a sentence: a value that no word, count or path looks like."""
    value = match["v"]
    if len(value) < _SHORTEST_MIXED or not is_made_up(value) or "/" in value:
        return False
    return is_something(match) and not is_numbered(value)


def is_made_up(value: str) -> bool:
    """Letters with digits, or letters whose case changes more often than in any word."""
    return has_kinds(value) or (
        len(value) >= _SHORTEST_MADE_UP and turns(value) > _MOST_CASE_CHANGES * len(value)
    )


def is_passphrase(value: str) -> bool:
    """Words joined by signs, `maple-river-stone`; names look so, too: only where one is due."""
    return _PASSPHRASE.fullmatch(value) is not None


def is_numbered(value: str) -> bool:
    """A count, a size or a name with a number: `web-12`, `30s`, `2.5%`."""
    return _NUMBERED.fullmatch(value) is not None and turns(value) <= _FEW_CASE_CHANGES


def is_argument(match: re.Match[str]) -> bool:
    """An argument of a command: no option, no path, nothing that a shell substitutes."""
    return not is_nothing(match["v"]) and not match["v"].startswith(("-", "/", ".", "("))


def is_made_up_argument(match: re.Match[str]) -> bool:
    """A password-like argument, for options that may also take a port, a path or a name."""
    value = match["v"]
    made_up = is_made_up(value) or SPECIAL.search(value) is not None or is_passphrase(value)
    return is_argument(match) and made_up and ":" not in value


def is_password_part(match: re.Match[str]) -> bool:
    """The password of a URL, which is neither a variable nor a mask."""
    return not is_nothing(match["v"])


def is_signed(match: re.Match[str]) -> bool:
    """The signature in a URL, or a key in one."""
    return len(match["v"]) >= _SHORTEST_MIXED and is_something(match) and has_kinds(match["v"])


def is_login(match: re.Match[str]) -> bool:
    """`user:password`, neither of them a mask or a variable."""
    login = match["v"].strip("\"'")
    return not is_nothing(login) and not is_nothing(login.partition(":")[2])


def holds_secrets(match: re.Match[str]) -> bool:
    """Base64 of a private key, or of a document with a field named like a secret."""
    value = match["v"].rstrip("=")[:_MOST_DECODED]
    try:
        decoded = base64.b64decode(value[: len(value) // 4 * 4], validate=True)
    except binascii.Error:
        return False
    return _SECRET_CONTENT.search(decoded) is not None


def is_drawn(match: re.Match[str]) -> bool:
    """Likely made by a machine, and no name in code."""
    return is_random(match["v"]) and not is_reference(match["v"])


# How much a value looks like a secret, see `shape_of`.
ORDINARY, NUMBERED, COINED, STRONG, DRAWN = range(5)
_SHORTEST_VALUE, _SHORTEST_STRONG, _SHORTEST_DRAWN, _SHORTEST_SEGMENT = 5, 8, 16, 5  # characters
_FEWEST_TURNS, _FEWEST_CHANGES = 0.12, 0.3  # a character: of case; of letters and digits
_FEWEST_CHANGES_OF_ONE_CASE = 0.2
_ORDINARY = re.compile(
    r"[\d.,:/+-]+[a-z%]{0,6}"  # counts, versions, times
    r"|v?\d+(?:\.\d+)+[\w.+~-]*"
    r"|\d{4}-\d\d-\d\d\S*|\d{1,2}[/-][A-Z][a-z]{2}[/-]\d{4}\S*|P?T\d+[HMS]\S*"
    r"|[A-Za-z]:[\\/].*|\\\\.*|[~.]{0,2}/.*|\S*://.*|@[\w./-]+"  # paths, addresses
    r"|[\w.+-]+@[\w.-]+(?:\.[a-z]{2,}|\d)(?::\d+)?"  # mailboxes, accounts on hosts
    r"|(?:[A-Za-z0-9-]+\.)+[a-z]{2,24}\.?(?:/\S*)?"  # hosts, files
    r"|[\w.-]+\.(?:py|js|ts|go|rs|java|log|conf|cfg|ya?ml|json|toml|xml|html?|sql|sh|md|txt|gz|zip"
    r"|tgz|tar|so|dll|exe|jar|pem|crt|key|p12|jks|db|csv|docx?|pdf|png|jpe?g|deb|rpm|whl|hprof|c"
    r"|service|gpg|asc|env|ini|lock|mp[34]|wav|h|cpp|rb|php|kt|class)(?:[.:-]\d+)*"
    r"|--?[A-Za-z][\w-]*|[$%].*"  # options, variables
    r"|(?:[0-9A-Fa-f]{2}[:-]){2,}[0-9A-Fa-f]{2}|0x[0-9A-Fa-f]+|(?:Ed|X)\d{3,5}"
    r"|(?:[A-Z][A-Z0-9]{0,11}|[A-Z]+\d*)(?:[_-][A-Z0-9]{1,12})*"  # constants, ciphers
    r"|(?:[A-Z]{2,6}|[a-z]{2,12})[-_]?\d{1,3}(?:[-_][A-Za-z]+)*"
    r"|[a-z_]\w*(?:::\w+)+|[A-Za-z_]\w*(?:[./][A-Za-z_]\w*)+\S?"  # names in code
    r"|[A-Za-z]+(?:\$[A-Z]?[a-z]+)+"
    r"|[a-z]+(?:[_-][a-z]+){1,8}"
)
_KEBAB = re.compile(  # names of services, hosts, pods: words and numbers, and hashes at the end
    r"(?:[a-z]+\d{0,3}|\d{1,4})(?:[-_.](?:[a-z]+\d{0,3}|\d{1,6}))*(?:[-_.][a-f0-9]{6,10})?"
    r"(?:[-_.][a-z0-9]{5})?"
)
_CAMEL = re.compile(r"(?:[A-Za-z][a-z]{2,}|[A-Z]{1,5}|\d(?!\d)|[._$-])+")
_COINED = re.compile(r"[A-Za-z][a-z]{2,}(?:[A-Z][a-z]+){0,4}[-_.@#]?\d{2,6}")
_SIGNED = re.compile(r"[A-Za-z][A-Za-z0-9]*[!#%^*~$?&+@][\w!#%^*~$?&+@.-]*")
_HEXADECIMAL = re.compile(r"[0-9a-f]{16,}|[0-9A-F]{16,}")
_BASE32 = re.compile(r"[A-Z2-7]{16,}")  # as keys of one-time codes are written (RFC 4648)
_LONG_DRAWN = 40  # characters: longer than names in code with as many changes of case
_LONG_BASE32, _AWS_IDS = 26, {"IA", "DA", "OA", "PA", "VA", "CA"}
_NAMED_UUID = re.compile(rf".{{0,24}}[/:_.-]{UUID.pattern[4:]}.{{0,24}}", re.IGNORECASE)
_OF_SYSTEMS = frozenset(
    tomllib.loads(Path(__file__).with_name("announcements.toml").read_text(encoding="utf-8"))[
        "systems"
    ]["words"]
)
_FEWEST_WORDS = 3
_GROUPED = re.compile(r"(?=.*\d.*\d)(?:[A-Z0-9]{4,6}-){2,7}[A-Z0-9]{4,6}")  # as licences are
_CONSONANTS = re.compile(r"[B-DF-HJ-NP-TV-XZ2-7]{5}")  # as in no word
_ALPHABET = re.compile(r"[A-Za-z0-9+/_.~-]+={0,2}")
_FILE_OR_KEY = re.compile(
    r"AAAA[BCE]|age1|MII[A-Za-z]|iVBORw|/9j/|R0lGOD|UEsDB|H4sI|AGFzbQ|JVBERi|LS0tLS1CRUdJTiB[DQ]|PHN2Zy"
    r"|UklGR|KLUv|Qlpo|d09G|SHA256|sha\d|md5|0x|ssh-|eyJ|_Z|BPF_|ARN|arn"
)


@lru_cache(maxsize=4096)
def shape_of(value: str) -> int:  # noqa: PLR0911 - a list of cases, in order
    """How much the value looks like a secret, by itself: ORDINARY to DRAWN."""
    if len(value) < _SHORTEST_VALUE or is_nothing(value) or UUID.fullmatch(value):
        return ORDINARY
    if is_passphrase(value):
        return COINED if is_wordy(value) else NUMBERED
    if _NAMED_UUID.fullmatch(value):
        return ORDINARY
    if _BASE32.fullmatch(value) and _CONSONANTS.search(value):
        return DRAWN
    if _GROUPED.fullmatch(value) and has_kinds(value):
        return STRONG
    if len(value) >= _LONG_DRAWN and is_mixed(value) and not _FILE_OR_KEY.match(value):
        return DRAWN if is_drawn_token(value) else _shape_of_named(value)
    return _shape_of_named(value)


def _shape_of_named(value: str) -> int:
    """Of what may be a name."""
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
    return (
        value.isascii()
        and value.isalpha()
        and len(value) >= _SHORTEST_STRONG
        and (turns(value) > _MOST_CASE_CHANGES * len(value))
    )


def is_drawn_token(value: str) -> bool:  # noqa: PLR0911 - a list of cases
    """Material that a machine drew: no words, no hexadecimal, many changes between classes."""
    if not _ALPHABET.fullmatch(value) or value.count("/") > max(2, len(value) // 12):
        return False
    segments = re.split(r"[-_./~+=]", value)
    joined, longest = "".join(segments), max(map(len, segments))
    if len(joined) < _SHORTEST_DRAWN or _HEXADECIMAL.fullmatch(joined.lower()):
        return False
    if entropy(joined[:_MOST_EXAMINED]) < _DENSE_BITS or longest < _SHORTEST_SEGMENT:
        return False
    classes = [_class_of(character) for character in joined]
    changes = sum(a != b for a, b in pairwise(classes)) / len(classes)
    match "".join(sorted(set(classes))):
        case "0Aa":
            return changes >= _FEWEST_CHANGES and turns(joined) >= _FEWEST_TURNS * len(joined)
        case "0a" | "0A":
            is_one = longest >= _SHORTEST and not _KEBAB.fullmatch(value)
            return is_one and changes >= _FEWEST_CHANGES_OF_ONE_CASE
        case "Aa":
            return len(joined) >= _LONG_TOKEN and turns(joined) > _MOST_CASE_CHANGES * len(joined)
    return False


def _class_of(character: str) -> str:
    if character.isdigit():
        return "0"
    return "A" if character.isupper() else "a"


def is_hexadecimal(value: str) -> bool:
    """Hexadecimal digits of one case, sixteen or more."""
    return _HEXADECIMAL.fullmatch(value) is not None


def is_base32(value: str) -> bool:
    """Base32 of random bytes, of a length that keys have; no id of AWS."""
    is_long_enough = len(value) % 8 == 0 or len(value) >= _LONG_BASE32
    return is_long_enough and _BASE32.fullmatch(value) is not None and value[2:4] not in _AWS_IDS


def is_encoded_text(value: str) -> bool:
    """Base64 of text without a login or a secret in it."""
    standard = value.translate(_URL_SAFE_TO_STANDARD).rstrip("=")
    try:
        decoded = base64.b64decode(standard[: len(standard) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return False
    is_text = re.fullmatch(rb"[\x20-\x7e\r\n\t]{8,}", decoded) is not None
    return is_text and b":" not in decoded and not _SECRET_CONTENT.search(decoded)


def is_wordy(value: str) -> bool:
    """Three words or more, none of which names a part of a system: `maple-river-stone`."""
    words = re.findall(r"[a-z]+", value)
    return (
        is_passphrase(value) and len(words) >= _FEWEST_WORDS and not _OF_SYSTEMS.intersection(words)
    )
