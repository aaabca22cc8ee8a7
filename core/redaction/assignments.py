"""Rules for named values such as `password=…`, `"apiKey": "…"` and `X-Auth-Token: …`.

The words of the name decide how much the value must look like a secret: hardly at all after
"password", strongly after a mere "key".
"""

from __future__ import annotations

import re
import string
from functools import lru_cache

from core.redaction.auth_variables import is_auth_variable, is_handed_over
from core.redaction.rules import anchored
from core.redaction.secret_values import (
    UUID,
    has_kinds,
    has_letters,
    is_basic,
    is_identifier,
    is_joined_words,
    is_mixed,
    is_nothing,
    is_object_name,
    is_of_a_cache,
    is_passphrase,
    is_random,
    is_reference,
    is_word,
    names_stored_secret,
    turns,
)
from core.redaction.stand_ins import is_made_name
from core.redaction.words import WRAPPERS

_NAME_HINTS = (
    "pass|pwd|secret|token|key|cred|sess|sid|csrf|xsrf|auth|otp|pat|unseal|salt|webhook|dsn|access"
    "|segret|segred|geheim|sekret|hemlighet|tajemstv|salasana|mdp|motdepasse"
    "|clave|heslo|parola|lozinka|jelsz|losenord|adgangskode|encrypt|kennwort|senha|contrasena|wachtwoord|haslo|psk|pw|signature|hmac|community|verifier"
)
_ESCAPED = r"\\{0,15}"  # JSON within JSON doubles them and adds one, level by level
_NAME_END = rf"(?P<end>[A-Za-z0-9_.-]{{0,60}})(?:{_ESCAPED}[\"'`]|&quot;|&#34;)?\]?"
_ASSIGN = r"[ \t]{0,40}(?P<op>=>|:=|==|<-|[=:])[ \t]{0,40}"  # tables are aligned
_PREFIX = r"(?:[bBrRuUfFN@$]{1,2}(?=[\"'])|(?P<escape>\\{1,15})|)"  # of strings in code
# A quote within the value has a backslash more than those around it; `\\` is one that ends nothing.
_QUOTE_WITHIN = r"(?(escape)(?P=escape)\\{1,15}(?P=quote)|\\(?:(?P=quote)|\\))"
_QUOTED = (
    rf"{_PREFIX}(?P<quote>[\"'`])"
    rf"(?P<q>(?:{_QUOTE_WITHIN}|(?!(?P=quote)|\\{{1,15}}[\"'`]).){{1,512}})"
)
# A password may also begin with a sign that ends one; what looks like the next parameter of an
# address or like an entity is none.
_BARE = (
    r"(?P<b>(?:&(?![\w.-]{0,40}[=;]|&)|[,;(){}\[\]<\\](?=[A-Za-z]\w{7,64}(?:\s|$)))?"
    r"[^\s\"'`,;&|<>(){}\[\]\\«»]{1,512})"
)
_ENDS_VALUES = frozenset(",;(){}[]<\\")
# In YAML an anchor or the tag of a type may stand before the value.
_MARKED = r"(?:(?<=:[ ])(?:&[A-Za-z][\w-]{0,40}|!!(?:str|binary))[ ]{1,2}(?=[^\s#]))?"
# What code prints around a value: `Some("…")`, `SecretStr('…')`.
_WRAPPED = rf"(?:{WRAPPERS}\((?:value=)?(?=[^()]{{0,20}}\(?[bru]?[\"'])){{0,3}}"
_PATTERN = rf"(?i:{_NAME_HINTS}){_NAME_END}{_ASSIGN}{_MARKED}{_WRAPPED}(?:{_QUOTED}|{_BARE})"
_SCREEN = rf"(?i:{_NAME_HINTS})[A-Za-z0-9_.-]*(?:\\*[\"'`]|&quot;|&#34;)?\]?[ \t]*(?:[=:]|<-)"

