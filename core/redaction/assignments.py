"""Names with a value: `password=…`, `"apiKey": "…"`, `X-Auth-Token: …`. Is the value a secret?

The words of the name say how much the value must look like one: nearly nothing after "password",
a lot after a mere "key".
"""

from __future__ import annotations

import re
import string
from functools import lru_cache

from core.redaction.rule import anchored
from core.redaction.values import (
    UUID,
    has_kinds,
    has_letters,
    is_basic,
    is_identifier,
    is_mixed,
    is_nothing,
    is_random,
    is_reference,
    is_word,
)

_HINTS = (
    "pass|pwd|secret|token|key|cred|sess|sid|csrf|xsrf|auth|otp|pat|unseal|salt|webhook|dsn|access"
    "|kennwort|senha|contrasena|wachtwoord|haslo|psk|pw|signature|hmac"
)
_NAME_END = r"(?P<end>[A-Za-z0-9_.-]{0,60})(?:\\?[\"'`]|&quot;)?\]?"
_ASSIGN = r"[ \t]{0,40}(?P<op>=>|:=|==|<-|[=:])[ \t]{0,40}"  # tables are aligned
_PREFIX = r"(?:[bBrRuUfFN@$]{1,2}(?=[\"'])|\\{0,3})"  # of strings in code, of JSON within JSON
_QUOTED = rf"{_PREFIX}" r"(?P<quote>[\"'`])(?P<q>(?:(?!(?P=quote)|\\[\"'`]).){1,512})"
_BARE = r"(?P<b>[^\s\"'`,;&|<>(){}\[\]\\«»]{1,512})"
_PATTERN = rf"(?i:{_HINTS}){_NAME_END}{_ASSIGN}(?:{_QUOTED}|{_BARE})"
_SCREEN = rf"(?i:{_HINTS})[A-Za-z0-9_.-]*(?:\\?[\"'`]|&quot;)?\]?[ \t]*(?:[=:]|<-)"

_NAME_CHARACTERS, _NAME = string.ascii_letters + string.digits + "_.-", 60  # which, how many
_RESOURCE = re.compile(r"\barn:[\w-]{1,20}:[\w:-]{0,90}:\Z")  # names a secret of AWS
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_PASSWORDS = {
    *("password", "passwords", "passwd", "passphrase", "passcode", "passwort", "pwd", "pass", "pw"),
    *("secret", "secrets", "credential", "credentials", "creds", "apikey", "otp", "unseal", "psk"),
    *("requirepass", "masterauth", "pgpassword"),
    *("kennwort", "senha", "contrasena", "wachtwoord", "haslo"),  # and "passwort" above
}
_TOKENS = {"token", "tokens", "csrf", "xsrf", "jwt", "sessid", "sessionid", "phpsessid"}
# Also where words are not set apart: `mysqlpassword`, `authtoken`, `jsessionid`.
_GLUED = (
    *("password", "passwd", "passphrase", "pwd", "secret", "apikey", "secretkey", "accesskey"),
    *("privatekey", "authkey", "token", "sessid", "sessionid", "sharedkey", "masterkey"),
)
_GLUED_PASS = re.compile(
    r"(?:db|user|root|admin|my|ftp|smtp|mail|redis|pg|mysql|http|proxy|auth|ssh|store|key|login|db"
    r"user|ldap|bind|rpc|wifi|vpn|sa|app|svc)pass"
)
# Whose keys are secret. Other keys find rows: primary, cache, sort, routing …
_SECRET_KEYS = {
    *("api", "access", "private", "secret", "auth", "authentication", "authorization", "signing"),
    *("sign", "signature", "encryption", "encrypt", "encrypted", "decryption", "crypto", "cipher"),
    *("master", "shared", "storage", "license", "licence", "account", "subscription", "service"),
    *("app", "application", "admin", "deploy", "deployment", "ssh", "hmac", "webhook", "consumer"),
    *("jwt", "unseal", "recovery", "session", "security", "bot", "server", "write", "read", "rsa"),
    *("integration", "ingest", "ingestion", "instrumentation", "function", "functions", "host"),
    *("license", "project", "client", "root", "seal", "transit", "kms", "aes", "tls", "ssl", "ec"),
    *("preshared", "pre", "wep", "wpa", "dd", "cookie", "bind", "publishable", "connection"),
}
_FINDING_KEYS = {
    *(
        "primary",
        "cache",
        "sort",
        "partition",
        "routing",
        "foreign",
        "public",
        "idempotency",
        "row",
    ),
    *("map", "index", "group", "object", "unique", "hash", "dedup", "dedupe", "duplicate", "s"),
    *(
        "registry",
        "lookup",
        "join",
        "range",
        "redis",
        "etcd",
        "kafka",
        "message",
        "record",
        "bucket",
    ),
    *("translation", "i18n", "locale", "label", "metric", "tag", "shard", "lock", "job", "issue"),
    *("s3", "blob", "file", "storagekey", "resource", "item", "entity", "node", "query", "config"),
    *("fingerprint", "host", "known"),
}
# What may follow the telling word without making it harmless.
_STILL = {
    *(
        "",
        "value",
        "val",
        "text",
        "plain",
        "plaintext",
        "hash",
        "hashed",
        "base",
        "b",
        "enc",
        "raw",
    ),
    *("encrypted", "string", "data", "confirm", "confirmation", "new", "old", "current", "again"),
    *("key", "base64", "id", "env", "default", "prod", "production", "dev", "test", "staging"),
    *("live", "primary", "secondary", "main", "backup", "admin", "root", "user", "header", "db"),
    *("database", "auth", "api", "access", "for", "of", "to", "x", "query", "param", "field"),
    *("password", "secret", "token", "pass", "code", "salt", "seed", "digest", "sha", "md", "json"),
}
_OF_KEY = re.compile(r"(?i)(?:key|token)[_.-]?id\Z")
_SHORT, _LONG, _SESSION, _SEAL, _ENOUGH = 4, 20, 8, 16, 128  # characters


