"""Secrets that people tell each other, and programs tell people, in sentences."""

from __future__ import annotations

import re

from core.redaction.accepting import SPECIAL, is_made_up, is_numbered, is_something, is_unlike_words
from core.redaction.rule import anchored, searching
from core.redaction.values import (
    has_kinds,
    has_letters,
    is_mixed,
    is_nothing,
    is_random,
    is_reference,
    is_word,
)

_ELSEWHERE = (
    "contraseña|mot de passe|hasło|пароль|lösenord|şifre|パスワード|密码|密碼|비밀번호|口令"
)
_ABROAD = (  # one screen for two rules
    "(?i:mot de passe|clave|senha|wachtwoord|heslo|parola|salasana)"
    "|(?iu:contraseña|hasło|lösenord|şifre|пароль)|パスワード|密码|密碼|비밀번호|口令"
)
_MAIL = re.compile(r"@[\w-]{1,63}\.")

# Kubernetes names secrets in its messages: secret "orders-tls-2" not found (RFC 1123)
_OBJECT_NAME = re.compile(r"[a-z0-9]{1,63}(?:[./-][a-z0-9]{1,63}){1,16}")


def _is_quoted_value(match: re.Match[str]) -> bool:
    """After `PASSWORD` in SQL anything; after other words and in sentences, what has no blank."""
    value = match["v"]
    if is_nothing(value):
        return False
    word = match[0].split("'")[0].split('"')[0].strip().lower()
    if word.startswith(("identified", "passphrase")):
        return True
    if word == "secret" and _OBJECT_NAME.fullmatch(value):
        return False
    before = match.string[max(0, match.start() - 24) : match.start()].lower()
    return "with " in before or "set " in before or (" " not in value and has_kinds(value))


_OCTETS = re.compile(r"(?:[0-9A-Fa-f]{2}:){3,64}[0-9A-Fa-f]{2}")


def _is_told(match: re.Match[str]) -> bool:
    """In a sentence: `the password for db-2 is …`. The value must look like nothing else."""
    value = match["v"].rstrip(".!?)")
    told = match[0][: match.start("v") - match.start()].lower()
    if is_nothing(value) or is_reference(value) or _is_public_half(match, value):
        return False
    if told.startswith(("key", "token", "secret")):
        return is_random(value) and "://" not in value and (":" in told or " is" in told)
    return _is_password_told(value, told)


def _is_public_half(match: re.Match[str], value: str) -> bool:
    """A fingerprint, or a public key."""
    before = match.string[max(0, match.start() - 8) : match.start()].lower()
    return _OCTETS.match(value) is not None or before.rstrip(" _-").endswith("public")


def _is_password_told(value: str, told: str) -> bool:
    is_plain = told.startswith("p") and told.rstrip(" \"'`").endswith((" is", ":", " to"))
    if is_numbered(value) and not is_plain:
        return False
    if any(one in value for one in "/()[]{}<>:") and not SPECIAL.search(value):
        return False
    if _MAIL.search(value) or not (is_made_up(value) or _is_typed(value)):
        return False
    if len(value) >= _CERTAIN and not told.startswith("credential"):
        return True
    return any(one in told for one in ("password", "passwort", "kennwort", " is", ":"))


_CERTAIN = 8  # characters


def _is_typed(value: str) -> bool:
    """Letters with a sign that stands in no word: `Winter!Sun`."""
    return has_letters(value) and SPECIAL.search(value[1:-1]) is not None


def _is_quoted(match: re.Match[str]) -> bool:
    """`the passphrase is "four plain words here"`; not `password is "required"`."""
    value = match["v"]
    return not is_nothing(value) and not all(map(is_word, value.split()))


def _is_shared(match: re.Match[str]) -> bool:
    """`log in with dana / …`, `creds: svc:…`: not a path, not an address."""
    value = match["v"].rstrip(".,;!?)")
    if is_nothing(value) or is_reference(value) or is_numbered(value):
        return False
    return is_made_up(value) or SPECIAL.search(value) is not None


def _is_named(match: re.Match[str]) -> bool:
    """`secret <value>`: Kubernetes names secrets so, in small letters with dashes."""
    value = match["v"]
    if not is_random(value) or is_reference(value):
        return False
    return is_mixed(value) or value.isupper() or not _OBJECT_NAME.fullmatch(value)