_CHARACTERS_OF_NAME, _LONGEST_NAME = (
    string.ascii_letters + string.digits + "_.-",
    60,
)  # the second: in characters
_AWS_RESOURCE = re.compile(
    r"\barn:[\w-]{1,20}:[\w:-]{0,90}:\Z"
)  # the name of a secret in AWS, not its value
_ESCAPED_QUOTE = re.compile(r"\\{1,15}[\"'`]")
_NAME_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_PASSWORDS = {
    *("password", "passwords", "passwd", "passphrase", "passcode", "passwort", "pwd", "pass", "pw"),
    *("secret", "secrets", "credential", "credentials", "creds", "apikey", "otp", "unseal", "psk"),
    *("requirepass", "masterauth", "pgpassword"),
    *("kennwort", "senha", "contrasena", "wachtwoord", "haslo"),  # and "passwort" above
    *("clave", "heslo", "parola", "lozinka", "jelszo", "losenord", "adgangskode", "passord"),
    *("authtok", "passkey", "pins", "pincode"),
    *("secreto", "secreta", "secrete", "segreto", "segredo", "geheim", "geheimnis", "sekret"),
    *("hemlighet", "tajemstvi", "salasana", "mdp", "motdepasse"),
}
_TOKENS = {
    "token",
    "tokens",
    "csrf",
    "xsrf",
    "jwt",
    "sessid",
    "sessionid",
    "phpsessid",
    "community",
    "verifier",
}
# Also where words are run together: `mysqlpassword`, `authtoken`, `jsessionid`.
_GLUED_ENDINGS = (
    *("password", "passwd", "passphrase", "pwd", "secret", "apikey", "secretkey", "accesskey"),
    *("privatekey", "authkey", "token", "sessid", "sessionid", "sharedkey", "masterkey", "privkey"),
    *("pw", "psk", "authtok", "passcode", "passwort", "kennwort", "credential", "credentials"),
    *("signingkey", "encryptionkey", "sessionkey", "licensekey", "passkey", "authcode", "passe"),
)
# `dbpass`, `vncpass`, but no other word that ends so.
_GLUED_PASS = re.compile(
    r"(?!(?:by|com|tres|encom|sur|under|over|multi|low|high|band|all|one|single|two|first|second"
    r"|render|sub|im|fast|last|com|pre|post)pass)[a-z]{2,40}pass"
)
# `rocommunity`, `rwcommunity6`: SNMP's passwords
_GLUED_COMMUNITY = re.compile(r"(?:ro|rw|snmp|trap|read|write)community")
# Words before "key" that make it a secret. Other keys look up rows: primary, cache, sort …
_SECRET_KEYS = {
    *("api", "access", "private", "secret", "auth", "authentication", "authorization", "signing"),
    *("sign", "signature", "encryption", "encrypt", "encrypted", "decryption", "crypto", "cipher"),
    *("master", "shared", "storage", "license", "licence", "account", "subscription", "service"),
    *("app", "application", "admin", "deploy", "deployment", "ssh", "hmac", "webhook", "consumer"),
    *("jwt", "unseal", "recovery", "session", "security", "bot", "server", "write", "read", "rsa"),
    *("integration", "ingest", "ingestion", "instrumentation", "function", "functions", "host"),
    *("license", "project", "client", "root", "seal", "transit", "kms", "aes", "tls", "ssl", "ec"),
    *("fernet", "stream", "device", "network", "nwk", "link", "join", "pairing", "gossip", "rcon"),
    *("agent", "enrollment", "registration", "provisioning", "tunnel", "vpn", "hook", "nonce"),
    *("preshared", "pre", "wep", "wpa", "dd", "cookie", "bind", "publishable", "connection"),
}
_LOOKUP_KEYS = {
    *("primary", "cache", "sort", "partition", "routing", "foreign", "public", "idempotency"),
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
    *("fingerprint", "host", "known", "row"),
}
# Words that may follow the decisive word of a name without making the value harmless.
_NEUTRAL_WORDS = {
    *("", "value", "val", "text", "plain", "plaintext", "hash", "hashed", "base", "b", "enc"),
    *("encrypted", "string", "data", "confirm", "confirmation", "new", "old", "current", "again"),
    *("key", "base64", "id", "env", "default", "prod", "production", "dev", "test", "staging"),
    *("live", "primary", "secondary", "main", "backup", "admin", "root", "user", "header", "db"),
    *("database", "auth", "api", "access", "for", "of", "to", "x", "query", "param", "field"),
    *("password", "secret", "token", "pass", "code", "salt", "seed", "digest", "sha", "md", "json"),
    "raw",
}
_KEY_ID = re.compile(r"(?i)(?:key|token)[_.-]?id\Z")
_SHORT, _LONG, _SHORTEST_SESSION, _SHORTEST_SIGNATURE, _MOST_EXAMINED = (
    4,
    20,
    8,
    16,
    128,
)  # characters
_PART, _SHORTEST_PART = re.compile(r"[-_.]"), 6  # of a token; characters
# Base64 of 16, 24, 32 or 64 bytes; and hexadecimal as devices print it.
_ENCODED_KEY = re.compile(
    r"[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/_-]{32}|[A-Za-z0-9+/_-]{43}=|[A-Za-z0-9+/]{86}=="
)
_AWS_KEY_ID = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}(?:/|%2F)")
_OF_A_NAME = re.compile(
    r"(?:[a-z](?:Id|Ref|Name|Alias)|[_.-](?:id|ref|name|alias|from))\\?[\"'`]?\]?\Z|^from_"
)
# `existingSecret: gateway-redis` of a chart, `imagePullSecret`: an object's name, not its content.
_REFERS_TO_SECRET = re.compile(
    r"(?i)(?:existing|pull|tls|image|from|use|cert|certificate|target|source)[_-]?secrets?\\?[\"'`]?\]?\Z"
)
_NAME_IN_WORDS = re.compile(r"[a-z]{1,24}(?:[-_./][a-z]{1,24}){1,8}")
_COMPOUND = re.compile(r"[a-z_]{2,24}(?::[a-z_]{2,24})*:\d{1,12}")  # the key of a row
_ORDINAL = re.compile(
    r"(?i)(?:first|second|third|fourth|final|last|next"
    r"|single|one|two|\d(?:st|nd|rd|th)?|each|every)[ -]\Z"
)
_LOOKED_UP = re.compile(rf"(?i)\b(?:{'|'.join(sorted(_LOOKUP_KEYS))})[ _-]\Z")
_PUBLIC_KEYS = ("age1", "ssh-ed25519", "ssh-rsa", "ssh-dss", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-")
_WINDOWS_ID = re.compile(r"S-1-\d{1,2}(?:-\d{1,10}){1,15}")  # of an account or a group
# `TASK [secrets : write files] ***`: Ansible's heading of what a role does.
_OF_A_ROLE = re.compile(r"\b(?:TASK|HANDLER) \[[\w.-]{1,80} : \Z")
_ALGORITHM = re.compile(r"\A(?:sha\d{1,3}|v\d|md5)[=:,]")


def _is_secret(match: re.Match[str]) -> bool:
    quoted = match["q"]
    value = _examined(quoted if quoted is not None else match["b"])
    name = _name_of(match)
    if not is_secret_under(name, value, is_quoted=quoted is not None):  # first: it refuses most
        return False
    if is_nothing(value.strip()) or not value.strip(" \t=:-_.*/"):
        return False
    if name.lower() == "pass" and _ORDINAL.search(
        match.string, max(0, match.start() - 12), match.start()
    ):  # a run through some work: `second pass: compaction`
        return False
    if name.lower() == "key" and (
        _LOOKED_UP.search(match.string, max(0, match.start() - 24), match.start())
        or is_of_a_cache(match.string, match.start())
    ):  # of a row or an entry: `cache key=…`
        return False
    if _AWS_KEY_ID.match(value):  # a key's id, which has a rule of its own, with its scope
        return False
    if quoted is None:
        is_named = _is_variable(value) or _is_of_role(match, value)
        may_be_secret = _may_be_bare(match, value) and not is_named
    else:
        may_be_secret = not _is_expression(value, match["quote"])
        may_be_secret = may_be_secret and (
            not is_reference(value)
            or _is_wordlike_password(name, value)
            or _is_joined_words(match, value)
        )
    return may_be_secret and not _names_resource(match, value) and not _is_named(name, value)


def _examined(value: str) -> str:
    """The value, up to a quote within it: what follows may be the rest of a line."""
    return (_ESCAPED_QUOTE.split(value, maxsplit=1)[0] or value)[:_MOST_EXAMINED]


def _name_of(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - _LONGEST_NAME) : match.start()]
    begins = match.start() - len(before) + len(before.rstrip(_CHARACTERS_OF_NAME))
    return match.string[begins : match.end("end")]