def _is_secret(match: re.Match[str]) -> bool:
    quoted = match["q"]
    value = (quoted if quoted is not None else match["b"])[:_ENOUGH]
    name = _name_of(match)
    if not _judge(name, value, is_quoted=quoted is not None):  # first: it says no most often
        return False
    if is_nothing(value.strip()) or not value.strip(" \t=:-_.*/"):
        return False
    if _SIGNED_BY.match(value):  # the key's id, which has a rule of its own, and its scope
        return False
    if quoted is None:
        may_be = _may_be_bare(match, value) and not _is_variable(value)
    else:
        may_be = not _is_expression(value, match["quote"])
        may_be = may_be and (not is_reference(value) or _is_odd(name, value))
    return may_be and not _is_resource(match)


def _name_of(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - _NAME) : match.start()]
    begins = match.start() - len(before) + len(before.rstrip(_NAME_CHARACTERS))
    return match.string[begins : match.end("end")]


def _is_resource(match: re.Match[str]) -> bool:
    return _RESOURCE.search(match.string, max(0, match.start() - 120), match.start()) is not None


_SIGNED_BY = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}(?:/|%2F)")


def _is_odd(name: str, value: str) -> bool:
    """A password that reads like a name in code: `"walnut.falcon_40"`; paths have slashes."""
    return _kind_of(name) == "password" and value[-1:].isdigit() and "/" not in value


def _is_variable(value: str) -> bool:
    """`self.password = new_password`: named for what it holds."""
    return value.replace("_", "").isalpha() and _kind_of(value) in {"password", "token"}


def _may_be_bare(match: re.Match[str], value: str) -> bool:
    """Not a call, a name in code, or the next word of a sentence."""
    following = match.string[match.end("b") : match.end("b") + 1]
    if following in {"(", "["} or is_reference(value):
        return False
    if match["op"] == ":" and value.endswith(":"):  # `token: read: EOF` names what failed
        return False
    if value.isalpha() and match.string.startswith(' "', match.end("b")):  # `secret "tls"`
        return False
    return not is_word(value)


def _is_expression(value: str, quote: str) -> bool:
    """What a shell or a template puts a value in the place of."""
    if quote == "`" and " " in value:
        return True
    return value.startswith(("$(", "${", "{{", "%(", "<%", "#{")) or "{{" in value


