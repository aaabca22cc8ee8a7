"""Predicates on values: whether one looks like a secret, a reference to one, or something else."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from itertools import pairwise

from core.redaction.paths import is_drawn_base64, is_drawn_name
from core.redaction.stand_ins import is_stand_in
from core.redaction.words import WORDS

# Texts in the place of a value that are not one.
_NOTHING = re.compile(
    r"(?i)(?:true|false|null|none|nil|undefined|empty|unset|unknown|yes|no|on|off|redacted|hidden"
    r"|masked|removed|filtered|n/a|na|void|default|required|optional|string|str|await|yield|async"
    r"|int|bytes|bool|object"
    r"|secretstr|include|same-origin|omit|enabled|disabled|sensitive|prompt"
    r"|inherit|[*•·.]{3,}.{0,4}|[x-]{3,}|-+"
    r"|\([a-z][a-z -]{2,40}\)|\(len=\d{1,6}\)"  # as spew of Go says before a value
    r"|\?[a-z ]{0,60}|«.*|\\[nrt].*|arn:.*|(?:ref\+|op:/|vault:"
    r"|ssm:|secretsmanager:|keyvault:).*|\.{2,}.*|!(?:vault|ref|sub|getatt)\b.*)"
)
_WORDS = re.compile(
    r"(?i)(?:is|was|are|has|had|not|cannot|can|must|should|will|expired|expires|invalid|incorrect"
    r"|wrong|missing|required|rejected|accepted|failed|fail|fails|failure|mismatch|unknown|error"
    r"|errors|denied|forbidden|unauthorized|changed|refreshed|refresh|revoked|rotated"
    r"|authentication|authorization"
    r"|verification|validation|request|response|unexpected|could|the|a|an|for|and|or|to|of|in|on|at"
    r"|by|with|from|all|any|every|this|that|your|my|our|no|new|old|ok|okay"
    r"|success|successful|successfully|found|reset|updated|created"
    r"|deleted|loaded|loading|locked|unlocked|active|inactive|stored|shared|generated|configured"
    r"|please|bearer|basic|digest|read|eof|timeout|while|when|if|via|using)"
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
_OBJECT_NAME = re.compile(r"[a-z]{1,24}(?:[-_][a-z]{1,24}){1,8}(?:[-_](?:v?\d{1,3}|[a-z0-9]{5}))?")
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
_DRAWN_CASE_CHANGES = 0.35
_MANY_LETTERS = 16
_NUMBERED = re.compile(
    r"(?i)[a-z]{1,20}[-_ #]?\d{1,4}|\d{1,6}(?:\.\d{1,3})?[a-z%]{1,7}[,.]?|0x[0-9a-f]+"
)
_CODE_WORDS = {
    *("self", "this", "config", "settings", "env", "environ", "process", "request", "req", "ctx"),
    *("app", "values", "data", "var", "local", "module", "params", "args", "options", "props"),
    *("form", "state", "user", "spec", "cfg", "conf", "error", "errors", "label", "message", "com"),
    *("org", "net", "io", "spring", "field", "login", "auth", "db", "database", "svc", "cluster"),
    *("internal", "password", "secret", "token", "key", "credentials", "get"),
    *("os", "system", "properties", "global", "context", "default", "example"),
}
# What members are called, beside the words of code.
_MEMBERS = frozenset(WORDS["members"]["words"])
_ATTRIBUTE = re.compile(  # of what code reads its settings from: `self.pool.key1`
    r"(?:self|this|config|settings|cfg|conf|env|os|process|request|req|ctx|context|params|args"
    r"|options|props|properties|module|local|values|spring)\."
)
_NUMBERED_WORDS = re.compile(r"(?:[A-Z]?[a-z]{2,13}\.){1,7}[A-Z]?[a-z]{3,13}\d{1,4}")
_FEWEST_WORDS = 3
_PASSPHRASE = re.compile(r"[a-z]{3,14}(?:[-._][a-z]{3,14}){2,7}[-._]?\d{0,4}[!?#]?")
# With a number among them, which leaves no word without a vowel: `hazel-ginger-54-quartz`. Of jobs'
# and pods' names the last part has none.
_WITH_A_NUMBER = re.compile(
    r"(?=(?:[a-z]{0,13}[aeiouy][a-z]{0,13}-|\d{1,4}-){3,9}[a-z]{0,13}[aeiouy])"
    r"[a-z]{3,14}(?:-[a-z]{3,14}){0,4}-\d{1,4}(?:-[a-z]{3,14}){1,4}"
)
_LEET = str.maketrans("013457", "oleast")  # digits that people write for letters
_INNER_DIGIT = re.compile(r"(?<=[A-Za-z])[013457](?=[a-z])")
_FEW_CASE_CHANGES = 2  # changes of case: `Worker-7`
_URL_SAFE_TO_STANDARD = str.maketrans("-_", "+/")
_MOST_DECODED = 4000  # characters, a multiple of 4
_SECRET_CONTENT = re.compile(
    rb'(?i)PRIVATE KEY|"[\w.-]{0,40}(?:pass|passw\w{2,6}|secret|token|auths?|private_?key)"'
    rb'|"(?:api_?)?key"\s?:\s?"[\w+:-]{40,}'  # of an enrolment, long as none of a row
)

_CAPITALISED = re.compile(r"[A-Z][a-z]{2,20}[#@!._]?\d{2,4}")  # `Spring2022`, unlike `web-12`
_TEXT_OR_NUL = {0, 1, 9, 10, 13, *range(32, 127), *range(128, 256)}
HOST = re.compile(r"(?i)(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?::\d{1,5})?")


_NEAR_A_NAME, _LONGEST_COMMAND = 80, 200  # characters
# `gcloud secrets versions access latest --secret=mail-relay-login`: which secret, not what it is.
_OF_A_STORE = re.compile(
    r"(?i)(?<![\w.-])(?:gcloud(?:[ ]\w{1,8})?[ ]secrets?|aws[ ]secretsmanager|az[ ]keyvault"
    r"|infisical|doppler|scw[ ]secret|oci[ ](?:vault|secrets)|ibmcloud[ ]secrets-manager|akeyless)"
    r"\b[^\n|;]*[ ]--secret[ =][\"']?\Z"
)
_NAME_OF_A_SECRET = re.compile(r"[a-z]{1,24}(?:[-_/][a-z]{1,24}){1,8}")
_OF_A_CACHE = re.compile(
    r"(?i)\bcach(?:e|es|ed|ing)\b[^\n.;:=]{0,50}?\s(?:from|with|for|under|using|primary|restore|on)"
    r"(?:\sthe)?(?:\sprimary)?\s\Z"
)


def is_nothing(value: str) -> bool:
    """A mask, a variable, a template's placeholder or a word for "no value"."""
    return is_stand_in(value) or _NOTHING.fullmatch(value) is not None


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
        return not any(map(is_random, value.split("."))) and not has_drawn_part(value)
    if _PATH.fullmatch(value):
        return not is_drawn_base64(value)
    return _CONSTANT.fullmatch(value) is not None


