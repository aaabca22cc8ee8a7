"""Rules for secrets in headers, cookies, URLs and hashes, and in sentences."""

from __future__ import annotations

import re

from core.redaction.rules import anchored, searching
from core.redaction.secret_values import (
    SPECIAL,
    has_kinds,
    has_letters,
    is_basic,
    is_credential,
    is_made_up,
    is_mixed,
    is_nothing,
    is_numbered,
    is_password_part,
    is_random,
    is_reference,
    is_signed,
    is_something,
    is_unlike_words,
    is_word,
)

_QUOTE = r"\\?[\"']?"
_SEPARATOR = rf"{_QUOTE}\]?[ \t]{{0,4}}[:=][ \t]{{0,4}}{_QUOTE}"
_IN_QUERY = {"?", "&", "-", ";"}
_PRIVATE_KEY = (
    r"-----BEGIN (?:[A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}"
    r"|[\w ]{0,30}(?i:static|secret) (?i:key)[\w ]{0,10})-----"
)
_FOREIGN_WORDS = (
    "contraseña|mot de passe|hasło|пароль|lösenord|şifre|パスワード|密码|密碼|비밀번호|口令"
)
_FOREIGN_SCREEN = (  # shared by two rules
    "(?i:mot de passe|clave|senha|wachtwoord|heslo|parola|salasana)"
    "|(?iu:contraseña|hasło|lösenord|şifre|пароль)|パスワード|密码|密碼|비밀번호|口令"
)
_MAILBOX = re.compile(r"@[\w-]{1,63}\.")

# Names of secrets in messages of Kubernetes: secret "orders-tls-2" not found (RFC 1123)
_OBJECT_NAME = re.compile(r"[a-z0-9]{1,63}(?:[./-][a-z0-9]{1,63}){1,16}")
_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:){3,64}[0-9A-Fa-f]{2}")
_HOST = re.compile(r"(?i)(?:[a-z0-9-]{1,63}\.){2,8}[a-z]{2,24}(?::\d{1,5})?")
_FINGERPRINT_OF_KEY = re.compile(r"(?:SHA256|MD5):")
_CONNECTORS = (" is", ":", " to", " was")
_CERTAIN_LENGTH = 8  # characters


def _is_quoted_value(match: re.Match[str]) -> bool:
    """Any value after a password clause of SQL; elsewhere a value without blanks."""
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


def _is_stated(match: re.Match[str]) -> bool:
    """A value stated in a sentence, `the password for db-2 is …`, that looks like nothing else."""
    value = match["v"].rstrip(".!?)")
    lead_in = match[0][: match.start("v") - match.start()].lower()
    if is_nothing(value) or is_reference(value) or _is_public_half(match, value):
        return False
    if lead_in.startswith(("key", "token", "secret")):
        return is_random(value) and "://" not in value and (":" in lead_in or " is" in lead_in)
    return _is_stated_password(value, lead_in)


def _is_public_half(match: re.Match[str], value: str) -> bool:
    """A fingerprint or a public key."""
    before = match.string[max(0, match.start() - 8) : match.start()].lower()
    if _FINGERPRINT_OF_KEY.match(value):
        return True
    return _FINGERPRINT.match(value) is not None or before.rstrip(" _-").endswith("public")


def _is_stated_password(value: str, lead_in: str) -> bool:
    is_explicit = lead_in.startswith("p") and lead_in.rstrip(" \"'`").endswith(
        (" is", ":", " to", " was")
    )
    if is_numbered(value) and not is_explicit:
        return False
    if any(sign in value for sign in "/()[]{}<>:") and not SPECIAL.search(value):
        return False
    if _HOST.fullmatch(value):
        return False
    if _MAILBOX.search(value) or not (is_made_up(value) or _has_inner_sign(value)):
        return False
    if len(value) >= _CERTAIN_LENGTH and not lead_in.startswith("credential"):
        return True
    return any(sign in lead_in for sign in ("password", "passwort", "kennwort", " is", ":"))