def _is_named(name: str, value: str) -> bool:
    """The name of a secret, as manifests refer to it: `api-tls-secret-v2`; public keys."""
    if _OF_A_NAME.search(name) and _NAME_IN_WORDS.fullmatch(value):
        return True
    if _REFERS_TO_SECRET.search(name) and _NAME_IN_WORDS.match(value):
        return True
    if name.lower().startswith(("publickey", "public_key", "public-key")) or value.startswith(
        _PUBLIC_KEYS
    ):
        return True
    return name.lower().endswith("secret") and is_object_name(value)


def _names_resource(match: re.Match[str], value: str) -> bool:
    """Part of an ARN, or which secret a command is about."""
    text, at = match.string, match.start("q" if match["q"] is not None else "b")
    is_of_aws = _AWS_RESOURCE.search(text, max(0, match.start() - 120), match.start()) is not None
    return is_of_aws or names_stored_secret(value, text, at)


def _is_wordlike_password(name: str, value: str) -> bool:
    """A password that reads like a name in code: `"walnut.falcon_40"`; paths have slashes."""
    return _kind_of(name) == "password" and value[-1:].isdigit() and "/" not in value


def _is_joined_words(match: re.Match[str], value: str) -> bool:
    """A passphrase, `velvet.thunder.orbit`, and not a name in code or in a catalogue."""
    words = value.split(".")
    return (
        _kind_of(_name_of(match)) == "password"
        and is_joined_words(value)
        and not any(map(_kind_of, words))
    )