def has_drawn_part(value: str) -> bool:
    """Parts with dots between, in one of which case and digits change as in no name."""
    if "." not in value or "/" in value:
        return False
    return any(_is_drawn_part(part) for part in value.split(".") if len(part) >= _SHORTEST_MIXED)


def _is_drawn_part(part: str) -> bool:
    if part.isalpha():  # no digit tells them from names in code: only many letters do
        return len(part) >= _MANY_LETTERS and is_drawn_name(part)
    most = _DRAWN_CASE_CHANGES if len(part) >= _SHORTEST_MADE_UP else 0.5
    return is_mixed(part) and turns(part) > len(part) * most


def is_object_name(value: str) -> bool:
    """A name that says what its object holds: `api-tls-secret-v2`."""
    return _OBJECT_NAME.fullmatch(value) is not None and not _OBJECT_WORDS.isdisjoint(
        re.split("[-_]", value)
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
    if is_nothing(value) or is_word(value):
        return False
    return not is_reference(value) or is_joined_words(value)


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
    if _WITH_A_NUMBER.fullmatch(value):
        return True
    return _PASSPHRASE.fullmatch(value) is not None and not _ATTRIBUTE.match(value)


def is_joined_words(value: str) -> bool:
    """A passphrase with dots, `velvet.thunder.orbit`, and not a name in code or in a catalogue."""
    words = value.split(".")
    return (
        len(words) >= _FEWEST_WORDS
        and all(word.isalpha() and word.islower() for word in words)
        and not _CODE_WORDS.intersection(words)
    ) or is_numbered_words(value)


def is_numbered_words(value: str) -> bool:
    """Words with dots and digits at the end, `Pepper.Lisbon73`: an attribute has a word of code.

    No host ends in digits. Two words need two digits, as members are numbered with one.
    """
    value = _INNER_DIGIT.sub(lambda digit: digit[0].translate(_LEET), value)  # `C4nyon`
    if not _NUMBERED_WORDS.fullmatch(value):
        return False
    bare = value.rstrip("0123456789")
    words = bare.lower().split(".")
    is_enough = len(words) >= _FEWEST_WORDS or len(value) - len(bare) > 1
    return is_enough and _CODE_WORDS.isdisjoint(words) and _MEMBERS.isdisjoint(words)


def is_of_a_cache(text: str, at: int) -> bool:
    """Whether what is named at this place looks an entry up: `Cache restored from key: …`."""
    return _OF_A_CACHE.search(text, max(0, at - _NEAR_A_NAME), at) is not None


def names_stored_secret(value: str, text: str, at: int) -> bool:
    """Whether an option of a secrets manager says by its name which secret is meant."""
    if not _NAME_OF_A_SECRET.fullmatch(value):
        return False
    return _OF_A_STORE.search(text, max(0, at - _LONGEST_COMMAND), at) is not None


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
    """The password of a login, neither a mask nor a variable."""
    return not is_nothing((match["v"] or match["q"] or match["b"]).strip("\"'"))


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


def is_encoded_text(value: str) -> bool:
    """Base64 of text without a login or a secret in it."""
    standard = value.translate(_URL_SAFE_TO_STANDARD).rstrip("=")
    try:
        decoded = base64.b64decode(standard[: len(standard) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return False
    is_text = re.fullmatch(rb"[\x20-\x7e\r\n\t]{8,}", decoded) is not None
    return is_text and b":" not in decoded and not _SECRET_CONTENT.search(decoded)


def is_made_up_or_signed(match: re.Match[str]) -> bool:
    """A value of letters with digits or with signs, that no count, name or address looks like."""
    value = match["v"].rstrip(".,;!?)")
    if not is_something(match) or (HOST.fullmatch(value) and not is_mixed(value)):
        return False
    if is_numbered(value) and not _CAPITALISED.fullmatch(value):
        return False
    return is_made_up(value) or SPECIAL.search(value) is not None


def is_password_like(match: re.Match[str]) -> bool:
    """The same, or words joined by signs."""
    if is_made_up_or_signed(match):
        return True
    return is_passphrase(match["v"]) and not is_nothing(match["v"])


_SWITCHES = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z]{2})(?=[a-z])")
_SWITCHED = 2  # between small and capital letters: a name has fewer


def is_due(match: re.Match[str]) -> bool:
    """Any value where a password is due: letters with digits or signs, or words joined."""
    value = match["v"].rstrip(".,;")
    if is_nothing(value) or is_word(value) or not has_letters(value):
        return False
    is_made_up_of_letters = len(_SWITCHES.findall(value)) >= _SWITCHED
    return (
        has_kinds(value)
        or SPECIAL.search(value) is not None
        or is_passphrase(value)
        or is_made_up_of_letters
    )


def is_stated_value(match: re.Match[str]) -> bool:
    """A value before `is the password`: `This is the password` states none."""
    value = match["q"] or match["b"]
    return not is_nothing(value) and (is_made_up(value) or SPECIAL.search(value) is not None)


def is_inner_password(match: re.Match[str]) -> bool:
    """No port, path or query of an address in which a mailbox follows."""
    value = match["v"]
    head = re.split(r"[/?#]", value, maxsplit=1)[0]
    return not is_nothing(value) and not (head.isdecimal() and head != value)


def is_quoted_phrase(match: re.Match[str]) -> bool:
    """A quoted secret: `passphrase is "four plain words here"`, not `password is "required"`."""
    value = match["v"]
    return not is_nothing(value) and not all(map(is_word, value.split()))


_NAMES_A_PASSWORD = re.compile(r"pass|pwd|secret|token|credential|(?<![a-z0-9])pw(?![a-z0-9])")
# Names of what describes a secret, or leads to it, and is none: `PasswordResetUrl`, `SECRET_NAME`.
_DESCRIBES = re.compile(
    r"(?:(?<=[a-z])(?=[A-Z])|[_.-])(?i:"
    r"(?:names?|url|uri|path|file|link|ref|arn|ttl|length|minutes|seconds|hours|days|policy|type|username"
    r"|host|port|expiry|enabled|attempts|version))\Z"
)


def is_assigned_value(match: re.Match[str]) -> bool:
    """Any value under a name for a password; under a mere "key" only a random one."""
    quoted = match["v"]
    value = quoted if quoted is not None else match["b"]
    if is_nothing(value) or is_word(value) or is_reference(value):
        return False
    if _DESCRIBES.search(match["name"]):
        return False
    name = match["name"].lower()
    if _NAMES_A_PASSWORD.search(name):
        return quoted is not None or not value.isdecimal()
    return is_random(value) and not is_identifier(value)


def is_signing_key(match: re.Match[str]) -> bool:
    """The key of a call that signs: random, or an id."""
    value = match["v"]
    if is_reference(value) or is_nothing(value):
        return False
    return is_random(value) or is_identifier(value)


def is_response(match: re.Match[str]) -> bool:
    """Base64 of text, where NULs may part a name from its password."""
    try:
        decoded = base64.b64decode(match["v"], validate=True)
    except binascii.Error:
        return False
    return bool(decoded) and all(byte in _TEXT_OR_NUL for byte in decoded[:64])