def _has_inner_sign(value: str) -> bool:
    """Letters with a sign inside that stands in no word: `Winter!Sun`."""
    return has_letters(value) and SPECIAL.search(value[1:-1]) is not None


def _is_quoted_phrase(match: re.Match[str]) -> bool:
    """A quoted secret: `passphrase is "four plain words here"`, not `password is "required"`."""
    value = match["v"]
    return not is_nothing(value) and not all(map(is_word, value.split()))


def _is_shared_login(match: re.Match[str]) -> bool:
    """The password in `log in with dana / …` or `creds: svc:…`; no path and no address."""
    value = match["v"].rstrip(".,;!?)")
    if is_nothing(value) or is_reference(value) or is_numbered(value):
        return False
    return is_made_up(value) or SPECIAL.search(value) is not None


def _is_named_secret(match: re.Match[str]) -> bool:
    """The value in `secret <value>`; not a Kubernetes name, which is small letters with dashes."""
    value = match["v"]
    if not is_random(value) or is_reference(value):
        return False
    return is_mixed(value) or value.isupper() or not _OBJECT_NAME.fullmatch(value)


CONTEXT_RULES = (
    anchored(
        "-----begin",
        rf"(?P<v>{_PRIVATE_KEY}"
        r"(?:[\s\S]{0,20000}?-----END [\w ]{0,30}"
        r"(?i:PRIVATE|STATIC|SECRET) (?i:KEY)[\w ]{0,10}-----"
        r"|[\s\S]{0,20000}))",
        screen="-----BEGIN [A-Za-z0-9 ]{0,30}(?i:PRIVATE|STATIC|SECRET) (?i:KEY)",
    ),
    anchored(
        "private-lines:",  # PuTTY's keys
        r"(?i:private-lines:)[ \t]{0,4}\d{1,3}[ \t\r]{0,4}\n(?P<v>[A-Za-z0-9+/=\r\n]{16,20000})",
    ),
    anchored(
        "authorization",
        rf"(?i:authorization){_SEPARATOR}"
        r"(?:(?i:bearer|basic|token|digest|apikey|api-key|negotiate|ntlm|key|genie-?key"
        r"|aws4-hmac-sha256|splunk|hawk)[ \t]{1,4})?"
        r"(?P<v>[^\s\"'\\]{4,512}(?:, ?[\w-]{1,40}=[^\s,]{1,512}){0,20})",
        lambda match: is_something(match) and not match["v"].startswith("Credential="),
    ),
    anchored(
        "bearer|basic|geniekey",
        r"(?<![A-Za-z])(?i:bearer|basic|geniekey)(?:[ \t]{1,4}|%20|\+)"
        r"(?P<v>[A-Za-z0-9._~+/-]{8,512}={0,2})",
        is_credential,
        screen=r"(?i:bearer|basic|geniekey)(?:[ \t]|%20|\+)[A-Za-z0-9._~+/-]{8}",
    ),
    anchored(
        "cookie",
        rf"(?i:cookie){_SEPARATOR}(?P<v>[\w.%-]{{1,256}}=[^\r\n\"']{{3,512}})",
        is_something,
        screen=r"(?i:cookie)\\?[\"']?\]?[ \t]{0,4}[:=]",
    ),
    anchored(
        "://",
        r"://[^\s/:@\"'<>?#]{0,256}:(?P<v>[^\s/\"'<>]{1,256})@",
        is_password_part,
        screen=r"://[^\s\"'<>]*@",
    ),
    anchored(
        # A password that contains slashes; what follows the @ must look like a host.
        "://",
        r"://[^\s/:@\"'<>?#]{1,64}:(?P<v>[^\s@\"'<>?]{1,128})@(?:[\w.-]{1,253}|\[[0-9a-f:]+\])"
        r"(?::\d{2,5})?(?=[/?\s\"',;)]|$)",
        lambda match: not is_nothing(match["v"]) and not match["v"].split("/")[0].isdecimal(),
        screen=r"://[^\s\"'<>]*@",
    ),
    anchored(
        "://",
        r"://(?P<v>[A-Za-z0-9_-]{20,255})(?::x-oauth-basic)?@",
        lambda match: is_random(match["v"]),
        screen=r"://[^\s\"'<>]*@",
    ),
    searching(
        "@tcp(|@unix(|@(",
        r"(?<![\w.-])[\w.-]{1,64}:(?P<v>[^\s@/]{1,256})@(?:tcp|unix)?\(",
        is_password_part,
    ),
    anchored(
        "sig=|signature=|key=|code=|auth=|sign=|pw=|pass=|credential=|cred=|hmac=",
        r"(?i:sig|signature|key|code|auth|sign|pw|pass|credential|cred|hmac)="
        r"(?P<v>[^\s&#\"'<>,;]{6,512})",
        lambda match: (
            match.string[match.start() - 1 : match.start()] in _IN_QUERY
            and is_signed(match)
            and not match["v"].startswith(("AKIA", "ASIA"))  # a key's id, which has its own rule
        ),
        screen=r"[?&;-](?i:sig|signature|key|code|auth|sign|pw|pass|credential|cred|hmac)=",
    ),
    searching(
        ":",
        # pgpass: host:port:database:user:password
        r"(?<![^\s\"'])(?=[\d.:-]{0,40}[A-Za-z*])[\w.*-]{1,253}:(?:\d{2,5}|\*):(?:[A-Za-z][\w-]{0,62}|\*)"
        r":[A-Za-z][\w.-]{0,62}:(?P<v>[^\s:\"']{4,256})(?![^\s\"'])",
        is_unlike_words,
        screen=r"[\w*]:(?:\d+|\*):(?:[A-Za-z][\w-]*|\*):[A-Za-z][\w.-]*:[^\s:]",
    ),
    searching(
        "$",
        # crypt(5), Apache's MD5, argon2, scrypt and pbkdf2 of passlib
        r"(?P<v>\$(?:1|5|6|7|y|gy|apr1|2[abxy]?|argon2(?:i|d|id)|scrypt|pbkdf2(?:-sha\d{1,3})?)\$"
        r"[A-Za-z0-9./$=,+-]{20,400})",
        screen=r"\$(?:1|5|6|7|y|gy|apr1|2[abxy]?|argon2[id]{1,2}|scrypt|pbkdf2[a-z0-9-]*)\$",
    ),
    anchored(
        "scram-sha-",
        # SCRAM verifiers as PostgreSQL stores them (RFC 5802): enough to test guessed passwords
        r"SCRAM-SHA-(?:1|256|512)\$\d{1,9}:(?P<v>[A-Za-z0-9+/=]{8,128}\$[A-Za-z0-9+/=:]{20,256})",
    ),
    anchored(
        # Signed requests of AWS: the key's id may be shown, the signature may not
        "signature=",
        r"(?i:signature)=(?P<v>[A-Za-z0-9+/]{32,512}={0,2})",
        lambda match: match.string[: match.start()].endswith((", ", ",")),
    ),
    searching(
        # Webhooks, to which anyone who knows the address can post: Slack, Discord, Teams, Zapier …
        "hook",
        r"(?P<v>https?://(?=[^\s\"'<>]{0,200}hook)[\w.:-]{3,120}/[\w/@.~+-]{0,300}?"
        r"/[A-Za-z0-9_-]{16,512}(?:/[\w/-]{1,512})?)",
        lambda match: is_random(match["v"].rsplit("/", 1)[-1]) or "/hook" in match["v"],
        screen=r"https?://.*(?i:hook)",
    ),
    anchored(
        "$ansible_vault;",
        r"\$ANSIBLE_VAULT;[\w.;-]{3,80}\s{1,40}(?P<v>[0-9a-f]{2,80}(?:\s{1,40}[0-9a-f]{8,80}){0,2000})",
    ),
    searching(
        ":::",
        r"(?i):[0-9a-f]{32}:(?P<v>[0-9a-f]{32}):::",
        screen=r"(?i-u::[0-9a-f]{32}:::)",
    ),
    searching(
        "auth",
        r"(?i)auth\\?[\"']?[ \t]{0,4}[=:][ \t]{0,4}\\?[\"']?(?P<v>[A-Za-z0-9+/_-]{8,1024}={0,2})",
        lambda match: is_basic(match["v"]),
        screen=r"(?i:auth)\\?[\"']?[ \t]{0,4}[=:]",
    ),
)
SENTENCE_RULES = (
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
        r"(?:[ \t](?:(?!(?:is|was|set|to|of)\b)[\w.@/-]{1,64})){0,7}?"
        r"(?:[ \t](?:is|was|are|to|ist|auf|lautet)(?: now| set to)?[ \t]?:?"
        r"|[ \t]\d{1,2}:|:|[ \t]=|[ \t]:"
        r"|(?![ \t]{1,4}[\"'`]?(?:[\w-]{1,63}\.){2,8}[a-z]{2,24}(?:[\s:,?!.]|$)))"
        r"[ \t]{1,4}[\"'`]?(?=\S{0,128}?(?:\d|[a-z][A-Z]|[!#%*^~$?&+]))"
        r"(?P<v>[^\s\"'`,;=]{6,128}=?=?)",
        _is_stated,
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
        _is_quoted_phrase,
        screen=r"(?i:password|passwd|passphrase|passcode|passwort|kennwort|pwd)"
        r"(?:[ ][a-z]+|:).*[\"'`]",
    ),
    anchored(
        "login|log in|cred|sign in",
        r"(?i:log ?in|sign in|credentials?|creds?)(?:[ ](?i:with|are|is|as|using)|:)?[ ]{1,2}"
        r"[\"'`]?[\w.@-]{2,64}[ ]?[/:][ ]?(?P<v>[^\s\"'`/]{5,128})",
        _is_shared_login,
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
        _is_named_secret,
        screen=r"(?i:secret|api ?key|access key|passkey)[ \t]+[A-Za-z0-9_+/-]{16}",
    ),
    anchored(
        "login",
        # .netrc, on one line or on two
        r"(?<!\w)login\s{1,8}\S{1,256}\s{1,8}password[ \t]{1,8}(?P<v>\S{1,256})",
        screen=r"login[ \t]+\S+[ \t]+password",
    ),
    searching(
        # A line of its own in blank-separated files: .netrc, old my.cnf, redis.conf
        "password",
        r"(?m)^[ \t]{0,20}password[ \t]{1,8}(?P<v>\S{6,256})[ \t]{0,4}$",
        is_unlike_words,
        screen=r"^[ \t]*password[ \t]+\S+\s*$",
    ),
    searching(
        # Other languages: any value, where a sign or a verb stands between
        _FOREIGN_WORDS,
        rf"(?i)(?:{_FOREIGN_WORDS})[\"']?\s?(?:[=:\uff1d\uff1a]|は|是)\s{{0,4}}[\"'「]?"
        r"(?P<v>[^\s\"'、。」,;]{4,128})",
        is_something,
        screen=_FOREIGN_SCREEN,
    ),
    searching(
        _FOREIGN_WORDS + "|clave|senha|wachtwoord|heslo|parola|salasana",
        rf"(?i)(?<!\w)(?:{_FOREIGN_WORDS}|clave|senha|wachtwoord|heslo|parola|salasana)"
        r"(?: (?!(?:es|est|é|is|e|to|je|on) )[\w.-]{1,64}){0,4}?"
        r"(?: (?:es|est|é|is|e|è|to|je|on):?|:| (?![\w-]{1,64}[.][\w.-]{1,64}[ :]))[ ]"
        r"[\"'`]?(?P<v>[^\s\"'`,;]{5,128})",
        is_unlike_words,
        screen=_FOREIGN_SCREEN,
    ),
    searching(
        " is your ",
        r"(?<![\w.:-])(?P<v>\d{4,8})(?i: is your )[\w ]{0,40}(?i:code|pin|otp|password)",
        screen=r"\d{4}(?i: is your )",
    ),
)