def _is_variable(value: str) -> bool:
    """A value that names the variable it is read from: `self.password = new_password`."""
    return value.replace("_", "").isalpha() and _kind_of(value) in {"password", "token"}


def _is_of_role(match: re.Match[str], value: str) -> bool:
    """A word of what a role of Ansible does, not the value of what the role is called."""
    at = match.start("b")
    heading = _OF_A_ROLE.search(match.string, max(0, at - _LONGEST_NAME), at)
    return value.isalpha() and heading is not None


def _may_be_bare(match: re.Match[str], value: str) -> bool:
    """Whether an unquoted value is no call, no name in code and no next word of a sentence."""
    if value[0] in _ENDS_VALUES and not is_made_name(value[1:]):
        return False
    following = match.string[match.end("b") : match.end("b") + 1]
    if following in {"(", "["} and not has_kinds(value):
        return False
    if is_reference(value) and not _is_joined_words(match, value):
        return False
    if match["op"] == ":" and value.endswith(":"):  # `token: read: EOF` names what failed
        return False
    if value.isalpha() and match.string.startswith(' "', match.end("b")):  # `secret "tls"`
        return False
    return not is_word(value)


def _is_expression(value: str, quote: str) -> bool:
    """Text that a shell or a template replaces by a value."""
    if quote == "`" and " " in value:
        return True
    return value.startswith(("$(", "${", "{{", "%(", "<%", "#{")) or "{{" in value


def is_secret_under(name: str, value: str, *, is_quoted: bool) -> bool:
    """Whether the value, which is not empty or masked, is a secret under this name."""
    kind = _kind_of(name)
    if not kind or (kind == "key" and len(value) < _LONG):
        return False
    if _KEY_ID.search(name) and is_identifier(value):  # identifies a key and grants nothing
        return False
    if kind == "password":
        return _is_password(value, is_quoted=is_quoted)
    if kind == "token" and is_quoted and is_passphrase(value):
        return True
    return _is_of_kind(kind, name, value)


def _is_of_kind(kind: str, name: str, value: str) -> bool:
    """Whether the value has the form of what the name implies."""
    if kind == "auth" and is_auth_variable(name):
        return is_handed_over(name, value)
    if kind == "key" and UUID.fullmatch(
        value
    ):  # the key of a row, except in the name of a constant
        return name.isupper()
    if kind == "token" and name.isupper() and any(map(_is_drawn_part, _PART.split(value))):
        return True
    return kind in _CHECKS and _CHECKS[kind](value)