def _judge(name: str, value: str, *, is_quoted: bool) -> bool:
    """Is the value, which is something, a secret under this name?"""
    kind = _kind_of(name)
    if not kind or (kind == "key" and len(value) < _LONG):
        return False
    if _OF_KEY.search(name) and is_identifier(value):  # tells keys apart, and opens nothing
        return False
    if kind == "password":
        return _is_password(value, is_quoted=is_quoted)
    if kind == "key" and UUID.fullmatch(value):  # of a row, except where a constant holds it
        return name.isupper()
    return kind in _LOOKS and _LOOKS[kind](value)


def _is_password(value: str, *, is_quoted: bool) -> bool:
    """Nearly anything, but no small count: attempts, `1/3`."""
    if is_quoted:
        return True
    if not has_letters(value):
        return value.isdecimal() and len(value) >= _SHORT
    return True


def _is_token(value: str) -> bool:
    if value.isdecimal():
        return len(value) > _SESSION
    return (has_kinds(value) and len(value) >= _SHORT) or len(value) >= _LONG


_ALGORITHM = re.compile(r"\A(?:sha\d{1,3}|v\d|md5)[=:,]")


def _is_seal(value: str) -> bool:
    """Bare digits too: what is signed, and what hashes are salted with, is of no other use."""
    value = _ALGORITHM.sub("", value)
    return len(value) >= _SEAL and (is_identifier(value) or (is_random(value) and is_mixed(value)))


def _is_session(value: str) -> bool:
    return len(value) >= _SESSION and has_kinds(value) and not UUID.fullmatch(value)


def _is_auth(value: str) -> bool:
    return is_basic(value) or (is_random(value) and not is_identifier(value))


def _is_opening(value: str) -> bool:
    """An address with a secret in its path; one in its login has a rule of its own."""
    return _is_auth(value) and "@" not in value


def _is_key(value: str) -> bool:
    return len(value) >= _LONG and is_random(value) and not _is_address_like(value)


def _is_id(value: str) -> bool:
    return len(value) > _SESSION and is_mixed(value)


def _is_address_like(value: str) -> bool:
    """A path, a list, a compound key, a UUID or a digest: none is given to a lock."""
    return any(one in value for one in ":/|,@ ") or is_identifier(value)


_LOOKS = {
    "token": _is_token,
    "session": _is_session,
    "auth": _is_auth,
    "address": _is_opening,
    "seal": _is_seal,
    "key": _is_key,
    "id": _is_id,
}


@lru_cache(maxsize=4096)
def _kind_of(name: str) -> str:
    """What the words of a name promise: password, token, session, auth, key, or nothing ("")."""
    words = [part.lower() for part in _PARTS.findall(name)]
    for at in range(len(words) - 1, -1, -1):
        kind = _kind_of_word(words, at)
        if kind:
            tail = [word for word in words[at + 1 :] if not word.isdecimal()]
            return kind if all(word in _STILL for word in tail) else ("key" if kind else "")
    return ""


def _kind_of_word(words: list[str], at: int) -> str:
    word, before = words[at], words[at - 1] if at else ""
    if word in {"key", "keys"}:
        return "token" if before in _SECRET_KEYS else ("" if before in _FINDING_KEYS else "key")
    if word == "id":
        return {"session": "session", "sess": "session", "access": "id"}.get(before, "")
    return _KINDS.get(word) or _kind_of_glued(word)


_KINDS = {
    **dict.fromkeys(_PASSWORDS, "password"),
    **dict.fromkeys(_TOKENS, "token"),
    **dict.fromkeys(("sid", "sess"), "session"),
    **dict.fromkeys(("auth", "pat", "session"), "auth"),
    **dict.fromkeys(("dsn", "webhook"), "address"),
    **dict.fromkeys(("salt", "signature", "hmac"), "seal"),
    "accessid": "id",
}


def _kind_of_glued(word: str) -> str:
    if _GLUED_PASS.fullmatch(word):
        return "password"
    if not word.endswith(_GLUED):
        return ""
    if word.endswith(("token", "key")):
        return "token"
    return "session" if word.endswith(("sessid", "sessionid")) else "password"


RULES = (anchored(_HINTS, _PATTERN, _is_secret, screen=_SCREEN),)