RULES = (
    anchored(
        "pass|pw|auth",
        r"(?<![A-Za-z])(?i:pass|pw|auth)(?:=|: )(?P<v>[^\s\"'`,;&|<>(){}\[\]]{1,256})",
        is_unlike_words,
        screen=r"(?i:pass|pw|auth)(?:=|: )[^\s]",
    ),
    anchored(
        "recovery code|backup code|one-time code|verification code|security code|activation code",
        r"(?i:recovery|backup|one-time|verification|security|activation)(?i: codes?)"
        r"(?i: is)?[ \t]{0,4}[:=]?[ \t]{1,4}[\"']?"
        r"(?P<v>[A-Za-z0-9]{3,64}(?:-[A-Za-z0-9]{3,64}){0,8})",
        lambda match: any(map(str.isdigit, match["v"])),
        screen=r"(?i:(?:recovery|backup|one-time|verification|security|activation) code)",
    ),
    anchored(
        "identified|password|passphrase|secret",
        r"(?i:identified(?: with \S{1,40})? by|password|passphrase|secret)[ \t]{1,8}"
        r"(?P<quote>['\"])(?P<v>(?:(?!(?P=quote)).){1,256})(?P=quote)",
        _is_quoted_value,
        screen=r"(?i:by|password|passphrase|secret)[ \t]+['\"]",
    ),
    anchored(
        "password|passwd|passphrase|passcode|passwort|kennwort|secret|pwd|pass|pw |pw:|token|key"
        "|credential",
        r"(?<![A-Za-z0-9-])(?i:password|passwd|passphrase|passcode|passwort"
        r"|kennwort|secret|pwd|pass"
        r"|pw|token|key|credentials?)(?:['\u2019]s)?"
        r"(?:[ \t](?:(?!(?:is|was|set|to|of)\b)[\w.@/-]{1,30})){0,5}?"
        r"(?:[ \t](?:is|was|are|to|ist|auf|lautet)(?: now| set to)?:?|[ \t]\d{1,2}:|:|[ \t]=)?"
        r"[ \t]{1,4}[\"'`]?(?=\S{0,128}?(?:\d|[a-z][A-Z]|[!#%*^~$?&+]))"
        r"(?P<v>[^\s\"'`,;=]{6,128}=?=?)",
        _is_told,
        screen=r"(?i:password|passwd|passphrase|passcode|passwort|kennwort|pwd|pass|pw)"
        r"(?:['\u2019]?s|ed)?[ \t:][^=]*[0-9A-Z]"
        r"|(?i:credentials?|secret|token|key)(?:[ \t][A-Za-z0-9_.@/-]+)*"
        r"(?:[ \t]is|[ \t][0-9]+:|:)[^=]*[0-9]",
    ),
    anchored(
        "password|passwd|passphrase|passcode|passwort|kennwort|pwd",
        r"(?i:password|passwd|passphrase|passcode|passwort|kennwort|pwd)"
        r"(?:[ ](?i:is|was|to|ist|lautet)"
        r"|:)(?: now)?[ \t]{1,4}(?P<quote>[\"'`])(?P<v>(?:(?!(?P=quote)).){4,128})(?P=quote)",
        _is_quoted,
        screen=r"(?i:password|passwd|passphrase|passcode|passwort|kennwort|pwd)"
        r"(?:[ ][a-z]+|:).*[\"'`]",
    ),
    anchored(
        "login|log in|cred|sign in",
        r"(?i:log ?in|sign in|credentials?|creds?)(?:[ ](?i:with|are|is|as|using)|:)?[ ]{1,2}"
        r"[\"'`]?[\w.@-]{2,64}[ ]?[/:][ ]?(?P<v>[^\s\"'`/]{5,128})",
        _is_shared,
        screen=r"(?i:log ?in|sign in|creds?|credentials?)(?:[ ][a-z]+|:)?[ ].*[/:]",
    ),
    anchored(
        "pin |pin:|otp|one-time|mfa code|2fa code|sms code|passcode",
        r"(?<![A-Za-z])(?i:pin|otp|one-time (?:code|password|pin)|mfa code|2fa code"
        r"|sms code|passcode)(?:[ ](?i:code|number))?(?:[ ](?i:is|was)"
        r"|:)?[ ]{1,2}(?P<v>\d{4,10})(?![\w.:-])",
        screen=r"(?i:pin|otp|one-time|mfa|2fa|sms|passcode).*[0-9]{4}",
    ),
    anchored(
        "seed phrase|recovery phrase|mnemonic|seed words|recovery words|secret phrase",
        r"(?i:seed|recovery|secret|mnemonic)(?: (?i:phrase|words))?(?:[ ](?i:is)|:|=)?[ \"']{1,3}"
        r"(?P<v>(?:[a-z]{3,8} ){11,23}[a-z]{3,8})(?![\w])",
    ),
    anchored(
        "secret|api key|apikey|access key|passkey",
        r"(?i:secret|api ?key|access key|passkey)[ \t]{1,4}"
        r"(?P<v>[A-Za-z0-9_+/-]{16,512}={0,2})(?![\w.:/])",
        _is_named,
        screen=r"(?i:secret|api ?key|access key|passkey)[ \t]+[A-Za-z0-9_+/-]{16}",
    ),
    anchored(
        "login",
        # The form of .netrc, on one line or on two
        r"(?<!\w)login\s{1,8}\S{1,256}\s{1,8}password[ \t]{1,8}(?P<v>\S{1,256})",
        screen=r"login[ \t]+\S+[ \t]+password",
    ),
    searching(
        # A line of its own in files that separate by blanks: .netrc, my.cnf of old, redis.conf
        "password",
        r"(?m)^[ \t]{0,20}password[ \t]{1,8}(?P<v>\S{6,256})[ \t]{0,4}$",
        is_unlike_words,
        screen=r"^[ \t]*password[ \t]+\S+\s*$",
    ),
    searching(
        # In other languages: with a sign or a verb between, whatever follows
        _ELSEWHERE,
        rf"(?i)(?:{_ELSEWHERE})[\"']?\s?(?:[=:\uff1d\uff1a]|は|是)\s{{0,4}}[\"'「]?"
        r"(?P<v>[^\s\"'、。」,;]{4,128})",
        is_something,
        screen=_ABROAD,
    ),
    searching(
        _ELSEWHERE + "|clave|senha|wachtwoord|heslo|parola|salasana",
        rf"(?i)(?<!\w)(?:{_ELSEWHERE}|clave|senha|wachtwoord|heslo|parola|salasana)"
        r"(?: (?!(?:es|est|é|is|e|to|je|on) )\w{1,20}){0,3}?(?: (?:es|est|é|is|e|è|to|je|on))?:? "
        r"[\"'`]?(?P<v>[^\s\"'`,;]{5,128})",
        is_unlike_words,
        screen=_ABROAD,
    ),
    searching(
        " is your ",
        r"(?<![\w.:-])(?P<v>\d{4,8})(?i: is your )[\w ]{0,40}(?i:code|pin|otp|password)",
        screen=r"\d{4}(?i: is your )",
    ),
)