def _is_password(value: str, *, is_quoted: bool) -> bool:
    """Nearly anything; unquoted, no small count such as the number of attempts or `1/3`."""
    if is_quoted:
        return True
    if not has_letters(value):
        return value.isdecimal() and len(value) >= _SHORT
    return True


def _is_token(value: str) -> bool:
    if value.isdecimal():
        return len(value) > _SHORTEST_SESSION
    return (has_kinds(value) and len(value) >= _SHORT) or len(value) >= _LONG


def _is_drawn_part(part: str) -> bool:
    """Letters alone, every other one of which changes its case: `vxYbAJ`; as in `McAfee`."""
    return len(part) >= _SHORTEST_PART and part.isalpha() and 2 * turns(part) >= len(part)


def _is_signature(value: str) -> bool:
    """A signature or a salt: bare digits and hexadecimal count, as nothing else is named so."""
    value = _ALGORITHM.sub("", value)
    return len(value) >= _SHORTEST_SIGNATURE and (
        is_identifier(value) or (is_random(value) and is_mixed(value))
    )


def _is_session(value: str) -> bool:
    if UUID.fullmatch(value) or _COMPOUND.fullmatch(value) or _WINDOWS_ID.fullmatch(value):
        return False
    return len(value) >= _SHORTEST_SESSION and has_kinds(value)


def _is_auth(value: str) -> bool:
    return is_basic(value) or (is_random(value) and not is_identifier(value))


def _is_webhook(value: str) -> bool:
    """An address with a secret in its path; a secret in its login has a rule of its own."""
    return _is_auth(value) and "@" not in value


def _is_key(value: str) -> bool:
    if _ENCODED_KEY.fullmatch(value) and is_mixed(value):
        return True
    return len(value) >= _LONG and is_random(value) and not _is_address_like(value)


def _is_id(value: str) -> bool:
    return len(value) > _SHORTEST_SESSION and is_mixed(value)


def _is_address_like(value: str) -> bool:
    """A path, a list, a compound key, a UUID or a digest, none of which is a secret key."""
    return any(sign in value for sign in ":/|,@ ") or is_identifier(value)


@lru_cache(maxsize=4096)
def _kind_of(name: str) -> str:
    """What the words of a name imply: a key of `_CHECKS`, password, or nothing ("")."""
    words = [part.lower() for part in _NAME_WORD.findall(name)]
    for number in range(len(words) - 1, -1, -1):
        kind = _kind_of_word(words, number)
        if kind:
            tail = [word for word in words[number + 1 :] if not word.isdecimal()]
            return kind if all(word in _NEUTRAL_WORDS for word in tail) else ("key" if kind else "")
    return ""


def _kind_of_word(words: list[str], number: int) -> str:
    word, preceding = words[number], words[number - 1] if number else ""
    if word in {"key", "keys"}:
        return (
            "token" if preceding in _SECRET_KEYS else ("" if preceding in _LOOKUP_KEYS else "key")
        )
    if word == "id":
        return {"session": "session", "sess": "session", "access": "id"}.get(preceding, "")
    return _KINDS.get(word) or _kind_of_glued(word)


def _kind_of_glued(word: str) -> str:
    if _GLUED_PASS.fullmatch(word) or _GLUED_COMMUNITY.fullmatch(word):
        return "password"
    if not word.endswith(_GLUED_ENDINGS):
        return ""
    if word.endswith(("token", "key", "authtok", "authcode")):
        return "token"
    return "session" if word.endswith(("sessid", "sessionid")) else "password"


_CHECKS = {
    "token": _is_token,
    "session": _is_session,
    "auth": _is_auth,
    "address": _is_webhook,
    "seal": _is_signature,
    "key": _is_key,
    "id": _is_id,
}
_KINDS = {
    **dict.fromkeys(_PASSWORDS, "password"),
    **dict.fromkeys(_TOKENS, "token"),
    **dict.fromkeys(("sid", "sess"), "session"),
    **dict.fromkeys(("auth", "pat", "session"), "auth"),
    **dict.fromkeys(("dsn", "webhook"), "address"),
    **dict.fromkeys(("salt", "signature", "hmac"), "seal"),
    "accessid": "id",
    "encrypt": "key",
}
RULES = (anchored(_NAME_HINTS, _PATTERN, _is_secret, screen=_SCREEN),)
